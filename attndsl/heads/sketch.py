"""What a store keeps of a long text's maps: some rows whole, and of all rows a sketch.

A row's sketch is its rest, its strongest keys, and how the remainder lies by distance, which
neighbouring rows share. Rows kept whole are drawn by chance, so figures taken of them are those of
all rows but for the draw; and they say how far the sketch is off.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.heads.packing import row_starts
from attndsl.language.mask import Mask

WHOLE = 512  # tokens; texts up to so many are kept whole
SHARE = 0.028  # of the disk that whole maps would take
SAMPLED = 0.3  # of that, what rows kept whole take
LONGEST = 1 << 16  # tokens, since keys are numbered in two bytes
GROUP = 16  # rows that share how their remainder lies by distance
BINS = 17  # distances 0, 1, 2 to 3, 4 to 7 and so on
STEPS = 16  # a weight is kept as a sixteenth part of a power of 2
KEY_BYTES, ROW_BYTES = 3, 2 + 2  # of a strong key; of a row's rest and count of keys

F16 = NDArray[np.float16]
F32 = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Sketch:
    """Of every head: `rest` [heads, n]; `keys` and `weights` of strong keys, row by row, of which
    row r of head h has `counts[h, r]`; `far` [heads, groups, bins], shares of the remainder.
    `rows` are those that are kept whole."""

    rows: Rows
    rest: F16
    counts: NDArray[np.uint16]
    keys: NDArray[np.uint16]
    weights: NDArray[np.uint8]
    far: F16

    def patterns(self, mask: Mask, rest: Rows, heads: Sequence[int], rows: Rows) -> F32:
        """The cells of some rows as the sketch has them, `[heads, cells]`; `rest` are the keys that
        rest."""
        length = self.rest.shape[1]
        starts = row_starts(mask, length, rows)
        ends = np.cumsum(self.counts.ravel(), dtype=np.int64).reshape(self.counts.shape)
        out = np.zeros((len(heads), int(starts[-1])), dtype=np.float32)
        for at, row in enumerate(rows):
            first, last = mask.visible(int(row), length)
            bins = bins_of(np.abs(np.arange(first, last + 1) - row))
            resting = rest[(rest >= first) & (rest <= last)] - first
            for line, head in zip(out[:, starts[at] : starts[at + 1]], heads, strict=True):
                stop = int(ends[head, row])
                strong = slice(stop - int(self.counts[head, row]), stop)
                self._fill(line, bins, resting, first, strong, (head, int(row)))
        return out

    def _fill(
        self, line: F32, bins: Rows, resting: Rows, first: int, strong: slice, at: tuple[int, int]
    ) -> None:
        keys = self.keys[strong].astype(np.int64) - first
        line[keys] = weight_of(self.weights[strong])
        rest = float(self.rest[at])
        left = np.ones(len(line), dtype=bool)
        left[keys] = left[resting] = False
        counts = np.bincount(bins[left], minlength=BINS)
        shares = np.where(counts > 0, self.far[at[0], at[1] // GROUP].astype(np.float64), 0.0)
        remainder = max(0.0, 1.0 - rest - float(line.sum()))
        if shares.sum() > 0:
            each = remainder * shares / shares.sum() / np.maximum(counts, 1)
            line[left] = each[bins[left]]
        if len(resting):
            line[resting] = rest / len(resting)


def sampled_rows(ids: NDArray[np.int64], rows: int) -> Rows:
    """Rows to keep whole, spread over the text, drawn by what the text is; never row 0."""
    drawn = np.random.default_rng(zlib.crc32(np.asarray(ids, np.int64).tobytes())).random(rows)
    return np.unique(1 + ((np.arange(rows) + drawn) * (len(ids) - 1) / rows).astype(np.int64))


def budget(mask: Mask, length: int) -> tuple[int, int]:
    """How many rows are kept whole, and how many strong keys a row on average.

    >>> budget(Mask(), 2048), budget(Mask(), 4096)
    ((17, 11), (34, 24))
    """
    whole = 2 * mask.cells(length)
    rows = max(4, round(SAMPLED * SHARE * length))
    far = 2 * BINS * -(-length // GROUP)
    left = (1 - SAMPLED) * SHARE * whole - far - ROW_BYTES * length
    return rows, max(2, int(left / KEY_BYTES / length))


def bins_of(distance: Rows) -> Rows:
    """Which power of 2 a distance lies below.

    >>> bins_of(np.array([0, 1, 2, 3, 4, 1000]))
    array([ 0,  1,  2,  2,  3, 10])
    """
    return np.frexp(distance.astype(np.float64))[1].astype(np.int64)


def coded(weights: NDArray[np.floating]) -> NDArray[np.uint8]:
    """
    >>> [round(float(one), 4) for one in weight_of(coded(np.array([1.0, 0.5, 0.01])))]
    [1.0, 0.5, 0.0101]
    """
    steps = np.round(-STEPS * np.log2(np.maximum(weights, 1e-9)))
    return np.asarray(np.clip(steps, 0, 255), dtype=np.uint8)


def weight_of(code: NDArray[np.uint8]) -> F32:
    return np.asarray(np.exp2(-code.astype(np.float32) / STEPS))


def sketch_bytes(mask: Mask, length: int, heads: int) -> int:
    """What a text's sketch takes on disk, about."""
    rows, keys = budget(mask, length)
    row = 2 * rows * mask.cells(length) // length
    far = 2 * BINS * -(-length // GROUP)
    return heads * (row + far + (ROW_BYTES + KEY_BYTES * keys) * length) + 8 * (length + rows)


def check_sketch(sketch: Sketch, length: int, heads: int) -> None:
    """A ValueError where the parts of a sketch don't fit each other or the text."""
    rows, groups = sketch.rows, -(-length // GROUP)
    strong = int(sketch.counts.sum(dtype=np.int64))
    if (
        rows.ndim != 1 or (len(rows) and not 0 < rows.min() <= rows.max() < length)
        or sketch.rest.shape != (heads, length) or sketch.counts.shape != (heads, length)
        or sketch.keys.shape != (strong,) or sketch.weights.shape != (strong,)
        or sketch.far.shape != (heads, groups, BINS) or (strong and sketch.keys.max() >= length)
    ):  # fmt: skip
        raise ValueError("a sketch doesn't fit its text")
