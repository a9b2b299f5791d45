"""A text without arrays knows of its pieces what the arrays know."""

import doctest
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attndsl.language.diagnostics import AttndslError
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens import characters, plain, splitting, traits
from attndsl.tokens.plain import PlainText
from attndsl.tokens.texts import builtin_texts
from attndsl.tokens.tokenizer import encode

COLUMNS = [name for name, entry in ATTRIBUTES.items() if entry.level != "linguistics"]
FRAGMENTS = (
    "Mr", ". ", "Tom", "’s", "'", '"', ".)", "?! ", " \n", "\n", "\t", " ", "x1", "12", "-", "->",
    "é", "ｅ", "日本", "؟", "“", "”", "(", "U.S.", "I", "A", "don't", "_", "\u0301", "\ud800", "ß",
)  # fmt: skip


def expected(text: str, name: str) -> list[object]:
    encoded = encode(text)
    column = encoded.column(name).tolist()
    if ATTRIBUTES[name].type is Type.TEXT:
        return [encoded.table.pool.strings[code] for code in column]
    return list(column)


def assert_alike(text: str) -> None:
    found, encoded = PlainText(text), encode(text)
    assert found.labels() == encoded.labels()
    for name in COLUMNS:
        assert list(found.column(name)) == expected(text, name), name
    pairs = encoded.table.similarity.pairs(encoded.ids, encoded.ids).tolist()
    assert [[found.similar(i, j) for j in range(found.n)] for i in range(found.n)] == pairs


@pytest.mark.parametrize("text", builtin_texts()[::6], ids=lambda text: text.name)
def test_a_builtin_text_has_the_same_columns(text: object) -> None:
    assert_alike(text.text)  # type: ignore[attr-defined]  # ids take objects


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=12))
def test_any_text_has_the_same_columns(parts: list[str]) -> None:
    assert_alike("".join(parts))


def test_an_empty_text_has_empty_columns() -> None:
    assert_alike("")
    assert PlainText("a").similar(0, -1) == 0.0


def test_a_parser_is_asked_for_in_words() -> None:
    with pytest.raises(AttndslError, match="`dep` needs a parser"):
        PlainText("a").column("dep")


@pytest.mark.parametrize("module", [characters, plain, splitting, traits])
def test_the_examples_of_a_module_hold(module: object) -> None:
    failed, _ = doctest.testmod(module)  # type: ignore[arg-type]  # a module
    assert not failed


def test_it_needs_no_numpy() -> None:
    code = (
        "import sys; sys.modules['numpy'] = None; from attndsl.tokens.plain import PlainText;"
        "print(PlainText('a b').column('word'))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
