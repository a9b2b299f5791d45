"""Contradictions: probes that show a program to say what its head doesn't do, or to miss it.

A program misses a mechanism where its head puts over `HEAD` on what the mechanism names and the
program less than half of that; it invents one where it puts over `PROGRAM` there, more than twice
what the head puts. Both by the end of the interval, text by text, on probes of one half: the half
that checks where programs are judged, the half that may choose where they are searched for.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.census import FEWEST, looked_for
from attndsl.fit.detectors import Detectors, Looks
from attndsl.fit.intervals import Estimate, estimates
from attndsl.fit.sampling import BATCH, patterns_of
from attndsl.fit.scoring import ProgramSource
from attndsl.fit.table import ScoreTable
from attndsl.graph.mechanisms import Mechanism, mechanisms
from attndsl.heads.meta import HeadGroup
from attndsl.heads.probes import ProbeStore
from attndsl.heads.shards import StoredText
from attndsl.language.mask import Mask
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import from_ids

HEAD, PROGRAM = 0.2, 0.3

F64 = NDArray[np.float64]
Pairs = NDArray[np.bool_]  # [programs, heads]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A program that a probe contradicts: the mechanism, the kind of probe, and both numbers."""

    head: str
    program: str
    mechanism: str
    probe: str
    in_head: Estimate
    in_program: Estimate

    @property
    def misses(self) -> bool:
        """Whether the head does it and the program doesn't; else it is the other way round."""
        return self.in_head.mean > self.in_program.mean

    def __str__(self) -> str:
        return (
            f"{self.mechanism} on the probes {self.probe}: the head puts {self.in_head.mean:.2f}"
            f" there, the program {self.in_program.mean:.2f}"
        )

    def as_json(self) -> dict[str, object]:
        return {
            "head": self.head,
            "program": self.program,
            "mechanism": self.mechanism,
            "probe": self.probe,
            "head_weight": self.in_head.as_json(),
            "program_weight": self.in_program.as_json(),
        }


@dataclass(frozen=True, eq=False)
class ProbeTrial:
    """Probes of one kind under the mask of some heads: what is named in each text, and how much
    of it the heads do, `[mechanisms, heads, texts]`."""

    kind: str
    mask: Mask
    heads: tuple[int, ...]
    mechanisms: tuple[Mechanism, ...]
    texts: tuple[StoredText, ...]
    looks: tuple[Looks, ...]
    in_heads: F64

    def in_programs(self, source: ProgramSource) -> F64:
        """How much programs do of it, `[mechanisms, programs, texts]`."""
        weights = np.full((len(self.mechanisms), len(source.names), len(self.texts)), np.nan)
        for start in range(0, len(self.texts), BATCH):
            texts = self.texts[start : start + BATCH]
            for at, patterns in enumerate(source.patterns(texts), start):
                weights[:, :, at] = self.looks[at].weights(patterns).T
        return weights


@dataclass(frozen=True, eq=False)
class Trials:
    """All that probes of one half say of the heads; any programs can be held against it."""

    mask: Mask
    head_names: tuple[str, ...]
    each: tuple[ProbeTrial, ...]

    def contradictions(
        self, source: ProgramSource, assigned: Sequence[int | None]
    ) -> tuple[Contradiction, ...]:
        """Where the program of each head (by number; None: it has none) is contradicted."""
        told: list[Contradiction] = []
        for trial, in_programs in self._held(source):
            rows = [
                (row, head) for row, head in enumerate(trial.heads) if assigned[head] is not None
            ]
            for at, mechanism in enumerate(trial.mechanisms):
                head_rows = trial.in_heads[at][[row for row, _ in rows]]
                program_rows = in_programs[at][[assigned[head] for _, head in rows]]
                for place, own, made in _proved(*_both(head_rows, program_rows)):
                    head = rows[place][1]
                    program = source.names[assigned[head] or 0]
                    name = self.head_names[head]
                    told.append(Contradiction(name, program, mechanism.name, trial.kind, own, made))
        order = {name: place for place, name in enumerate(self.head_names)}
        return tuple(sorted(told, key=lambda one: (order[one.head], one.mechanism)))

    def _held(self, source: ProgramSource) -> Iterator[tuple[ProbeTrial, F64]]:
        under: dict[Mask, ProgramSource] = {self.mask: source}
        for trial in self.each:
            if trial.mask not in under:
                under[trial.mask] = source.under(trial.mask)
            yield trial, trial.in_programs(under[trial.mask])


def held_against(table: ScoreTable, source: ProgramSource, checks: Trials | None) -> ScoreTable:
    """A table of scores with what the probes that check say against its best programs."""
    if checks is None:
        return table
    assigned = [fit.program_number for fit in table.fits]
    return replace(table, contradictions=checks.contradictions(source, assigned))


def trials(
    probes: ProbeStore,
    table: PieceTable,
    checks: bool,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Trials:
    """Weigh the heads on the probes that check, or else on those that may choose."""
    meta, made, done = probes.heads.meta, [], 0
    total = len(probes.numbers(checks=checks))
    for kind in probes.kinds:
        numbers = probes.numbers(kind, checks)
        texts = tuple(probes.heads[number] for number in numbers)
        wanted = looked_for(probes, kind, mechanisms())
        for group in meta.groups(text.length for text in texts) if wanted else ():
            made.append(_trial(probes, table, kind, texts, wanted, group))
        done += len(texts)
        progress(done, total)
    names = tuple(meta.head_name(head) for head in range(meta.total_heads))
    return Trials(meta.mask, names, tuple(made))


def _trial(
    probes: ProbeStore,
    table: PieceTable,
    kind: str,
    texts: tuple[StoredText, ...],
    wanted: tuple[Mechanism, ...],
    group: HeadGroup,
) -> ProbeTrial:
    labels = [probes.probes[text.number].labels for text in texts]
    encoded = [from_ids(table, text.ids, text.text) for text in texts]
    looks = Detectors(group.mask, wanted).looks(encoded, labels)
    weights = [
        look.weights(patterns_of(probes.heads, text, group)).T
        for look, text in zip(looks, texts, strict=True)
    ]
    in_heads = np.stack(weights, -1)
    for at in range(len(wanted)):
        if any(look.shares[at].any() for look in looks):
            in_heads[at] = np.nan  # it names every key, so all weight is there: nothing is told
    return ProbeTrial(kind, group.mask, group.heads, wanted, texts, tuple(looks), in_heads)


def _both(heads: F64, programs: F64) -> tuple[F64, F64]:
    """The columns of texts in which the mechanism finds something: the same in all rows."""
    seen = ~np.isnan(heads[:1]).any(axis=0)
    return heads[:, seen], programs[:, seen]


def _differs(head: F64, program: F64) -> Pairs:
    missed = (head > HEAD) & (program < head / 2)
    invented = (program > PROGRAM) & (program > 2 * head)
    return np.asarray(missed | invented)


def _proved(heads: F64, programs: F64) -> Iterator[tuple[int, Estimate, Estimate]]:
    """Rows of two tables of figures, text by text, that contradict each other by the interval."""
    if not heads.size or heads.shape[1] < FEWEST:
        return
    places = np.flatnonzero(_differs(heads.mean(1), programs.mean(1)))
    if not places.size:
        return
    own, made = estimates(heads[places]), estimates(programs[places])
    missed = estimates(heads[places] / 2 - programs[places])
    invented = estimates(programs[places] - 2 * heads[places])
    for at, place in enumerate(places):
        misses = own[at].low > HEAD and missed[at].low > 0
        if misses or (made[at].low > PROGRAM and invented[at].low > 0):
            yield int(place), own[at], made[at]
