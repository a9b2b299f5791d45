"""Every mistake in tests/fixtures/syntax is reported on its line, in words that help."""

import re
from pathlib import Path

import pytest

from attndsl.language.parser import parse
from tests.language.codes import CODES

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "syntax"
EXPECTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.attn")), ids=lambda path: path.stem)
def test_each_line_gets_the_errors_that_it_expects(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    wanted = {
        number: EXPECTED.findall(line.split("### ", 1)[1])
        for number, line in enumerate(text.split("\n"), 1)
        if "### " in line
    }
    assert len(wanted) > 10
    _, diagnostics = parse(text, path.name)
    got: dict[int, list[str]] = {}
    for diagnostic in diagnostics:
        assert diagnostic.code in CODES
        assert diagnostic.severity == "error"
        assert diagnostic.file == path.name
        assert diagnostic.span.end_column > diagnostic.span.column
        words = f"{diagnostic.message} [{diagnostic.hint}]"
        got.setdefault(diagnostic.span.line, []).append(words)
    assert {n: len(words) for n, words in got.items()} == {n: len(w) for n, w in wanted.items()}
    for number, patterns in wanted.items():
        for pattern, words in zip(patterns, got[number], strict=True):
            assert re.search(pattern.replace('\\"', '"'), words), (number, pattern, words)


def test_an_error_points_at_the_words_that_it_means() -> None:
    source = 'def f(q, k):\n    w = max(1, key=len)\n    return k.lower in {"a" "b"}\n'
    _, (error,) = parse(source)
    assert (error.span.line, error.span.column, error.span.end_column) == (3, 28, 31)
    _, (error,) = parse(source.replace('"a" ', '"a", '))
    assert (error.span.line, error.span.column, error.span.end_column) == (2, 19, 20)


def test_errors_come_in_the_order_of_the_file() -> None:
    source = "def f(q, k):\n    return )\n\nX = 1 +\n\ndef g(q, k):\n    return $\n"
    _, errors = parse(source)
    assert [error.span.line for error in errors] == [2, 4, 7]
