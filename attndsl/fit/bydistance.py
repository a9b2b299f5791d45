"""A head's own constant patterns: median and mean weight by distance, the first token apart.

Whatever a text says, they are the same. So what a head does beyond them is what it does with the
text. The median is the closer pattern; the mean is fair to heads whose weight jumps about, of which
the median sees nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attndsl.heads.packing import row_starts
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask

F32 = NDArray[np.float32]
_MIDDLES: tuple[Any, ...] = (np.median, np.mean)
FEWEST = 8  # cells of a distance that a median is taken of; beyond, the last one holds


@dataclass(frozen=True, eq=False)
class ByDistance:
    """Weights of all heads: `first[heads]` on key 0, `weights[heads, distances]` on the others.

    Distance d = query - key is at place d + reach, so that encoders, which look ahead, fit too.
    """

    first: F32
    weights: F32
    reach: int  # how far ahead the distances go: 0 under a causal mask

    def patterns(self, mask: Mask, length: int) -> F32:
        """The rows of a text of this length, packed and normalised, `[heads, cells]`."""
        distance, first = _places(mask, length)
        at = np.clip(distance + self.reach, 0, self.weights.shape[1] - 1)
        cells = self.weights[:, at]
        cells[:, first] = self.first[:, None]
        starts = row_starts(mask, length)
        sums = np.add.reduceat(cells, starts[:-1], axis=1)
        empty = sums < 1e-12
        sums[empty] = 1
        cells /= np.repeat(sums, np.diff(starts), axis=1)
        for head, row in zip(*np.nonzero(empty), strict=True):
            cells[head, starts[row]] = 1
        return cells


def resting_as(patterns: F32, constant: F32, mask: Mask, length: int) -> F32:
    """The constant rows with as much on the first token, row by row, as the patterns have there.

    What a text makes a head take off the first token has to go somewhere: it is no sign of reading
    that it goes where the constant says.
    """
    _, first = _places(mask, length)
    starts = row_starts(mask, length)
    widths = np.diff(starts)
    begins = starts[:-1]

    def row_sums(cells: F32) -> F32:
        return np.asarray(np.add.reduceat(cells, begins, axis=1), np.float32)

    content = np.where(first, np.float32(0), constant)
    left = 1 - row_sums(np.where(first, patterns, np.float32(0)))
    scale = left / np.maximum(row_sums(content), np.float32(1e-9))
    found = np.where(first, patterns, content * np.repeat(scale, widths, axis=1))
    return np.asarray(found, np.float32)


def by_distance(store: HeadStore, numbers: Sequence[int]) -> tuple[ByDistance, ByDistance]:
    """Of all heads of a store on some of its texts, the medians and the means.

    Rows from 1 on: the first has no choice.
    """
    mask = store.meta.mask
    places = []
    for number in numbers:
        distance, first = _places(mask, store.length(number))
        late = distance + key_of(mask, store.length(number)) > 0
        places.append((distance, first & late, ~first & late))
    farthest = max((int(distance.max(initial=0)) for distance, *_ in places), default=0)
    nearest = min((int(distance.min(initial=0)) for distance, *_ in places), default=0)
    sizes = np.zeros(farthest - nearest + 1, dtype=np.int64)
    for distance, _, rest in places:
        sizes += np.bincount(distance[rest] - nearest, minlength=len(sizes))
    heads = store.meta.total_heads
    first_weight = np.zeros((len(_MIDDLES), heads), dtype=np.float32)
    weights = np.zeros((len(_MIDDLES), heads, len(sizes)), dtype=np.float32)
    order = np.argsort(
        np.concatenate([distance[rest] for distance, _, rest in places]), kind="stable"
    )
    bounds = np.concatenate(([0], np.cumsum(sizes)))
    for layer in range(store.meta.layers):
        here = slice(layer * store.meta.heads, (layer + 1) * store.meta.heads)
        cells = [np.asarray(store[number].patterns[here], np.float32) for number in numbers]
        firsts = [part[:, first] for part, (_, first, _) in zip(cells, places, strict=True)]
        rests = [part[:, rest] for part, (*_, rest) in zip(cells, places, strict=True)]
        joined, ordered = np.concatenate(firsts, axis=1), np.concatenate(rests, axis=1)[:, order]
        for kind, middle in enumerate(_MIDDLES):
            first_weight[kind, here] = middle(joined, axis=1)
            for at, (start, stop) in enumerate(pairwise(bounds)):
                if stop > start:
                    weights[kind, here, at] = middle(ordered[:, start:stop], axis=1)
    enough = np.flatnonzero(sizes >= min(FEWEST, int(sizes.max(initial=0))))
    kept = slice(int(enough[0]), int(enough[-1]) + 1) if enough.size else slice(0, 1)
    reach = -(nearest + kept.start)
    median, mean = (
        ByDistance(first, rest[:, kept], reach)
        for first, rest in zip(first_weight, weights, strict=True)
    )
    return median, mean


def _places(mask: Mask, length: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Of each packed cell the distance from query to key, and whether the key is the first."""
    queries, keys = _queries(mask, length), key_of(mask, length)
    return queries - keys, keys == 0


def _queries(mask: Mask, length: int) -> NDArray[np.int64]:
    return np.repeat(np.arange(length), np.diff(row_starts(mask, length)))


def key_of(mask: Mask, length: int) -> NDArray[np.int64]:
    """The key of each packed cell."""
    starts = row_starts(mask, length)
    first = np.array([mask.visible(query, length)[0] for query in range(length)], dtype=np.int64)
    offset = np.arange(starts[-1]) - np.repeat(starts[:-1], np.diff(starts))
    keys: NDArray[np.int64] = np.repeat(first, np.diff(starts)) + offset
    return keys
