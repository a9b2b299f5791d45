"""Arithmetic on intervals with a grain: what the total operations can give, all engines included.

A grain is a power of two, at most 1, that every value is a whole multiple of; 0 where there is
none. Grains survive rounding, and below 2**53 grains a sum is exact in any order.

>>> add([Interval(0, 3, 1.0), point(0.25)])
Interval(lo=0.25, hi=3.25, grain=0.25)
>>> div(Interval(1, 4, 1.0), point(2.0)), less(point(1.0), Interval(2, 5, 1.0), nearly=False)
(Interval(lo=0.5, hi=2.0, grain=0.5), Interval(lo=1.0, hi=1.0, grain=1.0))
"""

import itertools
import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from attndsl.graph import arithmetic
from attndsl.graph.arithmetic import NEAR, TINY, near, settle

_FINEST = 2.0**-40  # smaller grains count as none
_EXACT = 2.0**53
_SLACK = 1e-14  # engines' log, exp, pow and orders of summing differ by far less


class Interval(NamedTuple):
    """Every value lies in lo..hi and is a multiple of `grain`, where that isn't 0.

    A tuple, for a check makes one for every term.
    """

    lo: float
    hi: float
    grain: float = 0.0

    @property
    def whole(self) -> bool:
        return self.grain >= 1.0


TRUE = Interval(1.0, 1.0, 1.0)
FALSE = Interval(0.0, 0.0, 1.0)
MAYBE = Interval(0.0, 1.0, 1.0)


def point(value: float) -> Interval:
    """The interval of a constant."""
    grain = 1.0
    while grain >= _FINEST and not (value / grain).is_integer():
        grain /= 2
    return Interval(value, value, grain if grain >= _FINEST else 0.0)


def magnitude(x: Interval) -> float:
    return max(abs(x.lo), abs(x.hi))


def hull(a: Interval, b: Interval) -> Interval:
    return Interval(min(a.lo, b.lo), max(a.hi, b.hi), min(a.grain, b.grain))


def exact(x: Interval, count: float = 1.0) -> bool:
    """Whether sums of `count` such values are exact, whatever the order.

    >>> exact(Interval(0, 1, 1.0), 2**20), exact(Interval(0, 1), 2)
    (True, False)
    """
    return x.grain > 0 and magnitude(x) * count < _EXACT * x.grain


def add(args: Iterable[Interval]) -> Interval:
    parts = list(args)
    size = sum(magnitude(part) for part in parts)
    grain = min(part.grain for part in parts)
    slack = 0.0 if grain > 0 and size < _EXACT * grain else size * _SLACK
    low, high = sum(part.lo for part in parts), sum(part.hi for part in parts)
    return Interval(low - slack, high + slack, grain)


def total(body: Interval, count: int, filled: bool) -> Interval:
    """The sum of up to `count` values, of at least one where `filled`."""
    slack = 1.0 if exact(body, count) else 1.0 + 1e-9
    low = body.lo if filled and body.lo > 0 else min(0.0, body.lo) * count * slack
    high = body.hi if filled and body.hi < 0 else max(0.0, body.hi) * count * slack
    return Interval(low, high, body.grain)


def mul(args: Iterable[Interval]) -> Interval:
    first, *rest = args
    for other in rest:
        grain = first.grain * other.grain
        low, high = _corners(arithmetic.mul, first, other)
        first = Interval(low, high, grain if grain >= _FINEST else 0.0)
    return first


def div(a: Interval, b: Interval) -> Interval:
    parts = [point(0.0)] if b.lo <= 0 <= b.hi else []
    least = b.grain or 5e-324
    for low, high in ((b.lo, min(b.hi, -least)), (max(b.lo, least), b.hi)):
        if low <= high:
            parts.append(Interval(*_corners(arithmetic.div, a, Interval(low, high))))
    if not parts:  # `b` holds no number: nothing is ever divided by it
        return point(0.0)
    grain = 0.0
    if b.lo == b.hi and b.lo >= 1 and math.frexp(b.lo)[0] == 0.5:
        grain = a.grain / b.lo
    low, high = min(part.lo for part in parts), max(part.hi for part in parts)
    return Interval(low, high, grain if grain >= _FINEST else 0.0)


