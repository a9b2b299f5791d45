"""Conditions on a variable's index as the ends of its range, where a loop would be over three.

`any(f(t) for t in after(None) if t.i >= k.i and t.i < q.i)` asks of all t what `between(k.prev, q)`
says by its ends. Left in the guard, such a condition ties the variable to query and key both, and
a loop is over all three; as an end it is looked up in a running table. Whole numbers alone move.

>>> from attndsl.graph.facts import Facts
>>> from attndsl.graph.notation import read, write
>>> graph = Graph()
>>> test = read(graph, "lt(i(bound[1]), i(k))")
>>> end = _end(graph, Facts(graph), graph.add("bound", (), 1), test)
>>> end and [(side, write(graph, index)) for side, index in end]
[('last', 'add(i(k), -1)')]
"""

from attndsl.graph.facts import Facts
from attndsl.graph.terms import Graph, free_bound

FEW = 1  # variables besides the bound one that a guard and a body may hold


def ends_from(
    graph: Graph, facts: Facts, after: int, last: int, guard: int, body: int, height: int
) -> tuple[int, int, int]:
    """The stretch's ends and its guard: conditions on the index moved where that spares a loop."""
    binder = free_bound(height)
    held = (graph[guard].free | graph[body].free) & ~binder
    if held.bit_count() <= FEW or graph[guard].free & binder == 0:
        return after, last, guard
    bound = graph.add("bound", (), height)
    kept, moved = list[int](), list[tuple[str, int]]()
    for part in _parts(graph, guard):
        found = _end(graph, facts, bound, part)
        moved += found or []
        kept += [] if found else [part]
    rest = graph.all_of(sorted(kept))
    if ((graph[rest].free | graph[body].free) & ~binder).bit_count() >= held.bit_count():
        return after, last, guard
    for side, index in moved:
        if side == "last":
            after, last = after, _earlier(graph, last, index)
        else:
            after, last = _later(graph, after, index), last
    return after, last, rest


def _parts(graph: Graph, guard: int) -> list[int]:
    """The conditions of a guard, which lowering may have grouped."""
    if graph[guard].op != "and":
        return [guard]
    return [part for arg in graph[guard].args for part in _parts(graph, arg)]


def _end(graph: Graph, facts: Facts, bound: int, part: int) -> list[tuple[str, int]] | None:
    """The sides and indices that a comparison with the index means; none where it isn't one."""
    term = graph[part]
    here = bound if term.op == "same" else graph.index(bound)
    if term.op not in ("lt", "le", "eq", "same") or here not in term.args:
        return None
    one, other = term.args
    end = other if one == here else one
    if term.op == "same":
        end = graph.index(end)
    if graph[end].free & graph[bound].free or not facts[end].whole:
        return None
    less = _less(graph, end)
    if term.op in ("eq", "same"):
        return [("after", less), ("last", end)]
    strict = term.op == "lt"
    if one == here:
        return [("last", less if strict else end)]
    return [("after", end if strict else less)]


def _less(graph: Graph, index: int) -> int:
    return graph.add("add", sorted([index, graph.number(-1)]))


def _earlier(graph: Graph, last: int, index: int) -> int:
    """The earlier of a position and an index; before the text there is none."""
    sooner = graph.add("lt", [index, graph.index(last)])
    return graph.add("select", [sooner, graph.add("pick", [index]), last])


def _later(graph: Graph, after: int, index: int) -> int:
    """The later of a position and an index; behind the text stands its last position."""
    end = graph.add("add", sorted([graph.add("n"), graph.number(-1)]))
    inside = graph.add("min", sorted([index, end]))
    if graph[after].op == "none":
        return graph.add("pick", [inside])
    later = graph.add("lt", [graph.index(after), index])
    return graph.add("select", [later, graph.add("pick", [inside]), after])
