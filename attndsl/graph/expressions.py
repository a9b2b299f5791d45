"""Typed expressions as terms: the sugar of the language goes, the total operations stay."""

from collections.abc import Callable

from attndsl.graph.comprehensions import aggregate, row
from attndsl.graph.scope import Scope, as_test, negative, opposite
from attndsl.graph.terms import Graph
from attndsl.language.nodes import (
    Aggregate,
    Attribute,
    Bool,
    Call,
    Chain,
    Compare,
    Conditional,
    Expression,
    Logic,
    Missing,
    Name,
    Number,
    SetDisplay,
    String,
    Type,
    Unary,
)


def expression(node: Expression, scope: Scope) -> int:
    scope.spend()
    return scope.places.mark(_EXPRESSIONS[type(node)](node, scope), node.span)


def truth(node: Expression, scope: Scope) -> int:
    """A condition: a bool, or a position that is there."""
    return as_test(expression(node, scope), scope)


# --- leaves and operators --------------------------------------------------------------------


def _number(node: Number, scope: Scope) -> int:
    return scope.graph.number(node.value)


def _bool(node: Bool, scope: Scope) -> int:
    return scope.graph.bool(node.value)


def _string(node: String, scope: Scope) -> int:
    return scope.graph.add("text", (), node.value)


def _missing(node: Missing, scope: Scope) -> int:
    return scope.graph.add("none")


def _name(node: Name, scope: Scope) -> int:
    if node.name in scope.names:
        return scope.names[node.name]
    if node.name in scope.maker.typed.constants:
        return expression(scope.maker.typed.constants[node.name], scope)
    assert node.name == "n", f"the type pass let an unknown name through: {node.name}"
    return scope.graph.add("n")


_POSITION_ATTRIBUTES = frozenset({"prev", "next", "head"})


def _attribute(node: Attribute, scope: Scope) -> int:
    value = expression(node.value, scope)
    if node.name in _POSITION_ATTRIBUTES:
        return scope.graph.add(node.name, (value,))
    return scope.graph.add("column", (value,), node.name)


def _unary(node: Unary, scope: Scope) -> int:
    if node.operator == "not":
        return opposite(truth(node.operand, scope), scope)
    value = expression(node.operand, scope)
    return negative(value, scope) if node.operator == "-" else value


_CHAINED = {"*": "mul", "/": "div", "//": "floordiv", "%": "mod", "**": "pow"}


def _chain(node: Chain, scope: Scope) -> int:
    """Left to right; runs of one commutative operator become one term."""
    graph = scope.graph
    run, operator = [expression(node.first, scope)], ""

    def joined() -> int:
        return run[0] if len(run) == 1 else graph.add(operator, run)

    for sign, operand in node.rest:
        value = expression(operand, scope)
        kind = _CHAINED.get(sign, "add")
        if sign == "-":
            value = negative(value, scope)
        if kind != operator or kind not in ("add", "mul"):
            run, operator = [joined()], kind
        run.append(value)
    return joined()


def _logic(node: Logic, scope: Scope) -> int:
    return scope.graph.add(node.operator, [truth(operand, scope) for operand in node.operands])


def _conditional(node: Conditional, scope: Scope) -> int:
    test = truth(node.test, scope)
    return scope.graph.add(
        "select", (test, expression(node.value, scope), expression(node.other, scope))
    )


# --- comparisons -----------------------------------------------------------------------------


def _compare(node: Compare, scope: Scope) -> int:
    tests, left = list[int](), node.first
    for operator, right in node.rest:
        tests.append(scope.places.mark(_comparison(operator, left, right, scope), node.span))
        left = right
    return scope.graph.all_of(tests)


def _comparison(operator: str, left: Expression, right: Expression, scope: Scope) -> int:
    graph = scope.graph
    if operator in ("!=", "is-not", "not-in"):
        positive = {"!=": "==", "is-not": "is", "not-in": "in"}[operator]
        return opposite(_comparison(positive, left, right, scope), scope)
    if operator == "in":
        return _membership(left, right, scope)
    one, other = expression(left, scope), expression(right, scope)
    match operator:
        case "<":
            return graph.add("lt", (one, other))
        case ">":
            return graph.add("lt", (other, one))
        case "<=":
            return graph.add("le", (one, other))
        case ">=":
            return graph.add("le", (other, one))
    return equal(graph, one, other)


