"""What a pattern must be before it is stored: finite, not negative, rows that sum to 1."""

import numpy as np
from numpy.typing import NDArray

from attndsl.heads.meta import StoreMeta
from attndsl.heads.packing import Rows, check_cells, row_starts
from attndsl.heads.shards import StoredText
from attndsl.heads.sketch import Sketch
from attndsl.language.diagnostics import AttndslError


def check_patterns(
    meta: StoreMeta,
    number: int,
    ids: NDArray[np.int64],
    patterns: NDArray[np.floating],
    rows: Rows | None = None,
) -> float:
    """The largest distance of a row's sum from 1; an AttndslError that names text, head and row.

    Refused: a wrong shape, NaN or infinity, a negative weight, a row further than the store's
    tolerance from 1. A row within the tolerance is stored as it is, and its distance with it.
    """
    where = f"text {number}"
    if ids.ndim != 1:
        raise AttndslError(
            f"{where}: token ids must be one row, not an array of {ids.ndim} dimensions"
        )
    if patterns.ndim != 2 or patterns.shape[0] != meta.total_heads:
        raise AttndslError(
            f"{where}: patterns must be [{meta.total_heads} heads, cells], not {patterns.shape}"
        )
    if patterns.dtype.name not in ("float16", "float32", "float64"):
        raise AttndslError(f"{where}: patterns must be floating point, not {patterns.dtype}")
    if rows is None:
        check_cells(patterns.shape[1], meta.mask, len(ids), where)
    if patterns.shape[1] == 0:
        return 0.0
    starts = row_starts(meta.mask, len(ids), rows)[:-1]
    sums = np.add.reduceat(patterns, starts, axis=1, dtype=np.float64)
    lowest = np.minimum.reduceat(patterns, starts, axis=1)
    far = np.abs(sums - 1.0)
    for bad, problem in (
        (~np.isfinite(sums), "holds NaN or infinity"),
        (lowest < 0, "holds a negative weight"),
        (far > meta.row_tolerance, "does not sum to 1"),
    ):
        if bad.any():
            head, at = (int(index) for index in np.argwhere(bad)[0])
            detail = f" but to {sums[head, at]:.6g}" if problem == "does not sum to 1" else ""
            row = at if rows is None else int(rows[at])
            raise AttndslError(
                f"{where}, head {meta.head_name(head)}: row {row} {problem}{detail} "
                f"({int(bad.any(axis=1).sum())} of {meta.total_heads} heads have such a row)"
            )
    return float(far.max())


def checked(
    meta: StoreMeta,
    number: int,
    ids: NDArray[np.int64],
    text: str,
    patterns: NDArray[np.floating],
    sketch: Sketch | None,
) -> StoredText:
    """A text as it is stored; of one with a sketch the patterns are those of its rows."""
    rows = None if sketch is None else sketch.rows
    error = check_patterns(meta, number, ids, patterns, rows)
    stored = np.array(patterns, dtype=meta.dtype, order="C")
    return StoredText(number, ids, text, stored, error, sketch)
