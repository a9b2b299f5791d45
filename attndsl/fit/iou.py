"""Intersection over union: how much of the weight of two patterns lies in the same cells."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from attndsl.language.diagnostics import AttndslError

CELLS = 1 << 14  # cells widened to float32 at a time; a multiple of the kernel's block

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Patterns = NDArray[np.floating]


def pair_sums(programs: Patterns, heads: Patterns) -> F64:
    """Sum of minima of every program's packed pattern with every head's: `[programs, heads]`."""
    from attndsl.fit.tiles import all_pairs

    out = room(programs, heads)
    for a, b in _blocks(programs, heads):
        all_pairs(a, b, out)
    return out[: len(programs), : len(heads)]


def pattern_sums(patterns: Patterns) -> F64:
    """Each pattern's sum, to the last bit what `pair_sums` gives for it and itself."""
    from attndsl.fit.tiles import own_sums

    out = np.zeros(len(patterns))
    for block, _ in _blocks(patterns, patterns[:0]):
        own_sums(block, out)
    return out


def iou(programs: Patterns, heads: Patterns) -> F64:
    """IoU of every program with every head on one text: sum of minima over sum of maxima.

    As the maxima sum to both sums less the minima, one pass gives both. A pattern with itself has
    exactly 1; two patterns without any weight are the same and have 1 too. An AttndslError names a
    pattern that holds NaN or infinity.

    >>> iou(np.array([[1.0, 0.5, 0.5]]), np.array([[1.0, 0.0, 1.0], [1.0, 0.5, 0.5]]))
    array([[0.6, 1. ]])
    """
    from attndsl.fit.tiles import all_pairs, own_sums

    out, sums = room(programs, heads), (np.zeros(len(programs)), np.zeros(len(heads)))
    for block in _blocks(programs, heads):
        all_pairs(*block, out)
        for side, own in zip(block, sums, strict=True):
            own_sums(side, own)
    check_finite(*sums)
    return iou_of_sums(out[: len(programs), : len(heads)], *sums)


def check_finite(programs: F64, heads: F64) -> None:
    """Refuse sums of patterns that hold NaN or infinity, by the pattern's number."""
    for sums, what in ((programs, "program"), (heads, "head")):
        finite = np.isfinite(sums)
        if not finite.all():
            raise AttndslError(f"{what} {int(finite.argmin())} holds NaN or infinity")


def iou_of_sums(shared: F64, programs: F64, heads: F64) -> F64:
    """IoU from the sums of minima `[P, H]` and the patterns' own sums; written over the former."""
    from attndsl.fit.tiles import to_iou

    to_iou(shared, programs, heads)
    return shared


def room(programs: Patterns, heads: Patterns) -> F64:
    """Zeros for whole tiles: four programs by two heads."""
    return np.zeros((-(-len(programs) // 4) * 4, -(-len(heads) // 2) * 2))


def check_sides(programs: Patterns, heads: Patterns) -> None:
    """Refuse patterns that can't be of one text."""
    for side, what in ((programs, "programs"), (heads, "heads")):
        if side.ndim != 2:
            raise AttndslError(f"{what} come as [{what}, cells], not in {side.ndim} dimensions")
    if programs.shape[1] != heads.shape[1]:
        raise AttndslError(
            f"programs have {programs.shape[1]} cells and heads {heads.shape[1]}; "
            "they are not of the same text and mask"
        )


def _blocks(programs: Patterns, heads: Patterns) -> Iterator[tuple[F32, F32]]:
    """Some cells of all patterns at a time, as float32; copied only where needed."""
    check_sides(programs, heads)
    for start in range(0, programs.shape[1], CELLS):
        part = slice(start, start + CELLS)
        yield _ready(programs[:, part]), _ready(heads[:, part])


def _ready(patterns: Patterns) -> F32:
    return np.require(patterns, dtype=np.float32, requirements=["C", "W"])
