"""Which terms get a register in an area, and which are read from columns and matrices instead."""

from collections.abc import Iterable
from dataclasses import dataclass

from attndsl.engines.batch.planning.distance_columns import PAIR, DistanceColumns
from attndsl.engines.batch.planning.items import rank, table_item
from attndsl.engines.batch.running.layout import Area
from attndsl.graph.terms import FREE_K, FREE_Q, Graph


@dataclass(frozen=True, slots=True)
class View:
    """The graph as a pass over one area sees it."""

    graph: Graph
    area: Area
    distances: DistanceColumns


def is_loaded(view: View, term: int) -> bool:
    """Whether an area reads the term from a column: aggregates in a line; in pairs what depends
    on one position or on the distance alone."""
    graph = view.graph
    described = graph[term]
    if described.op in ("number", "bool", "text", "none", "q", "k", "bound"):
        return False
    if described.op in ("loop", "n") and rank(described.free) <= 1:
        return True
    if view.area == "line":
        return False
    return rank(described.free) <= 1 or by_distance(view, term) is not None


def by_distance(view: View, term: int) -> int | None:
    """The column of a term of the distance alone, where no key comes after its query."""
    pair = view.graph[term].free == PAIR
    return view.distances.column(term) if pair and view.area == "mask" else None


def is_kept_matrix(graph: Graph, term: int) -> bool:
    """A loop of two positions within a loop: kept as a matrix, or the degree would grow."""
    described = graph[term]
    return (
        described.op == "loop"
        and rank(described.free) == 2
        and bool(described.free & ~(FREE_Q | FREE_K))
    )


def folded(graph: Graph, term: int) -> tuple[float, int] | None:
    """`c * x` as (c, x), which a sum takes in one instruction."""
    described = graph[term]
    if described.op == "mul" and len(described.args) == 2:
        for place in (0, 1):
            factor, other = graph[described.args[place]], described.args[1 - place]
            if factor.op == "number" and graph[other].op != "number":
                return factor.number, other
    return None


def operands(view: View, term: int) -> tuple[int, ...]:
    """The terms whose registers an instruction for `term` reads."""
    graph = view.graph
    described = graph[term]
    if is_loaded(view, term):
        return ()
    if is_kept_matrix(graph, term):
        return ()
    if described.op in ("loop", "window"):
        return described.args[:-2]
    if described.op == "take":
        _, outer = table_item(graph, term)
        at = described.args[0]
        return (at, variable_term(graph, outer)) if outer else (at,)
    if described.op == "column" and graph[described.args[0]].op in ("q", "k"):
        return ()
    if described.op == "add":
        args = []
        for arg in described.args:
            pair = folded(graph, arg)
            args.append(pair[1] if pair and not is_loaded(view, arg) else arg)
        return tuple(arg for arg in args if graph[arg].op != "number")
    return tuple(a for a in described.args if not _is_immediate(graph, described.op, a))


def _is_immediate(graph: Graph, op: str, arg: int) -> bool:
    return op == "mul" and graph[arg].op == "number"


def variable_term(graph: Graph, bit: int) -> int:
    if bit == FREE_Q:
        return graph.add("q")
    if bit == FREE_K:
        return graph.add("k")
    return graph.add("bound", (), bit.bit_length() - 2)


def needed(view: View, roots: Iterable[int]) -> list[int]:
    """Every term that gets a register, operands first; loops bring their guard and body along."""
    graph = view.graph
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        term = stack.pop()
        if term in seen:
            continue
        seen.add(term)
        stack.extend(operands(view, term))
        described = graph[term]
        if described.op == "loop" and not (is_loaded(view, term) or is_kept_matrix(graph, term)):
            stack.extend(described.args[-2:])
    return sorted(seen)
