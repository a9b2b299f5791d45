"""Replies: code is found in prose, split into programs of their own, and checked."""

from dataclasses import replace

import pytest

from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.parser import parse
from attndsl.synthesis.llm.replies import MOST_BLOCKS, Rules, blocks, written
from attndsl.synthesis.standalone import apart, standalone
from tests.adversarial import payloads
from tests.synthesis.llm.faulty import FAULTY

RULES = Rules(frozenset(("place", "piece", "class", "repeat", "model")), 120, 25)
FENCE = "`" * 3
GOOD = "def a(q, k):\n    return k == q.prev\n"


def fenced(code: str, mark: str = "") -> str:
    return f"{FENCE}{mark}\n{code}\n{FENCE}\n"


REPLIES = {
    "plain": (fenced(GOOD), [True]),
    "python mark": (fenced(GOOD, "python"), [True]),
    "prose around": (f"Here it is:\n\n{fenced(GOOD)}\nIt looks back.", [True]),
    "in a list": (f"1. a\n\n   {FENCE}\n   def a(q, k):\n       return 1\n   {FENCE}\n", [True]),
    "carriage returns": (fenced(GOOD).replace("\n", "\r\n"), [True]),
    "tildes": (f"~~~\n{GOOD}~~~\n", [True]),
    "two": (fenced(GOOD) + fenced("def b(q, k):\n    return 2 +\n"), [True, False]),
    "cut": (f"{FENCE}\n{GOOD}", [False]),
    "no code": ("I can't help with that.", []),
    "code without a fence": (GOOD, []),
    "a fence of prose": (fenced("pip install it"), []),
    "a helper only": (fenced("def _a(q, k):\n    return 1\n"), [False]),
    "linguistics": (fenced("def a(q, k):\n    return k.pos == 'NOUN'\n"), [False]),
    "looks ahead": (fenced("def a(q, k):\n    return k.i / n\n"), [False]),
    "too long": (fenced("def a(q, k):\n    w = 0.0\n" + "    w += 1\n" * 30 + "    return w\n"),
                 [False]),
    "nothing": ("", []),
}  # fmt: skip


@pytest.mark.parametrize("what", REPLIES)
def test_programs_are_found_and_checked(what: str) -> None:
    reply, valid = REPLIES[what]
    found = written(reply, RULES)
    assert [one.valid for one in found] == valid
    assert all(one.valid or one.complaint for one in found)


@pytest.mark.parametrize("what", FAULTY)
def test_common_mistakes_are_refused_with_a_cure(what: str) -> None:
    (found,) = written(fenced(FAULTY[what]), RULES)
    assert not found.valid
    told = ("help: ", "write it shorter", "go by")
    assert any(cure in found.complaint for cure in told)
    errors = sum(" error ATT0" in line for line in found.complaint.splitlines())
    assert found.complaint.count("help: ") >= errors, "each error says what to do instead"


def test_where_there_is_no_parse_it_is_told_what_to_go_by() -> None:
    (found,) = written(REPLIES["linguistics"][0], RULES)
    assert "no parse of the text here, so none of" in found.complaint
    assert all(name in found.complaint for name in ("pos", "dep", "is_child", "`usual_pos`"))
    assert "looks ahead" not in found.complaint


def test_where_tokens_see_the_whole_text_programs_may_too() -> None:
    assert [
        one.valid for one in written(REPLIES["looks ahead"][0], replace(RULES, ahead=True))
    ] == [True]


def test_a_program_of_many_numbers_is_sent_back() -> None:
    said = " + ".join(f"0.{at}{at} * (k.lower == 'w{at}')" for at in range(2, 9))
    source = f"def a(q, k):\n    return {said}\n"
    (found,) = written(fenced(source), replace(RULES, numbers=10))
    assert found.complaint.startswith("10.5 numbers; at most 10 are allowed")
    assert [one.valid for one in written(fenced(source), replace(RULES, numbers=11))] == [True]


def test_a_bare_reply_is_code_where_that_was_asked_for() -> None:
    assert [one.valid for one in written(GOOD, RULES, bare=True)] == [True]


def test_a_block_of_two_heads_gives_two_programs_each_alone() -> None:
    code = (
        'S = {"a"}\n\n\ndef near(q, k):\n    return 1\n\n\n'
        "def one(q, k):\n    return near(q, k) * (k.lower in S)\n\n\n"
        "def two(q, k):\n    return k == q\n"
    )
    found = written(fenced(code), RULES)
    assert [verify(one.source).programs[0].name for one in found] == ["one", "two"]
    assert "_near" in found[0].source
    assert "S = " not in found[1].source


def test_a_huge_reply_is_read_in_part_only() -> None:
    assert len(written(fenced(GOOD) * 10_000, RULES)) == MOST_BLOCKS
    assert written("x" * 10_000_000, RULES) == ()
    assert list(blocks("`" * 500_000)) == []


@pytest.mark.parametrize("name", sorted(path.name for path in asset("examples").glob("*.attn")))
def test_a_program_means_the_same_alone_and_under_another_name(name: str) -> None:
    source = (asset("examples") / name).read_text()
    module, _ = parse(source)
    hashes = {one.name: one.hash for one in verify(source).programs}
    for head in apart(module):
        found = verify(standalone(module, head, "other")).programs
        assert [(one.name, one.hash) for one in found] == [("other", hashes[head])]


def test_what_tries_to_escape_is_refused() -> None:
    for tried in payloads.EXPRESSIONS:
        source = f"def a(q, k):\n    w = {tried}\n    return 1.0\n"
        assert not any(one.valid for one in written(fenced(source), RULES)), tried
