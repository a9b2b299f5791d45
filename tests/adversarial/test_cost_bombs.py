"""Programs that would take for ever, or all memory, are refused before anything runs, and soon."""

import pytest

from attndsl.graph.verify import Verified, verify
from tests.clock import GOAL, doubling, timed

SLOW = 2.0  # seconds


def checked(source: str) -> Verified:
    seconds, found = timed(verify, source)
    assert seconds < SLOW
    return found


def nested(depth: int, body: str) -> str:
    """Sums over sums: the body sees every variable."""
    for level in range(depth):
        body = f"sum({body} for t{level} in upto(q))"
    return body


@pytest.mark.parametrize("depth", range(1, 13))
def test_loops_within_loops_are_refused_from_the_third_on(depth: int) -> None:
    products = " * ".join(f"similarity(t{level}, k)" for level in range(depth))
    pairs = " * ".join(f"similarity(t{level}, t{level + 1})" for level in range(depth - 1))
    body = f"{products} * {pairs} * similarity(q, t0)" if pairs else f"{products} * 1"
    found = checked(f"def head(q, k):\n    return {nested(depth, body)}\n")
    codes = {error.code for error in found.errors}
    assert bool(found.programs) == (depth == 1)
    assert codes <= {"ATT091", "ATT092"}


@pytest.mark.parametrize("depth", range(2, 13))
def test_loops_that_share_nothing_are_cheap_however_deep(depth: int) -> None:
    body = "1"
    for level in range(depth):
        body = f"sum({body} for t{level} in before(q) if t{level}.is_punct)"
    found = checked(f"def head(q, k):\n    return {body}\n")
    assert [program.cost.degree for program in found.programs] == [2]


def test_doubling_helpers_do_not_grow() -> None:
    lines = ["def h0(t):", "    return t.len", "", ""]
    for level in range(1, 40):
        lines += [f"def h{level}(t):", f"    return h{level - 1}(t) + h{level - 1}(t)", "", ""]
    source = "\n".join([*lines, "def head(q, k):", "    return h39(k)", ""])
    found = checked(source)
    assert found.programs or found.errors


def test_rows_within_helpers_within_rows_are_bounded() -> None:
    lines = ["def h0(q, k):", "    return normalized(similarity(q, k))", "", ""]
    for level in range(1, 6):
        call = f"h{level - 1}(q, k)"
        lines += [f"def h{level}(q, k):", f"    return normalized({call} * {call})", "", ""]
    source = "\n".join([*lines, "def head(q, k):", "    return h5(q, k)", ""])
    found = checked(source)
    assert found.errors == ()
    assert all(program.cost.degree == 2 for program in found.programs)


def test_memory_is_refused_before_it_is_taken() -> None:
    tests = [
        f"    w += any(t.lower == k.lower and t.i % 50 == {i} for t in between(k, q))"
        for i in range(30)
    ]
    source = "\n".join(["def head(q, k):", "    w = 0", *tests, "    return w", ""])
    (error,) = checked(source).errors
    assert error.code == "ATT093"


def test_a_file_of_many_programs_takes_time_in_proportion() -> None:
    def file(count: int) -> str:
        return "\n\n".join(
            f"def head_{i}(q, k):\n    w = 0.1 * {i}\n    if k == last(t for t in before(q) if "
            f"t.len == {i}):\n        w += 1\n    return w\n"
            for i in range(count)
        )

    assert len(verify(file(80)).programs) == 80
    assert doubling(lambda count: verify(file(count)), 40, floor=0.05) < GOAL
