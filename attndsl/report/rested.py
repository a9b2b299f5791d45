"""Predicted maps that differ from another of their program in what rests alone: kept as one number.

A head's own rest multiplies what its program gives the resting keys, and rows are brought back to
1. So such a map is the other one, its resting cells times that number. It is told so only where
that gives its weights as well as bytes do; else the map is kept whole.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.heads.packing import pack, row_starts
from attndsl.language.mask import Mask
from attndsl.report.data import HeadEntry, TextEntry
from attndsl.report.levels import Levels, quantised, weights_of

SOME = 0.05  # of a row: with less, or all but so much, resting it tells nothing of the number
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rested:
    """A map is that of the slot `of`, its resting cells `times` as heavy."""

    of: int
    times: float


@dataclass(frozen=True)
class Rows:
    """The packed rows of a text: where each begins, and which cells rest."""

    starts: NDArray[np.int64]
    resting: NDArray[np.bool_]

    @classmethod
    def of(cls, text: TextEntry, mask: Mask) -> "Rows":
        length = len(text.tokens)
        keys = pack(np.broadcast_to(np.arange(float(length)), (length, length)), mask)
        return cls(row_starts(mask, length), np.isin(keys, text.resting))

    def sums(self, weights: NDArray[np.floating]) -> F64:
        """Of each row, along the last axis."""
        sums: F64 = np.add.reduceat(weights.astype(np.float64), self.starts[:-1], axis=-1)
        return sums

    def times(self, weights: NDArray[np.floating], by: F64) -> F64:
        """Maps `[maps, cells]`, the resting cells of each `by` so much, its rows brought to 1."""
        made = np.where(self.resting, by[:, None], 1.0) * weights
        sums = self.sums(made)
        safe = np.where(sums > 0, sums, 1.0)
        return np.asarray(made / np.repeat(safe, np.diff(self.starts), axis=-1))


def rested(
    heads: Sequence[HeadEntry], texts: Sequence[TextEntry], mask: Mask
) -> tuple[Rested | None, ...]:
    """Of each predicted map from which other it may be worked out, by what heads share programs."""
    if not texts:
        return ()
    slots = texts[0].predicted.shape[0]
    shared = defaultdict[int, dict[int, None]](dict)
    for head in heads:
        if head.asked:
            shared[head.program][head.map] = None
    rows = [Rows.of(text, mask) for text in texts]
    found: list[Rested | None] = [None] * slots
    for mine in map(list, shared.values()):
        if len(mine) < 2:
            continue
        shares = np.concatenate(
            [one.sums(np.where(one.resting, text.predicted[mine], 0.0))
             for one, text in zip(rows, texts, strict=True)], axis=-1,
        )  # fmt: skip
        first = int(np.argsort(shares.mean(axis=-1), kind="stable")[len(mine) // 2])
        for at, slot in enumerate(mine):
            if at != first and found[slot] is None:
                found[slot] = Rested(mine[first], _ratio(shares[at], shares[first]))
    taken = {one.of for one in found if one is not None}
    return tuple(None if at in taken else one for at, one in enumerate(found))


def _ratio(mine: F64, other: F64) -> float:
    """How many times as heavy what rests is: the median over rows that can tell."""
    tell = (np.minimum(mine, other) > SOME) & (np.maximum(mine, other) < 1 - SOME)
    if not tell.any():
        return 1.0
    one, two = mine[tell], other[tell]
    return round(float(np.median(one / (1 - one) / (two / (1 - two)))), 5)


def whole(
    text: TextEntry, rests: Sequence[Rested | None], mask: Mask, levels: Levels
) -> tuple[int, ...]:
    """The maps of a text that have to be kept whole though others of their programs are there.
    Those others are as fine as bytes are, however coarse the rest is."""
    slots = [slot for slot, one in enumerate(rests) if one is not None]
    if not slots:
        return ()
    known = [one for one in rests if one is not None]
    others = weights_of(quantised(text.predicted[[one.of for one in known]]))
    made = Rows.of(text, mask).times(others, np.array([one.times for one in known]))
    off = np.abs(weights_of(quantised(made)) - text.predicted[slots]).max(axis=-1)
    return tuple(slot for slot, far in zip(slots, off, strict=True) if far > levels.within)
