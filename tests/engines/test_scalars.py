"""The compiled arithmetic is the total arithmetic; its own exponential is NumPy's to the last bit
but two, over all numbers there are."""

import itertools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numba import njit

from attndsl.engines.batch.machine import scalars
from attndsl.graph import arithmetic as numbers

Floats = npt.NDArray[np.float64]
SPECIAL = (
    0.0, -0.0, 1.0, -1.0, 2.0, 3.0, -7.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.1, 0.1 + 0.2, 0.3, 1e-9,
    1e-12, 1e-30, 9e-31, 1e15, 1e16 + 2, 2.0**53, 1e29, 1e30, -1e30, 1 / 3, 2.9999999999, 1e12 + 1,
)  # fmt: skip
EDGE = float(np.log(1e30))  # exp saturates above it and is 0 below its negative
SMALLEST = float(np.nextafter(0, 1))


@njit
def exponentials(values: Floats) -> Floats:
    """A loop, as the machine runs it: the compiler makes vector code of it."""
    out = np.empty_like(values)
    for i in range(len(values)):
        out[i] = scalars.exp(values[i])
    return out


def check(values: Floats) -> None:
    """Within two units in the last place of NumPy's, saturated at both ends as the rest is."""
    found = exponentials(values)
    with np.errstate(over="ignore", under="ignore"):
        exact = np.exp(values)
    edge = np.abs(np.abs(values) - EDGE) < 1e-12
    high, low = exact > numbers.HUGE, exact < numbers.TINY
    assert (found[high & ~edge] == numbers.HUGE).all()
    assert (found[low & ~edge] == 0.0).all()
    inside = ~(high | low | edge)
    apart = np.abs(found[inside] - exact[inside])
    assert (apart <= 2 * np.spacing(exact[inside])).all()
    assert ((found[edge] == 0.0) | (np.abs(np.log(found[edge])) <= EDGE)).all()


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=40))
@example([np.inf, -np.inf, 0.0, -0.0, SMALLEST, -SMALLEST, 1e308, -1e308])
@example([EDGE, -EDGE, 69.0, -69.0, 70.0, -70.0, 710.0, -746.0])
def test_exp_of_any_number(values: list[float]) -> None:
    check(np.array(values))


@given(st.lists(st.floats(-75, 75), min_size=1, max_size=40))
def test_exp_where_it_saturates_nowhere(values: list[float]) -> None:
    check(np.array(values))


def test_exp_all_along_the_range() -> None:
    """And around the halves of log(2), where the power of two changes."""
    steps = np.log(2.0) * (np.arange(-202, 203) / 2)
    around = (steps[:, None] + 1e-15 * np.arange(-8, 9)).reshape(-1)
    check(np.concatenate([np.linspace(-72, 72, 200_001), around]))
    check(np.logspace(-320, 308, 10_001))
    check(-np.logspace(-320, 308, 10_001))


def test_exp_of_what_is_no_number() -> None:
    """It can't come up; if it did, the reference's answer, and no look outside of a table."""
    assert scalars.exp(np.nan) == numbers.exp(float("nan")) == numbers.HUGE


@pytest.mark.parametrize("name", ["log", "sqrt", "floor", "round_half_even", "settle", "whole"])
def test_operations_on_one_number(name: str) -> None:
    compiled: Callable[[float], float] = getattr(scalars, name)
    plain: Callable[[float], float] = getattr(numbers, name)
    for x in SPECIAL:
        assert compiled(x) == pytest.approx(plain(x), rel=1e-14, abs=1e-30), x


@pytest.mark.parametrize("name", ["near", "div", "floordiv", "mod", "power"])
def test_operations_on_pairs(name: str) -> None:
    compiled: Callable[[float, float], float] = getattr(scalars, name)
    plain: Callable[[float, float], float] = getattr(numbers, name)
    for a, b in itertools.product(SPECIAL, repeat=2):
        assert compiled(a, b) == pytest.approx(plain(a, b), rel=1e-14, abs=1e-30), (a, b)
