"""What probes say of a run: induction that is found or falsely given, contradicted programs."""

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.assignment import Assignment
from attndsl.fit.contradictions import trials
from attndsl.fit.detectors import Detectors
from attndsl.fit.library import LibrarySource
from attndsl.heads.probes import ProbeStore
from attndsl.heads.store import HeadStore
from attndsl.models.loading import LoadedModel
from attndsl.models.probing import capture_probes
from attndsl.models.transfer import library_of, numbers_of
from attndsl.tokens.tokenizer import from_ids
from benchmarks.measure import Figures

MECHANISM = "induction"
KINDS = ("tokens", "repeats")  # any tokens repeated; whole words, where those can't be written
DOES, SAYS, NOT = 0.4, 0.2, 0.1  # mean weight on what followed the earlier copy


def probe_figures(loaded: LoadedModel, assignment: Assignment, store: HeadStore) -> Figures:
    """Counted on the probes that are never used for choosing."""
    real, shown = induction_weights(loaded, assignment, store)
    does = real > DOES
    return {
        "induction_heads": float(does.sum()),
        "induction_found": float((does & (shown > SAYS)).sum()),
        "induction_false": float(((real < NOT) & (shown > SAYS)).sum()),
        "contradicted": float(contradicted(loaded, assignment, store)),
    }


def contradicted(loaded: LoadedModel, assignment: Assignment, store: HeadStore) -> int:
    """How many heads have a program that the probes which only check contradict."""
    probes = ProbeStore.beside(store)
    assert probes is not None
    source = LibrarySource(library_of(assignment), loaded.table, store.meta.mask)
    own = [None if one < 0 else one for one in numbers_of(assignment, loaded)]
    found = trials(probes, loaded.table, checks=True).contradictions(source, own)
    return len({one.head for one in found})


def induction_weights(
    loaded: LoadedModel, assignment: Assignment, store: HeadStore
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean weight after earlier copies, of every head and of its program."""
    capture_probes(loaded, store.folder)
    probes = ProbeStore.beside(store)
    assert probes is not None
    kind = next((one for one in KINDS if one in probes.kinds), KINDS[-1])
    numbers = probes.numbers(kind, checks=True)
    detectors = Detectors.under(store.meta.mask)
    at = [one.name for one in detectors.mechanisms].index(MECHANISM)
    source = LibrarySource(library_of(assignment), loaded.table, store.meta.mask)
    own = np.maximum(np.array(numbers_of(assignment, loaded)), 0)
    sums = np.zeros((2, store.meta.total_heads))
    for number in numbers:
        text = probes.heads[number]
        encoded = from_ids(loaded.table, text.ids, text.text)
        (look,) = detectors.looks([encoded], [probes.probes[number].labels])
        (programs,) = source.patterns([text])
        for row, patterns in enumerate((text.patterns, programs[own])):
            sums[row] += look.weights(np.asarray(patterns, dtype=np.float32))[:, at]
    real, shown = sums / len(numbers)
    return real, shown
