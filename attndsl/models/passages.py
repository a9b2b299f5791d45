"""Texts as the model reads them: encoded, and split where they are longer than its context."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import several
from attndsl.models.loading import LoadedModel


@dataclass(frozen=True, eq=False, slots=True)
class Passage:
    """A text, or a piece of one: `source` is the number of the text, `start` its first token."""

    ids: NDArray[np.int64]
    text: str
    source: int
    start: int


def expect_words(given: Sequence[str]) -> tuple[str, ...]:
    """The texts of a list; one without a list is refused, else each of its letters were one."""
    return several(given, str, "text", "a list of texts is wanted, ['The cat sat', ...]")


def passages(
    loaded: LoadedModel,
    texts: Sequence[str],
    longest: int | None = None,
    stride: int | None = None,
) -> tuple[tuple[Passage, ...], tuple[str, ...]]:
    """The passages of some texts, and notes on what was split or left out."""
    most = min(longest or loaded.context, loaded.context)
    if most < 1 or (stride is not None and not 1 <= stride <= most):
        raise AttndslError(
            f"pieces of {most} tokens every {stride if stride is not None else most}: "
            f"both must be at least 1, and the stride at most {most}"
        )
    kept: list[Passage] = []
    empty = split = 0
    for number, text in enumerate(texts):
        ids = loaded.encode(text) if text.strip() else np.zeros(0, dtype=np.int64)
        if len(ids) == 0:
            empty += 1
            continue
        if len(ids) <= most:
            kept.append(Passage(ids, text, number, 0))
            continue
        split += 1
        kept += [
            Passage(piece, decoded(loaded, piece), number, start)
            for start, piece in pieces(ids, special_ends(loaded, text), most, stride or most)
        ]
    if not kept:
        raise AttndslError("there is no text to read: all of them are empty")
    notes = []
    if empty:
        notes.append(f"{empty} empty {'text was' if empty == 1 else 'texts were'} left out")
    if split:
        notes.append(
            f"{split} {'text' if split == 1 else 'texts'} longer than {most} tokens split into "
            f"pieces that begin {stride or most} tokens apart: {len(kept)} passages in all"
        )
    return tuple(kept), tuple(notes)


def pieces(
    ids: NDArray[np.int64], ends: tuple[int, int], most: int, stride: int
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """The pieces of a text and where each begins; every one has the special tokens at its ends.

    >>> [piece.tolist() for _, piece in pieces(np.arange(9), (1, 1), most=5, stride=5)]
    [[0, 1, 2, 3, 8], [0, 4, 5, 6, 8], [0, 7, 8]]
    """
    first, last = ends if sum(ends) < most else (0, 0)
    inner, room = ids[first : len(ids) - last], most - first - last
    for start in window_starts(len(inner), room, min(stride, room)):
        piece = inner[start : start + room]
        yield start, np.concatenate((ids[:first], piece, ids[len(ids) - last :]))


def special_ends(loaded: LoadedModel, text: str) -> tuple[int, int]:
    """How many special tokens the tokenizer puts before a text, and behind it."""
    bare = loaded.needed_tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    whole = loaded.encode(text).tolist()
    extra = len(whole) - len(bare)
    for first in range(extra + 1):
        if whole[first : first + len(bare)] == bare:
            return first, extra - first
    return 0, 0


def decoded(loaded: LoadedModel, ids: NDArray[np.int64]) -> str:
    return str(loaded.needed_tokenizer.decode(ids, skip_special_tokens=True))


def window_starts(length: int, most: int, stride: int) -> tuple[int, ...]:
    """Where the pieces of a text begin; the last one reaches the end.

    >>> window_starts(10, 4, 3), window_starts(4, 4, 4)
    ((0, 3, 6), (0,))
    """
    if length <= most:
        return (0,)
    last = -(-(length - most) // stride)
    return tuple(stride * at for at in range(last + 1))
