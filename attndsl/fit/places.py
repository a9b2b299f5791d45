"""Where the weight of a pattern rests, and where its content lies.

A row *rests* on keys that it looks at when it finds nothing: key 0 where the mask is causal or a
window, the special tokens of a text where every key is seen. What it does with the remainder is its
*content*. Row 0 is left out of all measures: under a causal mask it has no choice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from attndsl.heads.packing import Rows, row_starts
from attndsl.language.mask import Mask
from attndsl.tokens.pieces import PieceTable

Cells = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Places:
    """The packed cells of one text: `content` is 1 in cells of content, else 0.

    `resting` are the resting cells of the `rows` that are measured, and `row_of` says in which row
    each is; `single` says that no row has two of them, so that a row's rest is a cell.
    """

    content: NDArray[np.float32]
    resting: Cells
    row_of: Cells
    rows: int
    single: bool


def places(
    mask: Mask,
    ids: Sequence[int] | Cells,
    special: Collection[int] = (),
    rows: Rows | None = None,
) -> Places:
    """The places of a text under a mask; `special` are the ids of the special tokens.

    Of some rows alone, none of them row 0, where those are given.

    >>> found = places(Mask("causal"), [5, 6, 7])
    >>> found.resting, found.content, found.rows
    (array([1, 3]), array([0., 0., 1., 0., 1., 1.], dtype=float32), 2)
    """
    keys = resting_keys(mask, ids, special)
    return _places(mask, len(ids), keys) if rows is None else _of_rows(mask, len(ids), keys, rows)


def resting_keys(
    mask: Mask, ids: Sequence[int] | Cells, special: Collection[int]
) -> tuple[int, ...]:
    """Key 0, or where every key is seen the special tokens."""
    if mask.kind == "full":
        return tuple(at for at, one in enumerate(ids) if int(one) in special)
    return (0,) if len(ids) else ()


def special_ids(table: PieceTable) -> frozenset[int]:
    """The ids of the special tokens, on which an encoder's heads rest."""
    return frozenset(np.flatnonzero(table.columns["is_special"]).tolist())


def _of_rows(mask: Mask, length: int, keys: tuple[int, ...], rows: Rows) -> Places:
    starts, first = row_starts(mask, length, rows), mask.first(rows)[:, None]
    resting_key = np.array(keys, dtype=np.int64)[None]
    row_of, which = np.nonzero(mask.sees(rows[:, None], resting_key))
    resting = (starts[:-1, None] + resting_key - first)[row_of, which]
    content = np.ones(int(starts[-1]), dtype=np.float32)
    content[resting] = 0
    single = bool(np.bincount(row_of, minlength=1).max() <= 1)
    return Places(content, resting, row_of, len(rows), single)


@lru_cache(maxsize=256)
def _places(mask: Mask, length: int, keys: tuple[int, ...]) -> Places:
    starts = row_starts(mask, length)
    seen = [mask.visible(query, length) for query in range(length)]
    content = np.ones(int(starts[-1]), dtype=np.float32)
    content[: int(starts[min(1, length)])] = 0
    cells, rows = [], []
    for query in range(1, length):
        first, last = seen[query]
        cells += [int(starts[query]) + key - first for key in keys if first <= key <= last]
        rows += [query - 1 for key in keys if first <= key <= last]
    resting, row_of = np.array(cells, dtype=np.int64), np.array(rows, dtype=np.int64)
    content[resting] = 0
    for array in (content, resting, row_of):
        array.setflags(write=False)
    return Places(content, resting, row_of, max(0, length - 1), len(set(rows)) == len(rows))
