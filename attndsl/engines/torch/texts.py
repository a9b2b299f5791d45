"""Texts as one padded batch for the torch engine, and its patterns text by text."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from attndsl.engines.cells import Floats, packed
from attndsl.engines.torch.module import TorchPrograms
from attndsl.graph.program import Program
from attndsl.language.mask import Mask
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import Ids, PieceTable


def left_aligned(texts: Sequence[Ids]) -> tuple[Tensor, Tensor]:
    """Texts as one batch, padding behind them: ids, and which of them are real."""
    longest = max(map(len, texts), default=0)
    ids = torch.zeros(len(texts), longest, dtype=torch.int64)
    valid = torch.zeros(len(texts), longest, dtype=torch.bool)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = torch.tensor(text)
        valid[row, : len(text)] = True
    return ids, valid


def engine(
    programs: Sequence[Program],
    mask: Mask,
    table: PieceTable,
    device: str = "cpu",
    memory_mb: int = 0,
) -> "TorchEngine":
    """What `engines.table` asks for; it holds nothing on the host."""
    return TorchEngine(TorchPrograms(programs, table, mask).to(device), device)


@dataclass(frozen=True, slots=True)
class TorchEngine:
    """All programs at once on one device, nothing computed on the host."""

    programs: TorchPrograms
    device: str

    def patterns(
        self, texts: Sequence[Encoded], first_rows: Sequence[int] | None = None
    ) -> list[Floats]:
        firsts = [0] * len(texts) if first_rows is None else list(first_rows)
        mask = self.programs.mask
        return [
            packed(rows.cpu().numpy(), mask, first)
            for rows, first in zip(self.rows(texts, firsts), firsts, strict=True)
        ]

    @torch.no_grad()
    def rows(self, texts: Sequence[Encoded], first_rows: Sequence[int]) -> list[Tensor]:
        ids, valid = left_aligned([text.ids for text in texts])
        longest = ids.shape[1]
        height = max((text.n - r for text, r in zip(texts, first_rows, strict=True)), default=0)
        made = self.programs(
            ids.to(self.device), valid.to(self.device), rows=height if height < longest else None
        )
        parts = []
        for place, (text, first) in enumerate(zip(texts, first_rows, strict=True)):
            stop = height if height < longest else text.n
            start = stop - (text.n - first)
            parts.append(made[:, place, start:stop, : text.n].float())
        return parts
