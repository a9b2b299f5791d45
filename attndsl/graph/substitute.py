"""Substitution in term graphs, and closing a body over its variable, without capture.

A body is built with a fresh variable, named above MAX_HEIGHT, and `close` then names the variable
by height, so that equal aggregates are equal terms.

>>> from attndsl.graph.terms import Graph
>>> graph = Graph()
>>> q, t = graph.add("q"), fresh(graph)
>>> test = graph.add("same", [t, q])
>>> first = close(graph, "first", "upto", [q], test, graph.bool(True), t)
>>> graph[graph[first].args[1]].args == (graph.add("bound", (), 1), q)
True
"""

from collections.abc import Callable, Mapping, Sequence

from attndsl.graph.terms import MAX_HEIGHT, Aggregate, Graph, Term, free_bound

_FRESH_FROM = 2 * MAX_HEIGHT


class TooLarge(Exception):
    """A term grew past what its maker allows."""


def fresh(graph: Graph, *terms: int) -> int:
    """A bound variable that is free in none of the terms."""
    free = 0
    for term in terms:
        free |= graph[term].free
    height = _FRESH_FROM
    while free & free_bound(height):
        height += 1
    return graph.add("bound", (), height)


def close(
    graph: Graph,
    function: str,
    over: str,
    arguments: Sequence[int],
    guard: int,
    body: int,
    variable: int,
    made: Callable[[int, int], None] | None = None,
) -> int:
    """The aggregate of `body` where `guard`, both written with `variable`."""
    height = max(graph[guard].height, graph[body].height) + 1
    if height > MAX_HEIGHT:
        raise TooLarge(f"comprehensions nest deeper than {MAX_HEIGHT}")
    bound = graph.add("bound", (), height)
    guard, body = substitute(graph, [guard, body], {variable: bound}, made)
    return graph.add("aggregate", (*arguments, guard, body), Aggregate(function, over, height))


def open_aggregate(graph: Graph, term: Term, *apart: int) -> tuple[int, int, int]:
    """Guard, body and a fresh variable in place of the bound one, free in none of `apart`."""
    guard, body = term.args[-2:]
    variable = fresh(graph, guard, body, *apart)
    bound = graph.add("bound", (), term.aggregate.height)
    guard, body = substitute(graph, [guard, body], {bound: variable})
    return guard, body, variable


def substitute(
    graph: Graph,
    roots: Sequence[int],
    mapping: Mapping[int, int],
    made: Callable[[int, int], None] | None = None,
) -> list[int]:
    """The roots with leaves replaced; `made(old, new)` hears of every term that changes.

    Steps are over the terms that hold a replaced leaf, arguments first; only aggregates whose
    variable could capture what is put in, or that must change their height, are opened (so the
    recursion is as deep as aggregates nest).
    """
    touched = height = entering = 0
    for leaf, value in mapping.items():
        if leaf != value:
            touched |= graph[leaf].free
            entering |= graph[value].free
            height = max(height, graph[value].height)
    known = dict(mapping)
    for number in _holding(graph, roots, touched):
        if number in known:
            continue
        term = graph[number]
        payload = term.payload
        if isinstance(payload, Aggregate) and _captures(graph, term, touched, entering, height):
            guard, body, variable = open_aggregate(graph, term, *mapping, *mapping.values())
            guard, body = substitute(graph, [guard, body], mapping, made)
            outer = [known.get(arg, arg) for arg in term.args[:-2]]
            new = close(graph, payload.function, payload.range, outer, guard, body, variable)
        else:
            new = graph.add(term.op, [known.get(arg, arg) for arg in term.args], payload)
        known[number] = new
        if made:
            made(number, new)
    return [known.get(root, root) for root in roots]


def _captures(graph: Graph, term: Term, touched: int, entering: int, height: int) -> bool:
    """A value as high as the binder would raise it, one that holds its name would be caught."""
    inside = (graph[term.args[-1]].free | graph[term.args[-2]].free) & touched
    binder = term.aggregate.height
    return bool(inside) and (height >= binder or bool(entering & free_bound(binder)))


def _holding(graph: Graph, roots: Sequence[int], touched: int) -> list[int]:
    """The terms below the roots that hold one of the touched leaves, arguments first."""
    seen: set[int] = set()
    stack = [root for root in roots if graph[root].free & touched]
    while stack:
        number = stack.pop()
        if number not in seen:
            seen.add(number)
            stack.extend(arg for arg in graph[number].args if graph[arg].free & touched)
    return sorted(seen)
