"""From texts and ids to `Encoded`; the built-in tokenizer, which needs nothing but NumPy.

The built-in tokenizer splits a text into words (a leading space goes with the word, as in most
models), numbers, runs of one punctuation mark, line breaks and other white space; nothing is lost
or added, so there is no token for the beginning. Its vocabulary grows as it meets new pieces: an id
is a place in its table and depends on what was read before. The column `id`, which programs see, is
made from the piece's letters, and so is the same in every run.
"""

from functools import cache

import numpy as np

from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import expect_kind
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import Ids, Offsets, PieceTable, plain_pieces
from attndsl.tokens.pool import TextPool
from attndsl.tokens.splitting import cut, stable_id


class BuiltinSplitter:
    """Splits texts and lets the built-in table grow with the pieces it hasn't met."""

    __slots__ = ("codes", "table")

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}
        self.table: PieceTable | None = None

    def __call__(self, text: str) -> tuple[Ids, Offsets]:
        assert self.table is not None
        words = cut(text)
        raws = [text[start:end] for start, end in words]
        new = [raw for raw in dict.fromkeys(raws) if raw not in self.codes]
        if new:
            self.codes.update((raw, self.table.size + at) for at, raw in enumerate(new))
            numbers = np.array([stable_id(raw) for raw in new], np.float64)
            self.table.grow(plain_pieces(new, numbers))
        ids = np.fromiter((self.codes[raw] for raw in raws), np.int64, len(raws))
        return ids, np.array(words, np.int64).reshape(-1, 2)


@cache
def builtin_table() -> PieceTable:
    """The table of the built-in tokenizer, one for the process."""
    splitter = BuiltinSplitter()
    splitter.table = PieceTable("built-in", "builtin-1", TextPool(), splitter)
    splitter.table.grow(plain_pieces(["\n"], np.array([stable_id("\n")], np.float64)))
    splitter.codes["\n"] = 0
    return splitter.table


def encode(text: str, table: PieceTable | None = None) -> Encoded:
    """Split a text, with the built-in tokenizer or with that of a table.

    >>> encoded = encode("Don't stop, Tim!")
    >>> encoded.labels()
    ["Don't", 'stop', ',', 'Tim', '!']
    """
    expect_kind(text, str, "text", "a text is a str, such as 'The cat sat'")
    table = builtin_table() if table is None else table
    expect_table(table)
    ids, offsets = table.split(text)
    return Encoded(table, ids, text, offsets)


def expect_table(given: object) -> None:
    """Refuse what is no tokenizer's table, such as a model's name."""
    how = "a loaded model has one, attndsl.load_model(NAME).table"
    expect_kind(given, PieceTable, "tokenizer's table", how)


def read_as(given: object) -> Encoded:
    """A text as tokens: as it is, or words by the built-in tokenizer."""
    if isinstance(given, Encoded):
        return given
    how = "give words, or what attndsl.encode(TEXT, loaded.table) reads as a model does"
    expect_kind(given, str, "text", how)
    return encode(str(given))


def from_ids(table: PieceTable, ids: Ids, text: str | None = None) -> Encoded:
    """Ids that a model saw; with their text where it is known.

    The text is used where the tokenizer splits it into these ids, or into these and more (a text
    cut short); else the ids are decoded.
    """
    ids = np.asarray(ids, np.int64)
    if len(ids) and not 0 <= ids.min() <= ids.max() < table.size:
        raise AttndslError(
            f"ids from {ids.min()} to {ids.max()} don't fit the tokenizer {table.name}, which has"
            f" {table.size} pieces"
        )
    if text is not None:
        again, offsets = table.split(text)
        if np.array_equal(again[: len(ids)], ids):
            offsets = offsets[: len(ids)]
            end = len(text) if len(again) == len(ids) else int(offsets.max(initial=0))
            return Encoded(table, ids, text[:end], offsets)
    return Encoded(table, ids)
