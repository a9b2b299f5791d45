"""What a program says, in numbers that a person can read: what rests weighs, and each factor."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from attndsl.synthesis.parts.blocks import STRIDE
from attndsl.synthesis.parts.fitting import Weights
from attndsl.synthesis.parts.vocabulary import SCALE, STEP, TABLE, Factor

TIMES = (
    1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10, 12, 15, 17, 20, 25, 30, 40, 50, 60, 80, 100,
    150, 200, 300, 500, 1000, 2000,
)  # fmt: skip
LESS = (
    0.8, 0.7, 0.6, 0.5, 0.4, 0.35, 0.3, 0.25, 0.2, 0.17, 0.15, 0.12, 0.1, 0.08, 0.06, 0.05, 0.04,
    0.03, 0.02, 0.01, 0.005, 0.002, 0.001,
)  # fmt: skip
RATES = (
    0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.83, 0.85, 0.88, 0.9, 0.92, 0.93, 0.94,
    0.95, 0.96, 0.97, 0.98, 0.99, 0.995,
)  # fmt: skip
POWERS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4)
EXPONENTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4)
RESTS = (
    0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30,
    40, 50, 60, 80, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10000, 20000, 50000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weighing:
    """What a token that rests weighs, where any other weighs 1 times its factors.

    A factor's number is what the weight is multiplied by: for a distance at each step, or the
    power of it; for likeness where that is whole.
    """

    rest: float
    factors: tuple[tuple[Factor, float], ...] = ()

    def __len__(self) -> int:
        return len(self.factors)


def leasts(factors: Sequence[Factor]) -> torch.Tensor:
    """The least power of each: a table is multiplied by, never divided."""
    return torch.tensor([0.0 if one.form == TABLE else -math.inf for one in factors])


def near(value: float, known: Sequence[float]) -> float:
    """The number nearest by ratio.

    >>> near(4.4, TIMES), near(0.23, LESS)
    (4, 0.25)
    """
    return min(known, key=lambda one: max(one / value, value / one))


def read(weights: Weights, program: int, factors: Sequence[Factor]) -> Weighing:
    """A fitted program in readable numbers; factors that come to nothing are left out."""
    found = []
    kept = (weights.powers * weights.kept)[program]
    for number in kept.nonzero().flatten().tolist():
        value = number_of(factors[number], float(kept[number]))
        if value is not None:
            found.append((factors[number], value))
    found.sort(key=lambda one: -abs(power_of(*one)))
    rest, digits = math.exp(float(weights.rest[program])), factors[0].digits
    return Weighing(_rounded(rest, digits) if digits else near(rest, RESTS), tuple(found))


def number_of(factor: Factor, power: float) -> float | None:
    """How a fitted power is written; None where it comes to no factor at all."""
    if factor.digits:
        return _exact(factor, power)
    if factor.form == STEP:
        rate = math.exp(-abs(power) / STRIDE)
        if rate > RATES[-1]:
            return None
        return near(rate, RATES) if power < 0 else round(1 / near(rate, RATES), 2)
    if factor.form == TABLE:
        return near(power, POWERS) if power > POWERS[0] / 2 else None
    if factor.form == SCALE:
        known = near(abs(power), EXPONENTS) if abs(power) > EXPONENTS[0] / 2 else None
        return known if known is None else math.copysign(known, power)
    value = math.exp(power)
    if LESS[0] < value < TIMES[0]:
        return None if abs(power) < math.log(TIMES[0]) / 2 else TIMES[0] if power > 0 else LESS[0]
    return near(value, TIMES if power > 0 else LESS)


def _exact(factor: Factor, power: float) -> float | None:
    """
    >>> from attndsl.synthesis.parts.vocabulary import Factor
    >>> a = Factor("a", 'k.text == "a"', "the symbol a", digits=3)
    >>> _exact(a, 0.0312), _exact(a, 0.0001), _exact(a, 4.2123)
    (1.03, None, 67.5)
    """
    nothing = 0.0 if factor.form == SCALE else 1.0
    value = (
        power if factor.form == SCALE else math.exp(power / (STRIDE if factor.form == STEP else 1))
    )
    found = _rounded(value, factor.digits)
    return found if abs(value - nothing) >= 10**-factor.digits and found != nothing else None


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def power_of(factor: Factor, number: float) -> float:
    """What is fitted of a factor that is written with a number.

    >>> from attndsl.synthesis.parts.vocabulary import GRADED
    >>> round(power_of(GRADED[0], 0.5), 2), power_of(GRADED[1], -0.5)
    (-5.55, -0.5)
    """
    if factor.form in (SCALE, TABLE):
        return number
    return math.log(number) * (STRIDE if factor.form == STEP else 1)
