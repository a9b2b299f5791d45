"""The proposer polish: what heads keep, with numbers fitted to them by gradient."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attndsl.synthesis.archive import Candidate

if TYPE_CHECKING:
    from attndsl.explain.run import Run
    from attndsl.synthesis.archive import Archive, ArchiveEntry, Counts

POLISHED = ", polished"  # ends the origin of a program whose numbers were fitted
TURN = 16  # programs of a turn, which a kill may cost
TEXTS = 16


@dataclass
class Polishing:
    """Each head's best program is polished once, with all the heads that have it for their best.

    Those of the proposer parts were fitted by gradient to the same end and are left as they are.
    """

    work: Run
    until: float
    tried: set[str] = field(default_factory=set)
    turn: tuple[str, ...] = ()

    def goes_on(self, archive: Archive) -> bool:
        return time.monotonic() <= self.until and bool(self.left(archive))

    def left(self, archive: Archive) -> list[tuple[ArchiveEntry, list[int]]]:
        """The best programs that weren't tried, with their heads."""
        best: dict[str, tuple[ArchiveEntry, list[int]]] = {}
        for head, rank in enumerate(archive.ranks):
            if rank and rank[0].hash not in self.tried and to_polish(rank[0].origin):
                best.setdefault(rank[0].hash, (rank[0], []))[1].append(self.work.heads[head])
        return list(best.values())

    def propose(self, archive: Archive) -> Sequence[Candidate]:
        from attndsl.synthesis.polish import polish

        work, some = self.work, self.left(archive)[:TURN]
        numbers = work.sets.selection[:TEXTS]
        made = []
        for number, (entry, heads) in enumerate(some, 1):
            source = polish(entry.source, work.store, work.loaded.table, numbers, heads)
            work.tell("propose", number, len(some), "polishing numbers")
            if source != entry.source:
                made.append(Candidate(source, entry.origin + POLISHED))
        self.turn = tuple(entry.hash for entry, _ in some)
        self.tried |= set(self.turn)
        return made

    def as_json(self, counts: Counts) -> dict[str, Any]:
        return {"tried": list(self.turn)}

    def take_up(self, found: Mapping[str, Any]) -> None:
        self.tried |= set(found["tried"])

    def figures(self) -> dict[str, Any]:
        return {}


def to_polish(origin: str) -> bool:
    """
    >>> to_polish("llm, repaired"), to_polish("llm, polished"), to_polish("parts")
    (True, False, False)
    """
    return origin != "parts" and not origin.endswith(POLISHED)


proposer = Polishing
