"""The specification once more, as plainly as can be: one cell at a time, straight from the syntax.

It shares the numbers' arithmetic with the package and nothing else: no terms, no arrays. So it
tells whether what is built and what is worked out on arrays is what the program says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from attndsl.graph import arithmetic as total
from attndsl.language import nodes
from attndsl.language.mask import Mask
from attndsl.language.nodes import Definition, Expression, Statement, Type, TypedModule
from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens.encoded import Encoded

_DEEPEST = 6
Value = Any  # bool, float, str, or a position as an int, -1 the missing one


class Returned(Exception):
    """A row looks at keys for which the def has returned before; the oracle doesn't go there."""


@dataclass
class Frame:
    """One run of a def: its arguments, and the locals so far."""

    definition: Definition
    arguments: dict[str, Value]
    names: dict[str, Value]


@dataclass
class Oracle:
    """One file on one text under one mask; `value` gives a head program's value at a cell."""

    typed: TypedModule
    text: Encoded
    mask: Mask
    query: int = 0
    known: dict[Any, Value] = field(default_factory=dict)
    within: int = 0  # rows that are being looked at, each within the one before

    def value(self, name: str, query: int, key: int) -> float:
        self.query, self.known, self.within = query, {}, 0
        definition = next(each for each in self.typed.heads if each.name == name)
        return float(self.call(definition, (query, key)))

    def call(self, definition: Definition, arguments: tuple[Value, ...]) -> Value:
        at = (definition.name, tuple((type(each), each) for each in arguments))
        if at not in self.known:
            names = dict(zip((name for name, _ in definition.parameters), arguments, strict=True))
            frame = Frame(definition, names, dict(names))
            self.known[at] = self.run(definition.body, frame, None)[1]
        return self.known[at]

    def run(
        self, body: tuple[Statement, ...], frame: Frame, until: Expression | None
    ) -> tuple[str, Value]:
        """What stopped it: "returned" with a value, "there" at the statement with `until`, "on"."""
        for statement in body:
            if until is not None and _within(statement, until):
                return "there", None
            if isinstance(statement, nodes.Return):
                return "returned", self.of(statement.value, frame)
            if isinstance(statement, nodes.Assign):
                new = self.of(statement.value, frame)
                if statement.operator:
                    old = frame.names[statement.name]
                    new = _ARITHMETIC[statement.operator](float(old), float(new))
                frame.names[statement.name] = new
            if isinstance(statement, nodes.If):
                taken = statement.otherwise
                for test, branch in statement.branches:
                    if until is not None and _expression_within(test, until):
                        return "there", None
                    if self.holds(test, frame):
                        taken = branch
                        break
                how, value = self.run(taken, frame, until)
                if how != "on":
                    return how, value
        return "on", None

    # --- expressions -----------------------------------------------------------------------------

    def of(self, node: Expression, frame: Frame) -> Value:
        match node:
            case nodes.Number() | nodes.String() | nodes.Bool():
                return node.value
            case nodes.Missing():
                return -1
            case nodes.Name():
                if node.name in frame.names:
                    return frame.names[node.name]
                constant = self.typed.constants.get(node.name)
                return float(self.text.n) if constant is None else self.of(constant, frame)
            case nodes.Attribute():
                return self.attribute(node.name, self.of(node.value, frame))
            case nodes.Unary():
                if node.operator == "not":
                    return not self.holds(node.operand, frame)
                value = float(self.of(node.operand, frame))
                return -value if node.operator == "-" else value
            case nodes.Chain():
                found = float(self.of(node.first, frame))
                for operator, operand in node.rest:
                    found = _ARITHMETIC[operator](found, float(self.of(operand, frame)))
                return found
            case nodes.Logic():
                together = all if node.operator == "and" else any
                return together([self.holds(operand, frame) for operand in node.operands])
            case nodes.Conditional():
                chosen = node.value if self.holds(node.test, frame) else node.other
                value = self.of(chosen, frame)
                return float(value) if node.type is Type.NUMBER else value
            case nodes.Compare():
                return self.compare(node, frame)
            case nodes.Call():
                return self.called(node, frame)
            case nodes.Aggregate():
                return self.aggregate(node, frame)
        raise AssertionError(f"no such node: {node}")

    def holds(self, node: Expression, frame: Frame) -> bool:
        value = self.of(node, frame)
        return value >= 0 if node.type is Type.POSITION else bool(value)

    def attribute(self, name: str, position: int) -> Value:
        if name == "prev":
            return max(position - 1, -1)
        if name == "next":
            return position + 1 if 0 <= position < self.horizon() else -1
        attribute = ATTRIBUTES[name]
        if position < 0:
            return -1 if attribute.type is Type.POSITION else attribute.missing
        found = self.text.column(name)[position]
        kinds = {Type.TEXT: lambda code: self.text.table.pool.strings[code], Type.POSITION: int}
        return kinds.get(attribute.type, lambda value: value.item())(found)

    def horizon(self) -> int:
        return self.mask.horizon(self.query, self.text.n)

    def compare(self, node: nodes.Compare, frame: Frame) -> bool:
        left, holds = node.first, True
        for operator, right in node.rest:
            holds = holds and self.compared(operator, left, right, frame)
            left = right
        return holds

    def compared(self, operator: str, left: Expression, right: Expression, frame: Frame) -> bool:
        if operator in ("!=", "is-not", "not-in"):
            opposite = {"!=": "==", "is-not": "is", "not-in": "in"}[operator]
            return not self.compared(opposite, left, right, frame)
        one = self.of(left, frame)
        if operator == "in":
            if right.type is Type.TEXT:
                return str(one) in self.of(right, frame)
            return any(_equal(one, literal) for literal in self.literals(right, frame))
        other = self.of(right, frame)
        if operator in ("==", "is"):
            return _equal(one, other)
        if operator in (">", ">="):
            one, other = other, one
        near = total.near(float(one), float(other))
        return bool(one < other and not near) or (operator in ("<=", ">=") and near)

    def literals(self, node: Expression, frame: Frame) -> Iterator[Value]:
        if isinstance(node, nodes.SetDisplay):
            for item in node.items:
                yield from self.literals(item, frame)
        elif isinstance(node, nodes.Name):
            yield from self.literals(self.typed.constants[node.name], frame)
        else:
            yield self.of(node, frame)

    def called(self, node: nodes.Call, frame: Frame) -> Value:
        if node.function in ("row_sum", "row_max", "normalized"):
            return self.row(node, frame)
        values = [self.of(argument, frame) for argument in node.arguments]
        if node.instance is not None:
            return self.call(self.typed.instances[node.instance][0], tuple(values))
        if node.function == "at":
            index = float(round(values[0]))
            inside = total.near(values[0], index) and 0 <= index <= self.horizon()
            return int(index) if inside else -1
        if node.function in ("startswith", "endswith"):
            return getattr(values[0], node.function)(values[1])
        if node.function == "similarity":
            a, b = (self.text.ids[[position]] for position in values)
            return float(self.text.table.similarity.pairs(a, b)[0, 0]) if min(values) >= 0 else 0.0
        if node.function == "same_word":
            a, b = (self.attribute("parse_word", place) for place in values)
            return a >= 0 and a == b
        if node.function in ("is_child", "is_ancestor"):
            return self.related(node.function, *values)
        numbers = [float(value) for value in values]
        if node.function == "clip":
            return min(max(numbers[0], numbers[1]), numbers[2])
        return float(_FUNCTIONS[node.function](*numbers))

    def related(self, function: str, one: int, other: int) -> bool:
        """By going up from the word below, head by head."""
        if one < 0 or other < 0 or not (self.has_word(one) and self.has_word(other)):
            return False
        below, above = (one, other) if function == "is_child" else (other, one)
        while self.attribute("head", below) != below:
            below = self.attribute("head", below)
            if below == above:
                return True
            if function == "is_child":
                return False
        return False

    def has_word(self, position: int) -> bool:
        return bool(self.text.column("is_word")[position])

    # --- aggregates and rows ---------------------------------------------------------------------

    def aggregate(self, node: nodes.Aggregate, frame: Frame) -> Value:
        inside = []
        for position in self.range(node, frame):
            names = {**frame.names, node.variable: position}
            here = Frame(frame.definition, frame.arguments, names)
            if node.condition is None or self.holds(node.condition, here):
                inside.append((position, here))
        if node.function in ("any", "all", "count"):
            tests = [self.holds(node.body, here) for _, here in inside]
            return {"any": any, "all": all, "count": lambda x: float(sum(x))}[node.function](tests)
        positions = [position for position, _ in inside]
        if node.function in ("first", "last"):
            return (positions[0 if node.function == "first" else -1]) if positions else -1
        scores = [float(self.of(node.body, here)) for _, here in inside]
        if node.function == "sum":
            return sum(scores)
        if node.function == "mean":
            return total.div(sum(scores), len(scores))
        best = (max if "max" in node.function else min)(scores, default=0.0)
        if node.function in ("max", "min"):
            return best
        near = (at for at, score in zip(positions, scores, strict=True) if total.near(score, best))
        return next(near, -1)

    def range(self, node: nodes.Aggregate, frame: Frame) -> range:
        ends = [self.of(argument, frame) for argument in node.range_arguments]
        if node.range_name == "visible":
            first, last = self.mask.visible(self.query, self.text.n)
            return range(first, last + 1)
        first, last = {
            "before": lambda p: (0, p - 1),
            "upto": lambda p: (0, p),
            "after": lambda p: (p + 1, self.text.n),
            "between": lambda a, b: (a + 1, b - 1),
        }[node.range_name](*ends)
        return range(first, min(last, self.horizon()) + 1)

    def row(self, node: nodes.Call, frame: Frame) -> float:
        """The argument for each visible key, with the values that the locals have for that key."""
        (argument,) = node.arguments
        first, last = self.mask.visible(self.query, self.text.n)
        found = [
            float(self.of(argument, self.at_key(node, frame, k))) for k in range(first, last + 1)
        ]
        if node.function == "row_max":
            return max(found)
        if node.function == "row_sum":
            return sum(found)
        own = max(float(self.of(argument, frame)), 0.0)
        return total.ratio(own, sum(max(value, 0.0) for value in found))

    def at_key(self, node: Expression, frame: Frame, key: int) -> Frame:
        names = {**frame.arguments, "k": key}
        there = Frame(frame.definition, names, dict(names))
        self.within += 1
        # Rows in two branches, each of which is looked at for keys of the other, have no end.
        if self.within > _DEEPEST or self.run(frame.definition.body, there, node)[0] != "there":
            raise Returned
        self.within -= 1
        return there


def _equal(one: Value, other: Value) -> bool:
    if isinstance(one, float | int) and isinstance(other, float) and not isinstance(one, bool):
        return total.near(float(one), other)
    return bool(one == other)


def _within(statement: Statement, node: Expression) -> bool:
    """Whether the expression stands in the statement itself, not in a branch of it."""
    own = [] if isinstance(statement, nodes.If) else [statement.value]  # type: ignore[attr-defined]
    return any(_expression_within(each, node) for each in own)


def _expression_within(outer: Expression, node: Expression) -> bool:
    stack: list[Any] = [outer]
    while stack:
        each = stack.pop()
        if each is node:
            return True
        stack.extend(nodes.children(each))
    return False


_ARITHMETIC = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": total.mul,
    "/": total.div,
    "//": total.floordiv,
    "%": total.mod,
    "**": total.power,
}
_FUNCTIONS = {
    "abs": abs,
    "min": min,
    "max": max,
    "exp": total.exp,
    "log": total.log,
    "sqrt": total.sqrt,
    "floor": total.floor,
    "round": total.round_half_even,
}
