"""Tables of fast tokenizers of each kind: clean texts, bytes, special tokens, char and offsets."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attndsl.language.diagnostics import AttndslError
from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens import Encoded, PieceTable, encode, from_ids, place_columns, table_of

KINDS = ("byte_level", "metaspace", "byte_fallback", "wordpiece")
ALL = ("built-in", *KINDS)
STORY = '"Where is my naïve cat?" asked Mr. Brown.\nHe paid 3 😀 for it. Mom said, "Go!" Then 日本'
TEXTS = st.text(alphabet=st.sampled_from("ab cT\n.,!?\"'()_1é—😀"), max_size=30)
CAUSAL = [
    name
    for name, attribute in ATTRIBUTES.items()
    if attribute.level != "linguistics" and name != "next"
]


def texts_of(encoded: Encoded, name: str) -> list[str]:
    return [encoded.table.pool.strings[code] for code in encoded.column(name)]


def piece(table: PieceTable, raw: str) -> int:
    return table.raws.index(raw)


@pytest.mark.parametrize("kind", KINDS)
def test_clean_texts_hold_no_marker(tables: dict[str, PieceTable], kind: str) -> None:
    encoded = encode(STORY, tables[kind])
    joined = "".join(texts_of(encoded, "text"))
    for marker in ("Ġ", "Ċ", "▁", "##", "<0x"):
        assert marker not in joined
    text = STORY.lower().replace("ï", "i") if kind == "wordpiece" else STORY
    for word in ("cat", "for", "it"):
        assert word in text
        assert word in joined


@pytest.mark.parametrize("kind", KINDS)
def test_columns_are_just_those_of_the_vocabulary(tables: dict[str, PieceTable], kind: str) -> None:
    wanted = {a.name for a in ATTRIBUTES.values() if a.level in ("piece", "class")}
    assert set(tables[kind].columns) == wanted
    assert {len(column) for column in tables[kind].columns.values()} == {tables[kind].size}


def test_pieces_that_are_part_of_a_character_have_no_text(tables: dict[str, PieceTable]) -> None:
    table = tables["byte_level"]
    encoded = encode("a 😀😀 b", table)
    parts = [at for at, text in enumerate(texts_of(encoded, "text")) if not text]
    assert len(parts) >= 4
    for name in ("is_blank", "is_alpha", "is_punct", "is_special"):
        assert not encoded.column(name)[parts].any(), name
    char = encoded.column("char")[parts]
    assert set(char.tolist()) == {2.0, 3.0}
    assert encoded.column("char")[-1] == 5.0


@pytest.mark.parametrize("kind", ["metaspace", "byte_fallback", "wordpiece"])
def test_special_tokens_are_named_and_are_words_of_their_own(
    tables: dict[str, PieceTable], kind: str
) -> None:
    encoded = encode("The end.", tables[kind])
    names = texts_of(encoded, "text")
    wrapped = ("[CLS]", "[SEP]") if kind == "wordpiece" else ("<s>", "</s>")
    assert (names[0], names[-1]) == wrapped
    special = encoded.column("is_special")
    assert special.tolist() == [True, *[False] * (encoded.n - 2), True]
    assert encoded.column("is_bos")[0]
    assert encoded.column("is_sep")[-1]
    assert encoded.table.bos_id == encoded.ids[0]
    assert encoded.column("starts_word")[[0, 1, -1]].all()
    assert not any(
        encoded.column(name)[[0, -1]].any() for name in ("is_open", "is_punct", "is_alpha")
    )
    assert np.flatnonzero(encoded.column("is_first_of_sentence")).tolist() == [1]


def test_bytes_that_are_a_character_have_its_text(tables: dict[str, PieceTable]) -> None:
    encoded = encode("a\n\t☃", tables["byte_fallback"])
    assert texts_of(encoded, "raw")[2:4] == ["<0x0A>", "<0x09>"]
    assert texts_of(encoded, "text")[1:-1] == ["a", "\n", "\t", "", "", ""]
    assert encoded.column("line").tolist() == [0, 0, 0, 1, 1, 1, 1, 1]
    assert encoded.column("char").tolist() == [0, 0, 1, 2, 3, 3, 3, 4]


def test_a_mask_ends_no_sentence(tables: dict[str, PieceTable]) -> None:
    encoded = encode("the [MASK] was red. it was", tables["wordpiece"])
    lowers = texts_of(encoded, "text")
    firsts = np.flatnonzero(encoded.column("is_first_of_sentence"))
    assert len(firsts) == 2
    assert firsts[0] == 1
    assert lowers[firsts[1]][0] == "i"


def test_pieces_of_several_signs_have_all_their_flags() -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    raws = ["a", "Ġa", '."', ".Ċ", ").", ",", "Ġ--", "'s", "ĠMr", "Ċ", "ĠĠ", "Ġ", '?"', "Ã", "©"]
    backend = Tokenizer(models.BPE(vocab={raw: at for at, raw in enumerate(raws)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    table = table_of(PreTrainedTokenizerFast(tokenizer_object=backend))

    def flags(raw: str) -> set[str]:
        return {
            name.removeprefix("is_")
            for name, column in table.columns.items()
            if column.dtype == bool and column[piece(table, raw)]
        }

    assert flags('."') == {"sentence_end", "quote", "punct"}
    assert flags(".Ċ") == {"sentence_end", "newline"}
    assert flags(").") == {"close", "sentence_end", "punct"}
    assert flags("'s") == {"auxiliary", "function_word", "has_letter"}
    assert flags("ĠMr") == {"alpha", "title", "content_word", "has_letter"}
    assert flags("Ċ") == {"newline", "blank"}
    assert flags("ĠĠ") == flags("Ġ") == {"blank"}
    assert flags("Ã") == flags("©") == set()
    texts = [table.pool.strings[code] for code in table.columns["text"]]
    assert texts == [
        "a",
        "a",
        '."',
        ".\n",
        ").",
        ",",
        "--",
        "'s",
        "Mr",
        "\n",
        "  ",
        " ",
        '?"',
        "",
        "",
    ]


@given(text=TEXTS)
def test_byte_level_ids_decode_to_the_text(tables: dict[str, PieceTable], text: str) -> None:
    table = tables["byte_level"]
    encoded = encode(text, table)
    again = from_ids(table, encoded.ids)
    assert again.text == text
    assert np.array_equal(again.offsets, encoded.offsets)
    for char, (start, end), clean in zip(
        encoded.column("char"), encoded.offsets, texts_of(encoded, "text"), strict=True
    ):
        assert start <= char <= end
        assert text[int(char) :].startswith(clean)


@given(text=TEXTS, kind=st.sampled_from(["metaspace", "byte_fallback"]))
def test_ids_decode_as_the_tokenizer_decodes_them(
    trained: dict[str, Any], text: str, kind: str
) -> None:
    tokenizer = trained[kind]
    table = table_of(tokenizer)
    ids = [i for i in encode(text, table).ids if not table.columns["is_special"][i]]
    assert table.decode(np.array(ids, np.int64))[0] == tokenizer.decode(
        ids, clean_up_tokenization_spaces=False
    )


@given(texts=st.lists(TEXTS, min_size=1, max_size=3), kind=st.sampled_from(ALL))
def test_columns_are_causal_and_the_same_packed(
    tables: dict[str, PieceTable], texts: list[str], kind: str
) -> None:
    table = tables[kind]
    encoded = [encode(text, table) for text in texts]
    starts = np.cumsum([0, *[one.n for one in encoded]])[:-1]
    packed = place_columns(table, np.concatenate([one.ids for one in encoded]), starts)
    for name, column in packed.items():
        assert np.array_equal(column, np.concatenate([one.column(name) for one in encoded])), name
    one = encoded[0]
    for length in range(one.n + 1):
        part = from_ids(table, one.ids[:length])
        for name in CAUSAL:
            assert np.array_equal(part.column(name), one.column(name)[:length]), name


@given(numbers=st.lists(st.integers(0, 10**6), max_size=20), kind=st.sampled_from(KINDS))
def test_any_ids_have_columns_labels_and_a_text(
    tables: dict[str, PieceTable], numbers: list[int], kind: str
) -> None:
    table = tables[kind]
    encoded = from_ids(table, np.array(numbers, np.int64) % table.size)
    for name in CAUSAL:
        assert len(encoded.column(name)) == encoded.n
    for name in ("i", "word", "sentence", "line", "column", "char", "occurrence"):
        assert (encoded.column(name) >= 0).all(), name
    assert len(encoded.labels()) == encoded.n
    assert len(encoded.offsets) == encoded.n
    assert encoded.offsets.max(initial=0) <= len(encoded.text)


def test_a_table_is_made_once_and_embeddings_give_another(trained: dict[str, Any]) -> None:
    tokenizer = trained["byte_level"]
    table = table_of(tokenizer)
    assert table_of(tokenizer) is table
    rng = np.random.default_rng(0)
    own = table_of(tokenizer, rng.normal(size=(table.size + 5, 8)))
    assert (own.similarity.source, table.similarity.source) == ("model", "letters")
    assert own.size == table.size + 5
    assert own.fingerprint == table.fingerprint
    assert from_ids(own, np.array([own.size - 1])).column("text").tolist() == [0]


def test_fingerprints_tell_tokenizers_apart(tables: dict[str, PieceTable]) -> None:
    assert len({table.fingerprint for table in tables.values()}) == len(tables)


def test_a_slow_tokenizer_is_refused_by_name() -> None:
    class Slow:
        pass

    with pytest.raises(AttndslError, match="Slow is not a fast tokenizer"):
        table_of(Slow())
