"""The tape of a text: what its rows do with the values of keys, in the order of its tokens.

It is made once for a program and a text and run for each head that follows the program.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from attndsl.engines.batch.machine.compiling import kept
from attndsl.engines.kernel.steps import ENTER, MERGE, NEAR, READ, row_of

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Tape:
    """Of the positions from `first` on: instructions up to `ends` of each, and what they name."""

    first: int
    marks: Numbers  # [instructions, 4]: what, and up to three numbers
    numbers: Floats  # [instructions, 2]
    weights: Floats  # of near keys, one after the other
    ends: Numbers
    slots: int  # vectors that it needs by its end
    moved: dict[Any, Any] = field(default_factory=dict)  # its chunks, by device

    @property
    def rows(self) -> int:
        return len(self.ends)


@kept(nogil=True, error_model="numpy")
def run(
    marks: Any, numbers: Any, weights: Any, ends: Any, places: Any, base: int, values: Any,
    sums: Any, out: Any,
) -> None:  # fmt: skip
    """`out[i]`: row i of the tape times the values; `sums` go on to the next tokens."""
    size = values.shape[1]
    row = np.empty(size)
    at = 0
    for token in range(len(ends)):
        row[:] = 0.0
        while at < ends[token]:
            what = marks[at, 0]
            if what == NEAR:
                start, offset = row_of(marks[at, 1], places, base), marks[at, 3]
                for key in range(marks[at, 2]):
                    weight = weights[offset + key]
                    for i in range(size):
                        row[i] += weight * values[start + key, i]
            elif what == READ:
                slot, weight = marks[at, 1], numbers[at, 0]
                for i in range(size):
                    row[i] += weight * sums[slot, i]
            elif what == ENTER:
                slot, key = marks[at, 1], row_of(marks[at, 2], places, base)
                keep, add = numbers[at, 0], numbers[at, 1]
                for i in range(size):
                    sums[slot, i] = keep * sums[slot, i] + add * values[key, i]
            elif what == MERGE:
                into, other = marks[at, 1], marks[at, 2]
                keep, add = numbers[at, 0], numbers[at, 1]
                for i in range(size):
                    sums[into, i] = keep * sums[into, i] + add * sums[other, i]
                    sums[other, i] = 0.0
            at += 1
        for i in range(size):
            out[token, i] = row[i]
