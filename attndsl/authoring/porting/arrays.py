"""Rows that numpy makes: of one number, or of random noise, which is its mean."""

import ast
from collections.abc import Callable

from attndsl.authoring.porting.code import FALSE, TRUE, Code, arithmetic, constant, number
from attndsl.authoring.porting.conditions import numeric_of
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.values import Row, Table, Value, flag, numeric


def _row(code: Code) -> Callable[[Scope, ast.Call], Value]:
    def read(scope: Scope, node: ast.Call) -> Value:
        if not scope.at_row:
            is_bool = any("bool" in ast.unparse(part.value) for part in node.keywords)
            item = flag(FALSE if constant(code) == 0 else TRUE) if is_bool else numeric(code)
            return Table(lambda p: item)
        return Row(code)

    return read


def _random(mean: Callable[[list[Code]], Code]) -> Callable[[Scope, ast.Call], Value]:
    """Random noise as its mean: a program has the same value each time."""

    def read(scope: Scope, node: ast.Call) -> Value:
        named = [
            part.value for part in node.keywords if part.arg in ("low", "high", "loc", "scale")
        ]
        shapes = [one for one in node.args if isinstance(one, ast.Tuple)]
        numbers = [one for one in node.args if one not in shapes]
        values = [scope.value(one) for one in [*numbers, *named]]
        scope.note("random noise is its mean")
        code = mean([numeric_of(scope, value) for value in values])
        sized = any(part.arg == "size" for part in node.keywords) or len(values) > 2 or shapes
        return Row(code) if sized else numeric(code)

    return read


def _middle(ends: list[Code]) -> Code:
    if len(ends) < 2:
        return number(0.5)
    return arithmetic("/", arithmetic("+", ends[0], ends[1]), number(2))


def _full(scope: Scope, node: ast.Call) -> Value:
    return _row(numeric_of(scope, scope.value(node.args[1])))(scope, node)


ARRAYS: dict[str, Callable[[Scope, ast.Call], Value]] = {
    "zeros": _row(number(0)), "ones": _row(number(1)), "zeros_like": _row(number(0)),
    "ones_like": _row(number(1)), "full": _full,
    "random.rand": _random(lambda given: number(0.5)),
    "random.random": _random(lambda given: number(0.5)),
    "random.uniform": _random(_middle),
    "random.exponential": _random(lambda given: given[0] if given else number(1)),
    "random.normal": _random(lambda given: given[0] if given else number(0)),
}  # fmt: skip
