"""Every engine's operations and aggregates mean what the tables say, value by value."""

import itertools
import random
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest

from attndsl.engines.batch.machine import rows, scalars
from attndsl.engines.batch.machine.loops import loop_step
from attndsl.engines.batch.machine.opcodes import FUNCTION, OPCODES
from attndsl.engines.reference import arithmetic as arrays
from attndsl.engines.reference.ranges import reduce_range, running, running_from, sparse_table
from attndsl.engines.torch import arithmetic as tensors
from attndsl.graph import arithmetic as numbers
from attndsl.graph.operations import OPS, REDUCTIONS

SPECIAL = (
    0.0, 1.0, -1.0, 2.0, 3.0, -7.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.1, 0.1 + 0.2, 0.3, 1e-9, 1e-12,
    1e-30, 9e-31, 1e15, 1e16 + 2, 2.0**53, 1e29, 1e30, -1e30, 69.0, 70.5, 1 / 3, 2.9999999999,
    1024.0, 1e12, 1e12 + 1,
)  # fmt: skip
# What each operation on numbers does in an engine, by name.
ON_NUMBERS = [
    op.name for op in OPS.values() if op.meaning and set(op.arguments) <= set("n*")
]  # fmt: skip
Numbers = tuple[float, ...]
Floats = npt.NDArray[np.float64]


def some_numbers(seed: str) -> Numbers:
    rng = random.Random(seed)
    return (*SPECIAL, *(rng.uniform(-50, 50) for _ in range(20)))


def _by_reference(name: str, values: list[Floats]) -> Floats:
    return {**arrays.ON_NUMBERS, **arrays.ON_VALUES}[name](*values).astype(np.float64)


def _by_library(name: str, values: list[Floats]) -> Floats:
    """The expression of the instruction of this name, on one cell after the other."""
    cell = compile(OPCODES[name].cell, name, "eval")
    return np.array([
        eval(cell, {**vars(scalars), "np": np, **dict(zip("ab", cells, strict=False))})
        for cells in zip(*values, strict=True)
    ])  # fmt: skip


def _by_torch(name: str, values: list[Floats]) -> Floats:
    import torch

    known: dict[str, Callable[..., torch.Tensor]] = {**tensors.PLAIN, **tensors.FOLDED}
    found: Floats = known[name](*map(torch.from_numpy, values)).numpy()
    return found


# Comparisons of the torch engine look at what is known of their arguments.
CASES = [
    (name, engine)
    for name in ON_NUMBERS
    for engine in (_by_reference, _by_library, _by_torch)
    if not (engine is _by_torch and OPS[name].result == "b")
]


@pytest.mark.parametrize(("name", "engine"), CASES)
def test_an_operation_means_what_its_row_says(
    name: str, engine: Callable[[str, list[Floats]], Floats]
) -> None:
    op = OPS[name]
    arity = len(op.arguments.rstrip("*"))
    cases = list(itertools.product(some_numbers(name), repeat=arity))
    values = [np.array(side) for side in zip(*cases, strict=True)]
    assert op.meaning is not None
    _same(engine(name, values), [float(op.meaning(*case)) for case in cases], list(cases))


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


@pytest.mark.parametrize("function", REDUCTIONS)
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
        expected = meaning(inside(after, last))
        assert found == pytest.approx(expected)
        guards, number = tests.astype(float), FUNCTION[function]
        assert rows.reduce_row(number, guards, scores, after + 1, last) == pytest.approx(expected)
        for way in REDUCTIONS[function].runs:
            ends = [(-1, at) if way == "upto" else (at - 1, n - 1) for at in range(n)]
            wanted = [meaning(inside(*pair)) for pair in ends]
            along = running if way == "upto" else running_from
            assert along(function, tests, scores, 0).tolist() == pytest.approx(wanted)
            out = np.empty(n)
            rows.run_along(number, way == "from", guards, scores, out)
            assert out.tolist() == pytest.approx(wanted)
        if REDUCTIONS[function].windows:
            table = sparse_table(function, tests, scores)
            assert table.over(np.array(after), np.array(last)) == pytest.approx(expected)


def test_an_aggregate_without_code_stops() -> None:
    function, guard, body = 99, np.ones(3), np.ones(3)
    with pytest.raises(ValueError, match="an aggregate that"):
        rows.reduce_row(function, guard, body, 0, 2)
    with pytest.raises(ValueError, match="an aggregate that"):
        rows.run_along(function, False, guard, body, np.empty(3))
    with pytest.raises(ValueError, match="an aggregate that"):
        loop_step(function, False, 0, -guard, guard, guard, body, guard, body, guard > 0, 3)
