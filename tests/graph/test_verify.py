"""One call checks a file: causality, needs, doubts, all diagnostics in order."""

import pytest

from attndsl.graph.causality import looks_ahead
from attndsl.graph.places import Places
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from tests.clock import timed

AHEAD = {
    "k.i < n / 2": "n",
    "k.pos == 'NOUN'": "pos",
    "k == q.head": "head",
    "is_child(q, k)": "is_child",
    "any(is_ancestor(t, k) for t in before(q))": "is_ancestor",
}


@pytest.mark.parametrize("expression", AHEAD)
def test_what_looks_ahead_is_named_with_its_place(expression: str) -> None:
    source = f"def head(q, k):\n    w = k.is_punct\n    return w + ({expression})\n"
    (program,) = verify(source).programs
    assert not program.causal
    ((reason, span),) = program.not_causal
    assert f"`{AHEAD[expression]}`" in reason
    assert span.line == 3


@pytest.mark.parametrize(
    "expression",
    [
        "k == q.next",
        "k == at(q.i + 5)",
        "count(t for t in after(q))",
        "any(t.is_punct for t in visible(q))",
        "k.usual_pos == 'NOUN'",
        "row_max(similarity(q, k))",
    ],
)
def test_ranges_and_neighbours_do_not_look_ahead(expression: str) -> None:
    (program,) = verify(f"def head(q, k):\n    return {expression}\n").programs
    assert program.causal
    assert program.not_causal == ()


def test_what_a_dead_branch_reads_does_no_harm() -> None:
    source = "def head(q, k):\n    if q.i < -3:\n        return n\n    return k.is_punct\n"
    (program,) = verify(source).programs
    assert program.causal
    assert looks_ahead(
        program.graph, program.root, program.root, Places(program.definition.span)
    )  # as written it would


@pytest.mark.parametrize(
    ("expression", "levels"),
    [
        ("k == q.prev", {"place"}),
        ("k.lower == q.lower", {"place", "piece"}),
        ("similarity(q, k)", {"place", "model"}),
        ("k.is_pronoun and k.occurrence == 0", {"place", "class", "repeat"}),
        ("is_child(q, k)", {"place", "linguistics"}),
    ],
)
def test_needs_are_the_levels_that_are_read(expression: str, levels: set[str]) -> None:
    (program,) = verify(f"def head(q, k):\n    return {expression}\n").programs
    assert program.needs == levels


# What a doubtful expression is told, and what says the same without a doubt.
DOUBTS = {
    "k.i < 0": "ATT100",
    "k.text == ' the'": "ATT072",
    "k.text == 'Ġthe'": "ATT072",
    "k.raw == ' the'": "ATT074",
    "k.lower == 'The'": "ATT072",
    "q.is_punct and k.i == 0.5": "ATT100",
    "not (q is not None)": "ATT100",
    "k.lower == 'a' and k.lower == 'b'": "ATT100",
    "k.i > 3 and k.i < 2": "ATT100",
}
NO_DOUBTS = [
    "k.i < 1",
    "k.text == 'the'",
    "k.text == ' '",
    "k.raw == 'the'",
    "k.lower in {'new', 'paris'}",
    "k.next is not None",
    "k.i <= q.i",
    "k == at(0)",
]


@pytest.mark.parametrize("expression", DOUBTS)
def test_what_cannot_be_meant_is_doubted(expression: str) -> None:
    source = (
        f"def head(q, k):\n    w = 0.5\n    if {expression}:\n        w += k.len\n    return w\n"
    )
    found = verify(source)
    assert [each.code for each in found.diagnostics] == [DOUBTS[expression]]
    assert found.diagnostics[0].severity == "warning"
    assert found.diagnostics[0].span.line == 3
    assert found.diagnostics[0].hint


@pytest.mark.parametrize("expression", NO_DOUBTS)
def test_what_can_be_meant_is_not_doubted(expression: str) -> None:
    source = (
        f"def head(q, k):\n    w = 0.5\n    if {expression}:\n        w += k.len\n    return w\n"
    )
    assert verify(source).diagnostics == ()


