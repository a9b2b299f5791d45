"""Canonical forms as text: it parses back to the same form, stays as it is, and can be read."""

import os
from pathlib import Path

import pytest

from attndsl.graph.canonical import canonical, form_hash
from attndsl.graph.notation import read
from attndsl.graph.printing import bare_source, source_of, to_source
from attndsl.graph.terms import Graph
from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.formatter import format_source
from tests.programs.generator import random_source
from tests.programs.properties import case

EXAMPLES = sorted(Path(asset("examples")).glob("*.attn"))
FILES = int(os.environ.get("ATTNDSL_CASES", "150"))


def assert_reads_back(program):
    text = to_source(program)
    assert format_source(bare_source(program)) == bare_source(program)  # in the format as it is
    found = verify(text)
    assert not found.errors, f"{found.errors[0].message}\n{text}"
    again = found.programs[-1]
    assert again.hash == program.hash, text
    assert to_source(again) == text


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_read_back(path):
    programs = verify(path.read_bytes(), path.name).programs
    assert programs
    for program in programs:
        assert_reads_back(program)


@pytest.mark.parametrize("share", range(5))
def test_random_programs_read_back(share):
    for seed in range(share, FILES, 5):
        for program in verify(random_source(seed, linguistics=seed % 3 == 0)).programs:
            assert_reads_back(program)


@pytest.mark.parametrize(
    "text",
    [
        'text_is[equals "a\\"b" "c\\\\d"](raw(k))',
        'text_is[equals " \\n" "\\u200b" "é" "\\u0001"](raw(k))',
        'text_is[equals "\\ufffd" "\\u1160x" "“"](raw(k))',
        'not(text_is[contains " == " " in {"](raw(k)))',
        'not(text_is[starts "a" "b"](text(k)))',
        "mul(-1, len(k), len(q))",
        "add(mul(-0.5, len(k)), mul(-1, len(q)), -3)",
        "pow(add(len(k), -1), -0.5)",
        "pow(-2, len(k))",
        "mul(1e-07, len(k))",
        "is_open(select(is_open(q), q, next(k)))",
        "select(select(is_open(q), is_open(k), is_close(k)), 1, 2)",
        "floordiv(len(k), mod(len(q), 3))",
        "mul(len(q), div(len(k), mul(len(q), len(k))))",
        "eq(is_open(q), is_open(k))",
        "is_ancestor(q, head(k))",
        "argmax[between 1](at(2), q, is_open(bound[1]), similarity(k, bound[1]))",
    ],
)
def test_hard_words_read_back(text):
    graph = Graph()
    root = read(graph, text)
    if graph[root].type.value == "position":
        root = graph.add("same", (root, graph.add("k")))
    form = canonical(graph, root, softmax=True)
    source = source_of(graph, form, "f", ("@softmax",))
    assert not verify(source).errors, source
    (program,) = verify(source).programs
    assert form_hash(program.graph, program.canonical, "") == form_hash(graph, form, ""), source


@pytest.mark.parametrize(
    "value",
    [
        "0.1 + (k.i + 1 if k.is_special else 0)",
        "k.occurrence - 1 + (0.5 - q.prev.occurrence if k.is_pause else 0)",
        "0.8 + (3.7 if q.len > 2 else 0) + ((-4.5 if q.len > 2 else -0.8) if k.is_open else 0)",
        "-(k.i - q.next.i - 1) * q.len / (q.next.i + 1)",
        "-(q.i // q.i - k.len / count(t for t in after(q))) * k.i / k.i",
        "-((q.i % q.i - 0.25) / (1 + q.i % q.i))",
        "q.line * similarity(q, k) + -0.3 / (1 + k.len)",
        "k.sentence + 0.1 + (-0.1 if k.i < q.next.i else 0)",
        "(0 if q.i == 0 else 0.001) - 11 + (0.001 * q.len if k.is_close else 0)",
        "-((q.len + (-1 if q.is_open else 0) - 1) * (2 if q.is_digit else 1))",
        "(0 if q.is_open else k.len) + ((0 if q.is_open else 1 / n) - k.i / 7 if k.is_open else 0)",
        "normalized(q.column / 3) + k.len",
        "normalized(mean(0.1 for t in before(q) if k.is_punct))",
        "normalized(mean(k.is_punct for t in before(q) if q.starts_line)) + k.len",
        "normalized(0.1 * max(0, q.next.i)) + k.len",
        "normalized(n * count(t for t in visible(q)) / count(t for t in visible(q))) + k.len",
        "k.len + 2.5 + (0.1 / 3 if k.is_sep else 0)",
        "k.len + 1.1 + (0.001 if k.is_sep else 0)",
        "(0 if q.is_quote else 0.1) + (0.21 if k.is_sep else 0)",
        "n - 0.5 * (-1 / (1 + q.i) / (1 + q.line) + similarity(q, k) * similarity(q, q.prev))",
        "q.len - (1 - similarity(q, k)) / (1 - similarity(k, k.next)) + k.len / (k.i - q.i)",
    ],
)
def test_hard_sums_and_shares_read_back(value):
    (program,) = verify(f"def f(q, k):\n    return {value}\n").programs
    assert_reads_back(program)


