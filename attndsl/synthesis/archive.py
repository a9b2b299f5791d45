"""The archive: every candidate against every head, the best few of each head kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.comparing import KERNELS, Comparing
from attndsl.fit.library import LibrarySource
from attndsl.fit.measures import Measures
from attndsl.fit.scoring import partial_sums
from attndsl.graph.program import Program, size_of
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.tokens.pieces import PieceTable

KEEP = 3
CHARGE = 2e-5  # agreement that a program must gain for each term it has more
BLOCK = 256  # programs scored at a time

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program by its text, which holds it alone, and where it comes from."""

    source: str
    origin: str


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """A program that was scored: its mean agreement with every head on the selection texts, which
    is of content and rest."""

    name: str
    source: str
    origin: str
    hash: str
    terms: int
    scores: tuple[float, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name, "source": self.source, "origin": self.origin, "hash": self.hash,
            "terms": self.terms, "scores": list(self.scores),
        }  # fmt: skip

    @classmethod
    def from_json(cls, found: dict[str, object]) -> "ArchiveEntry":
        scores, terms = found["scores"], found["terms"]
        assert isinstance(scores, list)
        assert isinstance(terms, int)
        return cls(
            str(found["name"]), str(found["source"]), str(found["origin"]), str(found["hash"]),
            terms, tuple(map(float, scores)),
        )  # fmt: skip


@dataclass
class Archive:
    """The best few programs of each head, by score less a charge for their terms.

    >>> archive = Archive(heads=2, keep=1)
    >>> Entry = ArchiveEntry
    >>> archive.add(Entry("a", "", "", "1", 10, (0.5, 0.2)))
    True
    >>> archive.add(Entry("b", "", "", "2", 10, (0.4, 0.1))), [e.name for e in archive.entries]
    (False, ['a'])
    """

    heads: int
    keep: int = KEEP
    charge: float = CHARGE
    seen: set[str] = field(default_factory=set)
    ranks: list[list[ArchiveEntry]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ranks = self.ranks or [[] for _ in range(self.heads)]

    def add(self, entry: ArchiveEntry) -> bool:
        """Whether the entry is among the best of some head."""
        self.seen.add(entry.hash)
        better = False
        for head, rank in enumerate(self.ranks):
            if len(rank) == self.keep and self.worth(entry, head) <= self.worth(rank[-1], head):
                continue
            if any(other.hash == entry.hash for other in rank):
                continue
            rank.append(entry)
            rank.sort(key=lambda other: (-self.worth(other, head), other.hash))
            del rank[self.keep :]
            better = better or entry in rank
        return better

    def worth(self, entry: ArchiveEntry, head: int) -> float:
        return entry.scores[head] - self.charge * entry.terms

    @property
    def entries(self) -> tuple[ArchiveEntry, ...]:
        """All entries that some head keeps, each once, in a fixed order."""
        found = {entry.hash: entry for rank in self.ranks for entry in rank}
        return tuple(found.values())

    @property
    def mean(self) -> float:
        """The mean of the heads' best scores on the selection texts."""
        return float(np.mean([rank[0].scores[head] if rank else 0.0
                              for head, rank in enumerate(self.ranks)]))  # fmt: skip


@dataclass(frozen=True)
class Scorer:
    """What candidates are scored on: some texts of a store, and some of its heads; and who
    compares."""

    store: HeadStore
    table: PieceTable
    numbers: tuple[int, ...]
    heads: tuple[int, ...]
    comparing: Comparing = KERNELS

    def scores(self, programs: Sequence[Program]) -> F64:
        """Agreement of content and rest, by which programs are chosen, [programs, heads]."""
        return self.measures(programs).agreement

    def measures(self, programs: Sequence[Program]) -> Measures:
        """All measures, [programs, heads]."""
        found = Measures.zeros(len(programs), len(self.heads))
        for start in range(0, len(programs), BLOCK):
            block = programs[start : start + BLOCK]
            mask, device = self.store.meta.mask, self.comparing.device
            source = LibrarySource(block, self.table, mask, device=device)
            sums = partial_sums(self.store, self.numbers, source, comparing=self.comparing)
            part = slice(start, start + len(block))
            found.add(sums.mean.of(self.heads), part, range(len(self.heads)))
        return found


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of some candidates."""

    proposed: int = 0
    invalid: int = 0
    same: int = 0
    scored: int = 0
    improved: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.proposed + other.proposed,
            self.invalid + other.invalid,
            self.same + other.same,
            self.scored + other.scored,
            self.improved + other.improved,
        )


def consider(
    archive: Archive,
    candidates: Iterable[Candidate],
    scorer: Scorer,
    *,
    terms: int,
    levels: frozenset[str],
) -> tuple[tuple[ArchiveEntry, ...], Counts]:
    """Check, drop what was seen, score the rest in full, keep what is best somewhere.

    `levels` are those of the vocabulary that may be used. Gives the entries kept.
    """
    offered, invalid, same = list(candidates), 0, 0
    fresh: dict[str, tuple[Program, Candidate]] = {}
    for candidate in offered:
        found = verify(candidate.source, candidate.origin).programs
        if len(found) != 1:
            invalid += 1
            continue
        program = found[0]
        if size_of(program) > terms or not program.needs <= levels:
            invalid += 1
        elif program.hash in archive.seen or program.hash in fresh:
            same += 1
        else:
            fresh[program.hash] = (program, candidate)
    kept = []
    programs = [program for program, _ in fresh.values()]
    archive.seen |= fresh.keys()
    scores = scorer.scores(programs) if programs else ()
    for (program, candidate), row in zip(fresh.values(), scores, strict=True):
        entry = ArchiveEntry(
            program.name, candidate.source, candidate.origin, program.hash, size_of(program),
            tuple(round(float(value), 6) for value in row),
        )  # fmt: skip
        if archive.add(entry):
            kept.append(entry)
    return tuple(kept), Counts(len(offered), invalid, same, len(programs), len(kept))