def test_a_weight_that_is_never_positive_is_doubted() -> None:
    (doubt,) = verify("def head(q, k):\n    return -abs(k.i - q.i)\n").diagnostics
    assert (doubt.code, doubt.span.line, doubt.span.column) == ("ATT102", 1, 5)
    scores = "@softmax\ndef head(q, k):\n    return -abs(k.i - q.i)\n"
    assert verify(scores).diagnostics == ()


def test_a_helper_called_with_a_constant_raises_no_doubt() -> None:
    source = (
        "def near(a, b, far):\n    return a.i - b.i < 9 if far else a.i - b.i < 2\n\n\n"
        "def head(q, k):\n    return near(q, k, True)\n"
    )
    assert verify(source).diagnostics == ()


def test_a_test_of_several_texts_is_doubted_only_where_all_come_out_alike() -> None:
    source = 'def one(q, k):\n    return any(q.lower == c for c in "abc" if c != "{}")\n'
    assert verify(source.format("b")).diagnostics == ()
    (doubt,) = verify(source.format("z")).diagnostics
    assert (doubt.code, "always true" in doubt.message) == ("ATT100", True)


def test_a_doubt_in_a_helper_is_told_once() -> None:
    source = (
        "def odd(t):\n    return t.len >= 0\n\n\n"
        "def one(q, k):\n    return odd(k) and odd(q)\n\n\n"
        "def two(q, k):\n    return odd(k.prev)\n"
    )
    assert [(each.code, each.span.line) for each in verify(source).diagnostics] == [("ATT100", 2)]


def test_all_diagnostics_come_at_once_in_order() -> None:
    source = (
        "def good(q, k):\n    return k == q.prev\n\n\n"
        "def bad_name(q, k):\n    return qq.i\n\n\n"
        "def broken(q, k):\n    return (\n\n\n"
        "def doubtful(q, k):\n    return k.i + (k.i < 0)\n\n\n"
        "def slow(q, k):\n    return max(similarity(q, t) * similarity(k, t) for t in before(q))\n"
    )
    found = verify(source, "four.attn")
    lines = [each.span.line for each in found.diagnostics]
    assert lines == sorted(lines)
    assert {each.file for each in found.diagnostics} == {"four.attn"}
    assert {"ATT100", "ATT092"} < {each.code for each in found.diagnostics}
    assert [program.name for program in found.programs] == ["good", "doubtful"]


def test_decorators_are_part_of_the_identity() -> None:
    body = "def a(q, k):\n    return k.i\n"
    marks = ("", "@softmax\n", "@fallback(self)\n", "@softmax\n@fallback(uniform)\n")
    hashes = {verify(mark + body).programs[0].hash for mark in marks}
    assert len(hashes) == len(marks)
    first = verify("@fallback(first)\n" + body).programs[0]
    assert first.hash == verify(body).programs[0].hash


def test_a_program_is_told_the_same_beside_others_as_alone() -> None:
    one = "def {0}_end(t):\n    return t.i > -2 and t.is_punct\n\n\n"
    two = "def {0}(q, k):\n    return k.i < 0 or {0}_end(k) or n > 3 and q.prev == q\n\n\n"
    alone = verify((one + two).format("f")).diagnostics
    names = [f"f{number}" for number in range(5)]
    together = verify("".join((one + two).format(name) for name in names)).diagnostics
    assert [each.code for each in alone] == ["ATT100", "ATT100", "ATT100"]
    assert [(each.code, each.span.line % 8, each.message) for each in together] == [
        (each.code, each.span.line, each.message) for each in alone
    ] * 5


def test_checking_a_file_takes_time_in_proportion_to_its_programs() -> None:
    source = "def f{0}(q, k):\n    return q.i - k.i < 5 and k.is_punct or k == q.prev\n\n\n"

    def check(count: int) -> None:
        assert len(verify("".join(map(source.format, range(count)))).programs) == count

    few, _ = timed(check, 50)
    many, _ = timed(check, 800)
    assert many / few < 16 * 1.5


