"""Length in bits and numbers: the specification's figures, worked out again from the listing."""

import math
import os
import re

import pytest

from attndsl.graph.length import choices, costs, in_order, length, library_length
from attndsl.graph.literals import numbers
from attndsl.graph.mechanisms import mechanisms
from attndsl.graph.operations import LETTERS, OPS
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES

MANUAL = asset("grammar") / "README.md"


def program(body: str, more: str = "") -> Program:
    found = verify(f"{more}def one(q, k):\n    {body}\n")
    assert not found.errors, found.errors
    return found.programs[0]


def test_the_specification_says_how_many_operations_a_type_has() -> None:
    """Set ATTNDSL_UPDATE_GOLDEN=1 to write them anew."""
    types = (Type.BOOL, Type.NUMBER, Type.TEXT, Type.POSITION)
    said = ", ".join(f"{kind.value} {choices(kind)}" for kind in types)
    text = MANUAL.read_text("utf-8")
    if os.environ.get("ATTNDSL_UPDATE_GOLDEN") == "1":
        text = re.sub(r"bool \d+, number \d+, text \d+, position \d+", said, text)
        MANUAL.write_text(text, "utf-8")
    assert f"its type: {said}\n" in text


def test_a_length_by_hand() -> None:
    """`q.i - k.i == 3` is q, i(q), -1, k, i(k), -1 x i(k), the sum, 3, equal."""
    found = program("return q.i - k.i == 3")
    listed = [found.graph[term].op for term in in_order(found.graph, found.canonical)]
    ops = {op: listed.count(op) for op in listed}
    assert ops == {"q": 1, "column": 2, "number": 2, "k": 1, "mul": 1, "add": 1, "eq": 1}
    bits = 0.0
    for told, op in enumerate(listed):
        kind = {"q": Type.POSITION, "k": Type.POSITION, "eq": Type.BOOL}.get(op, Type.NUMBER)
        arguments = {"column": 1, "mul": 2, "add": 2, "eq": 2}.get(op, 0)
        bits += math.log2(choices(kind)) + arguments * math.log2(told + 1)
        bits += {"column": math.log2(len(ATTRIBUTES)), "number": 5 + 3.32}.get(op, 0)
    assert length(found) == pytest.approx(bits)


def test_the_length_goes_by_the_canonical_form_alone() -> None:
    one = program("return 2 * (q.i - k.i == 3) if k.i > 0 else 0")
    other = verify(
        "def first(q, k):\n    return q.i == 4\n\n\n"
        "def other(q, k):\n    if k.i <= 0:\n        return 0\n    d = q.i - k.i\n"
        "    return 0.5 * (d == 3)\n"
    ).programs[1]
    assert one.hash == other.hash
    assert length(one) == length(other)
    assert numbers(one) == numbers(other)


def test_each_digit_and_each_member_costs() -> None:
    short, long = program("return 0.5 ** (q.i - k.i)"), program("return 0.525 ** (q.i - k.i)")
    assert length(long) - length(short) == pytest.approx(2 * 3.32)
    two, three = (
        program(f"return k.lower in {{{words}}}") for words in ('"a", "b"', '"a", "b", "c"')
    )
    assert length(three) - length(two) == pytest.approx(math.log2(50_000))


def test_a_library_pays_for_a_program_and_for_what_is_shared_once() -> None:
    helper = (
        "def far(a, b):\n    return exp(-0.35 * abs(a.i - b.i)) * (b.is_title or b.is_digit)\n\n\n"
    )
    both = verify(
        f"{helper}def one(q, k):\n    return far(q, k) + 0.4 * (k.i == 0)\n\n\n"
        "def two(q, k):\n    return far(q, k) + 0.3 * (k == q)\n"
    ).programs
    together = library_length(both)
    assert library_length([*both, both[0]]) == together
    assert max(map(length, both)) < together < sum(map(length, both)) - 50
    assert library_length(both[:1]) == pytest.approx(length(both[0]))


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("return 1", 0),
        ("return k.i == 0", 0),
        ("return q.i - k.i == 5", 0.5),
        ("return 0.4 ** (q.i - k.i)", 1),
        ("return 0.4 * (k.i == 0) + 0.4 * (k == q)", 2),
        ('return k.lower in {"a", "b", "c"}', 1.5),
        ("return q.i - k.i == 1", 0),
        ("return previous_token(q, k)", 0),
        ("return 0.4 * normalized(k.len == 7) + 0.2 * sink(q, k)", 3),
        ("return 0.25 * normalized(three_back(q, k)) + 0.75 * normalized(near(q, k, 0.3))", 3),
    ],
)
def test_numbers_are_counted_as_the_specification_says(body: str, count: float) -> None:
    assert numbers(program(body)) == count


def test_a_helper_of_the_file_counts_in_full_and_a_mechanism_not() -> None:
    helper = "def mine(a, b):\n    return 0.7 ** abs(a.i - b.i) * (b.len > 7)\n\n\n"
    assert numbers(program("return mine(q, k) + 0.2 * (k.i == 0)", helper)) == 3
    assert {numbers(one.program) for one in mechanisms()} == {0}


def test_every_operation_has_a_price() -> None:
    for mechanism in mechanisms():
        found = mechanism.program
        assert all(bits > 0 for bits in costs(found.graph, found.canonical))
    assert set(LETTERS.values()) == {Type.BOOL, Type.NUMBER, Type.TEXT, Type.POSITION}
    assert {op.result for op in OPS.values()} <= {*LETTERS, "x", "v"}
