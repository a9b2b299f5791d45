"""Expressions of section 6: each kind of node of Python's tree, and what it gives.

Calls, with all that they lead to, are in `calls`.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.independent import numbers
from tests.independent.places import MISSING, Position, Row
from tests.independent.reading import Definition, File, constant

Value = bool | float | str | Position


@dataclass(frozen=True)
class Frame:
    """Where an expression is looked at: the row, the def around it, and what its names mean."""

    row: Row
    file: File
    definition: Definition
    names: dict[str, Value]

    def naming(self, name: str, value: Value) -> "Frame":
        return replace(self, names={**self.names, name: value})


Meaning = Callable[[Any, Frame], Value]


def value(node: ast.expr, frame: Frame) -> Value:
    return MEANINGS[type(node)](node, frame)


def number(node: ast.expr, frame: Frame) -> float:
    """A value where a number is taken: a bool counts as 0 or 1 (section 4.2)."""
    return as_number(value(node, frame))


def condition(node: ast.expr, frame: Frame) -> bool:
    return holds(value(node, frame))


def as_number(given: Value) -> float:
    assert isinstance(given, bool | float), given
    return float(given)


def holds(given: Value) -> bool:
    """A bool, or whether a position is there (section 4.3)."""
    assert isinstance(given, bool | Position), given
    return given.there if isinstance(given, Position) else given


def same(a: Value, b: Value) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return numbers.equal(a, b)
    assert type(a) is type(b), (a, b)
    return a == b


def _literal(node: ast.Constant, frame: Frame) -> Value:
    if node.value is None:
        return MISSING
    return node.value if isinstance(node.value, bool | str) else float(node.value)


def _name(node: ast.Name, frame: Frame) -> Value:
    if node.id in frame.names:
        return frame.names[node.id]
    if node.id in frame.file.constants:
        found: Value = frame.file.constants[node.id]
        return found
    assert node.id == "n", node.id
    return float(frame.row.text.n)


def _attribute(node: ast.Attribute, frame: Frame) -> Value:
    place = value(node.value, frame)
    assert isinstance(place, Position)
    found: Value = frame.row.attribute(node.attr, place)
    return found


ARITHMETIC: dict[type, Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: numbers.times,
    ast.Div: numbers.divided,
    ast.FloorDiv: numbers.floored,
    ast.Mod: numbers.remainder,
    ast.Pow: numbers.power,
}


def _arithmetic(node: ast.BinOp, frame: Frame) -> Value:
    return ARITHMETIC[type(node.op)](number(node.left, frame), number(node.right, frame))


def _signed(node: ast.UnaryOp, frame: Frame) -> Value:
    if isinstance(node.op, ast.Not):
        return not condition(node.operand, frame)
    given = number(node.operand, frame)
    return numbers.negated(given) if isinstance(node.op, ast.USub) else given


def _logic(node: ast.BoolOp, frame: Frame) -> Value:
    found = [condition(each, frame) for each in node.values]
    return all(found) if isinstance(node.op, ast.And) else any(found)


def _choice(node: ast.IfExp, frame: Frame) -> Value:
    return value(node.body if condition(node.test, frame) else node.orelse, frame)


ORDERS: dict[type, Callable[[float, float], bool]] = {
    ast.Lt: numbers.less,
    ast.Gt: lambda a, b: numbers.less(b, a),
    ast.LtE: lambda a, b: not numbers.less(b, a),
    ast.GtE: lambda a, b: not numbers.less(a, b),
}


def _comparison(node: ast.Compare, frame: Frame) -> Value:
    sides = [node.left, *node.comparators]
    steps = zip(node.ops, sides[:-1], sides[1:], strict=True)
    return all(_compared(op, left, right, frame) for op, left, right in steps)


def _compared(op: ast.cmpop, left: ast.expr, right: ast.expr, frame: Frame) -> bool:
    if isinstance(op, ast.In | ast.NotIn):
        return _among(left, right, frame) == isinstance(op, ast.In)
    if type(op) in ORDERS:
        return ORDERS[type(op)](number(left, frame), number(right, frame))
    alike = same(value(left, frame), value(right, frame))
    return alike == isinstance(op, ast.Eq | ast.Is)


def _among(left: ast.expr, right: ast.expr, frame: Frame) -> bool:
    """A value in a set, or a literal text in a text."""
    given = value(left, frame)
    items = constant(right, frame.file.constants)
    if isinstance(items, tuple):
        return any(same(given, item) for item in items)
    whole = value(right, frame)
    assert isinstance(given, str)
    assert isinstance(whole, str)
    return given in whole


MEANINGS: dict[type, Meaning] = {
    ast.Constant: _literal,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.BinOp: _arithmetic,
    ast.UnaryOp: _signed,
    ast.BoolOp: _logic,
    ast.IfExp: _choice,
    ast.Compare: _comparison,
}