def equal(graph: Graph, one: int, other: int) -> int:
    """Two values of one type are the same."""
    kind = graph[one].type
    if kind is Type.POSITION:
        return graph.add("same", (one, other))
    if kind is not Type.TEXT:
        return graph.add("eq", (one, other))
    for text, literal in ((one, other), (other, one)):
        if graph[literal].op == "text":
            return graph.add("text_is", (text,), ("equals", (graph[literal].payload,)))
    return graph.add("text_same", (one, other))


def _membership(left: Expression, right: Expression, scope: Scope) -> int:
    value = expression(left, scope)
    if right.type is Type.TEXT:  # `"ab" in t.text`
        literal = scope.graph[value].payload
        return scope.graph.add("text_is", (expression(right, scope),), ("contains", (literal,)))
    graph, kind = scope.graph, scope.graph[value].type
    literals = _literals(right, kind, scope)
    if kind is Type.TEXT:
        return graph.add("text_is", (value,), ("equals", literals))
    if kind is Type.BOOL:
        tests = [graph.add("eq", (value, graph.bool(bool(b)))) for b in literals]
        return tests[0] if len(tests) == 1 else graph.add("or", tests)
    return graph.add("among", (value,), literals)


def _literals(node: Expression, kind: Type, scope: Scope) -> tuple[str | float, ...]:
    """The items of a set, sorted and each once; those of a constant are read once."""
    known = scope.maker.sets
    if not isinstance(node, Name):
        return _read(node, kind, scope)
    if (node.name, kind) not in known:
        known[node.name, kind] = _read(node, kind, scope)
    return known[node.name, kind]


def _read(node: Expression, kind: Type, scope: Scope) -> tuple[str | float, ...]:
    values: list[str | float] = []
    stack = [node]
    while stack:
        scope.spend()
        part = stack.pop()
        if isinstance(part, SetDisplay):
            stack.extend(part.items)
        elif isinstance(part, Name):
            stack.append(scope.maker.typed.constants[part.name])
        elif isinstance(part, Unary):
            assert isinstance(part.operand, Number)
            sign = -1.0 if part.operator == "-" else 1.0
            values.append(sign * part.operand.value)
        else:
            assert isinstance(part, Number | String | Bool)
            values.append(part.value)
    if kind is Type.TEXT:
        return tuple(sorted({str(value) for value in values}))
    if kind is Type.BOOL:
        return tuple(sorted({bool(value) for value in values}))
    return tuple(sorted({float(value) + 0.0 for value in values}))


# --- calls -----------------------------------------------------------------------------------

_TEXT_METHODS = {"startswith": "starts", "endswith": "ends"}


def _call(node: Call, scope: Scope) -> int:
    graph = scope.graph
    if node.instance is not None:
        values = tuple(expression(argument, scope) for argument in node.arguments)
        return scope.maker.call(node.instance, values, scope, node.span)
    if node.function in ("row_sum", "row_max", "normalized"):
        return row(node, scope, expression)
    values = tuple(expression(argument, scope) for argument in node.arguments)
    if node.function in _TEXT_METHODS:
        literal = graph[values[1]].payload
        return graph.add("text_is", values[:1], (_TEXT_METHODS[node.function], (literal,)))
    if node.function == "clip":
        x, low, high = values
        return graph.add("min", (graph.add("max", (x, low)), high))
    if node.function == "same_word":
        there = graph.add("column", values[:1], "is_word")
        words = [graph.add("column", (one,), "parse_word") for one in values]
        return graph.add("and", (there, graph.add("eq", tuple(words))))
    return graph.add(node.function, values)


_EXPRESSIONS: dict[type[Expression], Callable[..., int]] = {
    Number: _number,
    Bool: _bool,
    String: _string,
    Missing: _missing,
    Name: _name,
    Attribute: _attribute,
    Unary: _unary,
    Chain: _chain,
    Compare: _compare,
    Logic: _logic,
    Conditional: _conditional,
    Call: _call,
    Aggregate: lambda node, scope: aggregate(node, scope, expression),
}
