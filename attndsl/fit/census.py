"""The census: what each head does of what heads are known to do, and what it is called for that.

A mechanism that reads the text names a head where the head puts at least the mechanism's threshold
on what it names and at least `BEYOND` more than the head's own constant patterns do (median and
mean by distance, and the mean, and all keys evenly, resting as the head does), by the lower end of
the interval: on the kind of probe that is for it, or on natural text. One that goes by places alone
should do so everywhere: it names a head that puts its threshold there on both.
"""

import csv
import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attndsl.files.whole import write_text
from attndsl.fit.constants import Constant, packed, resting_as
from attndsl.fit.detectors import Detectors
from attndsl.fit.intervals import Estimate, estimates
from attndsl.fit.medians import by_distance
from attndsl.fit.places import places, special_ids
from attndsl.graph.mechanisms import Mechanism, mechanisms
from attndsl.heads.meta import HeadGroup
from attndsl.heads.packing import cells_within, row_starts
from attndsl.heads.probes import ProbeStore
from attndsl.heads.shards import StoredText
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.probes import Label
from attndsl.tokens.tokenizer import from_ids

BEYOND = 0.1  # what a head puts on named keys beyond its constant pattern
FEWEST = 3  # texts in which a mechanism finds something, for a figure
BATCH = 32
TEXT = "text"  # where a figure comes from: natural text, or else a kind of probe

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
        return max(own, key=lambda one: (one.names, one.weight.mean), default=None)

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


def sample(
    store: HeadStore,
    numbers: Sequence[int],
    table: PieceTable,
    constants: Sequence[Sequence[Constant]],
    where: str,
    labels: dict[int, tuple[Label, ...]] | None = None,
    detectors: Sequence[Mechanism] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Sample:
    """Weigh the heads of a store, and their constant patterns, on some texts."""
    shared: dict[HeadGroup, Detectors] = {}
    special = special_ids(table)
    looked = (
        tuple(detectors) if detectors is not None else Detectors.under(store.meta.mask).mechanisms
    )
    heads = store.meta.total_heads
    own = np.full((len(looked), heads, len(numbers)), np.nan)
    constant = np.full_like(own, np.nan)
    column = {number: at for at, number in enumerate(numbers)}
    ordered = store.by_shard(numbers)
    for start in range(0, len(ordered), BATCH):
        batch = ordered[start : start + BATCH]
        texts = [store[number] for number in batch]
        encoded = [from_ids(table, text.ids, text.text) for text in texts]
        for group in store.meta.groups(text.length for text in texts):
            if group not in shared:
                shared[group] = Detectors(group.mask, looked)
            given = [(labels or {}).get(number, ()) for number in batch]
            looks = shared[group].looks(encoded, given, [text.rows for text in texts])
            for text, look in zip(texts, looks, strict=True):
                patterns = patterns_of(store, text, group)
                rows = list(group.heads)
                own[:, rows, column[text.number]] = look.weights(patterns).T
                base = [
                    packed([each[h] for h in rows], group.mask, text.ids, special, text.rows)
                    for each in constants
                ]
                even = np.ones_like(patterns)
                base += [resting_as(patterns, one, group.mask, text.ids, special, text.rows)
                         for one in (base[-1], even)]  # fmt: skip
                most = np.maximum.reduce([look.weights(patterns) for patterns in base])
                constant[:, rows, column[text.number]] = most.T
        progress(len(batch))
    return Sample(where, own, constant)


def patterns_of(store: HeadStore, text: StoredText, group: HeadGroup) -> NDArray[np.float32]:
    """The packed patterns of a group's heads on a text, under the group's mask."""
    patterns = text.patterns[list(group.heads)]
    if group.mask != store.meta.mask:
        patterns = patterns[:, cells_within(store.meta.mask, group.mask, text.length, text.rows)]
    return np.asarray(patterns, dtype=np.float32)


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
        """One line a head, with the best figure of every mechanism."""
        names = list(dict.fromkeys(one.mechanism for head in self.heads for one in head.findings))
        out = io.StringIO()
        table = csv.writer(out, lineterminator="\n")
        table.writerow(("head", "name", "names", "rest", "entropy_bits", *names))
        for head in self.heads:
            best = [head.best(name) for name in names]
            weights = ["" if one is None else f"{one.weight.mean:.4f}" for one in best]
            about = (head.head, head.name or "", " ".join(head.names))
            table.writerow((*about, f"{head.rest:.4f}", f"{head.entropy:.4f}", *weights))
        write_text(Path(path), out.getvalue())

    def as_json(self) -> dict[str, object]:
        return {
            "model": self.model,
            "natural_texts": self.natural_texts,
            "probe_texts": self.probe_texts,
            "kinds_left_out": dict(self.left_out),
            "heads": [head.as_json() for head in self.heads],
        }


def _strength(head: HeadCensus, name: str) -> float:
    best = head.best(name)
    return 0.0 if best is None else best.weight.mean


def census(
    store: HeadStore,
    table: PieceTable,
    numbers: Sequence[int] | None = None,
    progress: Progress | None = None,
    probes: ProbeStore | None = None,
) -> Census:
    """Look at every head of a store on its texts, or some of them, and on probes: given, or its."""
    probes = probes or ProbeStore.beside(store)
    natural = tuple(range(len(store)) if numbers is None else numbers)
    tell, done = progress or (lambda *_: None), 0
    total = len(natural) + (len(probes.probes) if probes else 0)

    def step(texts: int) -> None:
        nonlocal done
        done += texts
        tell(done, total)

    special = special_ids(table)
    constants = [by_distance(store, natural, special, middle) for middle in (np.median, np.mean)]
    known = mechanisms()
    rest, entropy = rest_and_entropy(store, natural, special)
    per_head: list[list[Finding]] = [[] for _ in range(store.meta.total_heads)]
    wanted = [(TEXT, store, natural, known)]
    if probes is not None:
        for kind in probes.kinds:
            of_kind = looked_for(probes, kind, known)
            wanted.append((kind, probes.heads, probes.numbers(kind), of_kind))
    for where, captured, texts, of_kind in wanted:
        labels = probes.labels(texts) if probes is not None and where != TEXT else {}
        got = sample(captured, texts, table, constants, where, labels, of_kind, step)
        for mine, new in zip(per_head, got.findings(of_kind), strict=True):
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


def rest_and_entropy(
    store: HeadStore, numbers: Sequence[int], special: Collection[int]
) -> tuple[F64, F64]:
    """The mean weight on resting keys, and the mean entropy of a row in bits, of every head.

    Resting keys are the first under a causal mask, the special tokens where all is seen.
    """
    rest, entropy = np.zeros((2, store.meta.total_heads))
    mask, rows = store.meta.mask, 0
    for number in store.by_shard(numbers):
        text = store[number]
        patterns = np.asarray(text.patterns, np.float32)
        rest += patterns[:, places(mask, text.ids, special, text.rows).resting].sum(axis=1)
        later = patterns[:, row_starts(mask, text.length)[1] if text.rows is None else 0 :]
        entropy -= (later * np.log2(np.maximum(later, 1e-9))).sum(axis=1)
        rows += text.length - 1 if text.rows is None else len(text.rows)
    return rest / max(1, rows), entropy / max(1, rows)
