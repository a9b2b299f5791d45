"""Patterns for heads of a model from the engine that suits its device: ids in, rows out."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import torch

from attndsl.engines.table import Engine, engine_for, make_engine
from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.surrogates.sources import Ids, Pattern, PatternSource, SourceFactory
from attndsl.tokens.pieces import PieceTable

MEMORY_MB = 2048  # the batch engine holds matrices of its own beside the patterns


def engine_source(
    table: PieceTable, device: torch.device | str = "cpu", memory_mb: int = MEMORY_MB
) -> SourceFactory:
    """A factory of pattern sources for checked programs over one tokenizer."""

    def make(programs: tuple[Hashable, ...], mask: Mask) -> PatternSource:
        checked = [program for program in programs if isinstance(program, Program)]
        if len(checked) != len(programs):
            strange = next(p for p in programs if not isinstance(p, Program))
            raise AttndslError(
                f"{strange!r} is no checked program; make programs with attndsl.verify(source)"
            )
        make_one = make_engine(engine_for(checked, str(device)))
        return EngineSource(make_one(checked, mask, table, str(device), memory_mb), table)

    return make


@dataclass(frozen=True, slots=True)
class EngineSource:
    """An engine's rows for the ids that a model sees."""

    engine: Engine
    table: PieceTable

    def patterns(self, ids: Sequence[Ids], first_rows: Sequence[int]) -> Sequence[Pattern]:
        from attndsl.tokens.tokenizer import from_ids

        return self.engine.rows([from_ids(self.table, text) for text in ids], first_rows)
