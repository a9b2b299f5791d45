"""Holding a program's cost against the limits; what is over is an error where it costs most."""

from attndsl.graph.cost import Cost, Limits, operations
from attndsl.graph.facts import Facts
from attndsl.graph.intervals import magnitude
from attndsl.graph.lower import lowered_terms
from attndsl.graph.places import Places
from attndsl.graph.terms import Graph
from attndsl.language.diagnostics import Diagnostic, Span
from attndsl.language.mask import CAUSAL, FULL
from attndsl.language.nodes import Type

LARGEST = 1e300  # no sum may pass it, so that no engine ever meets an infinity


def over_terms(count: int, limits: Limits, name: Span) -> list[Diagnostic]:
    if count <= limits.terms:
        return []
    message = f"the program has {count} terms, helpers written out; at most {limits.terms} fit"
    return [_error("ATT090", message, name, "leave cases out, or split it into two programs")]


def over_range(graph: Graph, terms: list[int], facts: Facts, places: Places) -> list[Diagnostic]:
    """A number that could leave the range of floats; one error is enough."""
    for term in terms:
        if graph[term].type is Type.NUMBER and magnitude(facts[term]) > LARGEST:
            span = places.best(term)
            hint = "keep what is added up small with clip, min or a smaller factor"
            return [_error("ATT094", "this sum could pass 1e300", span, hint)]
    return []


def over_cost(
    graph: Graph, root: int, cost: Cost, limits: Limits, places: Places
) -> list[Diagnostic]:
    """The first limit that is passed, at the expression that costs most."""
    n = limits.length
    if cost.degree > limits.degree:
        code = "ATT091"
        message = (
            f"this takes n^{cost.degree} steps on a text of n pieces; at most n^{limits.degree}"
        )
    elif cost.time.at(n) >= limits.operations:
        code = "ATT092"
        message = (
            f"this is too slow: the program takes {cost.time} steps, {cost.time.at(n):.1e} for "
            f"{n} pieces; at most {limits.operations:.0e}"
        )
    elif cost.bytes.at(n) > limits.bytes:
        code = "ATT093"
        message = (
            f"this holds too much: the program takes {cost.bytes.at(n) / 2**20:.0f} MB for {n} "
            f"pieces; at most {limits.bytes / 2**20:.0f} MB"
        )
    else:
        return []
    span = places.best(costliest(graph, root, n))
    return [_error(code, message, span, _HINT)]


_HINT = (
    "inside a comprehension use only its variable and one of q and k; what is asked of both can be "
    "looked up once, such as last(t for t in before(q) if ...)"
)


def costliest(graph: Graph, root: int, n: int) -> int:
    """The plain term whose own part of the lowered graph takes most operations."""
    dearest = (-1, root)
    for mask in (CAUSAL, FULL):
        charged: set[int] = set()
        for plain, lowered in sorted(lowered_terms(graph, [root], mask).items()):
            price, stack = 0, [lowered]
            while stack:
                term = stack.pop()
                if term not in charged:
                    charged.add(term)
                    price += sum(count * n**power for power, count in operations(graph, term))
                    stack.extend(graph[term].args)
            dearest = max(dearest, (price, plain))
    return dearest[1]


def _error(code: str, message: str, span: Span, hint: str) -> Diagnostic:
    return Diagnostic(code, "error", message, span, hint)
