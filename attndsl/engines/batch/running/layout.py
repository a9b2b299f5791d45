"""Many short texts as one ragged batch: tokens end to end, cells row by row, in blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from attndsl.language.mask import FULL, Mask

BLOCK = 1024  # cells an instruction works on; a register of float64 then takes 8 KB
Ints = npt.NDArray[np.int64]
# `line`: each token once, a text a row; `mask`: the visible cells where no key comes after its
# query; `square`: all cells.
Area = Literal["line", "mask", "square"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Where each text lies in the concatenated tokens."""

    starts: Ints  # one more than texts
    text_of: Ints
    base: Ints  # of each token, the first token of its text
    count: Ints  # of each token, the length of its text
    square: Ints  # of each token, where its text's n x n matrix starts

    @property
    def total(self) -> int:
        return int(self.starts[-1])

    @property
    def squares(self) -> int:
        lengths = np.diff(self.starts)
        return int((lengths * lengths).sum())


def place_tokens(lengths: Sequence[int]) -> Tokens:
    sizes = np.asarray(lengths, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    text_of = np.repeat(np.arange(len(sizes)), sizes)
    squares = np.concatenate([[0], np.cumsum(sizes * sizes)])
    return Tokens(starts, text_of, starts[text_of], sizes[text_of], squares[text_of])


@dataclass(frozen=True, slots=True)
class CellLayout:
    """The rows of an area, end to end; what the machine needs to know of each.

    A row is a query's visible keys or, in a line, a whole text. Its cells are the tokens
    `row_keys[r]`, `row_keys[r] + 1` and so on.
    """

    tokens: Tokens
    row_starts: Ints  # the first cell of each row, one more than rows
    row_tokens: Ints  # the query's token
    row_keys: Ints  # the first key's token
    block_rows: Ints  # block b holds rows block_rows[b]..block_rows[b + 1]
    width: int  # of a register: cells of the largest block

    @property
    def cells(self) -> int:
        return int(self.row_starts[-1] - self.row_starts[0])


def place_cells(
    tokens: Tokens, mask: Mask, first_rows: Sequence[int] | None = None, first_cell: int = 0
) -> CellLayout:
    """Visible cells of every text, from row `first_rows[text]` on, counted from `first_cell`."""
    lengths = np.diff(tokens.starts)
    position = np.arange(tokens.total) - tokens.base
    kept = np.arange(tokens.total)
    if first_rows is not None:
        firsts = np.minimum(np.asarray(first_rows, dtype=np.int64), lengths)
        kept = np.flatnonzero(position >= firsts[tokens.text_of])
    return place_rows(tokens, mask, kept, first_cell)


def place_rows(tokens: Tokens, mask: Mask, kept: Ints, first_cell: int) -> CellLayout:
    """Visible cells of some rows, by the tokens that are their queries."""
    own, count = kept - tokens.base[kept], tokens.count[kept]
    low = mask.first(own)
    high = count - 1 if mask.kind == "full" else own
    row_starts = np.full(len(kept) + 1, first_cell, dtype=np.int64)
    row_starts[1:] += np.cumsum(high - low + 1)
    return CellLayout(tokens, row_starts, kept, tokens.base[kept] + low, *_blocks(row_starts))


def place_squares(tokens: Tokens) -> CellLayout:
    """All n x n cells of every text."""
    return place_cells(tokens, FULL)


def place_line(tokens: Tokens) -> CellLayout:
    """Every token as one cell, both row and key; a row is a whole text."""
    starts = tokens.starts
    firsts = np.minimum(starts[:-1], tokens.total - 1)  # an empty text at the end has no token
    return CellLayout(tokens, starts, firsts, firsts, *_blocks(starts))


def _blocks(row_starts: Ints) -> tuple[Ints, int]:
    """Cut the rows into runs of about BLOCK cells; a longer row is a block of its own."""
    from attndsl.engines.batch.machine.rows import cut_blocks

    limit = max(BLOCK, int(np.diff(row_starts).max(initial=0)))
    return cut_blocks(row_starts, limit), limit
