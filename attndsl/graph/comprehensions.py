"""Aggregates and rows as terms: every comprehension is one reduction over a range."""

from collections.abc import Callable

from attndsl.graph.operations import reduction
from attndsl.graph.scope import Scope, as_test, opposite
from attndsl.graph.substitute import close, fresh
from attndsl.language.nodes import Aggregate, Call, Expression

ValueOf = Callable[[Expression, Scope], int]  # builds an expression


def row(node: Call, scope: Scope, value_of: ValueOf) -> int:
    """Sum or maximum over the row of an expression in `k`, which becomes the bound variable."""
    graph = scope.graph
    value = value_of(node.arguments[0], scope)
    assert scope.key is not None
    scope.row(scope.names["q"], node.span)

    def over_row(function: str, body: int) -> int:
        assert scope.key is not None
        return close(
            graph, function, "visible", (), graph.bool(True), body, scope.key, scope.copied
        )

    if node.function == "row_max":
        return over_row("max", value)
    if node.function == "row_sum":
        return over_row("sum", value)
    weight = graph.add("max", (value, graph.number(0)))
    return graph.add("ratio", (weight, over_row("sum", weight)))


def aggregate(node: Aggregate, scope: Scope, value_of: ValueOf) -> int:
    """A comprehension; what no single function says is written with those that there are."""
    graph = scope.graph
    arguments = [value_of(argument, scope) for argument in node.range_arguments]
    if node.range_name == "visible":
        scope.row(arguments[0], node.range_span)
        arguments = []
    variable, guard, body = _opened(node, scope, value_of)

    def over(function: str, test: int, value: int) -> int:
        return close(
            graph, function, node.range_name, arguments, test, value, variable, scope.copied
        )

    true, one = graph.bool(True), graph.number(1)
    there = true if body == variable else as_test(body, scope)
    match node.function:
        case "any":
            return over("any", graph.all_of([guard, there]), true)
        case "all":
            exception = graph.all_of([guard, opposite(there, scope)])
            return opposite(over("any", exception, true), scope)
        case "count":
            return over("sum", graph.all_of([guard, there]), one)
        case "mean":
            return graph.add("div", (over("sum", guard, body), over("sum", guard, one)))
    return over(node.function, guard, body if reduction(node.function).takes_body else true)


def _opened(node: Aggregate, scope: Scope, value_of: ValueOf) -> tuple[int, int, int]:
    """A fresh variable, and the guard and the body that are written with it."""
    variable = fresh(scope.graph, *scope.names.values())
    outside, scope.names = scope.names, {**scope.names, node.variable: variable}
    guard = scope.graph.bool(True)
    if node.condition is not None:
        guard = as_test(value_of(node.condition, scope), scope)
    body = value_of(node.body, scope)
    scope.names = outside
    return variable, guard, body
