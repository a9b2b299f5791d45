"""The census: what each head does of what heads are known to do, and what it is called for that.

A mechanism that reads the text names a head where the head puts at least the mechanism's threshold
on what it names and at least `BEYOND` more than the head's own constant patterns do (median and
mean by distance, and the mean, and all keys evenly, resting as the head does), by the lower end of
the interval: on the kind of probe that is for it, or on natural text. One that goes by places alone
should do so everywhere: it names a head that puts its threshold there on both.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.findings import Census, Finding, HeadCensus
from attndsl.fit.intervals import estimates
from attndsl.fit.medians import by_distance
from attndsl.fit.places import special_ids
from attndsl.fit.sampling import (
    TEXT,
    Batch,
    Weigh,
    Weights,
    batches_of,
    rest_and_entropy,
    weighing,
)
from attndsl.graph.mechanisms import Mechanism, mechanisms
from attndsl.heads.probes import ProbeStore
from attndsl.heads.store import HeadStore, expect_store
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import expect_table

BEYOND = 0.1  # what a head puts on named keys beyond its constant pattern
FEWEST = 3  # texts in which a mechanism finds something, for a figure

F64 = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Sample:
    """The weights of heads and of their constants on what the mechanisms name, text by text.

    `[mechanisms, heads, texts]`; NaN where a mechanism finds nothing in a text.
    """

    where: str
    heads: F64
    constants: F64

    def findings(self, known: Sequence[Mechanism]) -> list[list[Finding]]:
        """Of each head, what the texts say of each mechanism."""
        out: list[list[Finding]] = [[] for _ in range(self.heads.shape[1])]
        for at, one in enumerate(known):
            seen = ~np.isnan(self.heads[at]).any(axis=0)  # layers of other windows find less
            if seen.sum() < FEWEST:
                continue
            own, constant = self.heads[at][:, seen], self.constants[at][:, seen]
            weights, beyond = estimates(own), estimates(own - constant)
            for head, (weight, more) in enumerate(zip(weights, beyond, strict=True)):
                names = weight.mean >= one.threshold and (one.positional or more.low >= BEYOND)
                mean = float(constant[head].mean())
                out[head].append(Finding(one.name, self.where, weight, mean, more, names))
        return out


def census(
    store: HeadStore,
    table: PieceTable,
    numbers: Sequence[int] | None = None,
    progress: Progress | None = None,
    probes: ProbeStore | None = None,
    weigh: Weigh | None = None,
) -> Census:
    """Look at every head of a store on its texts, or some of them, and on probes: given, or its.

    `weigh` looks at the batches in place of this process.
    """
    expect_store(store)
    expect_table(table)
    probes = probes or ProbeStore.beside(store)
    natural = tuple(range(len(store)) if numbers is None else numbers)
    special = special_ids(table)
    constants = tuple(by_distance(store, natural, special, one) for one in (np.median, np.mean))
    known = mechanisms()
    rest, entropy = rest_and_entropy(store, natural, special)
    wanted = [Wanted(TEXT, store, natural, known)]
    if probes is not None:
        wanted += [
            Wanted(kind, probes.heads, probes.numbers(kind), looked_for(probes, kind, known))
            for kind in probes.kinds
        ]
    total = sum(len(one.numbers) for one in wanted)
    tell = progress or (lambda *_: None)
    batches = [batch for one in wanted for batch in one.batches]
    weighed = iter((weigh or weighing(store, probes, table))(batches, constants, tell))
    per_head: list[list[Finding]] = [[] for _ in range(store.meta.total_heads)]
    for one in wanted:
        for mine, new in zip(per_head, one.sample(weighed).findings(one.looked_for), strict=True):
            mine += new
    heads = tuple(
        HeadCensus(
            store.meta.head_name(at),
            float(rest[at]),
            float(entropy[at]),
            tuple(own),
            names_of(own, known),
        )
        for at, own in enumerate(per_head)
    )
    left_out = probes.left_out if probes else ()
    return Census(store.meta.model, heads, len(natural), total - len(natural), left_out)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Texts of a kind, and what is looked for there."""

    where: str
    store: HeadStore
    numbers: tuple[int, ...]
    looked_for: tuple[Mechanism, ...]

    @property
    def batches(self) -> list[Batch]:
        return batches_of(self.store, self.numbers, self.where, self.looked_for)

    def sample(self, weighed: Iterator[Weights]) -> Sample:
        """The weights of its batches, which come next, text by text in the order of the numbers."""
        shape = len(self.looked_for), self.store.meta.total_heads, len(self.numbers)
        own, constant = np.full(shape, np.nan), np.full(shape, np.nan)
        column = {number: at for at, number in enumerate(self.numbers)}
        for batch in self.batches:
            weights = next(weighed)
            at = [column[number] for number in batch.numbers]
            own[:, :, at], constant[:, :, at] = weights.heads, weights.constants
        return Sample(self.where, own, constant)


def looked_for(probes: ProbeStore, kind: str, known: Sequence[Mechanism]) -> tuple[Mechanism, ...]:
    """The mechanisms that a kind of probe is for, and those that its labels know."""
    labelled = {
        label.mechanism for number in probes.numbers(kind) for label in probes.probes[number].labels
    }
    return tuple(one for one in known if one.probe == kind or one.name in labelled)


def names_of(findings: Sequence[Finding], known: Sequence[Mechanism]) -> tuple[str, ...]:
    """The mechanisms that name a head: by how far beyond its constant, places alone last."""
    # Of those by places alone the first of the file comes first: one key says more than four.
    positional = {one.name: at for at, one in enumerate(known) if one.positional}
    partly = {one.mechanism for one in findings if not one.names and one.mechanism in positional}
    best: dict[str, tuple[bool, float]] = {}
    for one in findings:
        if one.names and one.mechanism not in partly:
            last = one.mechanism in positional
            rank = (last, positional[one.mechanism] if last else -one.beyond.low)
            best[one.mechanism] = min(rank, best.get(one.mechanism, rank))
    return tuple(sorted(best, key=lambda name: best[name]))
