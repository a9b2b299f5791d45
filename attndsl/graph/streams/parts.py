"""Sums of products, and the product of two of them."""

from dataclasses import replace

from attndsl.graph.streams.plan import Gate, NotStreamed, Part
from attndsl.graph.terms import Graph

MOST = 48  # parts of one program


def constant(graph: Graph, value: float) -> Part:
    zero = graph.number(0)
    return Part(graph.number(value), graph.number(1), zero, zero)


def product(graph: Graph, ones: list[Part], others: list[Part], term: int) -> list[Part]:
    """Each of the ones with each of the others."""
    parts = [both for one in ones for other in others if (both := times(graph, one, other, term))]
    if len(parts) > MOST:
        raise NotStreamed("it falls into too many parts", term)
    return parts


def times(graph: Graph, one: Part, other: Part, term: int) -> Part | None:
    """The product of two parts; None where they never hold together."""
    gate = _both(one.gate, other.gate, term)
    if gate is None:
        return None
    spots = {(part.spot, part.offset) for part in (one, other) if part.spot is not None}
    if len(spots) > 1:
        raise NotStreamed("it asks whether two found positions are one", term)
    holder = one if one.spot is not None else other
    return Part(
        _joined(graph, "mul", 1.0, one.query, other.query),
        _joined(graph, "mul", 1.0, one.key, other.key),
        _joined(graph, "add", 0.0, one.log_query, other.log_query),
        _joined(graph, "add", 0.0, one.log_key, other.log_key),
        gate,
        holder.spot,
        holder.offset,
        one.less != other.less,
        one.rate * other.rate,
        one.most * other.most,
    )


def _joined(graph: Graph, op: str, neutral: float, one: int, other: int) -> int:
    none = graph.number(neutral)
    if none in (one, other):
        return other if one == none else one
    return graph.add(op, sorted((one, other)))


def _both(one: Gate, other: Gate, term: int) -> Gate | None:
    equal = tuple(sorted({*one.equal, *other.equal}))
    if one.counter is None or other.counter is None:
        return replace(other if one.counter is None else one, equal=equal)
    if one.counter == other.counter:
        return replace(one, equal=equal) if one.earlier == other.earlier else None
    raise NotStreamed("it compares two counters at once", term)
