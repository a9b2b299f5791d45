"""Place columns: what they say of plain texts, causal, and the same packed as alone."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attndsl.tokens import PieceTable, builtin_table, encode, place_columns
from attndsl.tokens.encoded import place_together

TEXTS = st.lists(
    st.sampled_from(
        ["Mr", ".", " He", " said", ' "', '"', "?", "!", "\n", "  ", " 3", "(", ")", "it", "'", "’"]
    ),
    max_size=14,
).map("".join)
CAUSAL = (
    "i", "word", "sentence", "line", "column", "char", "occurrence", "prev",
    "starts_word", "starts_line", "is_first_of_sentence",
)  # fmt: skip


def firsts(text: str) -> list[str]:
    encoded = encode(text)
    labels = encoded.labels()
    return [labels[at] for at in np.flatnonzero(encoded.column("is_first_of_sentence"))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rained. We left.", ["It", "We"]),
        ('"Why?" he asked. "So!"', ['"', "he", '"']),
        ("Mr. Brown met J. Smith. They ate.", ["Mr", "They"]),
        ("Pi is 3.14. See a.b(c)!", ["Pi", "See"]),
        ("(It is so.) Then", ["(", "Then"]),
        ("Well... no. Yes?! Fine.", ["Well", "no", "Yes", "Fine"]),
        ("One.\n\nTwo.", ["One", "Two"]),
        ("  lead", ["lead"]),
    ],
)
def test_sentences_begin_where_a_reader_says(text: str, expected: list[str]) -> None:
    assert firsts(text) == expected


def test_a_sentence_keeps_its_end_and_closing_quotes() -> None:
    encoded = encode('"Go." He went.')
    assert encoded.column("sentence").tolist() == [0, 0, 0, 0, 1, 1, 1]


def test_a_newline_belongs_to_the_line_it_ends() -> None:
    encoded = encode("a b\n\nc")
    assert encoded.column("line").tolist() == [0, 0, 0, 1, 2]
    assert encoded.column("column").tolist() == [0, 1, 2, 0, 0]
    assert encoded.column("starts_line").tolist() == [True, False, False, True, True]


def test_char_points_at_the_piece_without_its_space() -> None:
    text = "Né  so 😀 x"
    encoded = encode(text)
    strings = encoded.table.pool.strings
    for char, code in zip(encoded.column("char"), encoded.column("text"), strict=True):
        assert text[int(char) :].startswith(strings[code])


def test_occurrence_counts_earlier_pieces_in_any_case() -> None:
    assert encode("The cat, the dog, THE end").column("occurrence").tolist() == [
        0, 0, 0, 1, 0, 1, 2, 0,
    ]  # fmt: skip


@given(TEXTS)
def test_a_prefix_has_the_same_values(text: str) -> None:
    ids = encode(text).ids
    whole = place_columns(builtin_table(), ids)
    for length in range(len(ids)):
        part = place_columns(builtin_table(), ids[:length])
        for name in CAUSAL:
            assert np.array_equal(part[name], whole[name][:length]), name


@given(TEXTS)
def test_a_column_made_alone_is_that_of_all(text: str) -> None:
    ids = encode(text).ids
    for name, column in place_columns(builtin_table(), ids).items():
        alone = place_columns(builtin_table(), ids, names=[name])
        assert list(alone) == [name]
        assert alone[name].dtype == column.dtype
        assert np.array_equal(alone[name], column), name


@given(st.lists(TEXTS, max_size=5))
def test_packed_texts_have_the_columns_of_each_alone(texts: list[str]) -> None:
    encoded = [encode(text) for text in texts]
    ids = np.concatenate([np.zeros(0, np.int64), *[one.ids for one in encoded]])
    sizes = [one.n for one in encoded]
    starts = np.cumsum([0, *sizes[:-1]]) if texts else np.zeros(0, np.int64)
    packed = place_columns(builtin_table(), ids, starts)
    for name, column in packed.items():
        alone = [one.column(name) for one in encoded]
        assert np.array_equal(column, np.concatenate([column[:0], *alone])), name


@given(st.lists(TEXTS, max_size=5), st.booleans())
def test_places_made_together_are_those_made_alone(texts: list[str], one_is_made: bool) -> None:
    together = [encode(text) for text in texts]
    if one_is_made and together:
        together[0].column("i")
    place_together(together, CAUSAL)
    for text, found in zip(texts, together, strict=True):
        alone = encode(text)
        for name in CAUSAL:
            assert np.array_equal(found.column(name), alone.column(name)), name
            assert not found.column(name).flags.writeable


def walk(table: PieceTable, ids: list[int]) -> dict[str, list[float]]:
    """The place columns by walking through the text once, as the module's docstring has them."""
    found: dict[str, list[float]] = {name: [] for name in WALKED}
    word = sentence = -1
    line = column = characters = quotes = 0
    real_seen = False
    seen: dict[int, int] = {}
    marks: list[dict[str, Any]] = []
    joined: list[bool] = []
    anchor: int | None = None
    nothing = dict.fromkeys(table.marks, 0)
    for at, piece in enumerate(ids):
        m = {name: values[piece] for name, values in table.marks.items()}
        p = marks[-1] if marks else nothing
        gap = at == 0 or m["space"] or p["gap"] or p["breaks"]
        continues = not gap and m["goes_on"] and joined[-1]
        starts_word = m["special"] or (not m["blank"] and (not continues or p["special"]))
        joined.append(m["lets_on"] or (m["apostrophe"] and not gap and p["lets_on"]))
        closes = m["closer"] and (not gap if table.spaces else not m["straight"] or quotes % 2 == 1)
        if anchor is None:
            ended = True
        else:
            a, before = marks[anchor], marks[anchor - 1] if anchor else nothing
            ended = a["breaks"] or (a["ends"] and not (a["dot"] and before["abbreviation"]))
        first = ended and gap and not (m["blank"] or m["breaks"] or m["stops"] or closes)
        starts_line = at == 0 or p["newline"]
        line += bool(at and p["newline"])
        column = 0 if starts_line else column + 1
        word += bool(starts_word)
        sentence += bool(first)
        unspaced = table.prefix and not m["special"] and not real_seen and m["space"]
        skipped = 0 if unspaced else m["skipped"]
        row = (
            at, max(word, 0), max(sentence, 0), line, column,
            max(characters + skipped - m["inside"], 0), starts_word, starts_line, first,
            seen.get(table.columns["lower"][piece], 0),
        )  # fmt: skip
        for name, value in zip(WALKED, row, strict=True):
            found[name].append(float(value))
        characters += m["characters"] - bool(unspaced)
        quotes += m["double_quotes"]
        real_seen |= not m["special"]
        seen[table.columns["lower"][piece]] = seen.get(table.columns["lower"][piece], 0) + 1
        marks.append(m)
        if not m["blank"] and not closes:
            anchor = at
    return found


WALKED = (
    "i", "word", "sentence", "line", "column", "char",
    "starts_word", "starts_line", "is_first_of_sentence", "occurrence",
)  # fmt: skip


@given(
    text=TEXTS,
    kind=st.sampled_from(["built-in", "byte_level", "metaspace", "byte_fallback", "wordpiece"]),
)
def test_columns_are_those_of_one_walk_through_the_text(
    tables: dict[str, PieceTable], text: str, kind: str
) -> None:
    table = tables[kind]
    encoded = encode(text, table)
    for name, values in walk(table, encoded.ids.tolist()).items():
        assert encoded.column(name).tolist() == values, name


@given(
    numbers=st.lists(st.integers(0, 10**6), max_size=25),
    kind=st.sampled_from(["byte_level", "wordpiece"]),
)
def test_so_are_those_of_any_ids(
    tables: dict[str, PieceTable], numbers: list[int], kind: str
) -> None:
    table = tables[kind]
    ids = np.array(numbers, np.int64) % table.size
    columns = place_columns(table, ids)
    for name, values in walk(table, ids.tolist()).items():
        assert columns[name].tolist() == values, name
