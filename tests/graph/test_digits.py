"""The promise on digits: constants keep those that count; what goes by the last bits is told."""

import numpy as np
import pytest

from attndsl.engines.reference import values
from attndsl.graph.arithmetic import log, mod
from attndsl.graph.printing import to_source
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.mask import CAUSAL
from attndsl.tokens.tokenizer import encode

TEXT = encode("The cat sat on the mat, said the cat.")


def head(expression: str) -> Program:
    (program,) = verify(f"def f(q, k):\n    return {expression}\n").programs
    return program


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("exp(k.i * 9) - exp(k.i * 9.000000000000002) + 1e-6", "1e-6"),
        ("k.i * 1.0000000000000002 - k.i + 1", "1"),
        ("k.i + 0.30000000000000004 * k.len", "k.i + 0.3 * k.len"),
        ("k.i + k.len * 1.00000000000001", "k.i + k.len"),
        ("k.i + abs(-9.000000000000002)", "k.i + 9"),
        ("k.i + (k.len * 2) * 4.500000000000001", "k.i + 9 * k.len"),
        ("k.len + 4.500000000000001 * k.i / (q.i + 1) / 0.5", "k.len + 9 * k.i / (q.i + 1)"),
    ],
)
def test_constants_that_differ_in_their_digits_are_different_programs(one: str, other: str) -> None:
    assert head(one).hash != head(other).hash


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("k.i + 0.1 + 0.2", "k.i + 0.3"),
        ("k.i + 0.1 * k.len + 0.2 * k.len", "k.i + 0.3 * k.len"),
        ("k.i + 0.1 * 3 * k.len", "k.i + 0.3 * k.len"),
        ("k.i + (1.101 - 1.1)", "k.i + 0.001"),
        ("k.i * (1 / 3) * 3 + 1", "k.i + 1"),
    ],
)
def test_noise_of_folding_makes_no_difference(one: str, other: str) -> None:
    assert head(one).hash == head(other).hash


@pytest.mark.parametrize(
    "expression",
    [
        "exp(k.i * 9) - exp(k.i * 9.000000000000002) + 1e-6",
        "1e16 * (k.i * 1.0000000000000002 - k.i)",
        "1e13 * (1.0000000000000002 * k.len - k.len) + k.i",
    ],
)
def test_the_canonical_form_gives_what_was_written(expression: str) -> None:
    program = head(expression)
    again = head(to_source(program).splitlines()[-1].removeprefix("    return "))
    written, canonical = values(program, TEXT, CAUSAL), values(again, TEXT, CAUSAL)
    np.testing.assert_allclose(canonical, written, rtol=1e-9)


def test_a_small_rest_is_nought_beside_a_large_divisor() -> None:
    assert mod(0.5, 1e9) == 0
    assert mod(0.5, 1e8) == 0.5
    assert head("k.i + 0.5 % 1e9").hash == head("k.i").hash


def test_what_is_no_decision_goes_by_the_last_bits() -> None:
    rest = 0.1 + 0.2 - 0.3
    assert rest > 0
    assert log(rest) < -36
    assert log(-rest) == 0
    guarded = head("1 / (k.i - k.i + 0.1 + 0.2 - 0.3) if k.i + 0.1 + 0.2 - 0.3 != k.i else 0")
    assert np.all(values(guarded, TEXT, CAUSAL) == 0)
