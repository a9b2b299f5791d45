"""A held-out text as a report shows it: its tokens, real and predicted maps, each head's IoU."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from attndsl.draw.grid import clean
from attndsl.engines.batch import Library
from attndsl.fit.places import resting_keys, special_ids
from attndsl.graph.program import Program
from attndsl.heads.packing import cells_within, row_starts
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.report.data import TextEntry
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import from_ids

BLOCK = 32  # programs run at a time
F32 = NDArray[np.float32]
Maps = dict[tuple[int, Mask], int]  # (program, mask of the layer) -> number of its patterns


def shown_text(
    store: HeadStore,
    number: int,
    programs: Sequence[Program],
    piece_table: PieceTable,
    maps: Maps,
    slots: Sequence[int],
    limit: int,
) -> tuple[TextEntry, NDArray[np.float64]]:
    """One text with what is shown of its maps, and every head's IoU on the whole of it."""
    text, mask = store[number], store.meta.mask
    encoded = from_ids(piece_table, text.ids, text.text)
    shown = shown_cells(mask, text.length, limit)
    row = int(row_starts(mask, text.length)[1])  # the first is in no measure
    fits = np.zeros(len(slots))
    predicted = np.zeros((len(maps), len(shown)), dtype=np.float32)
    served = defaultdict(list)
    for head, slot in enumerate(slots):
        served[slot].append(head)
    for slot, pattern in patterns(programs, encoded, mask, maps):
        for head in served[slot]:
            fits[head] = _iou(text.patterns[head][row:], pattern[row:])
        predicted[slot] = pattern[shown]
    entry = TextEntry(
        number=number,
        length=text.length,
        tokens=tuple(map(clean, encoded.labels()[:limit])),
        real=text.patterns[:, shown].astype(np.float32),
        predicted=predicted,
        resting=resting_keys(mask, text.ids, special_ids(piece_table)),
        inside=tuple(np.flatnonzero(encoded.column("starts_word")[:limit] == 0).tolist()),
    )
    return entry, fits


def shown_cells(mask: Mask, length: int, limit: int) -> NDArray[np.int64]:
    """Which packed cells belong to the first `limit` positions.

    >>> shown_cells(Mask("full"), 3, 2)
    array([0, 1, 3, 4])
    """
    few = min(length, limit)
    if mask.kind == "full":
        return (np.arange(few)[:, None] * length + np.arange(few)).ravel()
    return np.arange(row_starts(mask, few)[-1])


def patterns(
    programs: Sequence[Program], encoded: Encoded, outer: Mask, maps: Maps
) -> Iterator[tuple[int, F32]]:
    """Every predicted pattern with its number, each in the cells of the outer mask."""
    by_mask: dict[Mask, list[tuple[int, int]]] = defaultdict(list)
    for (program, mask), slot in maps.items():
        by_mask[mask].append((program, slot))
    for mask, pairs in by_mask.items():
        for start in range(0, len(pairs), BLOCK):
            block = pairs[start : start + BLOCK]
            squares = Library([programs[p] for p, _ in block], mask).patterns([encoded])[0]
            for (_, slot), pattern in zip(block, squares, strict=True):
                if mask == outer:
                    yield slot, pattern
                    continue
                wide = np.zeros(outer.cells(encoded.n), dtype=np.float32)
                wide[cells_within(outer, mask, encoded.n)] = pattern
                yield slot, wide


def _iou(one: NDArray[np.floating], other: F32) -> float:
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    least, most = np.minimum(a, b).sum(), np.maximum(a, b).sum()
    return float(least / most) if most > 0 else 1.0
