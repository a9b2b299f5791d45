"""One format: fixture pairs, the same tree, the same comments, and twice is once."""

import os
from pathlib import Path

import pytest

from attndsl.language import formatter
from attndsl.language.assets import asset
from attndsl.language.diagnostics import AttndslError
from attndsl.language.formatter import format_source
from attndsl.language.formatting.comments import CommentedSource
from attndsl.language.outline import outline
from attndsl.language.parser import parse
from tests.language.scribble import Scribble

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "format"
INPUTS = sorted(path for path in FIXTURES.glob("*.attn") if ".expected" not in path.name)
PROGRAMS = int(os.environ.get("ATTNDSL_CASES", "150"))


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_the_format_of_a_fixture(path: Path) -> None:
    """ATTNDSL_UPDATE_GOLDEN=1 writes the expected files anew; look at them before committing."""
    expected = path.with_suffix(".expected.attn")
    text = format_source(path.read_bytes(), path.name)
    if os.environ.get("ATTNDSL_UPDATE_GOLDEN"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    assert format_source(text) == text
    assert all(len(line) <= 88 for line in text.split("\n"))


@pytest.mark.parametrize("comments", [0.0, 0.1, 0.4])
def test_random_programs_keep_their_meaning_and_comments(comments: float) -> None:
    # programs that the formatter itself would refuse to touch fail here
    for seed in range(PROGRAMS // 3):
        source = Scribble(seed, comments).program()
        module, diagnostics = parse(source)
        assert not diagnostics, (seed, diagnostics[0])
        text = format_source(source)
        again, diagnostics = parse(text)
        assert not diagnostics
        assert outline(again) == outline(module), seed
        assert format_source(text) == text, seed
        before, after = CommentedSource(module.source).comments, CommentedSource(text).comments
        assert sorted(r.text for r in before) == sorted(r.text for r in after), seed
        assert not any(line != line.rstrip() for line in text.split("\n")), seed


def test_comments_inside_expressions_stay_where_they_were() -> None:
    """The way out for a comment without a stable place is hardly ever taken."""
    for seed in range(PROGRAMS // 6):
        module, _ = parse(Scribble(seed, 0.2).program())
        inside = formatter.written(module, keep_inside=True)
        again, diagnostics = parse(inside)
        assert not diagnostics
        assert formatter.written(again, keep_inside=True) == inside, seed


@pytest.mark.parametrize("path", sorted(asset("examples").rglob("*.attn")), ids=lambda p: p.stem)
def test_the_examples_have_the_one_format(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert format_source(text) == text


def test_what_does_not_parse_has_no_format() -> None:
    with pytest.raises(AttndslError, match=r"a\.attn:2:15: .*only a program that parses") as error:
        format_source("def f(q, k):\n    return 1 +\n", "a.attn")
    assert len(error.value.diagnostics) == 1


def test_a_format_that_would_pass_a_limit_is_refused() -> None:
    terms = "+".join(["a.i"] * 1020)
    source = f"def f(q, k):\n  return ({terms})\n".replace("+", "+\n")
    source = source.replace("a.i", "aaaaaaaaaaa")
    assert not parse(source)[1]
    with pytest.raises(AttndslError, match="would pass a limit"):
        format_source(source)


def test_a_fault_of_the_formatter_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "def f(q, k):\n    return 1.0\n"
    honest = formatter.written
    monkeypatch.setattr(
        formatter, "written", lambda m, keep_inside: honest(m, keep_inside) + "A = 1\n"
    )
    with pytest.raises(AttndslError, match="please report it"):
        format_source(source)
    calls = iter(range(100))
    monkeypatch.setattr(formatter, "written", lambda m, keep_inside: f"# {next(calls)}\n{source}")
    with pytest.raises(AttndslError, match="please report it"):
        format_source(source)
