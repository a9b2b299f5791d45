"""What each term of a canonical form costs, in words: by itself, and with its parts.

Counted as `attndsl check` counts, on the graph that engines run, without the normalising of rows.
With its parts a term never costs less than one of them: what several need is counted once.
"""

from collections.abc import Iterable, Mapping

from attndsl.graph.cost import Polynomial, operations
from attndsl.graph.lower import lowered_by_mask
from attndsl.graph.terms import FREE_K, FREE_Q, Graph
from attndsl.language.mask import CAUSAL, FULL

_EACH = {FREE_Q: "a row", FREE_K: "a key", FREE_Q | FREE_K: "a cell"}


def costs_of(graph: Graph, form: int) -> Mapping[int, tuple[str, str]]:
    """Of every term below the form what it costs by itself, and with its parts."""
    order = graph.reachable([form])
    needed: list[dict[int, set[int]]] = []  # by mask, of each term
    for lowered in lowered_by_mask(graph, [form], (CAUSAL, FULL)):
        held = dict[int, set[int]]()
        for term in order:
            held[term] = set(graph.reachable([lowered[term]]))
            held[term] = held[term].union(*(held[arg] for arg in graph[term].args))
        needed.append(held)
    costs = dict[int, tuple[str, str]]()
    for term in order:
        own, whole = Polynomial(), Polynomial()
        for held in needed:
            below = set[int]().union(*(held[arg] for arg in graph[term].args))
            own |= _sum(graph, held[term] - below)
            whole |= _sum(graph, held[term])
        costs[term] = own_said(own, graph[term].free), _whole(whole)
    return costs


def _sum(graph: Graph, terms: Iterable[int]) -> Polynomial:
    total = Polynomial()
    for term in terms:
        for degree, count in operations(graph, term):
            total += Polynomial.term(count, degree)
    return total


def own_said(cost: Polynomial, free: int) -> str:
    """A cost by itself: what each value of a term takes, where that is a fixed number.

    >>> own_said(Polynomial((0, 0, 1)), FREE_Q | FREE_K), own_said(Polynomial((0, 2)), FREE_K)
    ('1 operation a cell', '2 operations a key')
    >>> own_said(Polynomial((0, 0, 1)), FREE_Q)
    'n operations a row'
    """
    several = [power for power, count in enumerate(cost.coefficients) if count]
    each = _EACH.get(free, "a row and position" if free & FREE_Q else "a position")
    rank = free.bit_count()
    if free and len(several) == 1 and several[0] >= rank:
        return f"{said(Polynomial(cost.coefficients[rank:]))} {each}"
    return said(cost)


def _whole(cost: Polynomial) -> str:
    return f"at most {said(cost)} on n tokens" if cost.coefficients else said(cost)


def said(cost: Polynomial) -> str:
    """A number of operations.

    >>> said(Polynomial((1,))), said(Polynomial((5, 1, 3))), said(Polynomial())
    ('1 operation', '3 n^2 + n + 5 operations', 'nothing')
    """
    if not any(cost.coefficients):
        return "nothing"
    parts = []
    for power, count in reversed(list(enumerate(cost.coefficients))):
        if count:
            variable = {0: "", 1: "n"}.get(power, f"n^{power}")
            number = "" if count == 1 and power else f"{count:,}"
            parts.append(" ".join(filter(None, (number, variable))))
    text = " + ".join(parts)
    return f"{text} operation" if text == "1" else f"{text} operations"
