"""The phase that proposes: proposers take turns until none goes on."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attndsl.explain.parts import InParts
from attndsl.explain.proposers import PROPOSERS
from attndsl.explain.run import Run
from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.archive import Archive, ArchiveEntry, Candidate, consider
from attndsl.synthesis.seeds import seeds

EXAMPLES = "examples"  # whose turn it is where nobody begins


class Proposer(Protocol):
    """Who makes candidates. What it must know to go on after a kill it hands to the journal."""

    def goes_on(self, archive: Archive) -> bool:
        """Whether it has more to propose, as the archive is now."""

    def propose(self, archive: Archive) -> Sequence[Candidate]:
        """The candidates of one turn."""

    def as_json(self) -> dict[str, Any]:
        """What to journal of its last turn."""

    def take_up(self, found: Mapping[str, Any]) -> None:
        """Go on from what `as_json` gave, turn by turn."""


def propose(work: Run, until: float) -> tuple[Archive, Mapping[str, Any] | None]:
    """What was journaled, then further turns, a generation each, until no proposer goes on.

    Where none begins, as some only better what is there, the examples do.
    """
    settings = work.settings
    makers = {
        name: PROPOSERS[name].maker(work, until)
        for name in settings.proposers
        if PROPOSERS[name].module
    }
    archive = Archive(len(work.heads))
    done = work.journal.of_kind("generation")
    for line in done:
        archive.seen |= set(line["seen"])
        for found in line["entries"]:
            archive.add(ArchiveEntry.from_json(found))
        if line["by"] in makers:
            makers[line["by"]].take_up(line["state"])
    if "propose" in settings.skip:
        if not done:
            raise AttndslError(
                f"{settings.folder} holds no programs yet, so the phase propose can't be skipped"
            )
        return archive, parts_of(makers)
    by = done[-1]["by"] if done else None
    number = len(done)
    while (by := next_turn(makers, archive, by)) is not None:
        generation(work, archive, number, by, makers.get(by))
        number += 1
    return archive, parts_of(makers)


def next_turn(makers: Mapping[str, Proposer], archive: Archive, last: str | None) -> str | None:
    """Whose turn it is after another's; None where nobody goes on."""
    names = list(makers)
    first = names.index(last) + 1 if last is not None and last in makers else 0
    for name in (*names[first:], *names[:first]):
        if makers[name].goes_on(archive):
            return name
    return EXAMPLES if last is None else None


def generation(work: Run, archive: Archive, number: int, by: str, maker: Proposer | None) -> None:
    """One turn: its candidates into the archive, and all of it into the journal."""
    settings, start, before = work.settings, time.monotonic(), set(archive.seen)
    kept, counts = consider(
        archive,
        seeds() if maker is None else maker.propose(archive),
        work.scorer(work.sets.selection),
        terms=settings.terms,
        levels=settings.levels,
    )
    work.note(
        {
            "kind": "generation",
            "number": number,
            "by": by,
            "seed": settings.seed,
            "proposed": counts.proposed,
            "invalid": counts.invalid,
            "same": counts.same,
            "scored": counts.scored,
            "improved": counts.improved,
            "seconds": round(time.monotonic() - start, 3),
            "mean": archive.mean,
            "seen": sorted(archive.seen - before),
            "entries": [entry.as_json() for entry in kept],
            "state": {} if maker is None else maker.as_json(),
        }
    )
    note = f"{by}: {counts.scored} programs scored, best IoU so far {archive.mean:.4f} on average"
    work.tell("propose", 1, 1, note)


def parts_of(makers: Mapping[str, Proposer]) -> Mapping[str, Any] | None:
    """What the proposer parts found: its library, and who has what."""
    found = makers.get("parts")
    return found.as_json() or None if isinstance(found, InParts) else None
