"""Proposers take turns: what one proposes is scored against all heads and journaled, then the next.

A run that was killed takes up the turns in its journal and goes on with the one after them.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from attndsl.synthesis.archive import (
    Archive,
    ArchiveEntry,
    Candidate,
    Counts,
    Scorer,
    consider,
)
from attndsl.synthesis.seeds import seeds

EXAMPLES = "examples"  # whose turn comes first where nobody begins

Line = dict[str, Any]


class Proposer(Protocol):
    """Who makes candidates. What it must know to go on after a kill it hands to the journal."""

    def goes_on(self, archive: Archive) -> bool:
        """Whether it has more to propose, as the archive is now."""

    def propose(self, archive: Archive) -> Sequence[Candidate]:
        """The candidates of one turn."""

    def as_json(self, counts: Counts) -> Line:
        """What to journal of its last turn, of whose candidates so much became."""

    def take_up(self, found: Mapping[str, Any]) -> None:
        """Go on from what `as_json` gave, turn by turn."""

    def figures(self) -> Line:
        """What the summary says of its work."""


@dataclass(frozen=True)
class Proposing:
    """The proposers by name in the order of their turns, and what their programs are held to."""

    makers: Mapping[str, Proposer]
    archive: Archive
    terms: int
    levels: frozenset[str]
    note: Callable[[Line], None]
    tell: Callable[[str], None] = lambda said: None

    def take_up(self, lines: Sequence[Line]) -> None:
        """The turns that were journaled, into the archive and to who took them."""
        for line in lines:
            self.archive.seen |= set(line["seen"])
            for found in line["entries"]:
                self.archive.add(ArchiveEntry.from_json(found))
            if line["by"] in self.makers:
                self.makers[line["by"]].take_up(line["state"])

    def go_on(self, scorer: Scorer, last: Line | None, first: str = EXAMPLES) -> None:
        """Further turns until nobody goes on; the first of a run is that of `first`."""
        number, by = (0, first) if last is None else (last["number"] + 1, self.after(last["by"]))
        while by is not None:
            self.take(scorer, number, by)
            number, by = number + 1, self.after(by)

    def after(self, last: str) -> str | None:
        """Whose turn it is after another's; None where nobody goes on."""
        names = list(self.makers)
        start = names.index(last) + 1 if last in names else 0
        waiting = (*names[start:], *names[:start])
        return next((one for one in waiting if self.makers[one].goes_on(self.archive)), None)

    def take(self, scorer: Scorer, number: int, by: str) -> None:
        """One turn: its candidates into the archive, and all of it into the journal."""
        archive, begun, before = self.archive, time.monotonic(), set(self.archive.seen)
        maker = self.makers.get(by)
        candidates = seeds() if maker is None else maker.propose(archive)
        kept, counts = consider(archive, candidates, scorer, terms=self.terms, levels=self.levels)
        self.note({
            "kind": "generation", "number": number, "by": by, "proposed": counts.proposed,
            "invalid": counts.invalid, "same": counts.same, "scored": counts.scored,
            "improved": counts.improved, "seconds": round(time.monotonic() - begun, 3),
            "mean": archive.mean, "seen": sorted(archive.seen - before),
            "entries": [entry.as_json() for entry in kept],
            "state": {} if maker is None else maker.as_json(counts),
        })  # fmt: skip
        self.tell(f"{by}: {counts.scored} programs scored, best agreement so far "
                  f"{archive.mean:.4f} on average")  # fmt: skip
