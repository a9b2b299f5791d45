"""One form for programs that differ in writing only; hashes, templates, the same in every run."""

import re
import subprocess
import sys

import pytest

from attndsl.graph.canonical import template_hash
from attndsl.graph.verify import verify
from tests.conftest import ROOT


def hashes(*bodies):
    """The identities of programs given as bodies or as whole files."""
    found = []
    for body in bodies:
        source = body if "def " in body else f"def f(q, k):\n    {body}\n"
        verified = verify(source)
        assert not verified.errors, verified.errors[0].message
        found.append(verified.programs[-1].hash)
    return found


SAME = {
    "names of locals": (
        "a = q.i - k.i\n    b = 0.5 ** abs(a)\n    return b + k.is_quote",
        "distance = q.i - k.i\n    decay = 0.5 ** abs(distance)\n    return decay + k.is_quote",
    ),
    "order of operands": (
        "return (k.is_quote and q.is_open) + k.column * q.column + similarity(q, k)",
        "return similarity(k, q) + q.column * k.column + (q.is_open and k.is_quote)",
    ),
    "order of independent updates": (
        "w = 0.5\n    if k.is_quote:\n        w += 0.3\n    if q.is_open:\n        w += 0.2\n"
        "    if k.i == 0:\n        w += 1\n    return w",
        "w = 0.5\n    if k.i == 0:\n        w += 1\n    if q.is_open:\n        w += 0.2\n"
        "    if k.is_quote:\n        w += 0.3\n    return w",
    ),
    "order of independent factors": (
        "w = k.len\n    if k.is_quote:\n        w *= 3\n    if q.is_open:\n        w *= 0.5\n"
        "    return w + k.i",
        "w = k.len\n    if q.is_open:\n        w /= 2\n    if k.is_quote:\n        w *= 3\n"
        "    return w + k.i",
    ),
    "order of independent locals": (
        "a = k.len\n    b = q.len\n    return min(a, b)",
        "b = q.len\n    a = k.len\n    return min(b, a)",
    ),
    "elif or nested else": (
        "if k.is_quote:\n        return 3\n    elif q.is_open:\n        return 2\n    return k.len",
        "if k.is_quote:\n        return 3\n    else:\n        if q.is_open:\n            return 2\n"
        "        else:\n            return k.len",
    ),
    "one return or many": (
        "w = k.len\n    if k.is_quote:\n        w = 3\n    return w",
        "return 3 if k.is_quote else k.len",
    ),
    "a test or its opposite": (
        "return 3 if k.is_quote and q.len < 5 else k.len",
        "return k.len if q.len >= 5 or not k.is_quote else 3",
    ),
    "a helper or not": (
        "def near(a, b):\n    return abs(a.i - b.i) < 3\n\n\n"
        "def f(q, k):\n    return near(k, q) and near(q, k)\n",
        "return abs(k.i - q.i) <= 2",
    ),
    "names of comprehension variables": (
        "return any(t.lower == k.lower for t in before(q))",
        "return any(k.lower == other.lower for other in before(q))",
    ),
    "a guard or a test": (
        "return count(t for t in before(q) if t.is_quote)",
        "return count(t.is_quote for t in before(q))",
    ),
    "all or not any": (
        "return all(t.len > 2 for t in before(q))",
        "return not any(t.len <= 2 for t in before(q))",
    ),
    "scale of the row": (
        "return 0.1 if k.is_quote else 0",
        "return k.is_quote",
    ),
    "the sign of a quotient": (
        "return q.len + k.len / (k.i - q.i)",
        "return -(k.len / (q.i - k.i)) + q.len",
    ),
    "the sign of a quotient of a choice": (
        "return (-12 if q.is_title else -1) / k.len + k.i",
        "return k.i - (12 if q.is_title else 1) / k.len",
    ),
    "the sign of a quotient of sums that could lose digits": (
        "return q.line - (0.1 + (k.i // q.i + sum(t.len for t in before(k)) / k.line)) / 1.1",
        "return (-0.1 - (k.i // q.i + sum(t.len for t in before(k)) / k.line)) / 1.1 + q.line",
    ),
    "differences": (
        "return k.i >= q.i - 2 and k.i < q.i",
        "d = q.i - k.i\n    return 0 < d < 3",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_ways_of_writing_have_one_form(name):
    one, other = hashes(*SAME[name])
    assert one == other


DIFFERENT = {
    "source order of assignments": (
        "w = 0\n    if k.is_quote:\n        w = 2\n    if k.i == 0:\n        w = 1\n    return w",
        "w = 0\n    if k.i == 0:\n        w = 1\n    if k.is_quote:\n        w = 2\n    return w",
    ),
    "query and key": ("return q.len - k.len", "return k.len - q.len"),
    "numbers": ("return k.len + 0.1", "return k.len + 0.1000001"),
    "the edge of a test": ("return k.len < 3", "return k.len <= 3"),
    "next is not the end of prev": ("return k == k.next.prev", "return k.is_quote or True"),
    "decorators": (
        "def f(q, k):\n    return k.len\n",
        "@softmax\ndef f(q, k):\n    return k.len\n",
    ),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_means_something_else_has_another_form(name):
    one, other = hashes(*DIFFERENT[name])
    assert one != other


def test_scores_lose_what_a_row_has_in_common():
    start = "@softmax\ndef f(q, k):\n    return "
    one, other, third = hashes(
        f"{start}2 * similarity(q, k) + q.column + 3\n",
        f"{start}similarity(q, k) * 2 - 5\n",
        f"{start}similarity(q, k)\n",
    )
    assert one == other != third


def test_a_template_has_no_numbers():
    sources = [
        f"def f(q, k):\n    return {a} * similarity(q, k) + {b} * (k.len > {c}) + k.column\n"
        for a, b, c in ((0.5, 0.2, 3), (0.25, 7, 9), (2, 3, 1))
    ]
    programs = [verify(source).programs[0] for source in sources]
    assert len({program.hash for program in programs}) == 3
    assert len({template_hash(each.graph, each.canonical, "") for each in programs}) == 1


def test_the_hash_is_the_same_in_every_run():
    source = "\n".join(
        f"def f{number}(q, k):\n    {bodies[0]}\n"
        for number, bodies in enumerate(SAME.values())
        if "def " not in bodies[0]
    )
    code = "import sys; from attndsl.graph.verify import verify\n"
    code += "print([program.hash for program in verify(sys.stdin.read()).programs])"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], input=source, capture_output=True, text=True, cwd=ROOT,
            env={"PYTHONHASHSEED": seed}, check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }  # fmt: skip
    assert len(outputs) == 1
    assert len(re.findall("[0-9a-f]{64}", outputs.pop())) == source.count("def ")


def test_a_program_has_one_hash_whatever_else_is_in_its_file():
    alone = hashes("return min(k.len, q.len) + similarity(q, k)")[0]
    others = "def g(q, k):\n    return max(k.len, q.len)\n\n\ndef h(q, k):\n    return q.len\n\n\n"
    source = f"{others}def f(q, k):\n    return similarity(k, q) + min(q.len, k.len)\n"
    assert hashes(source) == [alone]
