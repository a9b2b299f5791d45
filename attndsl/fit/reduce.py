"""The smallest sub-library that fits the heads nearly as well as the whole library.

A fit is any figure where more is better: IoU, or the agreement of content and rest. By head: keep
programs so that no head's best fit falls by more than a given loss. This is set
cover: greedy (the program that saves most heads yet unsaved), then a pass that drops what the
others make needless. Where no two heads of a set share a saving program, no library can be smaller
than that set; the number comes along, and where both agree the result is the smallest.

On the mean: keep programs so that the mean of the best fits falls by no more than that: greedy by
what each adds (at least 63% of the best gain for its size, as gains shrink), then the same pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.language.diagnostics import AttndslError

F64 = NDArray[np.float64]
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Reduced:
    """The programs kept, in the library's order, and what that costs.

    `at_least` is a size below which no sub-library keeps the promise.
    """

    kept: tuple[int, ...]
    worst_loss: float
    mean_loss: float
    at_least: int

    @property
    def proved_smallest(self) -> bool:
        return len(self.kept) == self.at_least


def reduce_by_head(means: F64, loss: float) -> Reduced:
    """Keep programs of `[programs, heads]` so that no head's best figure falls by over `loss`.

    >>> reduce_by_head(np.array([[0.9, 0.1], [0.1, 0.8], [0.85, 0.75]]), 0.1).kept
    (2,)
    """
    _check(means, loss)
    saves = means >= means.max(axis=0) - loss - ROUNDING
    kept: list[int] = []
    open_heads = np.ones(means.shape[1], dtype=np.bool_)
    while open_heads.any():
        gains = saves[:, open_heads].sum(axis=1)
        # Of programs that save as many heads the one that fits them best, then the earlier one.
        most = np.flatnonzero(gains == gains.max())
        best = most[means[np.ix_(most, open_heads)].sum(axis=1).argmax()]
        kept.append(int(best))
        open_heads &= ~saves[best]
    for program in reversed(list(kept)):
        rest = [other for other in kept if other != program]
        if rest and saves[rest].any(axis=0).all():
            kept = rest
    return _result(means, kept, _apart(saves))


def reduce_on_mean(means: F64, loss: float) -> Reduced:
    """Keep programs so that the mean over heads of the best figure falls by no more than `loss`.

    >>> reduce_on_mean(np.array([[0.9, 0.1], [0.1, 0.8], [0.6, 0.6]]), 0.25).kept
    (2,)
    """
    _check(means, loss)
    goal = means.max(axis=0).mean() - loss - ROUNDING
    kept: list[int] = []
    reached = np.full(means.shape[1], means.min())
    while not kept or reached.mean() < goal:
        best = int(np.maximum(means, reached).mean(axis=1).argmax())
        kept.append(best)
        reached = np.maximum(reached, means[best])
    for program in list(kept):
        rest = [other for other in kept if other != program]
        if rest and means[rest].max(axis=0).mean() >= goal:
            kept = rest
    # The first one taken is the best alone, so where it isn't enough at least two are needed.
    return _result(means, kept, min(len(kept), 2))


def _apart(saves: NDArray[np.bool_]) -> int:
    """How many heads can be named of which no program saves two: each needs its own program."""
    count, used = 0, np.zeros(saves.shape[0], dtype=np.bool_)
    for head in np.argsort(saves.sum(axis=0), kind="stable"):
        if not (saves[:, head] & used).any():
            count += 1
            used |= saves[:, head]
    return count


def _result(means: F64, kept: Sequence[int], at_least: int) -> Reduced:
    lost = means.max(axis=0) - means[list(kept)].max(axis=0)
    return Reduced(tuple(sorted(kept)), float(lost.max()), float(lost.mean()), at_least)


def _check(means: F64, loss: float) -> None:
    if not means.size:
        raise AttndslError("there is no score to reduce by: no program or no head")
    if not np.isfinite(means).all():
        raise AttndslError("a score is NaN or infinite; the library can't be reduced by it")
    if not 0 <= loss <= 1:
        raise AttndslError(f"a loss is between 0 and 1, not {loss:g}")
