"""Jensen-Shannon distance of patterns, the second measure beside IoU.

A row is a distribution over keys. The distance of two rows is the square root of their
Jensen-Shannon divergence in nats (as `scipy.spatial.distance.jensenshannon` has it: rows scaled to
sum 1), and that of two patterns the mean over the rows: 0 for equal patterns, at most sqrt(ln 2).
With E(x) the sum of x ln x over a row, the divergence is (E(a) + E(b)) / 2 - E((a + b) / 2): one
logarithm a cell and pair.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attndsl.engines.batch.machine.compiling import kept
from attndsl.engines.workers import share_out
from attndsl.heads.packing import Rows, row_starts
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask

F64 = NDArray[np.float64]
Patterns = NDArray[np.floating]
FARTHEST = math.sqrt(math.log(2.0))
LOGARITHM = 16  # instructions of the register machine on one cell that take as long


def js_of_pairs(
    programs: Patterns,
    heads: Patterns,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    mask: Mask,
    length: int,
    rows: Rows | None = None,
) -> F64:
    """Distance of program `first[i]` from head `second[i]`, for each i; 0 on a text without tokens.

    A row without any weight is as far from one with weight as can be, and equal to another such.
    """
    starts = row_starts(mask, length, rows)
    for side, what in ((programs, "programs"), (heads, "heads")):
        if side.shape[1] != starts[-1]:
            raise AttndslError(
                f"{what} have {side.shape[1]} cells; {length} tokens under a {mask.kind} mask "
                f"have {starts[-1]}"
            )
    if length == 0:
        return np.zeros(len(first))
    sides = [_rows(side, starts) for side in (programs, heads)]
    distances = np.zeros(len(first))
    share_out(
        lambda begin, end: _distances(
            *sides[0], *sides[1], first, second, starts, begin, end, distances
        ),
        len(first),
        LOGARITHM * len(first) * int(starts[-1]),
    )
    return distances


def _rows(side: Patterns, starts: NDArray[np.int64]) -> tuple[F64, F64]:
    """Rows scaled to sum 1, and each row's sum of x ln x; NaN for a row without weight."""
    wide = side.astype(np.float64)
    sums = np.add.reduceat(wide, starts[:-1], axis=1)
    if not np.isfinite(sums).all():
        raise AttndslError("a pattern holds NaN or infinity")
    wide /= np.repeat(np.where(sums > 0, sums, 1.0), np.diff(starts), axis=1)
    entropy = np.zeros(sums.shape)
    share_out(
        lambda begin, end: _entropies(wide, starts, begin, end, entropy),
        len(wide),
        LOGARITHM * wide.size,
    )
    entropy[~(sums > 0)] = np.nan
    return wide, entropy


@kept()
def _x_log_x(x: Any) -> Any:
    return x * math.log(x) if x > 0.0 else 0.0


@kept(nogil=True)
def _entropies(rows: F64, starts: NDArray[np.int64], begin: int, end: int, out: F64) -> None:
    for i in range(begin, end):
        for row in range(len(starts) - 1):
            total = 0.0
            for k in range(starts[row], starts[row + 1]):
                total += _x_log_x(rows[i, k])
            out[i, row] = total


@kept(nogil=True)
def _distances(
    programs: F64,
    program_entropy: F64,
    heads: F64,
    head_entropy: F64,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    starts: NDArray[np.int64],
    begin: int,
    end: int,
    out: F64,
) -> None:
    rows = len(starts) - 1
    for pair in range(begin, end):
        a, b = programs[first[pair]], heads[second[pair]]
        total = 0.0
        for row in range(rows):
            before_a = program_entropy[first[pair], row]
            before_b = head_entropy[second[pair], row]
            if np.isnan(before_a) or np.isnan(before_b):
                total += 0.0 if np.isnan(before_a) and np.isnan(before_b) else FARTHEST
                continue
            mixed = 0.0
            for k in range(starts[row], starts[row + 1]):
                mixed += _x_log_x(0.5 * (a[k] + b[k]))
            total += math.sqrt(max(0.0, 0.5 * (before_a + before_b) - mixed))
        out[pair] = total / rows
