"""The engines that score programs and stand in for heads, by name, and what each of them gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import PieceTable

Cells = NDArray[np.float32]  # [programs, visible cells]: row by row of the query, keys ascending
Rows = Any  # float32[programs, rows, keys], an array or a tensor on the engine's device


class Engine(Protocol):
    """Programs under one mask, ready for texts of one tokenizer."""

    def patterns(
        self, texts: Sequence[Encoded], first_rows: Sequence[int] | None = None
    ) -> Sequence[Cells]:
        """For each text the cells of its rows from `first_rows[i]` on, as heads are stored."""

    def rows(self, texts: Sequence[Encoded], first_rows: Sequence[int]) -> Sequence[Rows]:
        """The same rows over all keys, on the engine's device, as a model takes them."""


class MakeEngine(Protocol):
    """How an engine's folder hands it out, under the name `engine`."""

    def __call__(
        self,
        programs: Sequence[Program],
        mask: Mask,
        table: PieceTable,
        device: str = "cpu",
        memory_mb: int = ...,
    ) -> Engine:
        """`memory_mb` is what it may hold on the host at once besides what it gives."""


@dataclass(frozen=True, slots=True)
class Row:
    """What there is to know of an engine before it is loaded."""

    module: str
    accelerated: bool  # computes beside the model on an accelerator, not on the host
    parses: bool  # reads columns that only the host can make, from a parse of the text


# In the order in which they are taken.
ENGINES = {
    "torch": Row("attndsl.engines.torch", accelerated=True, parses=False),
    "batch": Row("attndsl.engines.batch", accelerated=False, parses=True),
}


def make_engine(name: str) -> MakeEngine:
    """What makes the engine of that name.

    >>> make_engine("fast")
    Traceback (most recent call last):
    attndsl.language.diagnostics.AttndslError: there is no engine 'fast'; there are torch, batch
    """
    if name not in ENGINES:
        raise AttndslError(f"there is no engine {name!r}; there are {', '.join(ENGINES)}")
    return cast(MakeEngine, import_module(ENGINES[name].module).engine)


def engine_for(programs: Sequence[Program], device: str) -> str:
    """The first engine that can run all programs in a model on that device.

    >>> engine_for([], "cpu"), engine_for([], "cuda:0")
    ('batch', 'torch')
    """
    there = device.partition(":")[0] != "cpu"
    parsed = any("linguistics" in program.needs for program in programs)
    able = (n for n, row in ENGINES.items() if row.accelerated <= there and row.parses >= parsed)
    return next(able)
