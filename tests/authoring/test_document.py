"""A file that changes piece by piece is told what a check of the whole file tells."""

import random
from pathlib import Path

import pytest

from attndsl.authoring.document import Checked, Checker
from attndsl.authoring.mending import mends
from attndsl.graph.verify import verify

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    *sorted((ROOT / "examples").glob("*.attn")),
    *sorted((ROOT / "tests/conformance").rglob("*.attn")),
]


def told(checked: Checked) -> tuple[list[object], list[tuple[str, str]]]:
    programs = [(one.program.name, one.program.hash) for one in checked.placed]
    return [(d.span, d.code, d.message, d.hint) for d in checked.diagnostics], programs


def whole(text: str) -> tuple[list[object], list[tuple[str, str]]]:
    found = verify(text)
    programs = [(program.name, program.hash) for program in found.programs]
    return [(d.span, d.code, d.message, d.hint) for d in found.diagnostics], programs


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_by_pieces_is_as_a_whole(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert told(Checker().check(text)) == whole(text)


@pytest.mark.parametrize(
    "text",
    ["# x\n" * 2_200_000, "A = 1\n" * 60_000, "", "\x00", f"def f(q, k):\n    return {'(' * 9999}"],
    ids=["8.8 MB", "many", "empty", "hidden", "deep"],
)  # fmt: skip
def test_what_is_too_large_is_told_as_the_whole_is(text: str) -> None:
    assert told(Checker().check(text)) == whole(text)


def test_while_it_is_typed_too() -> None:
    """Random edits of examples: the same programs and the same errors, edit after edit."""
    draw = random.Random(5)
    checker = Checker()
    for path in FILES[:8]:
        text = path.read_text(encoding="utf-8")
        for _ in range(6):
            at = draw.randrange(len(text))
            text = (
                text[:at]
                + draw.choice(["", "x", "(", "k.", "\n", "def "])
                + text[at + draw.randrange(3) :]
            )
            found, programs = told(checker.check(text))
            expected, named = whole(text)
            assert programs == named
            assert {one[:2] for one in found if one[1] != "ATT071"} == {
                one[:2] for one in expected if one[1] != "ATT071"
            }


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("return k.is_qoute", "return k.is_quote"),
        ("return k == q.previous", "return k == q.prev"),
        ("return absolute(k.i - q.i)", None),
        ("return inductoin(q, k)", "return induction(q, k)"),
        ("return k.lower() == q.lower", "return k.lower == q.lower"),
        ("return k.text.is_title", "return k.is_title"),
        ("return k.text[0].isupper()", "return k.is_title"),
        ('return tokens[k.i] == "a"', 'return k.text == "a"'),
        ("return k == q - 1", "return k == q.prev"),
        ("return q @ k", "return similarity(q, k)"),
        ("w = k.i\n    return w / w.sum()", "w = k.i\n    return w / row_sum(w)"),
        ('return k.raw == " the"', 'return k.text == "the"'),
        ('return " " in k.raw', "return k.starts_word"),
        ("return k == q.prevv.prev", "return k == q.prev.prev"),
        ("w += 1\n    return w", "w = 0.0\n    w += 1\n    return w"),
        ("if k.is_punct:\n        return 1", "if k.is_punct:\n        return 1\n    return 0.0"),
        ("return any(t.i for t in before(q))", "return any(t.i > 0 for t in before(q))"),
    ],
)
def test_a_hint_that_can_be_applied_is_offered(wrong: str, right: str | None) -> None:
    checker = Checker()
    checked = checker.check(f"def f(q, k):\n    {wrong}\n")
    offered = [mend for one in checked.diagnostics for mend in mends(checker, checked, one)]
    changed = [checked.text[: m.start] + m.text + checked.text[m.end :] for m in offered]
    if right is None:
        assert all(not checker.check(text).diagnostics for text in changed)
    else:
        assert f"def f(q, k):\n    {right}\n" in changed
