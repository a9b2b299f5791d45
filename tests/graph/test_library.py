"""Libraries as text: one writer, every docstring comes back, names are free, the style is fmt's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attndsl.graph.docstrings import quoted
from attndsl.graph.library import as_library
from attndsl.graph.printing import to_source
from attndsl.graph.verify import verify
from attndsl.language.formatter import format_source
from attndsl.language.parsing.literals import clean_docstring

SAID = (
    'holds "the" word', 'ends in "quotes"', '"', '"""', 'three """ inside', "a \\ backslash",
    "ends in \\", "\\n spelled", "One.\n\nTwo.\n  Three, indented.",
    'Two.\n"""\nquotes', "\x1b]0;x\x07", '""""',
    "\u202eturned", "it's", "tab\there", "\u200b", "é 日本", "{braces} %s",
)  # fmt: skip


def read_again(docstring: str) -> str | None:
    source = f"def a(q, k):\n    {quoted(docstring)}\n    return k == q.prev\n"
    found = verify(source)
    assert not found.errors, source
    return found.programs[0].docstring


@pytest.mark.parametrize("docstring", SAID)
def test_every_docstring_comes_back(docstring: str) -> None:
    assert read_again(docstring) == docstring
    program = verify(f"def a(q, k):\n    {quoted(docstring)}\n    return k == q.prev\n").programs[0]
    text = to_source(program)
    assert verify(text).programs[0].docstring == docstring
    assert verify(text).programs[0].hash == program.hash
    assert format_source(text, "a") == text


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
def test_any_text_comes_back_as_docstrings_are_read(text: str) -> None:
    docstring = clean_docstring(text.replace("\r", ""))
    if docstring.strip():
        assert read_again(docstring) == docstring


def test_one_form_is_written_once_and_names_are_free() -> None:
    one = verify('def a(q, k):\n    """Says "the"."""\n    return k == q.prev\n').programs[0]
    same = verify("def b(q, k):\n    return q.prev == k\n").programs[0]
    other = verify("def a(q, k):\n    return k.i == 0\n").programs[0]
    names, source = as_library((one, same, other))
    assert names == {one.hash: "a", other.hash: "a_2"}
    found = verify(source)
    assert [each.name for each in found.programs] == ["a", "a_2"]
    assert found.programs[0].docstring == 'Says "the".'
