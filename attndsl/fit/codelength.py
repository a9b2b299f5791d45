"""How many bits of a head a program spares: what decides how long a program may be.

A row of the head is told with a program's row as the expected one, mixed with 5% evenly over the
visible keys, as a sparse program would else cost infinitely much. The gain over the head's constant
pattern, told likewise, is taken for 1,000 rows, whatever the number of texts; the program's own
length is taken off.
"""

import numpy as np
from numpy.typing import NDArray

from attndsl.heads.packing import Rows, row_starts
from attndsl.language.mask import Mask

EVEN = 0.05  # of a row's expected weight
ROWS = 1000

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Patterns = NDArray[np.floating]


def logarithms(patterns: Patterns, mask: Mask, length: int, rows: Rows | None = None) -> F32:
    """Each cell's expected weight as a logarithm of base 2; 0 in row 0, which is not measured."""
    starts = row_starts(mask, length, rows)
    widths = np.repeat(np.diff(starts), np.diff(starts))
    mixed = (1 - EVEN) * patterns.astype(np.float32) + (EVEN / widths).astype(np.float32)
    logs: F32 = np.log2(mixed)
    if rows is None:
        logs[:, : int(starts[min(1, length)])] = 0.0
    return logs


def bits_of_pairs(logs: F32, heads: Patterns, length: int, rows: Rows | None = None) -> F64:
    """Mean bits a row of head i told with the program of row i of `logs`."""
    told = np.einsum("hc,hc->h", logs, heads.astype(np.float32))
    return np.asarray(-told / max(1, length - 1 if rows is None else len(rows)), dtype=np.float64)


def gain(bits_a_row: float, program_bits: float) -> float:
    """The codelength gain of a program that spares so many bits a row and is so long itself."""
    return ROWS * bits_a_row - program_bits
