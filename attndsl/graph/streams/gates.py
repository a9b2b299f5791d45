"""Tests of query and key together: equal values, counters, positions that the query finds."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from attndsl.graph.streams.distance import Line
from attndsl.graph.streams.plan import Gate, NotStreamed, Part
from attndsl.graph.terms import FREE_K, FREE_Q, Aggregate, free_bound

if TYPE_CHECKING:
    from attndsl.graph.streams.sums import Decomposed

_COMPARED = ("eq", "lt", "le")


def tested(whole: "Decomposed", number: int, wanted: bool) -> list[Part]:
    """1 where a single test of query and key is as wanted, else 0."""
    spot = spot_of(whole, number)
    if spot is not None:
        return _or_rest(whole, replace(whole.one(), spot=spot[0], offset=spot[1]), wanted)
    counted = _by_counter(whole, number, wanted)
    if counted is not None:
        return counted
    pair = _equal(whole, number)
    if pair is None:
        op = whole.graph[number].op
        raise NotStreamed(f"a test of query and key together (`{op}`)", number)
    whole.proof.index |= whole.proof.grows(pair[1])
    return _or_rest(whole, replace(whole.one(), gate=Gate((pair,))), wanted)


def _or_rest(whole: "Decomposed", part: Part, wanted: bool) -> list[Part]:
    return [part] if wanted else [whole.one(), replace(part, less=True)]


def spot_of(whole: "Decomposed", number: int) -> tuple[int, int] | None:
    """A position that the query finds, and how far after it the key must be."""
    graph, free, term = whole.graph, whole.proof.free, whole.graph[number]
    if term.op == "same":
        for place, other in (term.args, term.args[::-1]):
            base, steps = whole.stepped(other)
            if graph[base].op == "k" and not free(place) & FREE_K:
                return place, steps
    if term.op == "eq":
        for one, other in (term.args, term.args[::-1]):
            apart = _difference(whole, one, other)
            if apart is not None:
                return apart
    return None


def _difference(whole: "Decomposed", left: int, right: int) -> tuple[int, int] | None:
    """left = right where i(k) stands by itself, and i of one found position on the other side."""
    graph = whole.graph
    key = total = 0.0
    place: int | None = None
    sign = 0.0
    for side, times in ((left, 1.0), (right, -1.0)):
        for term in graph[side].args if graph[side].op == "add" else (side,):
            factor = times
            if graph[term].op == "mul" and len(graph[term].args) == 2:
                numbers = [arg for arg in graph[term].args if graph[arg].op == "number"]
                if len(numbers) != 1:
                    return None
                factor *= graph[numbers[0]].number
                (term,) = [arg for arg in graph[term].args if arg != numbers[0]]
            if graph[term].op == "number":
                total += factor * graph[term].number
            elif graph[term].op == "column" and graph[term].name == "i":
                at = graph[term].args[0]
                if graph[at].op == "k":
                    key += factor
                elif place is None and not whole.proof.free(at) & FREE_K:
                    place, sign = at, factor
                else:
                    return None
            else:
                return None
    if place is None or abs(key) != 1 or sign != -key or not (total * key).is_integer():
        return None
    # key * (i(k) - i(place)) + total = 0, so i(k) = i(place) - total / key
    offset = int(-total / key)
    return (place, offset) if abs(offset) <= _STEPS else None


_STEPS = 16


def _by_counter(whole: "Decomposed", number: int, wanted: bool) -> list[Part] | None:
    """A comparison of what never falls from token to token, of the key and of the query."""
    term = whole.graph[number]
    if term.op not in _COMPARED:
        return None
    left, right = term.args
    keyed = bool(whole.proof.free(left) & FREE_K)
    of_query, of_key = (right, left) if keyed else (left, right)
    since = _since(whole, of_query, of_key)
    if since is not None and term.op != "eq":
        # The key lies behind what was found, or at it where the two are told to be equal.
        behind = keyed is wanted
        counter = since(at=(term.op == "lt") is keyed)
        return [replace(whole.one(), gate=Gate((), counter, behind))]
    pair = whole.proof.counters(of_query, of_key)
    if pair is None:
        return None
    if term.op == "eq":
        earlier = not wanted
    elif keyed:  # of the key less than the query's, or at most
        if term.op == "le":
            return [whole.one()] if wanted else []
        earlier = wanted
    else:  # of the query less than the key's, or at most
        if term.op == "lt":
            return [] if wanted else [whole.one()]
        earlier = not wanted
    return [replace(whole.one(), gate=Gate((), pair, earlier))]


def _since(
    whole: "Decomposed", of_query: int, of_key: int
) -> Callable[..., tuple[int, int]] | None:
    """Where i(k) is compared with i of the last of a class: counters of that class.

    No key after the last one counts fewer of the class up to it, the last one itself among them
    (`at`), or before it.
    """
    graph = whole.graph
    if of_key != graph.index(graph.add("k")) or graph[of_query].op != "column":
        return None
    bounds = graph[graph[of_query].args[0]]
    if graph[of_query].name != "i" or bounds.op != "aggregate":
        return None
    payload, (*ends, guard, _) = bounds.aggregate, bounds.args
    if payload.function != "last" or ends != [graph.add("q")]:
        return None
    if whole.proof.free(guard) & ~free_bound(payload.height):
        return None

    def counters(at: bool) -> tuple[int, int]:
        def count(over: str) -> int:
            args = (graph.add("q"), guard, graph.number(1))
            return graph.add("aggregate", args, Aggregate("sum", over, payload.height))

        return count(payload.range), count("upto" if at else "before")

    return counters


def _equal(whole: "Decomposed", number: int) -> tuple[int, int] | None:
    """A term of the query and one of the key (over q) that are equal where the test holds."""
    term = whole.graph[number]
    if term.op not in ("eq", "text_same"):
        return None
    for one, other in (term.args, term.args[::-1]):
        if whole.proof.free(one) & FREE_K or whole.proof.free(other) & FREE_Q:
            continue
        if term.op == "eq":
            facts = whole.proof.facts
            if isinstance(whole.far.of(number), Line) or not (
                facts[one].whole and facts[other].whole
            ):
                return None
        return one, whole.proof.of_key(other)
    return None
