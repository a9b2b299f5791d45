"""The memory of runs: counted before it is taken, and used again by the next run.

To take memory anew from the system costs more than what is computed in it.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from attndsl.engines.batch.machine.opcodes import POWERS
from attndsl.engines.batch.planning.numbering import Matches
from attndsl.engines.batch.planning.plan import Pass, Plan
from attndsl.engines.batch.running.layout import BLOCK
from attndsl.language.mask import Mask

Floats = npt.NDArray[np.float64]
Patterns = npt.NDArray[np.float32]
Registers = tuple[npt.NDArray[Any], ...]
CELL_BYTES = 8 + 1  # of a cell of a block besides its registers
TOKEN_BYTES = 8 * (4 + 4 * 4)  # of a token in the layouts: where it lies, and four areas
CHUNK_BYTES = 2**21  # columns and matrices of one chunk of texts, at most: they stay in cache
CHUNKS = 16  # and so many there are, if none gets smaller than an eighth of that: all threads work


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes of one run, known before anything is allocated."""

    columns: int
    matrices: int
    rows: int
    patterns: int
    registers: int
    tables: int

    @property
    def total(self) -> int:
        return (
            self.columns + self.matrices + self.rows + self.patterns + self.registers + self.tables
        )


def chunks(plan: Plan, lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Runs of texts whose columns and matrices fit in cache; a longer text is one of its own."""
    sizes = [8 * (plan.columns * n + plan.matrices * n * n) for n in lengths]
    limit = min(CHUNK_BYTES, max(sum(sizes) // CHUNKS, CHUNK_BYTES // 8))
    runs, first, filled = [], 0, 0
    for place, size in enumerate(sizes):
        if place > first and filled + size > limit:
            runs.append((first, place))
            first, filled = place, 0
        filled += size
    return [*runs, (first, len(lengths))] if lengths else []


def usage_of(
    plan: Plan,
    mask: Mask,
    parts: Sequence[Sequence[int]],
    side_by_side: int,
    threads: int,
    pool: int,
) -> Usage:
    """Of a run over chunks of texts, given by their lengths, so many of them side by side.

    `pool` is how many texts the tokenizer's pool holds.
    """
    lengths = [n for part in parts for n in part]
    many = min(side_by_side, len(parts))
    tokens = max((sum(part) for part in parts), default=0)
    squares = max((sum(n * n for n in part) for part in parts), default=0)
    made = 2 if plan.similarity >= 0 else 0  # squares that similarities are made in
    registers = max(step.registers for step in plan.steps if isinstance(step, Pass))
    return Usage(
        columns=8 * max(1, plan.columns) * tokens * many,
        matrices=8 * (max(1, plan.matrices) + made) * squares * many,
        rows=TOKEN_BYTES * tokens * many,
        patterns=4 * plan.programs * sum(mask.cells(n) for n in lengths),
        registers=threads * max([BLOCK, *lengths]) * (8 * registers + CELL_BYTES),
        tables=8 * sum(pool if isinstance(table, Matches) else POWERS for table in plan.tables),
    )


@dataclass(slots=True)
class Space:
    """Where one chunk at a time is worked on: its columns and matrices, registers by worker."""

    columns: Floats = field(default_factory=lambda: np.empty(0))
    matrices: Floats = field(default_factory=lambda: np.empty(0))
    registers: list[Registers] = field(default_factory=list)

    def columns_of(self, count: int, tokens: int) -> Floats:
        if len(self.columns) < count * tokens:
            self.columns = np.empty(count * tokens)
        return self.columns[: count * tokens].reshape(count, tokens)

    def matrices_of(self, count: int, squares: int) -> Floats:
        if len(self.matrices) < count * squares:
            self.matrices = np.empty(count * squares)
        return self.matrices[: count * squares].reshape(count, squares)

    def ready(self, workers: int, registers: int, width: int) -> None:
        """Registers for so many workers, that many cells wide."""
        for worker in range(workers):
            if worker == len(self.registers):
                self.registers.append(_registers(registers, width))
            have = self.registers[worker][0].shape
            if have[0] < registers or have[1] < width:
                self.registers[worker] = _registers(max(have[0], registers), max(have[1], width))


def _registers(count: int, width: int) -> Registers:
    """Registers; two scratch rows."""
    return np.empty((count, width)), np.empty(width), np.empty(width, dtype=np.bool_)


@dataclass(slots=True)
class Buffers:
    """What a library keeps from run to run. Patterns that a caller still holds stay untouched."""

    patterns: list[Patterns] = field(default_factory=list)
    spaces: list[Space] = field(default_factory=list)

    def patterns_of(self, programs: int, cells: int, most: int) -> Patterns:
        """Room for patterns; what the last run left is taken if it is large and small enough."""
        flat = self.patterns.pop() if self.patterns else np.empty(0, dtype=np.float32)
        size = programs * cells
        # Two references: ours here and the one in the call. A view of it would be a third.
        if sys.getrefcount(flat) > 2 or not size <= len(flat) <= most // 4:
            flat = np.empty(size, dtype=np.float32)
        self.patterns.append(flat)
        return flat[:size].reshape(programs, cells)

    def space(self) -> Space:
        return self.spaces.pop() if self.spaces else Space()
