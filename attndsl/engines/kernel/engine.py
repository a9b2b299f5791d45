"""`Kernel`: one program with its passes over pairs compiled; the rest runs on the machine."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from attndsl.engines.kernel.generate import can_generate, source_of
from attndsl.engines.library.engine import MEMORY_MB, Library
from attndsl.engines.library.layout import CellLayout
from attndsl.engines.library.memory import Patterns
from attndsl.engines.library.passes import Data, run_machine
from attndsl.engines.library.plan import Pass
from attndsl.graph.program import Program
from attndsl.language.mask import CAUSAL, Mask
from attndsl.tokens.encoded import Encoded

# Cells after which compiling has paid: it takes 0.3 to 0.6 s of processor time and saves about a
# nanosecond a cell (benchmarks.engines prints it; 2e8 to 5e8, and never for some programs).
BREAK_EVEN_CELLS = 300_000_000
CELLS_A_THREAD = 50_000  # fewer aren't worth a thread


class Kernel:
    """A program compiled on its own; `patterns` as of the library engine, for one program."""

    def __init__(self, program: Program, mask: Mask = CAUSAL, memory_mb: int = MEMORY_MB) -> None:
        self.library = Library([program], mask, memory_mb)
        self.library.runner = run_pass

    def patterns(
        self, texts: Sequence[Encoded], first_rows: Sequence[int] | None = None
    ) -> list[Patterns]:
        return [found[0] for found in self.library.patterns(texts, first_rows)]

    @property
    def sources(self) -> tuple[str, ...]:
        """The source of every pass that is compiled."""
        steps = self.library.plan.steps
        return tuple(source_of(s) for s in steps if isinstance(s, Pass) and can_generate(s))


SCALARS = (
    "settle", "near", "div", "floordiv", "mod", "power", "exp", "log", "sqrt", "floor",
    "round_half_even",
)  # fmt: skip
_kernels: dict[tuple[str, Mask], Kernel] = {}


def kernel_for(program: Program, mask: Mask = CAUSAL) -> Kernel:
    """The kernel of a program, made once for its canonical form and mask."""
    key = (program.hash, mask)
    if key not in _kernels:
        _kernels[key] = Kernel(program, mask)
    return _kernels[key]


def patterns_of(program: Program, texts: Sequence[Encoded], mask: Mask = CAUSAL) -> list[Patterns]:
    """One program's patterns: compiled for it where so many cells pay, else by the machine."""
    cells = sum(mask.cells(text.n) for text in texts)
    if cells >= BREAK_EVEN_CELLS or (program.hash, mask) in _kernels:
        return kernel_for(program, mask).patterns(texts)
    return [found[0] for found in Library([program], mask).patterns(texts)]


def run_pass(step: Pass, layout: CellLayout, data: Data) -> int:
    """A compiled pass where one can be made, the register machine where not."""
    if not can_generate(step):
        return run_machine(step, layout, data)
    entries, starts = data.tables
    tokens = layout.tokens
    kernel = compiled(source_of(step))

    def rows(bounds: tuple[int, int]) -> None:
        kernel(
            *bounds, data.constants, layout.row_starts, layout.row_tokens, layout.row_keys,
            tokens.base, tokens.count, tokens.square, data.columns, entries, starts,
            data.matrices, data.patterns,
        )  # fmt: skip

    shares = shared_out(layout.row_starts - layout.row_starts[0], data.threads)
    if len(shares) == 1:
        rows(shares[0])
    else:
        with ThreadPoolExecutor(len(shares)) as pool:
            list(pool.map(rows, shares))
    return 0


def shared_out(row_starts: npt.NDArray[np.int64], most: int) -> list[tuple[int, int]]:
    """Runs of rows with about as many cells each, one a thread; few cells are one run."""
    cells, rows = int(row_starts[-1]), len(row_starts) - 1
    parts = min(most, 1 + cells // CELLS_A_THREAD)
    cuts = np.searchsorted(row_starts, [cells * part // parts for part in range(1, parts)])
    ends = [0, *(int(cut) for cut in cuts), rows]
    return list(pairwise(ends))


@lru_cache(maxsize=256)
def compiled(source: str) -> Callable[..., None]:
    """The function of a generated source. Only opcodes and numbers ever get here."""
    from numba import njit

    from attndsl.engines.library import rows, scalars

    names: dict[str, Any] = {
        "np": np,
        "ROW_EMPTY": scalars.ROW_EMPTY,
        "pick": scalars.pick,
        "finish": rows.finish,
        "reduce_row": rows.reduce_row,
    }
    names |= {name: vars(scalars)[name] for name in SCALARS}
    label = hashlib.sha256(source.encode()).hexdigest()[:12]
    exec(compile(source, f"<attndsl kernel {label}>", "exec"), names)
    function: Callable[..., None] = njit(error_model="numpy", nogil=True)(names["kernel"])
    return function
