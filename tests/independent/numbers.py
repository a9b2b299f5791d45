"""Numbers of section 7: total arithmetic on plain floats, near equality, functions of section 12.

>>> divided(1.0, 0.0), remainder(-5.0, 3.0), power(10.0, 40.0), power(-2.0, 0.5)
(0.0, 1.0, 1e+30, 0.0)
>>> equal(0.1 + 0.2, 0.3), less(0.3, 0.1 + 0.2), equal(2.0**52, 2.0**52 + 1)
(True, False, False)
"""

import math

HUGE, TINY, NEAR = 1e30, 1e-30, 1e-9


def settled(x: float) -> float:
    if -TINY < x < TINY:
        return 0.0
    return max(-HUGE, min(HUGE, x))


def times(a: float, b: float) -> float:
    return settled(a * b)


def divided(a: float, b: float) -> float:
    return settled(a / b) if b != 0 else 0.0


def floored(a: float, b: float) -> float:
    if b == 0:
        return 0.0
    if exact(a) and exact(b):
        return float(int(a) // int(b))
    quotient = divided(a, b)
    nearest = float(round(quotient))
    return nearest if equal(quotient, nearest) else float(math.floor(quotient))


def remainder(a: float, b: float) -> float:
    if b == 0:
        return 0.0
    if exact(a) and exact(b):
        return float(int(a) % int(b))
    rest = a - times(b, floored(a, b))
    return 0.0 if abs(rest) <= NEAR * max(1.0, abs(a), abs(b)) else rest


def power(a: float, b: float) -> float:
    if a == 0:
        return 1.0 if b == 0 else 0.0
    if a < 0 and not whole(b):
        return 0.0
    try:
        return settled(math.pow(a, b))
    except OverflowError:
        return -HUGE if a < 0 and b % 2 == 1 else HUGE


def negated(a: float) -> float:
    return times(-1.0, a)


def exponential(x: float) -> float:
    return HUGE if x > 100 else settled(math.exp(x))


def logarithm(x: float) -> float:
    return math.log(x) if x > 0 else 0.0


def root(x: float) -> float:
    return math.sqrt(x) if x >= 0 else 0.0


def rounded(x: float) -> float:
    half = math.floor(x) + 0.5
    if equal(x, half):
        return float(round(half))
    return float(math.floor(x + 0.5))


def clipped(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


def whole(x: float) -> bool:
    return x == math.floor(x)


def exact(x: float) -> bool:
    return whole(x) and abs(x) < 2**53


def equal(a: float, b: float) -> bool:
    if a == b:
        return True
    near = abs(a - b) <= NEAR * max(1.0, abs(a), abs(b))
    return near and not (whole(a) and whole(b))


def less(a: float, b: float) -> bool:
    return a < b and not equal(a, b)
