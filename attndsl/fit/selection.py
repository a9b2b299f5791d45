"""The selection texts of a run, as ids: what its programs were chosen by, kept beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from attndsl.files.places import Place, place
from attndsl.files.whole import write_json
from attndsl.fit.split import kept_split
from attndsl.heads.meta import META_FILE
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError

SELECTION = "selection.json"
MOST = 100  # texts: enough for means of outputs
Ids = NDArray[np.int64]


def keep_selection(folder: Place | str, texts: Sequence[Iterable[int]]) -> None:
    """Write the first of the selection texts into a run's folder."""
    texts_kept = [[int(one) for one in text] for text in texts[:MOST]]
    write_json(place(folder) / SELECTION, {"texts": texts_kept})


def selection_of(folder: Place | str) -> tuple[Ids, ...]:
    """A run's selection texts: from its folder, or from the heads that were captured in it."""
    folder = place(folder)
    path = folder / SELECTION
    if path.exists():
        try:
            texts = json.loads(path.read_text(encoding="utf-8"))["texts"]
            return tuple(np.array([int(one) for one in text], dtype=np.int64) for text in texts)
        except (OSError, ValueError, TypeError, KeyError) as fault:
            raise AttndslError(f"{path} can't be read: {fault!r}") from None
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
