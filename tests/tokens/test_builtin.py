"""The built-in tokenizer: nothing lost, every column of the vocabulary, the same in every run."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attndsl.language.diagnostics import AttndslError
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens import builtin_table, encode, from_ids
from tests.tokens.numbers import numbered_table

TEXTS = st.text(alphabet=st.sampled_from("ab cT\n\t.,!?\"'()_1é—😀　"), max_size=40) | st.text(
    max_size=20
)
KINDS = {Type.BOOL: "b", Type.NUMBER: "f", Type.TEXT: "i", Type.POSITION: "i"}


@given(TEXTS)
def test_pieces_put_together_are_the_text(text: str) -> None:
    encoded = encode(text)
    raws = [encoded.table.pool.strings[code] for code in encoded.column("raw")]
    assert "".join(raws) == text
    assert [text[start:end] for start, end in encoded.offsets] == raws


def test_every_column_of_the_vocabulary_is_there_with_its_type() -> None:
    encoded = encode('He said "no", twice.\n')
    for attribute in ATTRIBUTES.values():
        if attribute.level != "linguistics":
            column = encoded.column(attribute.name)
            assert column.shape == (encoded.n,), attribute.name
            assert column.dtype.kind == KINDS[attribute.type], attribute.name
            assert not column.flags.writeable


def test_the_table_holds_just_the_piece_and_class_levels() -> None:
    wanted = {a.name for a in ATTRIBUTES.values() if a.level in ("piece", "class")}
    assert set(builtin_table().columns) == wanted


def test_ids_that_programs_see_do_not_depend_on_what_was_read_before() -> None:
    code = "from attndsl.tokens import encode; {} print(encode('the cat').column('id').tolist())"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code.format(before)],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        ).stdout
        for before in ("", "encode('dogs and a cat');")
    ]
    assert runs[0] == runs[1]


@given(TEXTS)
def test_decoding_the_ids_gives_text_and_offsets_back(text: str) -> None:
    encoded = encode(text)
    again = from_ids(encoded.table, encoded.ids)
    assert again.text == text.encode("utf-8", "replace").decode()
    if text.isprintable():
        assert np.array_equal(again.offsets, encoded.offsets)


def test_words_of_labels_show_white_space() -> None:
    assert encode("a  b\n\tc").labels() == ["a", "␣", "b", "⏎", "⇥", "c"]


def test_ids_that_a_table_lacks_are_refused() -> None:
    table = numbered_table(3)
    with pytest.raises(AttndslError, match="from 0 to 3 don't fit the tokenizer numbers-3"):
        from_ids(table, np.array([0, 3]))


def test_ids_of_a_text_cut_short_keep_the_text_they_cover() -> None:
    whole = encode("Tim ran home.")
    part = from_ids(whole.table, whole.ids[:2], "Tim ran home.")
    assert part.text == "Tim ran"
    assert part.offsets.tolist() == [[0, 3], [3, 7]]
    other = from_ids(whole.table, whole.ids[:2], "Something else")
    assert other.text == "Tim ran"


def test_a_text_travels_to_other_processes() -> None:
    encoded = encode("Said Tim.")
    again = pickle.loads(pickle.dumps(encoded))
    for name in ("raw", "word", "id"):
        assert np.array_equal(again.column(name), encoded.column(name))


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(AttndslError, match="no column 'verb'; there are i, word, "):
        encode("a cat").column("verb")
