"""A held-out text as a report shows it: its tokens, real and predicted maps, each head's IoU."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from attndsl.draw.grid import clean
from attndsl.engines.batch import Library
from attndsl.engines.batch.opened import patterns_at
from attndsl.fit.places import resting_keys, special_ids
from attndsl.fit.sketched import shown as sketched
from attndsl.graph.program import Program
from attndsl.heads.packing import Rows, cells_within, row_starts
from attndsl.heads.shards import StoredText
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
    if text.sketch is not None:
        return _of_sketch(text, mask, encoded, programs, piece_table, maps, slots, limit)
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
    real = text.patterns[:, shown].astype(np.float32)
    return _entry(text, mask, encoded, piece_table, real, predicted, limit), fits


def _of_sketch(
    text: StoredText,
    mask: Mask,
    encoded: Encoded,
    programs: Sequence[Program],
    piece_table: PieceTable,
    maps: Maps,
    slots: Sequence[int],
    limit: int,
) -> tuple[TextEntry, NDArray[np.float64]]:
    """The same of a long text: its first rows by the sketch, IoU on the rows kept whole."""
    assert text.rows is not None
    first = np.arange(min(text.length, limit))
    special = special_ids(piece_table)
    predicted = np.zeros((len(maps), int(row_starts(mask, text.length, first)[-1])), np.float32)
    fits = np.zeros(len(slots))
    for rows in (first, text.rows):
        for slot, pattern in patterns(programs, encoded, mask, maps, rows):
            if rows is first:
                predicted[slot] = pattern
                continue
            for head in (at for at, one in enumerate(slots) if one == slot):
                fits[head] = _iou(text.patterns[head], pattern)
    real = sketched(text, mask, special, range(len(text.patterns)), first)
    return _entry(text, mask, encoded, piece_table, real, predicted, limit), fits


def _entry(
    text: StoredText,
    mask: Mask,
    encoded: Encoded,
    piece_table: PieceTable,
    real: F32,
    predicted: F32,
    limit: int,
) -> TextEntry:
    return TextEntry(
        number=text.number,
        length=text.length,
        tokens=tuple(map(clean, encoded.labels()[:limit])),
        real=real,
        predicted=predicted,
        resting=resting_keys(mask, text.ids, special_ids(piece_table)),
        inside=tuple(np.flatnonzero(encoded.column("starts_word")[:limit] == 0).tolist()),
    )


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
    programs: Sequence[Program],
    encoded: Encoded,
    outer: Mask,
    maps: Maps,
    rows: Rows | None = None,
) -> Iterator[tuple[int, F32]]:
    """Every predicted pattern with its number, each in the cells of the outer mask; of some rows or
    of all."""
    by_mask: dict[Mask, list[tuple[int, int]]] = defaultdict(list)
    for (program, mask), slot in maps.items():
        by_mask[mask].append((program, slot))
    for mask, pairs in by_mask.items():
        for start in range(0, len(pairs), BLOCK):
            block = pairs[start : start + BLOCK]
            library = Library([programs[p] for p, _ in block], mask)
            squares = patterns_at(library, [encoded], [rows])[0]
            for (_, slot), pattern in zip(block, squares, strict=True):
                if mask == outer:
                    yield slot, pattern
                    continue
                cells = int(row_starts(outer, encoded.n, rows)[-1])
                wide = np.zeros(cells, dtype=np.float32)
                wide[cells_within(outer, mask, encoded.n, rows)] = pattern
                yield slot, wide


def _iou(one: NDArray[np.floating], other: F32) -> float:
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    least, most = np.minimum(a, b).sum(), np.maximum(a, b).sum()
    return float(least / most) if most > 0 else 1.0
