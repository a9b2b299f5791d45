"""The batch engine: any number of programs against many texts, with nothing compiled per program.

All programs become one hash-consed graph, lowered for the mask. What depends on one position is a
column; what depends on two is computed by a register machine, compiled once, over blocks of cells
that stay in cache. `Library` is the face: `planning` makes its plan, `running` lays out the texts,
`machine` computes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from attndsl.engines.batch.library import MEMORY_MB, Library
from attndsl.engines.batch.running.memory import Patterns, Usage
from attndsl.engines.cells import unpacked
from attndsl.graph.program import Program
from attndsl.language.mask import Mask
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import PieceTable

if TYPE_CHECKING:
    from attndsl.engines.batch.growing import GrowingTexts

__all__ = ["BatchEngine", "Library", "Usage", "engine"]


def engine(
    programs: Sequence[Program],
    mask: Mask,
    table: PieceTable,
    device: str = "cpu",
    memory_mb: int = MEMORY_MB,
) -> "BatchEngine":
    """What `engines.table` asks for; it computes on the host, whatever the device."""
    return BatchEngine(Library(programs, mask, memory_mb))


@dataclass(frozen=True)
class BatchEngine:
    """A library that keeps, for a model, what it knows of texts which the next call continues."""

    library: Library

    @cached_property
    def growing(self) -> "GrowingTexts":
        from attndsl.engines.batch.growing import GrowingTexts

        return GrowingTexts(self.library)

    def patterns(
        self, texts: Sequence[Encoded], first_rows: Sequence[int] | None = None
    ) -> list[Patterns]:
        return self.library.patterns(texts, first_rows)

    def rows(self, texts: Sequence[Encoded], first_rows: Sequence[int]) -> list[Patterns]:
        made = self.growing.patterns(texts, list(first_rows))
        return [
            unpacked(cells, self.library.mask, text.n, row)
            for cells, text, row in zip(made, texts, first_rows, strict=True)
        ]
