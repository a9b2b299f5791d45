"""The total arithmetic of graph/arithmetic, compiled: one scalar function an operator."""

import math

import numpy as np

from attndsl.engines.batch.machine.compiling import compiled

HUGE = 1e30
TINY = 1e-30
NEAR = 1e-9
ROW_EMPTY = 1e-12
EXACT = 2.0**53
LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # the first with few digits
TWO_TO = 2.0 ** np.arange(-128.0, 128.0)


@compiled
def whole(x):
    return x == np.floor(x)


@compiled
def settle(x):
    x = HUGE if x > HUGE else x
    x = -HUGE if x < -HUGE else x
    return 0.0 if abs(x) < TINY else x


@compiled
def near(a, b):
    """Nearly equal; whole numbers only where they are the same."""
    size, other = abs(a), abs(b)
    size = other if other > size else size
    size = 1.0 if size < 1.0 else size
    both_whole = (a == np.floor(a)) & (b == np.floor(b))
    return (a == b) | ((abs(a - b) <= NEAR * size) & (not both_whole))


@compiled
def div(a, b):
    quotient = settle(a / b)
    return quotient if b != 0.0 else 0.0


@compiled
def exact(x):
    return (x == np.floor(x)) & (abs(x) < EXACT)


@compiled
def floor(x):
    x = settle(x)
    nearest = np.rint(x)
    return nearest if near(x, nearest) else np.floor(x)


@compiled
def floordiv(a, b):
    quotient = a / b
    # Of whole numbers below 2**53 no quotient is rounded up to a whole number.
    whole_part = np.floor(quotient) if exact(a) & exact(b) else floor(quotient)
    return whole_part if b != 0.0 else 0.0


@compiled
def mod(a, b):
    times = floordiv(a, b)
    if exact(a) & exact(b):
        return a - b * times if b != 0.0 else 0.0
    rest = a - settle(b * times)
    size = max(1.0, abs(a), abs(b))
    return rest if (abs(rest) > NEAR * size) & (b != 0.0) else 0.0


@compiled
def power(a, b):
    if a == 0.0:
        return 1.0 if b == 0.0 else 0.0
    if a < 0.0 and not whole(b):
        return 0.0
    return settle(a**b)


@compiled
def exp(x):
    """2**k times the series of what remains, |r| <= log(2) / 2: a loop of these is vector code."""
    y = x if x < 70.0 else 70.0  # NaN too, as it becomes an index
    y = y if y > -70.0 else -70.0
    k = np.floor(y * LOG2_E + 0.5)
    r = (y - k * LN2_HIGH) - k * LN2_LOW
    s = 1.0 / 6227020800.0
    s = s * r + 1.0 / 479001600.0
    s = s * r + 1.0 / 39916800.0
    s = s * r + 1.0 / 3628800.0
    s = s * r + 1.0 / 362880.0
    s = s * r + 1.0 / 40320.0
    s = s * r + 1.0 / 5040.0
    s = s * r + 1.0 / 720.0
    s = s * r + 1.0 / 120.0
    s = s * r + 1.0 / 24.0
    s = s * r + 1.0 / 6.0
    s = s * r + 0.5
    s = s * r + 1.0
    s = s * r + 1.0
    return settle(s * TWO_TO[np.int64(k) + 128])


@compiled
def log(x):
    return math.log(x) if x > 0.0 else 0.0


@compiled
def sqrt(x):
    return math.sqrt(x) if x > 0.0 else 0.0


@compiled
def round_half_even(x):
    base = floor(x)
    rest = x - base
    if near(rest, 0.5):
        return base if base % 2.0 == 0.0 else base + 1.0
    return base if rest < 0.5 else base + 1.0


@compiled
def pick(x, count):
    nearest = np.rint(x)
    return nearest if (nearest >= 0.0) & (nearest < count) & near(x, nearest) else -1.0
