"""The census: what each head does of what heads are known to do, and what it is called for that.

A mechanism that reads the text names a head where the head puts at least the mechanism's threshold
on what it names and at least `BEYOND` more than the head's own constant patterns do (median and
mean by distance, and the mean, and all keys evenly, resting as the head does), by the lower end of
the interval: on the kind of probe that is for it, or on natural text. One that goes by places alone
should do so everywhere: it names a head that puts its threshold there on both.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attndsl.files.whole import write_text
from attndsl.fit.intervals import Estimate, estimates
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
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.tokens.pieces import PieceTable

BEYOND = 0.1  # what a head puts on named keys beyond its constant pattern
FEWEST = 3  # texts in which a mechanism finds something, for a figure

F64 = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """How much a head does of one mechanism, on a kind of probe or on natural text.

    `constant` is what the stronger of its constant patterns does of it; `beyond` is the difference,
    text by text.
    """

    mechanism: str
    where: str
    weight: Estimate
    constant: float
    beyond: Estimate
    names: bool

    def as_json(self) -> dict[str, object]:
        return {
            "mechanism": self.mechanism,
            "where": self.where,
            "weight": self.weight.as_json(),
            "constant": self.constant,
            "beyond": self.beyond.as_json(),
            "names": self.names,
        }


@dataclass(frozen=True, slots=True)
class HeadCensus:
    """One head: its share on resting keys, the entropy of its rows in bits, what was found.

    `names` are the mechanisms that name it, the one furthest beyond the constant pattern first,
    those that go by places alone last.
    """

    head: str
    rest: float
    entropy: float
    findings: tuple[Finding, ...]
    names: tuple[str, ...]

    @property
    def name(self) -> str | None:
        return self.names[0] if self.names else None

    def best(self, mechanism: str) -> Finding | None:
        """The strongest finding of a mechanism: one that names the head, if any does."""
        own = [one for one in self.findings if one.mechanism == mechanism]
        # Of equals the first: their last digits hang on the machine.
        return max(own, key=lambda one: (one.names, round(one.weight.mean, 5)), default=None)

    def as_json(self) -> dict[str, object]:
        return {
            "head": self.head,
            "name": self.name,
            "names": list(self.names),
            "rest": self.rest,
            "entropy_bits": self.entropy,
            "findings": [one.as_json() for one in self.findings],
        }


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


@dataclass(frozen=True, slots=True)
class Census:
    """All heads of a model, each with what it does of the known mechanisms.

    `left_out` says which kinds of probe the tokenizer couldn't write, and why.
    """

    model: str
    heads: tuple[HeadCensus, ...]
    natural_texts: int
    probe_texts: int
    left_out: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        named = sum(bool(head.names) for head in self.heads)
        return f"<census of {self.model}: {len(self.heads)} heads, {named} named by a mechanism>"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{head.head}</td><td>{', '.join(head.names)}</td></tr>"
                       for head in self.heads if head.names)  # fmt: skip
        return f"<table><tr><th>head</th><th>{escape(self.model)}: named by</th></tr>{rows}</table>"

    def find(self, name: str) -> tuple[HeadCensus, ...]:
        """The heads that a mechanism names, the strongest first."""
        known = {finding.mechanism for head in self.heads for finding in head.findings}
        if name not in known:
            raise AttndslError(
                f"no mechanism {name!r} was looked for; there are {', '.join(sorted(known))}"
            )
        named = [head for head in self.heads if name in head.names]
        return tuple(sorted(named, key=lambda head: -_strength(head, name)))

    def __getitem__(self, head: str) -> HeadCensus:
        """A head by its name, such as L3.H2."""
        for one in self.heads:
            if one.head == head:
                return one
        raise KeyError(head)

    def write_csv(self, path: Path | str) -> None:
        """One line a head, with the best figure of every mechanism, its interval and what it is
        of: natural text or a kind of probe."""
        names = list(dict.fromkeys(one.mechanism for head in self.heads for one in head.findings))
        out = io.StringIO()
        table = csv.writer(out, lineterminator="\n")
        columns = [f"{name}{end}" for name in names for end in ("", "_low", "_high", "_on")]
        table.writerow(("head", "name", "names", "rest", "entropy_bits", *columns))
        for head in self.heads:
            about = (head.head, head.name or "", " ".join(head.names))
            cells = [cell for name in names for cell in _cells(head.best(name))]
            table.writerow((*about, f"{head.rest:.4f}", f"{head.entropy:.4f}", *cells))
        write_text(Path(path), out.getvalue())

    def as_json(self) -> dict[str, object]:
        return {
            "model": self.model,
            "natural_texts": self.natural_texts,
            "probe_texts": self.probe_texts,
            "kinds_left_out": dict(self.left_out),
            "heads": [head.as_json() for head in self.heads],
        }


def _cells(best: Finding | None) -> tuple[str, ...]:
    if best is None:
        return ("",) * 4
    weight = best.weight
    return (*(f"{value:.4f}" for value in (weight.mean, weight.low, weight.high)), best.where)


def _strength(head: HeadCensus, name: str) -> float:
    best = head.best(name)
    return 0.0 if best is None else best.weight.mean


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
