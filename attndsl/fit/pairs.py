"""Measures from sums over rows: of a long text's rows a block at a time, nothing kept but sums.

The same figures as of whole maps, which are ratios of such sums.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.iou import Patterns, pair_sums
from attndsl.fit.measures import Measures
from attndsl.fit.places import Places

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
ROOM = 4_000_000  # cells that are compared one by one at once; each takes some 64 bytes


@dataclass(slots=True)
class PairSums:
    """Of pairs, `[programs, heads]`: the lesser and the greater weight of their cells, content's
    and resting ones', and how far apart their rows rest. `content` is the heads', `[heads]`."""

    least: F64
    most: F64
    least_resting: F64
    most_resting: F64
    rest_error: F64
    content: F64
    rows: int = 0

    @staticmethod
    def zeros(programs: int, heads: int) -> "PairSums":
        return _of(np.zeros((5, programs, heads)), np.zeros(heads), 0)

    @property
    def pairs(self) -> tuple[F64, ...]:
        """The sums of programs with heads."""
        return self.least, self.most, self.least_resting, self.most_resting, self.rest_error

    def __add__(self, other: "PairSums") -> "PairSums":
        sums = (a + b for a, b in zip(self.pairs, other.pairs, strict=True))
        return _of(sums, self.content + other.content, self.rows + other.rows)

    def put(self, heads: Sequence[int], other: "PairSums") -> None:
        """Add the sums of some heads, by number; who adds counts the rows."""
        for mine, more in zip(self.pairs, other.pairs, strict=True):
            mine[:, list(heads)] += more
        self.content[list(heads)] += other.content

    def measures(self) -> Measures:
        rows = max(self.rows, 1)
        return Measures(
            _ratio(self.least + self.least_resting, self.most + self.most_resting),
            _ratio(self.least, self.most),
            np.maximum(self.rest_error, 0.0) / rows,
            self.content / rows,
        )


def _of(pairs: Iterable[F64], content: F64, rows: int) -> PairSums:
    least, most, least_resting, most_resting, rest_error = pairs
    return PairSums(least, most, least_resting, most_resting, rest_error, content, rows)


def _ratio(least: F64, most: F64) -> F64:
    """1 where neither side has any weight."""
    return np.divide(least, most, out=np.ones_like(most), where=most > 0)


def own_pairs(mine: F32, heads: Patterns, where: Places) -> PairSums:
    """Row i against head i, as `[1, heads]`: for pairs that are known a plain sum is enough."""
    step = max(1, ROOM // max(1, mine.shape[1]))
    parts = [
        _own_pairs(mine[at : at + step], heads[at : at + step], where)
        for at in range(0, max(1, len(mine)), step)
    ]
    pairs = (np.concatenate(each, axis=1) for each in zip(*(p.pairs for p in parts), strict=True))
    return _of(pairs, np.concatenate([part.content for part in parts]), where.rows)


def _own_pairs(mine: F32, heads: Patterns, where: Places) -> PairSums:
    ours, theirs = mine.astype(np.float64), np.asarray(heads, dtype=np.float64)
    content = where.content.astype(bool)
    least, most = np.minimum(ours, theirs), np.maximum(ours, theirs)
    rests = [np.zeros((len(mine), max(where.rows, 1))) for _ in range(2)]
    for rest, side in zip(rests, (ours, theirs), strict=True):
        np.add.at(rest.T, where.row_of, side[:, where.resting].T)
    sides = (
        least[:, content], most[:, content], least[:, where.resting], most[:, where.resting],
        np.abs(rests[0] - rests[1]),
    )  # fmt: skip
    sums = (side.sum(axis=1)[None] for side in sides)
    return _of(sums, theirs[:, content].sum(axis=1), where.rows)


def all_pairs(programs: F32, heads: F32, where: Places) -> PairSums:
    """Every program with every head; both are left as they are."""
    content = where.content
    least = pair_sums(programs, heads * content)
    own, other = (_sums(side, content) for side in (programs, heads))
    resting = tuple(np.ascontiguousarray(side[:, where.resting]) for side in (programs, heads))
    least_resting, of_cells = pair_sums(*resting), _both(_all(one) for one in resting)
    rows = tuple(by_row(one, where) for one in resting)
    apart = _both(_all(one) for one in rows) - 2 * pair_sums(*rows)
    return PairSums(
        least, _both((own, other)) - least, least_resting, of_cells - least_resting, apart, other,
        where.rows,
    )  # fmt: skip


def _sums(side: F32, content: F32) -> F64:
    return np.asarray((side * content).sum(axis=1, dtype=np.float64))


def _all(side: F32) -> F64:
    return np.asarray(side.sum(axis=1, dtype=np.float64))


def _both(sides: Iterable[F64]) -> F64:
    """What two patterns weigh together, for all pairs."""
    ours, theirs = sides
    return np.asarray(ours[:, None] + theirs[None])


def by_row(resting: F32, where: Places) -> F32:
    """What each row rests, `[patterns, rows]`, from its resting cells."""
    if where.single:
        return resting
    rows = np.zeros((where.rows, len(resting)), dtype=np.float32)
    np.add.at(rows, where.row_of, resting.T)
    return np.ascontiguousarray(rows.T)
