"""The two passes of scoring over the texts of a store: sums, and what is kept of each text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.codelength import bits_of_pairs, logarithms
from attndsl.fit.comparing import KERNELS, Comparing
from attndsl.fit.divergence import js_of_pairs
from attndsl.fit.excess import Beside, constants_on
from attndsl.fit.measures import Measures
from attndsl.fit.medians import Constants
from attndsl.fit.scoring import ProgramSource, Progress, Sums, TextScores, partial_sums
from attndsl.heads.store import HeadStore

F64 = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class KeptFigures:
    """Of each text, `[texts, heads]`: the figures of the heads' best and second programs, the
    distance of the best one's rows, and the bits that it takes to tell the head's."""

    ranks: tuple[Measures, Measures]
    distance: F64
    told: F64

    @staticmethod
    def zeros(texts: int, heads: int) -> "KeptFigures":
        ranks = Measures.zeros(texts, heads), Measures.zeros(texts, heads)
        return KeptFigures(ranks, np.zeros((texts, heads)), np.zeros((texts, heads)))

    def keep(self, row: int, scores: TextScores, best: Numbers, second: Numbers) -> None:
        """Take from the scores of a text what is of the heads' own programs."""
        here = np.array(scores.group.heads)
        for rank, chosen in zip(self.ranks, (best[here], second[here]), strict=True):
            mine = (chosen >= scores.first) & (chosen < scores.stop)
            program, head = chosen[mine] - scores.first, np.flatnonzero(mine)
            for values, sums in zip(rank.pairs, scores.measures.pairs, strict=True):
                values[row, here[mine]] = sums[program, head]
            if rank is self.ranks[0]:
                used, place = np.unique(program, return_inverse=True)
                self.distance[row, here[mine]] = js_of_pairs(
                    scores.programs[used], scores.patterns, place.astype(np.int64), head,
                    scores.group.mask, scores.text.length, scores.text.rows,
                )  # fmt: skip
                logs = logarithms(
                    scores.programs[used], scores.group.mask, scores.text.length, scores.text.rows
                )
                self.told[row, here[mine]] = bits_of_pairs(
                    logs[place], scores.patterns[head], scores.text.length, scores.text.rows
                )

    @property
    def arrays(self) -> tuple[F64, ...]:
        """All of it, in one order."""
        return (*self.ranks[0].pairs, *self.ranks[1].pairs, self.distance, self.told)


@dataclass(frozen=True, slots=True)
class Reported:
    """What a pass over the report texts gives; `beside` is what the heads' constants get there."""

    sums: Sums
    kept: KeptFigures
    beside: Beside


class Passes(Protocol):
    """Who goes over the texts. The sums come share by share (`scoring.shares`)."""

    def sums(self, numbers: Sequence[int]) -> Sums:
        """The measures of every program with every head, over some texts."""

    def reported(
        self, numbers: Sequence[int], best: Numbers, second: Numbers, constants: Constants
    ) -> Reported:
        """The same, and what is kept of each text, in the order of the numbers."""


@dataclass(frozen=True)
class OneProcess:
    """This process goes over all of them."""

    store: HeadStore
    source: ProgramSource
    memory: int
    tick: Callable[[TextScores], None] = lambda _: None
    comparing: Comparing = KERNELS

    def sums(self, numbers: Sequence[int]) -> Sums:
        return self._over(numbers, self.tick)

    def reported(
        self, numbers: Sequence[int], best: Numbers, second: Numbers, constants: Constants
    ) -> Reported:
        beside = constants_on(self.store, numbers, constants, self.source.special)
        sums, kept = self.kept(numbers, best, second)
        return Reported(sums, kept, beside)

    def kept(
        self, numbers: Sequence[int], best: Numbers, second: Numbers
    ) -> tuple[Sums, KeptFigures]:
        """The same without the constants."""
        row_of = {number: row for row, number in enumerate(numbers)}
        kept = KeptFigures.zeros(len(numbers), self.store.meta.total_heads)

        def keep(scores: TextScores) -> None:
            self.tick(scores)
            kept.keep(row_of[scores.text.number], scores, best, second)

        return self._over(numbers, keep), kept

    def _over(self, numbers: Sequence[int], seen: Callable[[TextScores], None]) -> Sums:
        return partial_sums(self.store, numbers, self.source, self.memory, seen, self.comparing)


class Ticker:
    """Counts texts as the last of their pairs are done."""

    def __init__(self, progress: Progress | None, texts: int, pairs: int) -> None:
        self.progress, self.texts, self.pairs, self.done, self.open = progress, texts, pairs, 0, 0

    def __call__(self, scores: TextScores) -> None:
        self.open += scores.measures.iou.size
        finished, self.open = divmod(self.open, self.pairs)
        self.done += finished
        if finished and self.progress is not None:
            self.progress(self.done, self.texts)
