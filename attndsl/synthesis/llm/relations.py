"""Kinds of tokens and of pairs that a summary counts, each written as a program would write it."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from attndsl.tokens.encoded import Encoded

Flags = NDArray[np.bool_]
FLAGS = (
    "is_punct", "is_sentence_end", "is_pause", "is_quote", "is_newline", "is_title", "is_digit",
    "is_special", "is_determiner", "is_pronoun", "is_preposition", "is_conjunction",
    "is_auxiliary", "is_content_word", "is_first_of_sentence",
)  # fmt: skip
PARTS = ("NOUN", "VERB", "ADJ", "ADV", "PROPN")
NEAREST = (
    "is_pause", "is_sentence_end", "is_quote", "is_newline", "is_conjunction", "is_pronoun",
    "is_determiner", "is_preposition", "is_auxiliary", "is_title", "is_content_word",
)  # fmt: skip


def kinds(text: Encoded) -> dict[str, Flags]:
    """Kinds of tokens by the test on `t` that tells them."""
    flags = {f"t.{name}": np.asarray(text.column(name), bool) for name in FLAGS}
    flags["not t.starts_word"] = ~np.asarray(text.column("starts_word"), bool)
    part, pool = text.column("usual_pos"), text.table.pool
    for name in PARTS:
        flags[f't.usual_pos == "{name}"'] = part == pool.code(name)
    return flags


def common(text: Encoded) -> Iterator[tuple[str, Flags]]:
    """The different words and signs of a text, in lower case, and where they stand."""
    lower, pool = text.column("lower"), text.table.pool
    for code in np.unique(lower):
        word = pool.strings[code]
        if word.strip() and word.isprintable() and '"' not in word and "\\" not in word:
            yield word, lower == code


def pairs(text: Encoded) -> Iterator[tuple[str, Flags]]:
    """Kinds of pairs [query, key] by the condition on `q` and `k` that tells them."""
    lower, sentence = text.column("lower"), text.column("sentence")
    word, starts = text.column("word"), np.asarray(text.column("starts_word"), bool)
    same = lower[:, None] == lower[None, :]
    yield "k.lower == q.lower", same
    before = np.zeros_like(same)
    before[:, 1:] = same[:, :-1]
    yield "k.prev.lower == q.lower", before
    yield "k.word == q.word", (word[:, None] == word[None, :]) & ~(starts[:, None] & starts[None])
    yield "k.sentence == q.sentence", sentence[:, None] == sentence[None, :]
    yield "k.sentence == q.sentence - 1", sentence[:, None] == sentence[None, :] + 1
    flags = kinds(text)
    opens = flags["t.is_first_of_sentence"][None, :]
    yield (
        "k.is_first_of_sentence and k.sentence == q.sentence",
        opens & (sentence[:, None] == sentence[None, :]),
    )
    tests = [f"t.{name}" for name in NEAREST] + [f't.usual_pos == "{part}"' for part in PARTS]
    for test in tests:
        yield f"k == last(t for t in before(q) if {test})", nearest(flags[test])


def nearest(flags: Flags) -> Flags:
    """For each query the last key before it that has the flag.

    >>> nearest(np.array([True, False, False])).astype(int).tolist()
    [[0, 0, 0], [1, 0, 0], [1, 0, 0]]
    """
    size = len(flags)
    where = np.maximum.accumulate(np.where(flags, np.arange(size), -1))
    cells = np.zeros((size, size), bool)
    for query in range(1, size):
        if where[query - 1] >= 0:
            cells[query, where[query - 1]] = True
    return cells
