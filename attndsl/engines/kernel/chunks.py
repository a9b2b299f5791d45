"""The tape in chunks of tokens, as matrices: what a device that likes products is given.

A chunk's rows, and the running sums after it, are weighted sums of a few key values and of the sums
before it. The tape is run once over what tells these apart, and leaves the weights.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from attndsl.engines.kernel.steps import ENTER, NEAR
from attndsl.engines.kernel.tape import Floats, Numbers, Tape, run

CHUNK = 128  # tokens
NOWHERE = 2**62  # no position is as late


@dataclass(frozen=True, eq=False, slots=True)
class Chunk:
    """`rows` and `after` times the values at `positions` and the sums before, one after the
    other, are the rows of the tokens and the sums after them."""

    positions: Numbers
    rows: Floats
    after: Floats


def chunks(tape: Tape) -> Iterator[Chunk]:
    """The whole tape, chunk by chunk."""
    for start in range(0, tape.rows, CHUNK):
        yield _chunk(tape, start, min(start + CHUNK, tape.rows))


def _chunk(tape: Tape, start: int, stop: int) -> Chunk:
    first = int(tape.ends[start - 1]) if start else 0
    part = slice(first, int(tape.ends[stop - 1]))
    marks, ends = tape.marks[part], tape.ends[start:stop] - first
    near, entering = marks[marks[:, 0] == NEAR], marks[marks[:, 0] == ENTER]
    stretches = [np.arange(at, at + count) for at, count in near[:, 1:3]]
    positions = np.unique(np.concatenate([*stretches, entering[:, 2]])).astype(np.int64)
    keys, width = len(positions), len(positions) + tape.slots
    values, after = np.eye(keys, width), np.eye(tape.slots, width, k=keys)
    rows = np.empty((stop - start, width))
    run(marks, tape.numbers[part], tape.weights, ends, positions, NOWHERE, values, after, rows)
    return Chunk(positions, rows, after)
