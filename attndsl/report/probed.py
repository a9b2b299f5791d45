"""Probe texts as a report shows them: of each kind one that checks, with its labels."""

from collections.abc import Callable

import numpy as np

from attndsl.heads.probes import ProbeStore, StoredProbe
from attndsl.heads.store import HeadStore
from attndsl.report.data import MarkEntry, ProbeEntry, TextEntry

MOST = 3000  # maps of heads on all probe texts together: of larger models fewer kinds are shown
Read = Callable[[HeadStore, int], TextEntry]


def probe_entries(store: HeadStore, limit: int, read: Read) -> tuple[ProbeEntry, ...]:
    """Of each kind the text with most labels among its first tokens; none without probes."""
    probes = ProbeStore.beside(store)
    if probes is None:
        return ()
    kinds = probes.kinds[: MOST // (store.meta.layers * store.meta.heads)]
    made = []
    for kind in kinds:
        numbers = probes.numbers(kind, checks=True)
        if not numbers:
            continue
        marks = [_marks(probes.probes[number], limit) for number in numbers]
        best = int(np.argmax([len(one) for one in marks]))
        if marks[best]:
            made.append(ProbeEntry(kind, read(probes.heads, numbers[best]), marks[best]))
    return tuple(made)


def _marks(probe: StoredProbe, limit: int) -> tuple[MarkEntry, ...]:
    return tuple(
        MarkEntry(one.mechanism, one.row, one.keys)
        for one in probe.labels
        if one.row < limit and max(one.keys) < limit
    )
