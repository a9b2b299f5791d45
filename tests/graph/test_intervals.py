"""Intervals hold every value that the total arithmetic gives, and keep its grain."""

import random
from collections.abc import Callable

import pytest

from attndsl.graph import arithmetic, intervals
from attndsl.graph.intervals import FALSE, TRUE, Interval

ENDS = (-1e30, -70.5, -3.0, -1.0, -0.3, -1e-9, 0.0, 1e-12, 0.25, 0.5, 1.0, 2.0, 7.0, 1e6, 1e30)

Binary = tuple[Callable[[float, float], float], Callable[[Interval, Interval], Interval]]
BINARY: dict[str, Binary] = {
    "add": (lambda a, b: a + b, lambda a, b: intervals.add([a, b])),
    "mul": (arithmetic.mul, lambda a, b: intervals.mul([a, b])),
    "div": (arithmetic.div, intervals.div),
    "floordiv": (arithmetic.floordiv, lambda a, b: intervals.floor(intervals.div(a, b))),
    "mod": (arithmetic.mod, intervals.mod),
    "pow": (arithmetic.power, intervals.power),
    "eq": (lambda a, b: float(arithmetic.near(a, b)), intervals.equal),
    "lt": (
        lambda a, b: float(arithmetic.less(a, b)),
        lambda a, b: intervals.less(a, b, nearly=False),
    ),
    "le": (
        lambda a, b: float(a < b or arithmetic.near(a, b)),
        lambda a, b: intervals.less(a, b, nearly=True),
    ),
}
UNARY: dict[
    str, tuple[Callable[[float], float], Callable[[Interval], Interval]]
] = {
    "exp": (arithmetic.exp, lambda x: intervals.increasing(x, arithmetic.exp)),
    "log": (arithmetic.log, intervals.log),
    "abs": (abs, intervals.absolute),
    "sqrt": (arithmetic.sqrt, lambda x: intervals.increasing(x, arithmetic.sqrt)),
    "floor": (arithmetic.floor, intervals.floor),
}  # fmt: skip


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


@pytest.mark.parametrize("name", BINARY)
def test_binary_operations_stay_inside(name: str) -> None:
    rng = random.Random(name)
    meaning, bound = BINARY[name]
    for _ in range(4000):
        a, b = some_interval(rng), some_interval(rng)
        found = bound(a, b)
        for _ in range(4):
            x, y = some_value(rng, a), some_value(rng, b)
            assert holds(found, meaning(x, y)), (name, a, b, x, y, meaning(x, y), found)


@pytest.mark.parametrize("name", UNARY)
def test_unary_operations_stay_inside(name: str) -> None:
    rng = random.Random(name)
    meaning, bound = UNARY[name]
    for _ in range(4000):
        a = some_interval(rng)
        x = some_value(rng, a)
        assert holds(bound(a), meaning(x)), (name, a, x, meaning(x), bound(a))


def test_comparisons_are_decided_where_they_can_be() -> None:
    index = Interval(0.0, 1e6, 1.0)
    assert intervals.less(index, intervals.point(0.0), nearly=False) == FALSE
    assert intervals.less(intervals.point(0.0), index, nearly=True) == TRUE
    assert intervals.equal(index, intervals.point(0.5)) == FALSE
    assert intervals.among(index, (-1.0, -2.0)) == FALSE


def test_dividing_by_what_is_never_there_gives_nothing_else() -> None:
    """An interval between two grains holds no number, so nothing is divided by it."""
    assert intervals.div(Interval(1.0, 2.0), Interval(0.2, 0.3, 1.0)) == Interval(0.0, 0.0, 1.0)
