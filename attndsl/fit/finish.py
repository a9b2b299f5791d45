"""The compiled end of a comparison: minima of what rests, and from sums to measures.

Resting cells are few, a key a row, so they go head by head side by side: for one program the sums
of all heads stay in the nearest cache, and are turned into measures before the next.
"""

import numpy as np
from numpy.typing import NDArray

from attndsl.engines.batch.machine.compiling import kept
from attndsl.engines.workers import share_out
from attndsl.fit.tiles import PAIRS

STEP = 32  # cells summed in float32 before they join the float64 total; whole fours

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


def in_fours(cells: F32) -> F32:
    """`[patterns, cells]` with zeros up to a whole number of fours, one four at least."""
    count, width = cells.shape
    out = np.zeros((count, max(4, -(-width // 4) * 4)), dtype=np.float32)
    out[:, :width] = cells
    return out


@kept()
def sums_in_fours(rows: F32, out: F64) -> None:
    """Add each row's sum to `out`, in the very order in which minima are added below."""
    for i in range(rows.shape[0]):
        row = rows[i]
        for start in range(0, row.shape[0], STEP):
            part = np.float32(0)
            for k in range(start, min(start + STEP, row.shape[0]), 4):
                part += ((row[k] + row[k + 1]) + row[k + 2]) + row[k + 3]
            out[i] += part


@kept()
def _least(a, b):
    return a if a < b else b


@kept(nogil=True)
def _minima(row, heads, part, out):
    """The sum of minima of one row with each column of `heads`, `[cells, heads]`."""
    out[:] = 0.0
    for start in range(0, row.shape[0], STEP):
        part[:] = np.float32(0)
        for k in range(start, min(start + STEP, row.shape[0]), 4):
            a0, a1, a2, a3 = row[k], row[k + 1], row[k + 2], row[k + 3]
            h0, h1, h2, h3 = heads[k], heads[k + 1], heads[k + 2], heads[k + 3]
            for j in range(part.shape[0]):
                part[j] += ((_least(a0, h0[j]) + _least(a1, h1[j])) + _least(a2, h2[j])) + _least(
                    a3, h3[j]
                )
        for j in range(part.shape[0]):
            out[j] += part[j]


def to_measures(
    iou: F64,
    content: F64,
    rest_error: F64,
    own: tuple[F64, F64],
    cells: tuple[F32, F32],
    by_row: tuple[F32, F32] | None,
    rests: tuple[F64, F64],
    rows: int,
) -> None:
    """Fill in IoU and rest error; `content` holds minima and becomes content IoU.

    Of each pair the program's side comes first: `own` are the sums of content, `rests` those of the
    resting cells, `cells` these cells, and `by_row` the rests of whole rows where a row can rest on
    several keys.
    """
    heads = np.ascontiguousarray(cells[1].T)
    again = by_row is not None
    row_cells = by_row[0] if by_row is not None else cells[0]
    row_heads = np.ascontiguousarray(by_row[1].T) if by_row is not None else heads
    share_out(
        lambda begin, end: _measures(
            iou, content, rest_error, own[0], own[1], cells[0], heads, again, row_cells, row_heads,
            rests[0], rests[1], rows, begin, end,
        ),
        len(iou),
        iou.size * (8 + heads.shape[0] // PAIRS),
    )  # fmt: skip


@kept(nogil=True, error_model="numpy")
def _measures(
    iou, content, rest_error, own, head_own, cells, heads, again, row_cells, row_heads,
    rest, head_rest, rows, begin, end,
):  # fmt: skip
    count = iou.shape[1]
    part, least, both = np.empty(count, np.float32), np.empty(count), np.empty(count)
    each_row = 1.0 / rows
    for i in range(begin, end):
        _minima(cells[i], heads, part, least)
        by_row = least
        if again:
            _minima(row_cells[i], row_heads, part, both)
            by_row = both
        for j in range(count):
            resting, apart = rest[i] + head_rest[j], own[i] + head_own[j]
            shared = content[i, j]
            union = apart - shared
            most = union + resting - least[j]
            iou[i, j] = (shared + least[j]) / most if most > 0.0 else 1.0
            content[i, j] = shared / union if union > 0.0 else 1.0
            rest_error[i, j] = max(resting - 2.0 * by_row[j], 0.0) * each_row
