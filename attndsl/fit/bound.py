"""The best program of each head without comparing every pair: an exact upper bound skips the rest.

Summed over blocks of cells, min(sum of a, sum of b) is at least the sum of min(a, b). So patterns
summed up in blocks of eight give an upper bound of every IoU for an eighth of the work, and a
program whose bound is below the best IoU already found for a head can't be that head's best. The
bound is tight where the one pattern is above the other all over a block, so cells are first put
in order by how much weight they have in the programs, then in the heads.

For 1,000 programs and 270 heads the search leaves out three quarters of the pairs and still takes
as long as comparing all: a pair by itself waits for memory, where in a tile among many its cells
are in cache, and the first look is not free. `score`, which tells second bests too, compares all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.iou import check_finite, iou_of_sums, pair_sums, pattern_sums

COARSE = 8  # cells summed up in the first look
FIRST = 4  # programs with the highest bounds that are compared first
SLACK = 1e-5  # float32 sums may differ by this much; a bound within it is not trusted

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Best:
    """The best program of each head and its mean IoU; `skipped` is the share of pairs left out."""

    program: NDArray[np.int64]
    iou: F64
    skipped: float


def best_programs(programs: Sequence[F32], heads: Sequence[F32]) -> Best:
    """For each head the program of the highest mean IoU over texts, the earlier one of equals.

    `programs[t]` is `[programs, cells]` of text t, `heads[t]` likewise; all of it is in memory. The
    answer is that of comparing all pairs, to the last bit.
    """
    from attndsl.fit.tiles import coarse_sums

    sums = [(pattern_sums(a), pattern_sums(b)) for a, b in zip(programs, heads, strict=True)]
    for of_programs, of_heads in sums:
        check_finite(of_programs, of_heads)
    bound = np.zeros((len(programs[0]), len(heads[0])))
    for a, b, own in zip(programs, heads, sums, strict=True):
        order = _alike(a, b)
        coarse = (coarse_sums(_ready(side), order, COARSE) for side in (a, b))
        shared = pair_sums(*coarse)
        bound += np.minimum(iou_of_sums(shared, *own), 1.0)
    bound = bound / len(programs) + SLACK
    exact = np.full(bound.shape, -1.0)
    promising = np.zeros(bound.shape, dtype=np.bool_)
    top = np.argpartition(-bound, min(FIRST, len(bound)) - 1, axis=0)[:FIRST]
    promising[top, np.arange(bound.shape[1])] = True
    order = np.argsort(bound.argmax(axis=0), kind="stable")
    _fill(exact, promising, programs, heads, sums, order)
    order = np.argsort(exact.argmax(axis=0), kind="stable")
    _fill(exact, (bound >= exact.max(axis=0)) & ~promising, programs, heads, sums, order)
    best = exact.argmax(axis=0)
    return Best(best, exact[best, np.arange(len(best))], float((exact < 0).mean()))


def _ready(patterns: F32) -> F32:
    return np.require(patterns, np.float32, ["C", "W"])


def _alike(programs: F32, heads: F32) -> NDArray[np.int64]:
    """An order of the cells in which neighbours have like weight, by powers of two."""
    levels = np.round(np.log2(programs.mean(axis=0) + 1e-6))
    return np.asarray(np.lexsort((heads.mean(axis=0, dtype=np.float32), levels)))


def _fill(
    exact: F64,
    wanted: NDArray[np.bool_],
    programs: Sequence[F32],
    heads: Sequence[F32],
    sums: Sequence[tuple[F64, F64]],
    order: NDArray[np.int64],
) -> None:
    """Put the mean IoU of the wanted pairs in their places; like heads follow in the order."""
    from attndsl.fit.tiles import listed_pairs

    by_head = np.ascontiguousarray(wanted.T)
    chosen = np.nonzero(by_head)[1].astype(np.int64)
    head = np.nonzero(by_head)[0]
    offsets = np.concatenate(([0], np.cumsum(by_head.sum(axis=1)))).astype(np.int64)
    total = np.zeros(len(chosen))
    for a, b, (of_a, of_b) in zip(programs, heads, sums, strict=True):
        shared = listed_pairs(_ready(a), _ready(b), chosen, offsets, order)
        union = of_a[chosen] + of_b[head] - shared
        total += np.divide(shared, union, out=np.ones_like(shared), where=union > 0)
    exact[chosen, head] = total / len(programs)
