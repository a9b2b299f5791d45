"""Rows over all keys as visible cells end to end, as heads are stored, and back."""

import numpy as np
from numpy.typing import NDArray

from attndsl.language.mask import Mask

Floats = NDArray[np.float32]


def packed(rows: Floats, mask: Mask, first_row: int) -> Floats:
    """`[P, rows, length]`, rows from `first_row` on, as `[P, cells]`.

    >>> rows = np.array([[[1, 2, 0], [3, 4, 5]]], dtype=np.float32)
    >>> packed(rows, Mask(), 1).tolist()
    [[1.0, 2.0, 3.0, 4.0, 5.0]]
    """
    _, height, length = rows.shape
    queries = np.arange(first_row, first_row + height)[:, None]
    return rows[:, np.asarray(mask.sees(queries, np.arange(length)[None, :]))]


def unpacked(cells: Floats, mask: Mask, length: int, first_row: int) -> Floats:
    """`[P, cells]` of the rows from `first_row` on as `[P, rows, length]`.

    >>> cells = np.array([[1, 2, 3, 4, 5]], dtype=np.float32)
    >>> unpacked(cells, Mask(), 3, 1).tolist()
    [[[1.0, 2.0, 0.0], [3.0, 4.0, 5.0]]]
    """
    rows = length - first_row
    if mask.kind == "full":
        return cells.reshape(len(cells), rows, length)
    square = np.zeros((len(cells), rows, length), dtype=np.float32)
    start = 0
    for row in range(rows):
        first, last = mask.visible(first_row + row, length)
        width = last - first + 1
        square[:, row, first : last + 1] = cells[:, start : start + width]
        start += width
    return square
