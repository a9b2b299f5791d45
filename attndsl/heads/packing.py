"""Packed patterns: the visible cells of a square pattern, row by row, keys ascending."""

import numpy as np
from numpy.typing import NDArray

from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask

Array = NDArray[np.floating]
Rows = NDArray[np.int64]


def row_starts(mask: Mask, length: int, rows: Rows | None = None) -> NDArray[np.int64]:
    """Where each query's cells begin, and at the end how many there are: length + 1 numbers.

    Of some rows alone likewise, one after the other.

    >>> row_starts(Mask("causal"), 3), row_starts(Mask("window", 2), 3)
    (array([0, 1, 3, 6]), array([0, 1, 3, 5]))
    >>> row_starts(Mask("causal"), 9, np.array([2, 8]))
    array([ 0,  3, 12])
    """
    queries = np.arange(length, dtype=np.int64) if rows is None else rows
    last = length - 1 if mask.kind == "full" else queries
    return np.concatenate(([0], np.cumsum(last - mask.first(queries) + 1)))


def _visible(mask: Mask, length: int) -> NDArray[np.bool_]:
    return np.asarray(mask.sees(*np.ogrid[:length, :length]))


def pack(square: Array, mask: Mask) -> Array:
    """`[..., n, n]` to `[..., cells]`; what the mask hides is dropped.

    >>> pack(np.arange(9.0).reshape(3, 3), Mask("causal"))
    array([0., 3., 4., 6., 7., 8.])
    """
    length = square.shape[-1]
    if square.ndim < 2 or square.shape[-2] != length:
        raise AttndslError(f"a pattern is square, not {'x'.join(map(str, square.shape[-2:]))}")
    return np.ascontiguousarray(square[..., _visible(mask, length)])


def unpack(packed: Array, mask: Mask, length: int) -> Array:
    """`[..., cells]` to `[..., n, n]` with zeros where the mask hides."""
    check_cells(packed.shape[-1], mask, length, "the pattern")
    square = np.zeros((*packed.shape[:-1], length, length), dtype=packed.dtype)
    square[..., _visible(mask, length)] = packed
    return square


def cells_within(
    outer: Mask, inner: Mask, length: int, rows: Rows | None = None
) -> NDArray[np.int64]:
    """Which of the outer mask's packed cells are the inner one's, in its order.

    >>> cells_within(Mask("causal"), Mask("window", 2), 3)
    array([0, 1, 2, 4, 5])
    """
    queries = np.arange(length) if rows is None else rows
    seen, inside = (
        np.asarray(mask.sees(queries[:, None], np.arange(length)[None])) for mask in (outer, inner)
    )
    return np.flatnonzero(inside[seen])


def check_cells(cells: int, mask: Mask, length: int, what: str) -> None:
    """Refuse a pattern that is not of this text under this mask."""
    wanted = mask.cells(length)
    if cells != wanted:
        raise AttndslError(
            f"{what} has {cells} cells; {length} tokens under a {mask.kind} mask have {wanted}"
        )
