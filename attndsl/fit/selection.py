"""The selection texts of a run, as ids: what its programs were chosen by, kept beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from attndsl.files.places import Place, place
from attndsl.files.reading import expect, many, read_json, record, whole
from attndsl.files.whole import write_json
from attndsl.fit.split import kept_split
from attndsl.heads.meta import META_FILE
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError

SELECTION = "selection.json"
MOST = 100  # texts: enough for means of outputs
Ids = NDArray[np.int64]


_SHAPE = record({"texts": many(many(whole()))})


def keep_selection(folder: Place | str, texts: Sequence[Iterable[int]]) -> None:
    """Write the first of the selection texts into a run's folder."""
    texts_kept = [[int(one) for one in text] for text in texts[:MOST]]
    write_json(place(folder) / SELECTION, {"texts": texts_kept})


def selection_of(folder: Place | str) -> tuple[Ids, ...]:
    """A run's selection texts: from its folder, or from the heads that were captured in it."""
    folder = place(folder)
    path = folder / SELECTION
    if path.exists():
        kept = read_json(path)
        expect(kept, _SHAPE, str(path))
        return tuple(np.array(text, dtype=np.int64) for text in kept["texts"])
    if (folder / "heads" / META_FILE).exists():
        store = HeadStore.open(folder / "heads")
        split = kept_split(store)
        if split is not None:
            some = split.selection[:MOST]
            return tuple(np.array(store[number].ids, dtype=np.int64) for number in some)
    raise AttndslError(
        f"{folder} does not say which texts its programs were chosen by, and ablations are "
        "measured on those: name texts for it with --selection FILE (not those of --text)"
    )
