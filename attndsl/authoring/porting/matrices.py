"""Matrices: how they are made, masked, normalised and returned to."""

import ast
from typing import TYPE_CHECKING

from attndsl.authoring.porting.code import (
    Code,
    K,
    Q,
    make,
    name,
    number,
)
from attndsl.authoring.porting.conditions import numeric_of
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.values import (
    Matrix,
    Row,
)

if TYPE_CHECKING:
    from attndsl.authoring.porting.cells import Cells


ZEROS = {"zeros": 0, "ones": 1, "zeros_like": 0, "ones_like": 1}
KEEPS = ("apply_causal_mask", "make_row_stochastic", "tril", "clip", "maximum", "nan_to_num")


def keeps_matrix(cells: "Cells", word: str, value: ast.expr) -> bool:
    """Whether a name is given a matrix, or what keeps a matrix as it is."""
    if not isinstance(value, ast.Call):
        return divided(cells, word, value)
    function = ast.unparse(value.func).split(".")[-1]
    given = value.args[0] if value.args else None
    if function in ("zeros", "ones", "full", "empty") and (
        isinstance(given, ast.Tuple) and len(given.elts) == 2
    ):
        start = number(ZEROS.get(function, 0))
        if function == "full":
            start = numeric_of(cells.scope, cells.scope.value(value.args[1]))
        new_matrix(cells, word, start)
        return True
    if function in ("eye", "identity"):
        new_matrix(cells, word, make("if", make("compare", "==", K, Q), number(1), number(0)))
        return True
    if function in KEEPS and given is not None:
        if isinstance(given, ast.Call) and not keeps_matrix(cells, word, given):
            return False
        source = word if isinstance(given, ast.Call) else getattr(given, "id", "")
        held = cells.scope.names.get(source)
        if not isinstance(held, Matrix):
            return False
        if function == "make_row_stochastic":
            cells.pending.add(held.local)
        cells.scope.names = {**cells.scope.names, word: held}
        return True
    if function in ("copy", "astype", "zeros_like", "ones_like"):
        source_node = value.func.value if isinstance(value.func, ast.Attribute) else given
        if function.endswith("like"):
            source_node = given
        held = cells.scope.names.get(getattr(source_node, "id", ""))
        if isinstance(held, Matrix):
            start = number(ZEROS[function]) if function in ZEROS else name(held.local)
            new_matrix(cells, word, start)
            return True
    return False


def divided(cells: "Cells", word: str, value: ast.expr) -> bool:
    """`A = A / A.sum(axis=1, keepdims=True)`: rows that sum to 1."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Div):
        return False
    left = cells.scope.names.get(getattr(value.left, "id", ""))
    if not isinstance(left, Matrix):
        return False
    divisor = cells.scope.value(value.right)
    if isinstance(divisor, Row) and divisor.code == make("call", "row_sum", name(left.local)):
        cells.pending.add(left.local)
        cells.scope.names = {**cells.scope.names, word: left}
        return True
    return False


def new_matrix(cells: "Cells", word: str, start: Code) -> None:
    if cells.scope.at_row:
        raise Refused("a matrix made in the loop over its rows")
    taken = any(isinstance(one, Matrix) for one in cells.scope.names.values())
    local = cells.lines.local(word, "cell") if taken else "w"
    cells.lines.kinds[local] = "cell"
    cells.lines.add(f"{local} = ", start)
    cells.scope.names = {**cells.scope.names, word: Matrix(local)}
