"""Constant patterns: where a head looks on average, without a look at the words.

The first token alone; evenly; or a weight by distance, what rests apart. They are programs of the
language, and what a program must beat.

Distances up to 64 have a weight of their own (of encoders up to 16 to each side), further ones in
steps of an eighth of their length; beyond the last step its weight holds.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.places import Cells, resting_keys
from attndsl.heads.packing import Rows, row_starts
from attndsl.language.mask import Mask

ALONE = 64  # distances with a weight of their own; a quarter of it where keys lie on both sides
GROWTH = 8  # beyond them a step is an eighth as wide as it is far
TOGETHER = 32  # constants that are worked out at once
EMPTY = 1e-12  # a row whose sum is below falls to the first token, as the language says

F32 = NDArray[np.float32]
CALLED = {"first": "first token", "evenly": "evenly", "distance": "by distance"}
SAYS = {
    "first": "Everything on the first token, whatever the text.",
    "evenly": "Everything evenly, whatever the text.",
    "distance": "By distance alone, whatever the text: the median weights of one head.",
}


@dataclass(frozen=True, slots=True)
class Constant:
    """Weights in any unit: of resting keys, and of others a step of distance each.

    `behind` begins with the query itself, `ahead` with the key after it; under causal masks `ahead`
    is of no use.
    """

    kind: str
    rest: float
    behind: tuple[float, ...]
    ahead: tuple[float, ...] = (0.0,)

    def source(self, name: str, mask: Mask) -> str:
        """The same as a program: a line a step, and one for neighbours of one weight."""
        head = [f"def {name}(q, k):", f'    """{SAYS[self.kind]}"""']
        if self.kind == "first":
            return "\n".join([*head, "    return k.i == 0", ""])
        if self.kind == "evenly":
            return "\n".join([*head, "    return 1", ""])
        test = "k.is_special" if mask.kind == "full" else "k.i == 0"
        body = [f"    if {test}:", f"        return {self.rest!r}", "    d = q.i - k.i"]
        if mask.kind == "full":
            body.append("    if d < 0:")
            body += _choices("        ", "d >= -{}", self.ahead, 1, alone(mask))
        body += _choices("    ", "d <= {}", self.behind, 0, alone(mask))
        return "\n".join([*head, *body, ""])

    def as_json(self) -> dict[str, Any]:
        behind, ahead = list(self.behind), list(self.ahead)
        return {"kind": self.kind, "rest": self.rest, "behind": behind, "ahead": ahead}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> "Constant":
        behind, ahead = (tuple(map(float, record[side])) for side in ("behind", "ahead"))
        return cls(str(record["kind"]), float(record["rest"]), behind, ahead)


FIRST = Constant("first", 1.0, (0.0,))
EVENLY = Constant("evenly", 1.0, (1.0,), (1.0,))


def packed(
    constants: Sequence[Constant],
    mask: Mask,
    ids: Sequence[int] | Cells,
    special: Collection[int],
    of_rows: Rows | None = None,
) -> F32:
    """Their patterns of a text, or of some of its rows, rows normalised, `[constants, cells]`."""
    distance, starts = distances(mask, len(ids), of_rows), row_starts(mask, len(ids), of_rows)
    rests = resting_cells(mask, ids, special, of_rows)
    patterns = np.zeros((len(constants), len(distance)), dtype=np.float32)
    for at in range(0, len(constants) if len(ids) else 0, TOGETHER):
        some = constants[at : at + TOGETHER]
        weights = _by_step(some, mask, distance)
        weights[:, rests] = [[one.rest] for one in some]
        if mask.kind == "full":  # the first token itself, not all special ones
            weights[[one.kind == "first" for one in some]] = 0.0
        sums = np.add.reduceat(weights, starts[:-1], axis=1)
        which, rows = np.nonzero(sums < EMPTY)
        weights[which, starts[rows]] = 1.0
        sums[which, rows] = 1.0
        patterns[at : at + TOGETHER] = weights / np.repeat(sums, np.diff(starts), axis=1)
    return patterns


def _by_step(constants: Sequence[Constant], mask: Mask, distance: Cells) -> NDArray[np.float64]:
    """The weight of each cell by the step of its distance; the last step's holds beyond it."""
    after = distance < 0
    steps = steps_of(np.abs(distance), alone(mask))
    behind = _padded([one.behind for one in constants])
    ahead = _padded([one.ahead for one in constants])
    weights = behind[:, np.minimum(np.where(after, 0, steps), behind.shape[1] - 1)]
    weights[:, after] = ahead[:, np.minimum(steps[after] - 1, ahead.shape[1] - 1)]
    return weights


