"""Patterns from the engines: the batch engine on a CPU, the torch engine on accelerators."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.surrogates.sources import Ids, PatternSource, SourceFactory
from attndsl.tokens.pieces import PieceTable

MEMORY_MB = 2048  # the batch engine holds matrices of its own beside the patterns


def engine_source(
    table: PieceTable, device: torch.device | str = "cpu", memory_mb: int = MEMORY_MB
) -> SourceFactory:
    """A factory of pattern sources for checked programs over one tokenizer."""
    where = torch.device(device)

    def make(programs: tuple[Hashable, ...], mask: Mask) -> PatternSource:
        checked = [program for program in programs if isinstance(program, Program)]
        if len(checked) != len(programs):
            strange = next(p for p in programs if not isinstance(p, Program))
            raise AttndslError(
                f"{strange!r} is no checked program; make programs with attndsl.verify(source)"
            )
        # A parse needs the text, which only the host has.
        parses = any("linguistics" in program.needs for program in checked)
        if where.type == "cpu" or parses:
            return LibrarySource(checked, mask, table, memory_mb)
        return TorchSource(checked, mask, table, where)

    return make


class LibrarySource:
    """All programs at once by the batch engine."""

    def __init__(
        self,
        programs: Sequence[Program],
        mask: Mask,
        table: PieceTable,
        memory_mb: int = MEMORY_MB,
    ) -> None:
        from attndsl.engines.batch import Library
        from attndsl.engines.batch.growing import GrowingTexts

        self.texts = GrowingTexts(Library(programs, mask, memory_mb))
        self.mask = mask
        self.table = table

    def patterns(self, ids: Sequence[Ids], first_rows: Sequence[int]) -> list[NDArray[np.float32]]:
        from attndsl.tokens.tokenizer import from_ids

        encoded = [from_ids(self.table, text) for text in ids]
        packed = self.texts.patterns(encoded, list(first_rows))
        return [
            unpacked(cells, self.mask, len(text), row)
            for cells, text, row in zip(packed, ids, first_rows, strict=True)
        ]


def unpacked(
    packed: NDArray[np.float32], mask: Mask, length: int, first_row: int
) -> NDArray[np.float32]:
    """`[P, cells]` of the rows from `first_row` on as `[P, rows, length]`.

    >>> cells = np.array([[1, 2, 3, 4, 5]], dtype=np.float32)
    >>> unpacked(cells, Mask(), 3, 1).tolist()
    [[[1.0, 2.0, 0.0], [3.0, 4.0, 5.0]]]
    """
    rows = length - first_row
    if mask.kind == "full":
        return packed.reshape(len(packed), rows, length)
    square = np.zeros((len(packed), rows, length), dtype=np.float32)
    start = 0
    for row in range(rows):
        first, last = mask.visible(first_row + row, length)
        width = last - first + 1
        square[:, row, first : last + 1] = packed[:, start : start + width]
        start += width
    return square


class TorchSource:
    """All programs at once on the model's own device, nothing computed on the host."""

    def __init__(
        self, programs: Sequence[Program], mask: Mask, table: PieceTable, device: torch.device
    ) -> None:
        from attndsl.engines.torch import TorchPrograms

        self.device = device
        self.programs: Any = TorchPrograms(programs, table, mask).to(device)

    @torch.no_grad()
    def patterns(self, ids: Sequence[Ids], first_rows: Sequence[int]) -> list[torch.Tensor]:
        longest = max(len(text) for text in ids)
        batch = torch.zeros(len(ids), longest, dtype=torch.int64)
        valid = torch.zeros(len(ids), longest, dtype=torch.bool)
        for row, text in enumerate(ids):
            batch[row, : len(text)] = torch.as_tensor(text)
            valid[row, : len(text)] = True
        height = max(len(text) - row for text, row in zip(ids, first_rows, strict=True))
        made = self.programs(
            batch.to(self.device), valid.to(self.device), rows=height if height < longest else None
        )
        found = []
        for row, (text, first) in enumerate(zip(ids, first_rows, strict=True)):
            stop = height if height < longest else len(text)
            start = stop - (len(text) - first)
            found.append(made[:, row, start:stop, : len(text)].float())
        return found
