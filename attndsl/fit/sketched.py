"""How far the sketches of a store are off, by the rows that it keeps whole."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.places import resting_keys
from attndsl.heads.packing import row_starts
from attndsl.heads.shards import StoredText
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask

HEADS = 32  # at once


def sketch_error(store: HeadStore, special: Collection[int] = ()) -> NDArray[np.float64] | None:
    """By head, the weight of a row that the sketch has in another place, on average; None where
    nothing is sketched."""
    texts = [store[n] for n in range(len(store)) if store.meta.sketches(store.length(n))]
    if not texts:
        return None
    errors = [_error(text, store.meta.mask, special) for text in texts]
    return np.asarray(np.mean(errors, axis=0))


def _error(text: StoredText, mask: Mask, special: Collection[int]) -> NDArray[np.float64]:
    assert text.sketch is not None
    starts = row_starts(mask, text.length, text.rows)[:-1]
    found = []
    for first in range(0, len(text.patterns), HEADS):
        heads = range(first, min(first + HEADS, len(text.patterns)))
        apart = np.abs(shown(text, mask, special, heads, text.sketch.rows) - text.patterns[heads])
        found.append(np.add.reduceat(apart, starts, axis=1, dtype=np.float64).mean(axis=1) / 2)
    return np.concatenate(found)


def shown(
    text: StoredText,
    mask: Mask,
    special: Collection[int],
    heads: Sequence[int],
    rows: NDArray[np.int64],
) -> NDArray[np.float32]:
    """The cells of some rows of a sketched text, as its sketch has them, `[heads, cells]`."""
    assert text.sketch is not None
    rest = np.array(resting_keys(mask, text.ids, special), dtype=np.int64)
    return text.sketch.patterns(mask, rest, heads, rows)
