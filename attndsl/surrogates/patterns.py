"""The patterns that a pass needs, each made once and shared by the heads that follow it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.surrogates.reading import Reading, Slots
from attndsl.surrogates.rows import BLOCK, SplitRows, split_rows
from attndsl.surrogates.sources import PatternSource, SourceFactory

Device = tuple[torch.device, torch.dtype]
LEAST = 1e-30  # a weight that changes no float32; the logarithm of 0 takes ten times as long


@dataclass(frozen=True, eq=False)
class Patterns:
    """All patterns of one installation: the distinct programs under each mask, and their source.

    Where the whole patterns of a pass would take more than `memory` bytes they are made anew for
    each layer, block by block of query rows.
    """

    programs: Mapping[Mask, tuple[Hashable, ...]]
    factory: SourceFactory
    memory: int
    sources: dict[tuple[Mask, tuple[int, ...]], PatternSource]

    def most_cells(self, mask: Mask) -> int:
        """Of one program, if all patterns of a pass are to fit in the memory."""
        return self.memory // (4 * max(1, len(self.programs[mask])))

    def source(self, mask: Mask, numbers: tuple[int, ...]) -> PatternSource:
        known = self.sources.get((mask, numbers))
        if known is None:
            known = self.factory(tuple(self.programs[mask][n] for n in numbers), mask)
            self.sources[mask, numbers] = known
        return known

    def whole(self, reading: Reading, mask: Mask, to: Device) -> list[torch.Tensor]:
        """For each text `[P, rows, n]`, on the device and in the type of the values."""
        key = (self, "whole", mask, to)
        if key not in reading.made:
            numbers = tuple(range(len(self.programs[mask])))
            reading.made[key] = self.ask(
                self.source(mask, numbers), reading.texts, reading.first_rows, len(numbers), to
            )
        made: list[torch.Tensor] = reading.made[key]
        return made

    def ask(
        self,
        source: PatternSource,
        texts: tuple[NDArray[np.int64], ...],
        first_rows: tuple[int, ...],
        count: int,
        to: Device,
    ) -> list[torch.Tensor]:
        """Patterns of all texts, equal texts asked for once (beams often agree)."""
        keys = [(text.tobytes(), row) for text, row in zip(texts, first_rows, strict=True)]
        # A text of which this pass reads nothing but padding has no row to be made.
        asked = {keys[at]: at for at in range(len(texts)) if len(texts[at]) > first_rows[at]}
        order = sorted(asked.values())
        made: Sequence[Any] = ()
        if order:
            made = source.patterns([texts[at] for at in order], [first_rows[at] for at in order])
        by_key: dict[Any, torch.Tensor] = {}
        for at, pattern in zip(order, made, strict=True):
            shape = (count, len(texts[at]) - first_rows[at], len(texts[at]))
            if tuple(pattern.shape) != shape:
                raise AttndslError(
                    f"a pattern source gave {tuple(pattern.shape)} where {shape} was asked for"
                )
            by_key[keys[at]] = torch.as_tensor(pattern).to(*to)
        return [
            by_key[key] if key in by_key else torch.zeros(count, 0, len(text)).to(*to)
            for key, text in zip(keys, texts, strict=True)
        ]

    def dense(self, reading: Reading, mask: Mask, slots: Slots, to: Device) -> torch.Tensor:
        """`[B, P, queries, keys]` laid out as the model lays out queries and cached keys."""
        key = (self, "dense", mask, slots, to)
        if key not in reading.made:
            whole = self.whole(reading, mask, to)
            count = len(self.programs[mask])
            made = torch.zeros(
                len(whole), count, reading.queries, slots.length, device=to[0], dtype=to[1]
            )
            for row, pattern in enumerate(whole):
                queries, keys, start = places(reading, row, slots)
                block = made[row][:, queries] if isinstance(queries, slice) else None
                if block is not None and isinstance(keys, slice):
                    block[:, :, keys] = pattern[:, :, start:]
                else:
                    at = (torch.as_tensor(index(queries)), torch.as_tensor(index(keys)))
                    made[row][:, at[0][:, None], at[1][None, :]] = pattern[:, :, start:]
            reading.made[key] = made
        laid_out: torch.Tensor = reading.made[key]
        return laid_out

    def biases(self, reading: Reading, mask: Mask, slots: Slots, to: Device) -> torch.Tensor:
        """`[B, 1 + P, queries, keys]`: no bias, then for each program what makes the softmax of
        equal scores its row."""
        key = (self, "biases", mask, slots, to)
        if key not in reading.made:
            dense = self.dense(reading, mask, slots, to)
            made = dense.new_zeros(dense.shape[0], 1 + dense.shape[1], *dense.shape[2:])
            torch.log(dense.clamp(min=LEAST), out=made[:, 1:])
            reading.made[key] = made
        kept: torch.Tensor = reading.made[key]
        return kept

    def split(self, reading: Reading, mask: Mask, row: int, number: int, to: Device) -> SplitRows:
        """One program's rows for one text, nearly empty rows apart."""
        key = (self, "split", mask, row, number, to)
        if key not in reading.made:
            pattern = self.whole(reading, mask, to)[row][number]
            reading.made[key] = split_rows(pattern, reading.first_rows[row], mask)
        rows: SplitRows = reading.made[key]
        return rows

    def blocks(
        self, reading: Reading, mask: Mask, row: int, numbers: tuple[int, ...], to: Device
    ) -> Iterator[tuple[int, int, torch.Tensor]]:
        """(number, first row, rows) of the given programs, few rows in memory at a time."""
        text, first = reading.texts[row], reading.first_rows[row]
        for number in numbers:
            source = self.source(mask, (number,))
            program = self.programs[mask][number]
            if mask.kind == "full" or not getattr(program, "causal", True):
                whole = self.ask(source, (text,), (first,), 1, to)[0][0]
                yield number, first, whole
                continue
            for start in range(first, len(text), BLOCK):
                stop = min(start + BLOCK, len(text))
                part = self.ask(source, (text[:stop],), (start,), 1, to)[0][0]
                yield number, start, part


Index = slice | NDArray[np.int64]


def places(reading: Reading, row: int, slots: Slots) -> tuple[Index, Index, int]:
    """Where the rows and keys of a text lie in the pass, and its first key in the slots."""
    at = reading.places[row]
    start = int(np.searchsorted(at, slots.offset))
    queries = at[reading.first_rows[row] :] - reading.past
    return compact(queries), compact(at[start:] - slots.offset), start


def compact(at: NDArray[np.int64]) -> Index:
    """A slice where the places follow each other, which spares a copy."""
    if len(at) and int(at[-1]) - int(at[0]) + 1 == len(at):
        return slice(int(at[0]), int(at[-1]) + 1)
    return at


def index(at: Index) -> NDArray[np.int64]:
    return np.arange(at.start, at.stop) if isinstance(at, slice) else at
