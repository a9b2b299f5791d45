"""Writes into cells: which query and key a subscript is, and the update under that condition."""

import ast
from typing import TYPE_CHECKING

from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    K,
    Q,
    both,
    choose,
    index,
    make,
    mentions,
    name,
    number,
    replaced,
)
from attndsl.authoring.porting.conditions import numeric_of
from attndsl.authoring.porting.expressions import worked
from attndsl.authoring.porting.joins import joined
from attndsl.authoring.porting.loops import UPDATES
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.sharing import free_names
from attndsl.authoring.porting.subscripts import column_test
from attndsl.authoring.porting.texts import described
from attndsl.authoring.porting.values import (
    Matrix,
    Row,
    Scalar,
    Table,
    Value,
)

if TYPE_CHECKING:
    from attndsl.authoring.porting.cells import Cells

SHORT = 7  # parts of a table's entry that is better written in place


def write_cell(cells: "Cells", target: ast.Subscript, operator: str, value: Value) -> None:
    base, key = target.value, target.slice
    if isinstance(base, ast.Subscript):  # A[i][j]
        inner = cells.scope.value(base.value)
        if isinstance(inner, Matrix) and not isinstance(key, ast.Tuple):
            write_key(cells, inner.local, both(row_test(cells, base.slice)), key, operator, value)
            return
    whole = cells.scope.value(base)
    if isinstance(whole, Matrix):
        if isinstance(key, ast.Tuple) and len(key.elts) == 2:
            row, column = key.elts
            write_key(cells, whole.local, row_test(cells, row), column, operator, value)
        else:
            put(cells, whole.local, row_test(cells, key), operator, value)
        return
    if isinstance(whole, Row) and whole.local:
        write_key(cells, whole.local, TRUE, key, operator, value)
        return
    if isinstance(whole, Table) and isinstance(base, ast.Name):
        write_entry(cells, base.id, whole, cells.scope.value(key), operator, value)
        return
    raise Refused(f"a write into {described(whole)}")


def row_test(cells: "Cells", row: ast.expr) -> Code:
    if isinstance(row, ast.Slice):
        return column_test(cells.scope, row, Q)
    value = cells.scope.value(row)
    if isinstance(value, Scalar) and value.place == Q:
        return TRUE
    if isinstance(value, Scalar) and value.place == K:
        raise Refused("a write into another row than the loop's")
    return column_test(cells.scope, row, Q)


def write_key(
    cells: "Cells", local: str, row: Code, key: ast.expr, operator: str, value: Value
) -> None:
    if cells.only is not None and not isinstance(key, ast.Slice):
        column = cells.scope.value(key)
        place = column.place if isinstance(column, Scalar) else None
        if place != K:
            if not cells.leaves_fixed and (place is None or not mentions(place, K)):
                raise Refused("a loop that writes its own cell and a fixed one")
            return  # another pass writes it
    put(cells, local, both(row, column_test(cells.scope, key)), operator, value)


def put(cells: "Cells", local: str, test: Code, operator: str, value: Value) -> None:
    """One update of a cell, under a condition."""
    flush(cells, local)
    if test == FALSE:
        return
    code = numeric_of(cells.scope, Row(name(value.local)) if isinstance(value, Matrix)
                      else value)  # fmt: skip
    if test.op == "compare" and test.parts[0] == "==":  # the one cell: it is w there
        own = make("call", "row_sum", choose(test, name(local), number(0)))
        code = replaced(code, own, name(local))
    if test != TRUE:
        cells.lines.add("if ", test, ":")
        cells.lines.margin += 1
    cells.lines.add(f"{local} {operator}= ", code)
    if test != TRUE:
        cells.lines.margin -= 1


def flush(cells: "Cells", local: str) -> None:
    """A matrix that was normalised and is used again."""
    if local in cells.pending:
        cells.pending.discard(local)
        cells.lines.add(f"{local} = ", make("call", "normalized", name(local)))


def write_entry(
    cells: "Cells", word: str, table: Table, key: Value, operator: str, value: Value
) -> None:
    """A table's entry written outside of a loop over it."""
    if not isinstance(key, Scalar) or key.kind != "number":
        raise Refused(f"an entry by {described(key)}")
    wanted = key

    def at(place: Code) -> Value:
        held = table.value(place)
        new = value
        if operator:
            operation = next(kind for kind, sign in UPDATES.items() if sign == operator)
            new = worked(cells.scope, operation(), held, value)
        test = cells.scope.compare("==", index(place), wanted.code)
        return joined(cells.scope, both(wanted.found, test), new, held)

    cells.scope.names = {**cells.scope.names, word: Table(at, table.test, table.upward)}


def function_of(cells: "Cells", word: str, value: Value) -> Value:
    """A table made before the rows: a helper that gives its entry for a position."""
    if not isinstance(value, Table) or value.test(Q) != TRUE:
        return value
    symbol = name("t")
    entry = value.value(symbol)
    if not isinstance(entry, Scalar) or entry.place is not None or entry.found != TRUE:
        return value
    if entry.code.size < SHORT or free_names(entry.code) - {"t", "n"}:
        return value
    helper, kind = f"_{cells.program}_{word}", entry.kind
    number_ = 1
    while cells.lines.helpers.setdefault(helper, entry.code) != entry.code:
        number_ += 1
        helper = f"_{cells.program}_{word}_{number_}"
    return Table(lambda p: Scalar(kind, make("call", helper, p)), value.test, value.upward)
