"""The exponential of a score as a sum of products: sums of scores are products of weights."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from attndsl.graph.arithmetic import HUGE
from attndsl.graph.intervals import magnitude
from attndsl.graph.streams.distance import Line
from attndsl.graph.streams.parts import constant, product
from attndsl.graph.streams.plan import NotStreamed, Part
from attndsl.graph.terms import FREE_K, FREE_Q, Term
from attndsl.language.nodes import Type

if TYPE_CHECKING:
    from attndsl.graph.streams.sums import Decomposed

LARGEST = 2.0**30  # of an exponent, so that its rounding stays below what is promised
STEEPEST = 50.0  # of a factor on it
SAFE = 300.0  # e to this is a number


def scores(whole: "Decomposed", number: int, factor: float = 1.0) -> list[Part]:
    """exp(factor * value) as a sum of products."""
    whole.proof.visit(number)
    graph, term = whole.graph, whole.graph[number]
    if abs(factor) > STEEPEST:
        raise NotStreamed("a score that is too steep", number)
    known = whole.far.of(number)
    if isinstance(known, Line):
        return (
            [_along(whole, known, factor)]
            if not _constant(known)
            else _number(whole, known.constant * factor, number)
        )
    if isinstance(known, bool):
        return _number(whole, factor * known, number)
    free = whole.proof.free(number)
    alone = not free & FREE_K or not free & FREE_Q
    if term.op == "select" and not (alone and magnitude(whole.proof.facts[number]) <= LARGEST):
        return _select(whole, number, term, factor)
    if alone:
        return [_leaf(whole, number, factor)]
    if term.type is Type.BOOL:
        one, zero = graph.number(1), graph.number(0)
        return scores(whole, graph.add("select", (number, one, zero)), factor)
    if term.op == "add":
        parts = [whole.one()]
        for arg in term.args:
            parts = product(graph, parts, scores(whole, arg, factor), number)
        return parts
    if term.op == "mul":
        return _mul(whole, number, term, factor)
    raise NotStreamed(f"`{term.op}` of query and key together in a score", number)


def _constant(line: Line) -> bool:
    return not line.key and not line.gap


def _number(whole: "Decomposed", value: float, number: int) -> list[Part]:
    if value <= -HUGE:
        return []
    if abs(value) > LARGEST:
        raise NotStreamed("a score that may saturate", number)
    return [replace(whole.one(), log_query=whole.graph.number(value))]


def _along(whole: "Decomposed", line: Line, factor: float) -> Part:
    """exp of a line: of the query's index times of the key's."""
    graph = whole.graph
    of_query, of_key = line.gap * factor, (line.key - line.gap) * factor
    index = graph.index(graph.add("q"))

    def times(value: float) -> int:
        return graph.add("mul", (graph.number(value), index)) if value else graph.number(0)

    log_query = times(of_query)
    if line.constant:
        log_query = graph.add("add", (log_query, graph.number(line.constant * factor)))
    rate = math.exp(of_query) if not line.key else 1.0
    return replace(whole.one(), log_query=log_query, log_key=times(of_key), rate=rate)


def _leaf(whole: "Decomposed", number: int, factor: float) -> Part:
    graph = whole.graph
    if magnitude(whole.proof.facts[number]) * max(1.0, abs(factor)) > LARGEST:
        raise NotStreamed("a score that may saturate", number)
    scaled = number if factor == 1.0 else graph.add("mul", (graph.number(factor), number))
    if not whole.proof.free(number) & FREE_K:
        return replace(whole.one(), log_query=scaled)
    return replace(whole.one(), log_key=whole.proof.of_key(scaled))


def _mul(whole: "Decomposed", number: int, term: Term, factor: float) -> list[Part]:
    """A constant times a score."""
    graph = whole.graph
    numbers = [arg for arg in term.args if graph[arg].op == "number"]
    others = [arg for arg in term.args if graph[arg].op != "number"]
    if len(others) == 1:
        for each in numbers:
            factor *= graph[each].number
        return scores(whole, others[0], factor)
    for each in others:
        rest = [arg for arg in term.args if arg != each]
        if graph[each].type is Type.BOOL:
            arm = graph.add("mul", rest) if len(rest) > 1 else rest[0]
            return scores(whole, graph.add("select", (each, arm, graph.number(0))), factor)
        test, *arms = graph[each].args if graph[each].op == "select" else (each,)
        if arms and not whole.proof.free(each) & FREE_K:  # branches of the query
            steep = [graph.add("mul", sorted((arm, *rest))) for arm in arms]
            return scores(whole, graph.add("select", (test, *steep)), factor)
    raise NotStreamed("a product of query and key in a score", number)


def _select(whole: "Decomposed", number: int, term: Term, factor: float) -> list[Part]:
    graph = whole.graph
    test, one, other = term.args
    free = whole.proof.free(test)
    numbers = [graph[arm].number * factor for arm in (one, other) if graph[arm].op == "number"]
    if free & FREE_K and free & FREE_Q and len(numbers) == 2:
        up, down = numbers
        if SAFE >= up >= down >= -SAFE:  # a correction: e^up - e^down more where it holds
            more = constant(graph, math.exp(up) - math.exp(down))
            added = product(graph, whole.truth(test, True), [more], number)
            return [constant(graph, math.exp(down)), *added]
    return whole.chosen(term, lambda arm: scores(whole, arm, factor), number)
