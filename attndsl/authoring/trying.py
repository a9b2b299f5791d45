"""A program, or a constant pattern, against one head of a store over many texts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.constants import Constant, packed
from attndsl.fit.measures import Measures
from attndsl.fit.medians import head_masks, measured
from attndsl.fit.places import places, special_ids
from attndsl.fit.split import SHORTEST
from attndsl.graph.program import Program
from attndsl.heads.packing import cells_within
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.tokens.tokenizer import from_ids

if TYPE_CHECKING:
    from attndsl.tokens.encoded import Encoded
    from attndsl.tokens.pieces import PieceTable

BATCH = 64  # texts handed to the engine at once

F32 = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass
class Trials:
    """One store's heads; each text is read once."""

    store: HeadStore
    table: "PieceTable"
    _encoded: dict[int, "Encoded"] = field(default_factory=dict)

    @cached_property
    def masks(self) -> tuple[Mask, ...]:
        """Each head's mask."""
        return head_masks(self.store)

    @cached_property
    def special(self) -> frozenset[int]:
        return special_ids(self.table)

    def of_program(self, program: Program, head: int, numbers: Sequence[int]) -> Measures:
        """The program's measures for the head (by its number), the mean over texts."""
        from attndsl.engines.batch import Library

        engine, numbers = Library([program], self.masks[head]), self._long_enough(numbers)

        def patterns() -> Iterator[F32]:
            for start in range(0, len(numbers), BATCH):
                few = [self.encoded(number) for number in numbers[start : start + BATCH]]
                for square in engine.patterns(few):
                    yield square[0]

        return self._mean(patterns(), head, numbers)

    def of_constant(self, constant: Constant, head: int, numbers: Sequence[int]) -> Measures:
        """The same of a constant pattern."""
        mask, numbers = self.masks[head], self._long_enough(numbers)
        texts = (self.store[number].ids for number in numbers)
        patterns = (packed([constant], mask, ids, self.special)[0] for ids in texts)
        return self._mean(patterns, head, numbers)

    def encoded(self, number: int) -> "Encoded":
        if number not in self._encoded:
            text = self.store[number]
            self._encoded[number] = from_ids(self.table, text.ids, text.text)
        return self._encoded[number]

    def _mean(self, patterns: Iterator[F32], head: int, numbers: Sequence[int]) -> Measures:
        total = Measures.zeros(1, 1)
        for number, pattern in zip(numbers, patterns, strict=True):
            text = self.store[number]
            real = text.patterns[head]
            total = total.plus(self.on_text(pattern, real, head, text.ids))
        return total.over(max(1, len(numbers)))

    def on_text(self, pattern: F32, real: NDArray[np.floating], head: int, ids: Ids) -> Measures:
        """On one text: a pattern under the head's mask, against the head's in the store's cells."""
        mask, outer = self.masks[head], self.store.meta.mask
        own = real if mask == outer else real[cells_within(outer, mask, len(ids))]
        return measured(pattern[None], own[None], places(mask, ids, self.special))

    def _long_enough(self, numbers: Sequence[int]) -> list[int]:
        kept = [number for number in numbers if self.store.length(number) >= SHORTEST]
        return self.store.by_shard(kept)
