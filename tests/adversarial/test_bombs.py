"""No source takes more time or memory than its size allows, however it is written."""

import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest

from attndsl.graph.verify import verify
from attndsl.language.budget import MAX_DIAGNOSTICS
from attndsl.language.diagnostics import AttndslError
from attndsl.language.formatter import format_source
from tests.adversarial.bombs import BOMBS, chained_sets, doubling_helpers, doubling_sets
from tests.clock import doubling, timed, usual

SMALL = 16 * 1024
Bomb = Callable[[int], str]
each = pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.__name__)


@each
def test_a_small_source_is_answered_in_half_a_second(bomb: Bomb) -> None:
    source = bomb(SMALL)
    assert len(source) <= SMALL
    # A neighbour on the machine can spoil a try, so all of five have to be slow.
    assert any(usual(timed(verify, source)[0]) < 0.5 for _ in range(5))


@each
def test_a_small_source_takes_less_than_100_mb(bomb: Bomb) -> None:
    tracemalloc.start()
    try:
        verify(bomb(SMALL))
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


@each
def test_twice_the_source_takes_at_most_about_twice_as_long(bomb: Bomb) -> None:
    assert doubling(lambda size: verify(bomb(size)), SMALL, 0.03, 2.5) < 2.5


@each
def test_twice_the_source_is_formatted_in_about_twice_the_time(bomb: Bomb) -> None:
    def formatted(size: int) -> None:
        with suppress(AttndslError):  # some don't parse
            format_source(bomb(size))

    assert doubling(formatted, SMALL, 0.03, 2.5) < 2.5


@pytest.mark.parametrize("bomb", [chained_sets], ids=lambda bomb: bomb.__name__)
def test_what_costs_too_much_is_told_at_its_place(bomb: Bomb) -> None:
    (found,) = verify(bomb(4 * SMALL)).errors
    assert found.code == "ATT016"
    assert found.span.line > 100


@pytest.mark.parametrize("bomb", [doubling_sets, doubling_helpers], ids=lambda one: one.__name__)
def test_what_only_looks_large_is_checked(bomb: Bomb) -> None:
    found = verify(bomb(SMALL))
    assert found.programs
    assert not found.errors


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("def f{0}(q, k):\n    return q.x{0}\n", "ATT042"),
        ("def f{0}(q, k):\n    return k.i < 0\n", "ATT100"),
        ("def f{0}(q, k):\n    return )\n", "ATT012"),
        ("S{0} = 1\n", "ATT071"),
    ],
)
def test_no_kind_of_diagnostic_is_listed_without_end(line: str, code: str) -> None:
    found = verify("".join(line.format(number) for number in range(3000))).diagnostics
    assert {one.code for one in found} <= {code, "ATT015", "ATT102"}
    assert len(found) <= MAX_DIAGNOSTICS + 1
    assert found[-1].code == "ATT015"


def test_errors_behind_too_many_warnings_are_still_errors() -> None:
    many = "".join(f"def f{i}(q, k):\n    return k.i < 0\n" for i in range(1500))
    found = verify(many + "def g(q, k):\n    return nothing\n")
    assert found.errors
