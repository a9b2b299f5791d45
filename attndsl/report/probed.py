"""Probe texts as a report shows them: of each kind one that checks, with what is named in it."""

from collections.abc import Callable, Sequence

import numpy as np

from attndsl.fit.contradictions import Contradiction
from attndsl.fit.detectors import Detectors
from attndsl.graph.mechanisms import Mechanism, mechanisms
from attndsl.heads.packing import unpack
from attndsl.heads.probes import ProbeStore, StoredProbe
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.report.data import MarkEntry, ProbeEntry, TextEntry
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import from_ids

MOST = 12_000  # maps of heads on all probe texts together: of larger models fewer kinds are shown
NAMED = 0.5  # of a row's favourite: a mechanism names keys from there on
Read = Callable[[HeadStore, int], TextEntry]


def probe_entries(
    store: HeadStore,
    limit: int,
    read: Read,
    table: PieceTable,
    against: Sequence[Contradiction] = (),
) -> tuple[ProbeEntry, ...]:
    """Of each kind the text with most labels among its first tokens; none without probes. Outlined
    is what labels name, and what any mechanism names that speaks `against` a program there: if such
    a text is there, one is shown in which it names something."""
    probes = ProbeStore.beside(store)
    if probes is None:
        return ()
    kinds = probes.kinds[: MOST // (store.meta.layers * store.meta.heads)]
    made = []
    for kind in kinds:
        numbers = probes.numbers(kind, checks=True)
        if not numbers:
            continue
        names = {one.mechanism for one in against if one.probe == kind}
        wanted = tuple(one for one in mechanisms() if one.name in names)
        labelled = [_marks(probes.probes[number], limit) for number in numbers]
        found = [_named(probes, number, wanted, limit, table) for number in numbers]
        spoken = [len({one.mechanism for one in (*some, *more)} & names)
                  for some, more in zip(labelled, found, strict=True)]  # fmt: skip
        best = max(range(len(numbers)), key=lambda at: (spoken[at], len(labelled[at])))
        marks = (*labelled[best], *found[best])
        if marks:
            made.append(ProbeEntry(kind, read(probes.heads, numbers[best]), marks))
    return tuple(made)


def _marks(probe: StoredProbe, limit: int) -> tuple[MarkEntry, ...]:
    return tuple(
        MarkEntry(one.mechanism, one.row, one.keys)
        for one in probe.labels
        if one.row < limit and max(one.keys) < limit
    )


def _named(
    probes: ProbeStore,
    number: int,
    wanted: tuple[Mechanism, ...],
    limit: int,
    table: PieceTable,
) -> tuple[MarkEntry, ...]:
    """What mechanisms name in a text that has no labels for them."""
    known = {one.mechanism for one in probes.probes[number].labels}
    silent = tuple(one for one in wanted if one.name not in known)
    if not silent:
        return ()
    text = probes.heads[number]
    encoded = from_ids(table, text.ids, text.text)
    return tuple(marks_of(silent, encoded, probes.heads.meta.mask, limit))


def marks_of(
    wanted: tuple[Mechanism, ...], encoded: Encoded, mask: Mask, limit: int
) -> list[MarkEntry]:
    """By mechanism, from each of the first rows in which it finds something, the keys it names."""
    looks = Detectors(mask, wanted).looks([encoded])[0]
    marks = []
    for one, named in zip(wanted, unpack(looks.named, mask, encoded.n), strict=True):
        for row in range(min(limit, encoded.n)):
            strong = named[row] >= NAMED * max(float(named[row].max()), 1e-9)
            keys = tuple(int(key) for key in np.flatnonzero(strong) if key < limit)
            if keys:
                marks.append(MarkEntry(one.name, row, keys))
    return marks
