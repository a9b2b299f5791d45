"""Intervals hold every value that the total arithmetic gives, and keep its grain."""

import random

import pytest

from attndsl.graph import intervals
from attndsl.graph.intervals import FALSE, TRUE, Interval
from attndsl.graph.operations import OPS
from attndsl.graph.terms import Graph

ENDS = (-1e30, -70.5, -3.0, -1.0, -0.3, -1e-9, 0.0, 1e-12, 0.25, 0.5, 1.0, 2.0, 7.0, 1e6, 1e30)

# Operations on numbers, by how many they take; of a sum or an extreme two.
ON_NUMBERS = {
    op.name: len(op.arguments.rstrip("*"))
    for op in OPS.values()
    if op.meaning and set(op.arguments) <= set("n*")
}


def some_interval(rng: random.Random) -> Interval:
    low, high = sorted(rng.choice(ENDS) for _ in range(2))
    if rng.random() < 0.2:
        return intervals.point(low)
    if rng.random() < 0.4:
        return Interval(float(round(low)), float(round(high)), 1.0)
    return Interval(low, high)


def some_value(rng: random.Random, x: Interval) -> float:
    value = rng.choice((x.lo, x.hi, rng.uniform(x.lo, x.hi), x.lo + abs(x.lo) * 1e-10, 0.0))
    value = min(max(value, x.lo), x.hi)
    if not x.grain:
        return value
    return min(max(round(value / x.grain) * x.grain, x.lo), x.hi)


def holds(x: Interval, value: float) -> bool:
    return x.lo <= value <= x.hi and (not x.grain or (value / x.grain).is_integer())


@pytest.mark.parametrize("name", ON_NUMBERS)
def test_an_operation_stays_inside_its_fact(name: str) -> None:
    rng, graph = random.Random(name), Graph()
    op = OPS[name]
    term = graph[graph.add(name, [graph.number(1.0)] * ON_NUMBERS[name])]
    assert op.meaning is not None
    for _ in range(4000):
        args = [some_interval(rng) for _ in term.args]
        found = op.fact(term, args)
        for _ in range(4):
            values = [some_value(rng, arg) for arg in args]
            result = float(op.meaning(*values))
            assert holds(found, result), (name, args, values, result, found)


def test_comparisons_are_decided_where_they_can_be() -> None:
    index = Interval(0.0, 1e6, 1.0)
    assert intervals.less(index, intervals.point(0.0), nearly=False) == FALSE
    assert intervals.less(intervals.point(0.0), index, nearly=True) == TRUE
    assert intervals.equal(index, intervals.point(0.5)) == FALSE
    assert intervals.among(index, (-1.0, -2.0)) == FALSE


def test_dividing_by_what_is_never_there_gives_nothing_else() -> None:
    """An interval between two grains holds no number, so nothing is divided by it."""
    assert intervals.div(Interval(1.0, 2.0), Interval(0.2, 0.3, 1.0)) == Interval(0.0, 0.0, 1.0)
