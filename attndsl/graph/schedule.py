"""The order in which a program's terms are worked out, one array a term, and when each is dropped.

Terms are taken in phases. A phase works along one variable, the outermost of its terms (q, then k,
then the variables of aggregates from the highest down), in blocks of positions; what depends on at
most one aggregate's variable is worked out whole. So no array is larger than BLOCK elements or one
row of its term, whichever is more. The reference engine and the cost bound both go by this order.
"""

from dataclasses import dataclass

from attndsl.graph.terms import FREE_K, FREE_Q, Aggregate, Graph, free_bound

BLOCK = 2**14  # elements of an array of a block that has more than one row


@dataclass(frozen=True, slots=True)
class SchedulePhase:
    """The terms of one phase in order; `drops[i]` are the values not needed after the i-th."""

    axis: int  # the bit of the variable that is cut into blocks, 0 for none
    terms: tuple[int, ...]
    kept: frozenset[int]  # needed by a later phase, or the root
    drops: tuple[tuple[int, ...], ...]
    ends: tuple[int, ...]  # values of earlier phases that no later one needs
    rank: int  # the most variables that a term, or what an aggregate goes over, depends on


def schedule(graph: Graph, root: int) -> tuple[SchedulePhase, ...]:
    """The phases of a program in order; the root is in the last.

    >>> graph = Graph()
    >>> first = graph.add("column", [graph.add("q")], "i")
    >>> [phase.terms for phase in schedule(graph, graph.add("add", [first, graph.number(1)]))]
    [(2,), (0, 1, 3)]
    """
    order = _postorder(graph, root)
    groups = _groups(graph, order)
    phase_of = {term: i for i, (_, terms) in enumerate(groups) for term in terms}
    last_use = {term: phase_of[term] for term in order}
    for term in order:
        for arg in graph[term].args:
            last_use[arg] = max(last_use[arg], phase_of[term])
    phases = []
    for i, (axis, terms) in enumerate(groups):
        kept = frozenset(term for term in terms if term == root or last_use[term] > i)
        last = {arg: at for at, term in enumerate(terms) for arg in graph[term].args}
        drops: list[list[int]] = [[] for _ in terms]
        for arg, at in last.items():
            if phase_of[arg] == i and arg not in kept:
                drops[at].append(arg)
        ends = tuple(term for term in order if phase_of[term] < i and last_use[term] == i)
        rank = max(reach(graph, term) for term in terms)
        phases.append(SchedulePhase(axis, tuple(terms), kept, tuple(map(tuple, drops)), ends, rank))
    return tuple(phases)


def rows_of(phase: SchedulePhase, n: int) -> int:
    """How many positions of its axis a phase takes at a time."""
    if phase.axis == 0:
        return n
    return max(1, min(n, BLOCK // int(max(1, n ** (phase.rank - 1)))))


def reach(graph: Graph, term: int) -> int:
    """How many variables the work on a term goes over: its own, and the one that it binds."""
    described = graph[term]
    free = described.free
    if isinstance(described.payload, Aggregate) and described.op in ("loop", "aggregate"):
        free |= free_bound(described.payload.height)
    return free.bit_count()


def _groups(graph: Graph, order: list[int]) -> list[tuple[int, list[int]]]:
    """Phases as an axis and its terms: again and again all that can be done along each axis."""
    axis_of = {term: _axis(graph, term) for term in order}
    axes = sorted(set(axis_of.values()), key=lambda axis: (axis == FREE_Q, axis == FREE_K, axis))
    groups: list[tuple[int, list[int]]] = []
    done: set[int] = set()
    waiting, terms = order, graph.terms
    while waiting:
        for axis in axes:
            ready, rest = list[int](), list[int]()
            for term in waiting:
                if axis_of[term] == axis and done.issuperset(terms[term].args):
                    ready.append(term)
                    done.add(term)
                else:
                    rest.append(term)
            if ready:
                groups.append((axis, ready))
                waiting = rest
    return groups


def _axis(graph: Graph, term: int) -> int:
    """The outermost variable of what a term's work goes over; 0 where that is a single one."""
    free = graph[term].free
    if free & FREE_Q:
        return FREE_Q
    if free & FREE_K:
        return FREE_K
    return 0 if reach(graph, term) <= 1 else 1 << (free.bit_length() - 1)


def _postorder(graph: Graph, root: int) -> list[int]:
    """Arguments before users, each just before it is first needed."""
    order: list[int] = []
    seen: set[int] = set()
    stack = [(root, False)]
    while stack:
        term, ready = stack.pop()
        if ready:
            order.append(term)
        elif term not in seen:
            seen.add(term)
            stack.append((term, True))
            stack.extend((arg, False) for arg in reversed(graph[term].args) if arg not in seen)
    return order