def _padded(rows: Sequence[tuple[float, ...]]) -> NDArray[np.float64]:
    width = max(map(len, rows))
    return np.array([row + row[-1:] * (width - len(row)) for row in rows])


def resting_as(
    patterns: F32,
    constant: F32,
    mask: Mask,
    ids: Sequence[int] | Cells,
    special: Collection[int],
    of_rows: Rows | None = None,
) -> F32:
    """The constant rows with as much on resting keys, row by row, as the patterns have there.

    What a text makes a head take off them has to go somewhere: it is no sign of reading that it
    goes where the constant says.
    """
    starts = row_starts(mask, len(ids), of_rows)
    rests = resting_cells(mask, ids, special, of_rows)

    def content(cells: F32) -> F32:
        moving = cells.copy()
        moving[:, rests] = 0
        return moving

    def row_sums(cells: F32) -> F32:
        return np.asarray(np.add.reduceat(cells, starts[:-1], axis=1), np.float32)

    left = row_sums(content(patterns))
    scale = left / np.maximum(row_sums(content(constant)), np.float32(1e-9))
    rested = content(constant) * np.repeat(scale, np.diff(starts), axis=1)
    rested[:, rests] = patterns[:, rests]
    return np.asarray(rested, np.float32)


def alone(mask: Mask) -> int:
    """Up to which distance each has a weight of its own."""
    return ALONE // 4 if mask.kind == "full" else ALONE


def distances(mask: Mask, length: int, rows: Rows | None = None) -> Cells:
    """How far each packed cell's key lies behind the query, negative where it comes after."""
    queries, keys = _cells(mask, length, rows)
    return np.asarray(queries - keys, dtype=np.int64)


def resting_cells(
    mask: Mask, ids: Sequence[int] | Cells, special: Collection[int], rows: Rows | None = None
) -> Cells:
    """The packed cells of resting keys, those of row 0 included."""
    _, keys = _cells(mask, len(ids), rows)
    return np.flatnonzero(np.isin(keys, resting_keys(mask, ids, special)))


def _cells(mask: Mask, length: int, rows: Rows | None) -> tuple[Cells, Cells]:
    """The query and the key of each packed cell."""
    own = np.arange(length, dtype=np.int64) if rows is None else rows
    starts = row_starts(mask, length, rows)
    at = np.repeat(np.arange(len(own)), np.diff(starts))
    return own[at], np.arange(starts[-1]) - starts[at] + mask.first(own)[at]


def lasts(count: int, apart: int) -> list[int]:
    """The last distance of each of the first steps.

    >>> lasts(8, 4), lasts(20, 16)[16:]
    ([0, 1, 2, 3, 4, 5, 6, 7], [16, 18, 20, 22])
    """
    ends: list[int] = []
    last = -1
    while len(ends) < count:
        last += 1 if last < apart else max(1, last // GROWTH)
        ends.append(last)
    return ends


@lru_cache(maxsize=64)
def _steps(length: int, apart: int) -> Cells:
    """The step that each distance below the length belongs to."""
    ends = lasts(max(1, length), apart)
    return np.searchsorted(np.array(ends), np.arange(max(1, length)))


def steps_of(distance: Cells, apart: int) -> Cells:
    """The steps of distances that are not negative."""
    return _steps(int(distance.max(initial=0)) + 1, apart)[distance]


def _choices(
    indent: str, test: str, values: Sequence[float], start: int, apart: int
) -> Iterator[str]:
    """A chain of choices by distance; neighbours of one weight are one choice."""
    ends = lasts(len(values) + start, apart)[start:]
    for at, value in enumerate(values[:-1]):
        if values[at + 1] != value:
            yield f"{indent}if {test.format(ends[at])}:"
            yield f"{indent}    return {value!r}"
    yield f"{indent}return {values[-1]!r}"