@pytest.mark.parametrize(
    "expression", ["k.i > q.i", "k.i > q.i and k.is_punct", "0.5 * (k.i - q.i > 0)"]
)
def test_a_weight_that_a_causal_mask_never_shows_is_doubted(expression: str) -> None:
    (doubt,) = verify(f"def f(q, k):\n    return {expression}\n").diagnostics
    assert (doubt.code, doubt.severity, doubt.span.line) == ("ATT103", "warning", 1)


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        ("return 0.1 + (q.i < k.i)", 2, 18),
        ("return 0.5 * (k == q.prev) + 0.5 * (k.i > q.i and k.is_punct)", 2, 34),
        ("return 1 if k.i > q.i else 0.1", 2, 17),
        ("if k.i > q.i:\n        return 0.3\n    return 0.7 * (k.i == 0)", 2, 8),
    ],
)
def test_a_part_that_a_causal_mask_never_shows_is_doubted_at_its_place(
    body: str, line: int, column: int
) -> None:
    (doubt,) = verify(f"def f(q, k):\n    {body}\n").diagnostics
    assert (doubt.code, doubt.severity) == ("ATT103", "warning")
    assert (doubt.span.line, doubt.span.column) == (line, column)


@pytest.mark.parametrize(
    "expression",
    ["k.i >= q.i", "0 if k.i > q.i else 1", "abs(k.i - q.i) < 3", "k.i < q.i or k.is_punct"],
)
def test_a_weight_that_a_causal_mask_shows_somewhere_is_not(expression: str) -> None:
    assert not verify(f"def f(q, k):\n    return {expression}\n").diagnostics


def test_scores_are_not_doubted_for_the_keys_that_they_ask_for() -> None:
    assert not verify("@softmax\ndef f(q, k):\n    return k.i > q.i\n").diagnostics


@pytest.mark.parametrize(
    "expression",
    ["0.9 ** q.i * (k == q.prev)", "(k.i + 1) / (q.i + 1)", "similarity(q, k) * exp(0 - q.i)"],
)
def test_a_factor_that_a_row_has_alike_is_doubted(expression: str) -> None:
    (doubt,) = verify(f"def f(q, k):\n    return {expression}\n").diagnostics
    assert (doubt.code, doubt.severity, doubt.span.line) == ("ATT104", "warning", 2)


@pytest.mark.parametrize(
    "expression",
    ["0.9 ** (q.i - k.i)", "k.i / row_sum(k.i)", "0.9 ** q.i * (k == q.prev) + (k.i == 0)",
     "(k == q.prev) * q.is_punct"],
)  # fmt: skip
def test_what_differs_along_a_row_is_not(expression: str) -> None:
    assert not verify(f"def f(q, k):\n    return {expression}\n").diagnostics


def test_a_softmax_takes_no_factor_away() -> None:
    source = "@softmax\ndef f(q, k):\n    return 0.9 ** q.i * (k == q.prev)\n"
    assert not verify(source).diagnostics


def test_a_program_that_is_not_there_says_what_is_wrong_in_the_file() -> None:
    wrong = verify("def f(q, k):\n    return k == q.previous\n")
    with pytest.raises(AttndslError) as said:
        wrong.programs[0]
    assert str(said.value) == (
        "there is no programs[0]: no program passed the checks\n"
        "<text>:2:19: error ATT042: a position has no `previous`\n"
        "  2 |     return k == q.previous\n"
        "    |                   ^^^^^^^^\n"
        "help: write `q.prev`\n\n1 error"
    )
    assert said.value.diagnostics == wrong.diagnostics
    with pytest.raises(
        IndexError, match="there is no head program: a def with the parameters q, k"
    ):
        verify("def f(t):\n    return t.i\n").programs[-1]
    some = verify("def f(q, k):\n    return k == q\n\n\ndef g(q, k):\n    return k.is_qoute\n")
    with pytest.raises(IndexError, match=r"programs\[1\]: 1 passed the checks \(f\)\n.*is_qoute"):
        some.programs[1]


def test_the_programs_of_a_file_are_a_tuple_as_any() -> None:
    programs = verify("def f(q, k):\n    return k == q\n\n\ndef g(q, k):\n    return 1\n").programs
    one, other = programs
    assert (one.name, other.name, programs[-1].name) == ("f", "g", "g")
    assert programs == (one, other)
    assert programs[1:] == (other,)