def floor(x: Interval) -> Interval:
    """Of a quotient: what is nearly whole counts as whole."""
    slack = 2 * NEAR
    low = x.lo - slack * max(1.0, abs(x.lo))
    return Interval(
        float(math.floor(low)), float(math.floor(x.hi + slack * max(1.0, abs(x.hi)))), 1.0
    )


def mod(a: Interval, b: Interval) -> Interval:
    slack = 0.0 if a.whole and b.whole else 2 * NEAR * max(1.0, magnitude(a), magnitude(b))
    low, high = min(0.0, b.lo) - slack, max(0.0, b.hi) + slack
    if magnitude(div(a, b)) >= arithmetic.HUGE:  # the quotient saturates, so much of `a` remains
        low, high = low - magnitude(a), high + magnitude(a)
    return Interval(low, high, min(a.grain, b.grain))


def power(a: Interval, b: Interval) -> Interval:
    values: list[float] = []
    least = a.grain or 5e-324
    exponents = (b.lo, b.hi)
    if a.lo <= 0 <= a.hi:
        values.append(0.0)
        if b.lo <= 0 <= b.hi:
            values.append(1.0)
    if a.hi > 0:
        bases = (max(a.lo, least), a.hi)
        values += [arithmetic.power(x, y) for x, y in itertools.product(bases, exponents)]
    if a.lo < 0:
        bases = (min(a.hi, -least), a.lo)
        sizes = [arithmetic.power(-x, y) for x, y in itertools.product(bases, exponents)]
        even = b.lo == b.hi and b.lo % 2 == 0
        values += sizes if even else [*sizes, *(-size for size in sizes), 0.0]
    grain = 1.0 if a.whole and b.whole and b.lo >= 0 else 0.0
    return _loosen(min(values), max(values), grain)


def absolute(x: Interval) -> Interval:
    low = 0.0 if x.lo <= 0 <= x.hi else min(abs(x.lo), abs(x.hi))
    return Interval(low, magnitude(x), x.grain)


def increasing(x: Interval, function: Callable[[float], float]) -> Interval:
    return _loosen(function(x.lo), function(x.hi), 0.0)


def log(x: Interval) -> Interval:
    if x.hi <= 0:
        return point(0.0)
    low = math.log(x.grain or 5e-324) if x.lo <= 0 else math.log(x.lo)
    high = math.log(x.hi)
    return _loosen(min(low, 0.0), max(high, 0.0), 0.0) if x.lo <= 0 else _loosen(low, high, 0.0)


def surely_less(high: Interval, low: Interval) -> bool:
    """Whether every value of the first is less than, and not near, every one of the second.

    Enough to look at the ends: the gap grows faster than the tolerance.
    """
    a, b = high.hi, low.lo
    if high.whole and low.whole:
        return a < b
    return b - a > 2 * NEAR * max(1.0, abs(a), abs(b))


def less(a: Interval, b: Interval, nearly: bool) -> Interval:
    """`a < b`, or with `nearly` `a <= b`."""
    if surely_less(a, b) or (nearly and a.hi <= b.lo):
        return TRUE
    if surely_less(b, a) or (not nearly and a.lo >= b.hi):
        return FALSE
    return MAYBE


def equal(a: Interval, b: Interval) -> Interval:
    if surely_less(a, b) or surely_less(b, a):
        return FALSE
    if a.lo == a.hi and b.lo == b.hi:
        return TRUE if near(a.lo, b.lo) else FALSE
    for one, other in ((a, b), (b, a)):
        if one.whole and other.lo == other.hi and not near(other.lo, float(round(other.lo))):
            return FALSE
    return MAYBE


def among(x: Interval, values: Iterable[float]) -> Interval:
    answers = [equal(x, point(value)) for value in values]
    if TRUE in answers:
        return TRUE
    return MAYBE if MAYBE in answers else FALSE


def _corners(
    function: Callable[[float, float], float], a: Interval, b: Interval
) -> tuple[float, float]:
    values = [function(x, y) for x, y in itertools.product((a.lo, a.hi), (b.lo, b.hi))]
    return min(values), max(values)


def _loosen(low: float, high: float, grain: float) -> Interval:
    low = low if low.is_integer() else settle(low - abs(low) * _SLACK)
    high = high if high.is_integer() else settle(high + abs(high) * _SLACK)
    if 0 < high < TINY:
        high = TINY
    return Interval(min(low, high), high, grain)
