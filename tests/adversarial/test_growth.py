"""Shapes that make a rewriter blow up stay small: canonical text, terms and time are bounded."""

from collections.abc import Callable

import pytest

from attndsl.graph.printing import to_source
from attndsl.graph.verify import verify
from tests.clock import GOAL, doubling


def program(*lines: str) -> str:
    return "def head(q, k):\n" + "".join(f"    {line}\n" for line in lines)


SHAPES: dict[str, Callable[[int], str]] = {
    "doubling": lambda n: program("w = k.len", *["w = w + w * w"] * n, "return w"),
    "sums of one sum": lambda n: program(
        "w = sum(exp(t.i) for t in upto(q))", *["w = w + w + q.i"] * n, "return w * k.len"
    ),
    "products of one product": lambda n: program(
        "w = k.len * q.len", *["w = w * w * q.i"] * n, "return w"
    ),
    "differences": lambda n: program(
        "w = row_sum(similarity(q, k))", *["w = (w - k.i) - (q.i - w)"] * n, "return w"
    ),
    "products of sums": lambda n: program(
        "return " + " * ".join(f"(k.len + q.len * {i})" for i in range(1, n + 2))
    ),
    "ands of ors": lambda n: program(
        "w = k.is_punct",
        *[f"w = w and (k.len == {i} or q.len == {i} or k.i == q.i)" for i in range(n)],
        "return w",
    ),
    "nots of ands": lambda n: program(
        "w = k.is_punct",
        *[f"w = not (w and not (q.len == {i} or k.len == {i}))" for i in range(n)],
        "return w",
    ),
    "ifs in a row": lambda n: program(
        "w = 0", *[f"if k.len == {i} and q.is_punct: w += {i}" for i in range(n)], "return w"
    ),
    "early returns": lambda n: program(
        *[f"if k.len == {i} and q.len > {i}: return 0.{i + 1}" for i in range(n)], "return 0"
    ),
    "nested choices": lambda n: program(
        "w = k.len", *[f"w = (w + 1 if q.len == {i} else w * 2)" for i in range(n)], "return w"
    ),
    "least and most": lambda n: program(
        "w = k.len", *[f"w = max(min(w, q.len + {i}), {i} - w)" for i in range(n)], "return w"
    ),
    "powers": lambda n: program("w = k.len", *["w = 1.1 ** w"] * n, "return w"),
    "rows of rows": lambda n: program(
        "w = k.len", *["w = normalized(w + w * w)"] * min(n, 12), "return w"
    ),
    "choices of positions": lambda n: program(
        "p = q.prev",
        *[f"p = p.prev if p.len == {i} else p.next" for i in range(n)],
        "return k == p",
    ),
    "chains of comparisons": lambda n: program(
        "w = 0", *[f"w += {i} < k.len + {i} < q.len + {i} <= {i + 5}" for i in range(n)], "return w"
    ),
    "aggregates in tests": lambda n: program(
        "w = 0",
        *[f"if count(t for t in before(q) if t.len > {i}) > {i}: w += k.len" for i in range(n)],
        "return w",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SHAPES)
def test_a_canonical_form_is_not_much_larger_than_its_program(kind: str) -> None:
    for size in (5, 20, 40):
        source = SHAPES[kind](size)
        found = verify(source)
        assert {error.code for error in found.errors} <= {"ATT090", "ATT092", "ATT093", "ATT094"}
        for each in found.programs:
            written = len(each.graph.reachable([each.root]))
            assert len(to_source(each)) <= 4 * len(source)
            assert len(each.graph.reachable([each.canonical])) <= 2 * written + 10


@pytest.mark.parametrize("kind", SHAPES)
def test_twice_the_shape_takes_at_most_three_times_as_long(kind: str) -> None:
    """Times under a twentieth of a second are not told apart."""
    assert doubling(lambda size: verify(SHAPES[kind](size)), 20, floor=0.05) < GOAL


def test_the_clock_tells_a_square_from_a_line() -> None:
    assert doubling(lambda n: sum(range(n * n)), 2_000, floor=0.01) > GOAL
    assert doubling(lambda n: sum(range(1_000 * n)), 2_000, floor=0.01) < GOAL


def test_a_canonical_form_is_its_own() -> None:
    for shape in SHAPES.values():
        for each in verify(shape(8)).programs:
            (again,) = verify(to_source(each)).programs
            assert again.hash == each.hash
            assert to_source(again) == to_source(each)
