"""The compiled kernels behind all-pairs IoU: sums of minima over packed cells, tile by tile.

A tile is four patterns of the one side and two of the other: eight sums stay in registers while six
rows are read. Cells go in blocks of 512, summed in float32 and added up in float64, and programs in
groups whose block of heads stays in the cache. All pairs pass through the same tile, whatever the
number of rows, so a pattern paired with itself gives its own sum to the last bit.

Only what goes over pairs is shared out to threads: starting them costs more than all the rest.
`reassoc` lets the sums be vectorised and `nsz` drops the sign of zeros; full fastmath would also
drop the checks that carry NaN through.
"""

import numpy as np
from numpy.typing import NDArray

from attndsl.engines.batch.machine.compiling import kept
from attndsl.engines.workers import share_out

FAST = {"reassoc", "nsz"}
BLOCK = 512  # cells summed in float32 before they join the float64 total
GROUP = 8  # tiles of programs that share a block of heads in the cache
PAIRS = 16  # cell pairs that take as long as one instruction of the register machine on one cell

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


@kept(fastmath=FAST)
def _least(a, b):
    return a if a < b else b


@kept(fastmath=FAST)
def _tile(a0: F32, a1: F32, a2: F32, a3: F32, b0: F32, b1: F32, out: F64) -> None:
    """Add the eight sums of minima of four rows against two to `out[4, 2]`."""
    s00 = s01 = s10 = s11 = s20 = s21 = s30 = s31 = np.float32(0)
    for k in range(a0.shape[0]):
        x0, x1, x2, x3, y0, y1 = a0[k], a1[k], a2[k], a3[k], b0[k], b1[k]
        s00 += _least(x0, y0)
        s01 += _least(x0, y1)
        s10 += _least(x1, y0)
        s11 += _least(x1, y1)
        s20 += _least(x2, y0)
        s21 += _least(x2, y1)
        s30 += _least(x3, y0)
        s31 += _least(x3, y1)
    out[0, 0] += s00
    out[0, 1] += s01
    out[1, 0] += s10
    out[1, 1] += s11
    out[2, 0] += s20
    out[2, 1] += s21
    out[3, 0] += s30
    out[3, 1] += s31


def all_pairs(first: F32, second: F32, out: F64) -> None:
    """Add the sum of minima of every row of `first` with every row of `second` to `out`.

    `out` has room for whole tiles: rows in fours, columns in twos; those beyond are repeats.
    """
    groups = -(-len(first) // (4 * GROUP))
    work = len(first) * second.size // PAIRS
    share_out(lambda begin, end: _groups(first, second, begin, end, out), groups, work)


@kept(fastmath=FAST, nogil=True)
def _groups(first, second, begin, end, out):
    """The tiles of the groups from `begin` on, below `end`."""
    rows, cells = first.shape
    others = second.shape[0]
    tiles, other_tiles = (rows + 3) // 4, (others + 1) // 2
    for group in range(begin, end):
        for start in range(0, cells, BLOCK):
            stop = min(start + BLOCK, cells)
            for tile in range(group * GROUP, min((group + 1) * GROUP, tiles)):
                i = 4 * tile
                a0 = first[i, start:stop]
                a1 = first[min(i + 1, rows - 1), start:stop]
                a2 = first[min(i + 2, rows - 1), start:stop]
                a3 = first[min(i + 3, rows - 1), start:stop]
                for other in range(other_tiles):
                    j = 2 * other
                    b0 = second[j, start:stop]
                    b1 = second[min(j + 1, others - 1), start:stop]
                    _tile(a0, a1, a2, a3, b0, b1, out[i : i + 4, j : j + 2])


@kept(fastmath=FAST)
def own_sums(rows: F32, out: F64) -> None:
    """Add each row's sum to `out`, in the very order in which `all_pairs` adds."""
    count, cells = rows.shape
    sums = np.zeros((4, 2))
    for i in range(0, count, 2):
        j = min(i + 1, count - 1)
        sums[0, 0], sums[1, 1] = out[i], out[j]
        for start in range(0, cells, BLOCK):
            stop = min(start + BLOCK, cells)
            a, b = rows[i, start:stop], rows[j, start:stop]
            _tile(a, b, a, b, a, b, sums)
        out[i], out[j] = sums[0, 0], sums[1, 1]


@kept(fastmath=FAST)
def weighed_sums(rows: F32, weights: F32, out: F64) -> None:
    """`own_sums` of the cells times their weights."""
    count, cells = rows.shape
    sums = np.zeros((4, 2))
    pair = np.empty((2, BLOCK), dtype=np.float32)
    for i in range(0, count, 2):
        j = min(i + 1, count - 1)
        sums[0, 0], sums[1, 1] = out[i], out[j]
        for start in range(0, cells, BLOCK):
            width = min(BLOCK, cells - start)
            first, second = rows[i, start : start + width], rows[j, start : start + width]
            factors = weights[start : start + width]
            for k in range(width):
                pair[0, k] = first[k] * factors[k]
                pair[1, k] = second[k] * factors[k]
            a, b = pair[0, :width], pair[1, :width]
            _tile(a, b, a, b, a, b, sums)
        out[i], out[j] = sums[0, 0], sums[1, 1]


@kept()
def to_iou(shared: F64, first: F64, second: F64) -> None:
    """Turn sums of minima into IoU, in their place."""
    for i in range(shared.shape[0]):
        for j in range(shared.shape[1]):
            union = first[i] + second[j] - shared[i, j]
            shared[i, j] = shared[i, j] / union if union > 0.0 else 1.0
