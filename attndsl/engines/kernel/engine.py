"""`Kernel`: one program with its passes over pairs compiled; the rest runs on the machine."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from attndsl.engines.batch.library import MEMORY_MB, Library
from attndsl.engines.batch.machine.opcodes import NUMBER
from attndsl.engines.batch.planning.plan import Pass, Plan
from attndsl.engines.batch.running.layout import CellLayout
from attndsl.engines.batch.running.memory import Patterns
from attndsl.engines.batch.running.passes import Data, run_machine
from attndsl.engines.kernel.generate import can_generate, source_of
from attndsl.engines.workers import run_shared
from attndsl.graph.program import Program
from attndsl.language.mask import CAUSAL, Mask
from attndsl.tokens.encoded import Encoded

# Steps after which compiling has paid: a cell is one or, where a program goes through positions for
# each cell, as many as its text has tokens. Compiling takes 0.4 to 1 s and saves half a nanosecond
# to one a step; nothing where the time goes into similarities. benchmarks.engines measures it.
BREAK_EVEN_STEPS = 1_000_000_000
CELLS_A_THREAD = 50_000  # fewer aren't worth a thread

Function = Callable[..., None]


class Kernel:
    """A program compiled on its own; `patterns` as of the batch engine, for one program."""

    def __init__(self, program: Program, mask: Mask = CAUSAL, memory_mb: int = MEMORY_MB) -> None:
        self.library = Library([program], mask, memory_mb)
        passes = [s for s in self.library.plan.steps if isinstance(s, Pass) and can_generate(s)]
        self.sources = tuple(source_of(step) for step in passes)  # of what is compiled
        functions = {
            id(step): compiled(source) for step, source in zip(passes, self.sources, strict=True)
        }
        self.library.runner = partial(run_pass, functions)

    def patterns(
        self, texts: Sequence[Encoded], first_rows: Sequence[int] | None = None
    ) -> list[Patterns]:
        return [squares[0] for squares in self.library.patterns(texts, first_rows)]


_kernels: dict[tuple[str, Mask], Kernel] = {}


def kernel_for(program: Program, mask: Mask = CAUSAL) -> Kernel:
    """The kernel of a program, made once for its canonical form and mask."""
    key = (program.hash, mask)
    if key not in _kernels:
        _kernels[key] = Kernel(program, mask)
    return _kernels[key]


def patterns_of(program: Program, texts: Sequence[Encoded], mask: Mask = CAUSAL) -> list[Patterns]:
    """One program's patterns: compiled for it where that pays, else by the machine."""
    if (program.hash, mask) not in _kernels:
        library = Library([program], mask)
        if steps(library.plan, mask, [text.n for text in texts]) < BREAK_EVEN_STEPS:
            return [squares[0] for squares in library.patterns(texts)]
    return kernel_for(program, mask).patterns(texts)


def steps(plan: Plan, mask: Mask, lengths: Sequence[int]) -> int:
    """What one run goes through: cells, or the positions that a loop visits for each."""
    passes = [step for step in plan.steps if isinstance(step, Pass) and step.area != "line"]
    loops = any((step.code[:, 0] == NUMBER["loop_begin"]).any() for step in passes)
    return sum(mask.cells(n) * (n if loops else 1) for n in lengths)


def run_pass(functions: Mapping[int, Function], step: Pass, layout: CellLayout, data: Data) -> int:
    """A compiled pass where there is one for it, the register machine where not."""
    kernel = functions.get(id(step))
    if kernel is None:
        return run_machine(step, layout, data)
    entries, starts = data.tables
    tokens = layout.tokens

    def rows(_worker: int, bounds: tuple[int, int]) -> None:
        kernel(
            *bounds, data.constants, layout.row_starts, layout.row_tokens, layout.row_keys,
            tokens.base, tokens.count, tokens.square, data.columns, entries, starts,
            data.matrices, data.patterns,
        )  # fmt: skip

    parts = shared_out(layout.row_starts - layout.row_starts[0], data.threads)
    run_shared(rows, parts, data.threads)
    return 0


def shared_out(row_starts: npt.NDArray[np.int64], most: int) -> list[tuple[int, int]]:
    """Runs of rows with about as many cells each, one a thread; few cells are one run."""
    cells, rows = int(row_starts[-1]), len(row_starts) - 1
    parts = min(most, 1 + cells // CELLS_A_THREAD)
    cuts = np.searchsorted(row_starts, [cells * part // parts for part in range(1, parts)])
    ends = [0, *(int(cut) for cut in cuts), rows]
    return list(pairwise(ends))


@lru_cache(maxsize=256)
def compiled(source: str) -> Function:
    """The function of a generated source. Only opcodes and numbers ever get here."""
    from numba import njit

    from attndsl.engines.batch.machine import compiling, rows, scalars

    names: dict[str, Any] = {
        **vars(scalars),
        "lent": compiling.lent,
        "finish": rows.finish,
        "reduce_row": rows.reduce_row,
    }
    label = hashlib.sha256(source.encode()).hexdigest()[:12]
    exec(compile(source, f"<attndsl kernel {label}>", "exec"), names)
    function: Function = njit(error_model="numpy", nogil=True)(names["kernel"])
    return function
