"""The compiler's answers as pages take them: places in the letters of JavaScript."""

from attndsl.authoring.answers import (
    Units,
    completed,
    hovered,
    problems,
    problems_with_fixes,
    program_at,
    programs,
    signed,
)
from attndsl.authoring.document import Checker

TYPO = '# \U0001f600 wide\ndef previous(q, k):\n    """Before."""\n    return k == q.previous\n'
MENDED = TYPO.replace("q.previous", "q.prev")
TWO = "def one(q, k):\n    return k == q\n\n\ndef two(q, k):\n    return near(q, k, 0.5)\n"


def in_units(text: str) -> bytes:
    return text.encode("utf-16-le")


def stretch(text: str, start: int, end: int) -> str:
    return in_units(text)[2 * start : 2 * end].decode("utf-16-le")


def test_a_problem_stands_where_a_browser_counts_it_and_its_fix_ends_it() -> None:
    checker = Checker()
    checked = checker.check(TYPO)
    (plain,) = problems(checked)
    assert stretch(TYPO, plain["from"], plain["to"]) == "previous"
    (told,) = problems_with_fixes(checker, checked)
    (fix,) = told["fixes"]
    data = in_units(TYPO)
    mended = data[: 2 * fix["from"]] + in_units(fix["text"]) + data[2 * fix["to"] :]
    assert mended.decode("utf-16-le") == MENDED
    assert [one["name"] for one in programs(checker.check(MENDED))] == ["previous"]


def test_what_is_said_and_offered_at_a_place() -> None:
    checked = Checker().check(MENDED)
    at = Units(MENDED).of(MENDED.index("prev\n"))
    told = hovered(checked, at + 1)
    assert told is not None
    assert stretch(MENDED, told["from"], told["to"]) == "prev"
    assert told["says"].startswith("```attndsl\n.prev: position\n")
    offered = completed(checked, at + 2)
    assert offered["from"] == at
    assert "prev" in [one["label"] for one in offered["choices"]]
    assert hovered(checked, 10_000) is None
    call = TWO.index("0.5")
    sign = signed(Checker().check(TWO), call)
    assert sign is not None
    assert (sign["name"], sign["parameters"], sign["at"]) == ("near", ("q", "k", "rate"), 2)


def test_the_program_at_the_cursor() -> None:
    checked = Checker().check(TWO)

    def at(place: int, text: str = "") -> str | None:
        found = program_at(Checker().check(text) if text else checked, place)
        return found and found.program.name

    assert (at(3), at(TWO.index("near")), at(TWO.index("\n\ndef two") + 1)) == ("one", "two", "one")
    assert at(len(TWO)) == "two"
    begun = TWO.replace("near(q, k, 0.5)", "near(q, ")
    assert at(begun.index("near"), begun) is None, "no other program's map for one half written"
    assert at(0, "A = 1\n") is None
