"""The reference engine's arithmetic on arrays is the total arithmetic, value by value."""

import itertools
import random
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest

from attndsl.engines.reference import arithmetic as arrays
from attndsl.engines.reference.ranges import reduce_range, running, running_from, sparse_table
from attndsl.graph import arithmetic as numbers

SPECIAL = (
    0.0, 1.0, -1.0, 2.0, 3.0, -7.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.1, 0.1 + 0.2, 0.3, 1e-9, 1e-12,
    1e-30, 9e-31, 1e15, 1e16 + 2, 2.0**53, 1e29, 1e30, -1e30, 69.0, 70.5, 1 / 3, 2.9999999999,
    1024.0, 1e12, 1e12 + 1,
)  # fmt: skip
PAIRS = {
    "near": (arrays.near, numbers.near),
    "less": (arrays.less, numbers.less),
    "mul": (arrays.mul, numbers.mul),
    "div": (arrays.div, numbers.div),
    "ratio": (arrays.ratio, numbers.ratio),
    "floordiv": (arrays.floordiv, numbers.floordiv),
    "mod": (arrays.mod, numbers.mod),
    "power": (arrays.power, numbers.power),
}
SINGLES = {
    "exp": (arrays.exp, numbers.exp),
    "log": (arrays.log, numbers.log),
    "sqrt": (arrays.sqrt, numbers.sqrt),
    "floor": (arrays.floor, numbers.floor),
    "round": (arrays.round_half_even, numbers.round_half_even),
}
Numbers = tuple[float, ...]


def some_numbers(seed: str) -> Numbers:
    rng = random.Random(seed)
    return (*SPECIAL, *(rng.uniform(-50, 50) for _ in range(20)))


@pytest.mark.parametrize("name", PAIRS)
def test_operations_on_pairs(name: str) -> None:
    on_arrays, on_numbers = PAIRS[name]
    pairs = list(itertools.product(some_numbers(name), repeat=2))
    a, b = (np.array(side) for side in zip(*pairs, strict=True))
    expected = [float(on_numbers(*pair)) for pair in pairs]
    _same(on_arrays(a, b).astype(float), expected, pairs)


@pytest.mark.parametrize("name", SINGLES)
def test_operations_on_one_number(name: str) -> None:
    on_arrays, on_numbers = SINGLES[name]
    values = some_numbers(name)
    _same(on_arrays(np.array(values)), [on_numbers(x) for x in values], list(values))


def _same(found: npt.NDArray[np.float64], expected: list[float], what: list[object]) -> None:
    assert np.all(np.isfinite(found))
    for got, wanted, made_of in zip(found, expected, what, strict=True):
        assert got == pytest.approx(wanted, rel=1e-14, abs=1e-30), made_of


# --- aggregates ------------------------------------------------------------------------------

FUNCTIONS: dict[str, Callable[[list[tuple[int, float]]], float]] = {
    "any": lambda inside: float(bool(inside)),
    "sum": lambda inside: sum(score for _, score in inside),
    "min": lambda inside: min((score for _, score in inside), default=0.0),
    "max": lambda inside: max((score for _, score in inside), default=0.0),
    "first": lambda inside: inside[0][0] if inside else -1,
    "last": lambda inside: inside[-1][0] if inside else -1,
    "argmax": lambda inside: _best(inside, max),
    "argmin": lambda inside: _best(inside, min),
}


def _best(inside: list[tuple[int, float]], choose: Callable[..., float]) -> int:
    if not inside:
        return -1
    best = choose(score for _, score in inside)
    return next(at for at, score in inside if numbers.near(score, best))


def _stretch(rng: random.Random, n: int) -> tuple[list[bool], list[float]]:
    guard = [rng.random() < 0.6 for _ in range(n)]
    body = [rng.choice((0.0, 1.0, 2.5, -1.0, 2.5 + 1e-12, rng.random())) for _ in range(n)]
    return guard, body


def _inside(guard: list[bool], body: list[float], low: int, high: int) -> list[tuple[int, float]]:
    """What a guard lets through after `low` and up to `high`."""
    return [(at, body[at]) for at in range(low + 1, high + 1) if guard[at]]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("n", [1, 2, 7, 22])
def test_aggregates_over_stretches(function: str, n: int) -> None:
    rng = random.Random(f"{function} {n}")
    meaning = FUNCTIONS[function]
    for _ in range(20):
        guard, body = _stretch(rng, n)
        after, last = rng.randint(-1, n - 1), rng.randint(-1, n - 1)
        inside = partial(_inside, guard, body)
        tests, scores, here = np.array(guard), np.array(body), np.arange(n)
        stretch = tests & (here > after) & (here <= last)
        found = reduce_range(function, stretch, scores, 0)[0]
        assert found == pytest.approx(meaning(inside(after, last)))
        if function in ("any", "sum", "min", "max", "last"):
            expected = [meaning(inside(-1, at)) for at in range(n)]
            assert running(function, tests, scores, 0).tolist() == pytest.approx(expected)
        if function in ("any", "sum", "min", "max", "first"):
            expected = [meaning(inside(at - 1, n - 1)) for at in range(n)]
            assert running_from(function, tests, scores, 0).tolist() == pytest.approx(expected)
        if function in ("sum", "min", "max"):
            table = sparse_table(function, tests, scores)
            assert table.over(np.array(after), np.array(last)) == pytest.approx(
                meaning(inside(after, last))
            )
