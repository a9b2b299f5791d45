"""The measures of a fit: IoU, content IoU and rest error, and the rule that weighs them.

All come from one pass of min and add over all pairs: with the heads' resting cells set to zero the
pass gives the content's minima, and a second one over the few resting cells gives the rest's. As
|a - b| = a + b - 2 min(a, b), minima of the rows' rests give the rest error too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.iou import CELLS, Patterns, check_finite, check_sides, room
from attndsl.fit.places import Places

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
LEAST_CONTENT = 0.02  # of a head's rows; below it content IoU is not defined


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures of programs against heads, `[programs, heads]`, of one text or a mean over texts.

    `content` is what of a head's rows doesn't rest, a share, `[heads]`.
    """

    iou: F64
    content_iou: F64
    rest_error: F64
    content: F64

    @staticmethod
    def zeros(programs: int, heads: int) -> "Measures":
        return _of(np.zeros((3, programs, heads)), np.zeros(heads))

    def add(self, other: "Measures", rows: slice, heads: Sequence[int]) -> None:
        """Add to some programs' rows the figures of some heads; their content with the first."""
        every = len(heads) == len(self.content)
        columns = slice(None) if every else list(heads)
        for mine, more in zip(self.pairs, other.pairs, strict=True):
            mine[rows, columns] += more
        if rows.start == 0:
            self.content[columns] += other.content

    @property
    def pairs(self) -> tuple[F64, F64, F64]:
        """The figures of programs with heads."""
        return self.iou, self.content_iou, self.rest_error

    def plus(self, other: "Measures") -> "Measures":
        figures = (a + b for a, b in zip(self.pairs, other.pairs, strict=True))
        return _of(figures, self.content + other.content)

    def over(self, texts: int) -> "Measures":
        return _of((figures / texts for figures in self.pairs), self.content / texts)

    def of(self, heads: Sequence[int]) -> "Measures":
        """Those of some heads."""
        at = list(heads)
        return _of((figures[:, at] for figures in self.pairs), self.content[at])

    @property
    def agreement(self) -> F64:
        """What decides which program fits better: 1 - rest error - content x (1 - content IoU).

        Of a row's weight it takes off what rests where it shouldn't, or the other way round, and of
        the head's content the part that the program doesn't share.
        """
        return 1.0 - self.rest_error - self.content * (1.0 - self.content_iou)

    @property
    def defined(self) -> NDArray[np.bool_]:
        """The heads whose content IoU means something."""
        return self.content >= LEAST_CONTENT


def _of(pairs: Iterable[F64], content: F64) -> Measures:
    iou, content_iou, rest_error = pairs
    return Measures(iou, content_iou, rest_error, content)


# What a program may be chosen by, by the name that `--by` takes.
RULES: Mapping[str, Callable[[Measures], F64]] = {
    "content": lambda measures: measures.agreement,
    "iou": lambda measures: measures.iou,
}


def compare(programs: Patterns, heads: Patterns, where: Places) -> Measures:
    """All measures of every program with every head on one text, of two tokens at least.

    A pattern with itself has IoU and content IoU of exactly 1 and a rest error of 0; where neither
    has content its IoU is 1.
    """
    from attndsl.fit.finish import to_measures
    from attndsl.fit.tiles import all_pairs, weighed_sums

    check_sides(programs, heads)
    minima = room(programs, heads)
    own = np.zeros(len(programs)), np.zeros(len(heads))
    for start in range(0, programs.shape[1], CELLS):
        part = slice(start, start + CELLS)
        content = where.content[part]
        ours = np.require(programs[:, part], dtype=np.float32, requirements=["C", "W"])
        theirs = np.array(heads[:, part], dtype=np.float32, order="C")
        theirs *= content  # which keeps a NaN
        all_pairs(ours, theirs, minima)
        weighed_sums(ours, content, own[0])
        weighed_sums(theirs, content, own[1])
    ours_resting, theirs_resting = (_resting(side, where) for side in (programs, heads))
    rests = ours_resting.sums, theirs_resting.sums
    check_finite(own[0] + rests[0], own[1] + rests[1])
    iou, rest_error = np.empty((2, len(programs), len(heads)))
    content_iou = minima[: len(programs), : len(heads)]
    rows = max(where.rows, 1)
    to_measures(
        iou, content_iou, rest_error, own, (ours_resting.cells, theirs_resting.cells),
        None if where.single else (ours_resting.rows, theirs_resting.rows), rests, rows,
    )  # fmt: skip
    return Measures(iou, content_iou, rest_error, own[1] / rows)


@dataclass(frozen=True, slots=True)
class _Resting:
    """The resting weight of some patterns: cell by cell, row by row, and all of it."""

    cells: F32
    rows: F32
    sums: F64


def _resting(side: Patterns, where: Places) -> _Resting:
    from attndsl.fit.finish import in_fours, sums_in_fours

    cells = in_fours(np.asarray(side[:, where.resting], dtype=np.float32))
    sums = np.zeros(len(side))
    sums_in_fours(cells, sums)
    if where.single:
        return _Resting(cells, cells, sums)
    rows = np.zeros((where.rows, len(side)), dtype=np.float32)
    np.add.at(rows, where.row_of, cells[:, : len(where.row_of)].T)
    return _Resting(cells, in_fours(rows.T), sums)
