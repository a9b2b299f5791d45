"""Total arithmetic on Python floats: the meaning that every engine repeats on arrays.

Nothing here can fail or give a value that isn't finite. `near` is the equality of all decisions.

>>> div(1, 0), mul(1e20, 1e20), power(-8, 1 / 3), log(0), 7 % 3 == mod(7, 3)
(0.0, 1e+30, 0.0, 0.0, True)
>>> near(0.1 + 0.2, 0.3), near(1, 1 + 1e-12), near(3, 3.0), near(10**12, 10**12 + 1)
(True, True, True, False)
"""

import math

HUGE = 1e30  # * / ** exp saturate here
TINY = 1e-30  # and smaller results of theirs are 0
NEAR = 1e-9  # relative (and, below 1, absolute) distance at which numbers are equal
ROW_EMPTY = 1e-12  # a row (or a divisor of `ratio`) below this counts as empty


def whole(x: float) -> bool:
    return x == math.floor(x)


def _exact(x: float) -> bool:
    """A whole number that a float holds exactly, neighbours included."""
    return whole(x) and abs(x) < 2**53


def near(a: float, b: float) -> bool:
    """Equal for every decision: exactly, or not both whole and within NEAR."""
    if a == b:
        return True
    if abs(a - b) > NEAR * max(1.0, abs(a), abs(b)):
        return False
    return not (whole(a) and whole(b))


def less(a: float, b: float) -> bool:
    return a < b and not near(a, b)


def less_or_near(a: float, b: float) -> bool:
    return a < b or near(a, b)


def settle(x: float) -> float:
    """Saturate at HUGE, drop below TINY; the end of every * / ** exp."""
    if x > HUGE:
        return HUGE
    if x < -HUGE:
        return -HUGE
    if -TINY < x < TINY:
        return 0.0
    return x


def mul(a: float, b: float) -> float:
    return settle(a * b)


def div(a: float, b: float) -> float:
    return settle(a / b) if b != 0 else 0.0


def ratio(a: float, s: float) -> float:
    return div(a, s) if s >= ROW_EMPTY else 0.0


def floordiv(a: float, b: float) -> float:
    """The floor of a / b; a quotient nearly whole is that whole number."""
    if b == 0:
        return 0.0
    if _exact(a) and _exact(b):
        return float(int(a) // int(b))
    quotient = div(a, b)
    nearest = float(round(quotient))
    return nearest if near(quotient, nearest) else float(math.floor(quotient))


def mod(a: float, b: float) -> float:
    if b == 0:
        return 0.0
    if _exact(a) and _exact(b):
        return float(int(a) % int(b))
    rest = a - settle(b * floordiv(a, b))
    return rest if abs(rest) > NEAR * max(1.0, abs(a), abs(b)) else 0.0


def power(a: float, b: float) -> float:
    if a == 0:
        return 1.0 if b == 0 else 0.0
    if a < 0 and not whole(b):
        return 0.0
    try:
        return settle(math.pow(a, b))
    except OverflowError:
        return -HUGE if a < 0 and b % 2 == 1 else HUGE


def exp(x: float) -> float:
    return settle(math.exp(x)) if x < 70 else HUGE


def log(x: float) -> float:
    return math.log(x) if x > 0 else 0.0


def sqrt(x: float) -> float:
    return math.sqrt(x) if x > 0 else 0.0


def floor(x: float) -> float:
    return floordiv(x, 1.0)


def round_half_even(x: float) -> float:
    """To the nearest whole number; what is nearly a half goes to the even one.

    >>> [round_half_even(x) for x in (0.5, 1.5, 2.5, -0.5, 0.49, 2.5000000001)]
    [0.0, 2.0, 2.0, 0.0, 0.0, 2.0]
    """
    base = floor(x)
    if near(x - base, 0.5):
        return base if base % 2 == 0 else base + 1.0
    return base if x - base < 0.5 else base + 1.0
