"""What a plan computes before the patterns: columns and matrices, and in which order.

Any term that depends on one position alone is a *column*, whichever variable it is written with:
`q.i` and `k.i` read the same column. Terms are therefore renamed to the query variable, and terms
of two positions to the query and the key. An aggregate that depends on one position is a column
filled by a pass over pairs; a table that `take` reads is a column or, when it depends on another
position too, a matrix.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from attndsl.graph.terms import Aggregate, Graph, Payload, free_bound

Kind = Literal["raw", "derived", "reduce", "similarity", "matrix", "window"]


@dataclass(frozen=True, slots=True)
class Item:
    """A column (raw, derived, reduce) or a matrix (similarity, matrix, window).

    `terms` is what defines it, renamed to q (and k): of `derived` and `matrix` the term; of
    `window` guard and body; of `reduce` first, last, guard and body.
    """

    kind: Kind
    name: str  # of a raw column; the function of reduce and window
    terms: tuple[int, ...] = ()


SIMILARITY = Item("similarity", "similarity")


def variables(free: int) -> list[int]:
    """The single bits of a set of variables."""
    return [1 << i for i in range(free.bit_length()) if free >> i & 1]


def rank(free: int) -> int:
    return free.bit_count()


def rename(graph: Graph, roots: Iterable[int], bits: Mapping[int, int]) -> list[int]:
    """The roots with variables (named by their bits) replaced by terms, all at once."""
    roots = list(roots)
    touched = 0
    for bit in bits:
        touched |= bit
    new: dict[int, int] = {}
    for term in graph.reachable(roots):
        described = graph[term]
        if not described.free & touched:
            new[term] = term
        elif described.op in ("q", "k", "bound"):
            new[term] = bits[described.free]
        else:
            args = tuple(new[arg] for arg in described.args)
            new[term] = graph.add(described.op, args, _payload(graph, term, bits))
    return [new[root] for root in roots]


def _payload(graph: Graph, term: int, bits: Mapping[int, int]) -> Payload:
    """A running aggregate's variable is free: q and k count as heights -1 and 0 (free_bound)."""
    payload = graph[term].payload
    if graph[term].op == "scan" and isinstance(payload, Aggregate):
        new = bits.get(free_bound(payload.height))
        if new is not None:
            return replace(payload, height=graph[new].free.bit_length() - 2)
    return payload


def as_column(graph: Graph, *terms: int) -> list[int]:
    """Terms of the same single position, written with q."""
    free = 0
    for term in terms:
        free |= graph[term].free
    bits = variables(free)
    assert len(bits) <= 1, "a column depends on one position"
    return rename(graph, terms, dict.fromkeys(bits, graph.add("q")))


def column_item(graph: Graph, term: int) -> Item:
    """The column that holds a term of at most one position."""
    described = graph[term]
    if described.op == "n":
        return Item("raw", "#n")
    if described.op == "column" and graph[described.args[0]].op in ("q", "k", "bound"):
        return Item("raw", described.name)
    (renamed,) = as_column(graph, term)
    if described.op == "loop":
        return reduce_item(graph, renamed)
    return Item("derived", "", (renamed,))


def reduce_item(graph: Graph, loop: int) -> Item:
    """The column of an aggregate that depends on q alone (or on nothing)."""
    first, last, guard, body = graph[loop].args
    payload = graph[loop].aggregate
    inner = {free_bound(payload.height): graph.add("k")}
    guard, body = rename(graph, (guard, body), inner)
    return Item("reduce", payload.function, (first, last, guard, body))


def table_item(graph: Graph, take: int) -> tuple[Item, int]:
    """The table that a `take` reads: a column, or a matrix and the bit of its row."""
    table = graph[take].args[1]
    binder = free_bound(graph[take].variable)
    outer = graph[table].free & ~binder
    if not outer:
        (renamed,) = rename(graph, (table,), {binder: graph.add("q")})
        return column_item(graph, renamed), 0
    assert rank(outer) == 1, "a table depends on one more position at most"
    bits = {outer: graph.add("q"), binder: graph.add("k")}
    return Item("matrix", "", tuple(rename(graph, (table,), bits))), outer


def window_items(graph: Graph, term: int) -> tuple[Item, Item]:
    """Behind a `window`: the matrix over (row, column], and the running column for no row."""
    _, _, guard, body = graph[term].args
    payload = graph[term].aggregate
    guard, body = rename(graph, (guard, body), {free_bound(payload.height): graph.add("q")})
    running = graph.add("scan", (guard, body), Aggregate(payload.function, "upto", -1))
    return Item("window", payload.function, (guard, body)), Item("derived", "", (running,))


def value_item(graph: Graph, term: int) -> tuple[Item, int, int]:
    """A term of two positions kept as a matrix; the bits of its row and column."""
    row, column = variables(graph[term].free)
    bits = {row: graph.add("q"), column: graph.add("k")}
    (renamed,) = rename(graph, (term,), bits)
    return Item("matrix", "", (renamed,)), row, column
