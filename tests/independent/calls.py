"""Calls: definitions of the file, functions of section 12, rows of section 11, mechanisms."""

import ast
from collections.abc import Callable

from tests.independent import numbers
from tests.independent.aggregates import AGGREGATES, aggregate
from tests.independent.expressions import MEANINGS, Frame, Value, as_number, number, value
from tests.independent.places import MISSING, Position
from tests.independent.reading import Definition, File, shipped
from tests.independent.statements import locals_at, run

EMPTY = 1e-12  # a row whose sum is less is one of zeros

NUMBERS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "min": min,
    "max": max,
    "exp": numbers.exponential,
    "log": numbers.logarithm,
    "sqrt": numbers.root,
    "floor": lambda x: numbers.floored(x, 1.0),
    "round": numbers.rounded,
    "clip": numbers.clipped,
}
ROWS = {"row_sum", "row_max", "normalized"}
TESTS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
}


def of_definition(definition: Definition, file: File, given: list[Value], frame: Frame) -> Value:
    """What a def gives: a head program its own value, before weights and rows (section 3.4)."""
    names = dict(zip(definition.parameters, given, strict=True))
    returned = run(definition.body, Frame(frame.row, file, definition, names))
    assert not isinstance(returned, Frame), f"{definition.name} doesn't return"
    return returned


def _call(node: ast.Call, frame: Frame) -> Value:
    if isinstance(node.func, ast.Attribute):
        text, literal = value(node.func.value, frame), value(node.args[0], frame)
        assert isinstance(text, str)
        assert isinstance(literal, str)
        return TESTS[node.func.attr](text, literal)
    assert isinstance(node.func, ast.Name)
    name = node.func.id
    if name in frame.file.definitions:
        return of_definition(frame.file.definitions[name], frame.file, _given(node, frame), frame)
    if name in AGGREGATES and isinstance(node.args[0], ast.GeneratorExp):
        return aggregate(name, node.args[0], frame)
    if name in NUMBERS:
        return NUMBERS[name](*[as_number(each) for each in _given(node, frame)])
    if name in ROWS:
        return _of_row(name, node, frame)
    if name == "at":
        return _at(number(node.args[0], frame), frame)
    if name in ("similarity", "same_word", "is_child", "is_ancestor"):
        found: Value = getattr(frame.row.text, name)(*_given(node, frame))
        return found
    return of_definition(shipped().definitions[name], shipped(), _given(node, frame), frame)


def _given(node: ast.Call, frame: Frame) -> list[Value]:
    return [value(each, frame) for each in node.args]


def _at(index: float, frame: Frame) -> Position:
    nearest = round(index)
    return frame.row.at(nearest) if numbers.equal(index, float(nearest)) else MISSING


def _of_row(name: str, node: ast.Call, frame: Frame) -> Value:
    """A function of the row: its argument for each visible key, with the locals of that key."""
    assert frame.definition.parameters == ["q", "k"]
    assert frame.names["q"] == Position(frame.row.query), "a row of another position"
    (argument,) = node.args
    keys = (frame.naming("k", Position(key)) for key in frame.row.visible)
    row = [number(argument, locals_at(node, key)) for key in keys]
    if name == "row_sum":
        return float(sum(row))
    if name == "row_max":
        return max(row, default=0.0)
    total = float(sum(max(each, 0.0) for each in row))
    return numbers.divided(max(number(argument, frame), 0.0), total) if total >= EMPTY else 0.0


MEANINGS[ast.Call] = _call