def test_a_share_of_the_row_stands_outside_comprehensions():
    source = """
def f(q, k):
    x = normalized(mean(t.i not in {0, 5} for t in before(k) if k.is_conjunction))
    return min(k.len, sum(x for t in visible(q)))
"""
    assert_reads_back(verify(source).programs[0])


@pytest.mark.parametrize("seed", ["s4b-3263", "s4b-3579", "s4b-16656"])
def test_programs_that_once_read_back_as_others(seed):
    for program in case(seed, linguistics=seed == "s4b-16656").verified.programs:
        assert_reads_back(program)


def test_a_form_is_readable():
    source = '''
def is_speech(t):
    return t.lower in {"said", "asked"}


def f(q, k):
    """Doc."""
    verb = last(t for t in before(q) if is_speech(t))
    if q.is_quote and k == verb:
        return 1.0
    w = 0.1 * 0.8 ** abs(q.i - k.i)
    if k.i == 0:
        w += 0.6
    if abs(k.i - q.i) > 3 and any(t.is_open and t.len < abs(q.i - k.i) for t in between(k, q)):
        w += 0.1
    return w
'''
    (program,) = verify(source).programs
    assert (
        to_source(program)
        == '''\
def f(q, k):
    """Doc."""
    apart = abs(q.i - k.i)
    if q.is_quote and k == last(t for t in before(q) if t.lower in {"asked", "said"}):
        return 1
    w = 0.1 * 0.8 ** apart
    if k.i == 0:
        w += 0.6
    if apart > 3 and any(t.is_open and t.len < apart for t in between(k, q)):
        w += 0.1
    return w
'''
    )


def test_what_a_comprehension_uses_twice_becomes_a_helper():
    parts = " + ".join(f"abs(t.len - {n}) * similarity(q, t) ** {n + 2}" for n in range(9))
    source = f"def f(q, k):\n    return sum({parts} for t in before(k))\n"
    (program,) = verify(source).programs
    text = to_source(program)
    assert text.startswith("def _f_1(q, t):\n")
    assert "sum(_f_1(q, t) for t in before(k))" in text
    assert_reads_back(program)


def test_a_stage_that_branches_share_is_written_once():
    """As the arm of each branch, and as what the row is summed of."""
    source = """
def f(q, k):
    w = 0.5 * 0.9 ** (q.i - k.i) if k.is_open else 0.1
    if k == q:
        w += 0.3
    if q.is_quote:
        w = k.len * w
    elif row_sum(w) < 0.2:
        w = 0.2
    return w
"""
    (program,) = verify(source).programs
    assert (
        to_source(program)
        == """\
def f(q, k):
    weight = (
        (0.5 * 0.9 ** (q.i - k.i) if k.is_open else 0.1) + (0.3 if q.i == k.i else 0)
    )
    if q.is_quote:
        return k.len * weight
    if row_sum(weight) < 0.2:
        return 1
    return weight
"""
    )
    assert_reads_back(program)


def test_what_two_comprehensions_ask_is_one_helper():
    test = "t.is_open and t.len < q.len and t.sentence == q.sentence"
    source = f"""
def f(q, k):
    if any({test} for t in upto(q)):
        return k == last(t for t in upto(q) if {test})
    return 0.5
"""
    (program,) = verify(source).programs
    text = to_source(program)
    assert text.count("is_open") == 1
    assert text.count("for t in upto(q)") == text.count("_f_1(q, t) for") + text.count("if _f_1")
    assert_reads_back(program)


@pytest.mark.parametrize("name", ["distance", "share", "weight", "row_total", "w", "itself"])
def test_a_program_with_the_name_of_a_local_reads_back(name):
    source = f"""
def {name}(q, k):
    w = exp(0 - (q.i - k.i)) + (0.4 if q.i == k.i else 0) + normalized(k.len * (q.i - k.i))
    if q.i == k.i or row_sum(w) < 0.3:
        return row_sum(w) + w
    return w * normalized(k.len * (q.i - k.i))
"""
    (program,) = verify(source).programs
    assert_reads_back(program)


def test_the_docstring_stays():
    source = 'def f(q, k):\n    """Looks at \\"quotes\\".\n\n    Two."""\n    return k.is_quote\n'
    (program,) = verify(source).programs
    (again,) = verify(to_source(program)).programs
    assert again.docstring == program.docstring == 'Looks at "quotes".\n\nTwo.'
