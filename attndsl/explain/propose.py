"""The phase that proposes: generations of candidates until the budget is spent."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attndsl.explain.parts import InParts
from attndsl.explain.proposers import PROPOSERS
from attndsl.explain.run import Run
from attndsl.explain.searching import Searching
from attndsl.explain.settings import Settings
from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.archive import Archive, ArchiveEntry, Offer, consider
from attndsl.synthesis.search.proposer import Search
from attndsl.synthesis.search.seeds import seeds

GENERATIONS = 10_000  # at most
TERMS_OF_PART = 40  # the longest have about 30


class Proposer(Protocol):
    """Who makes candidates. What it must know to go on after a kill it hands to the journal.

    One that doesn't go on makes all of its candidates in generation 0.
    """

    goes_on: bool

    def propose(self, archive: Archive, generation: int, most: int | None) -> Offer:
        """Candidates of a generation; by its end about `most` should have been scored."""

    def as_json(self, sources: Sequence[str]) -> dict[str, Any]:
        """What to journal of a generation of which these sources were kept."""

    def take_up(self, found: Mapping[str, Any]) -> None:
        """Go on from what `as_json` gave, generation by generation."""


def propose(work: Run, until: float) -> tuple[Archive, Search | None, Mapping[str, Any] | None]:
    """What was journaled, then further generations until the time or the budget is spent.

    Without a proposer that works by generations there is one, of the examples.
    """
    settings = work.settings
    makers = {
        name: PROPOSERS[name].maker(work, until)
        for name in settings.proposers
        if PROPOSERS[name].module
    }
    archive = Archive(len(work.heads))
    done = work.journal.of_kind("generation")
    scored = 0
    for line in done:
        archive.seen |= set(line["seen"])
        for found in line["entries"]:
            archive.add(ArchiveEntry.from_json(found))
        for name, maker in makers.items():
            maker.take_up(line["state"][name])
        scored += line["scored"]
    if "propose" in settings.skip:
        if not done:
            raise AttndslError(
                f"{settings.folder} holds no programs yet, so the phase propose can't be skipped"
            )
        return archive, search_of(makers), parts_of(makers)
    scorer = work.scorer(work.sets.selection)
    for generation in range(len(done), GENERATIONS):
        more = any(maker.goes_on for maker in makers.values())
        if generation and (not more or spent(work, scored, until)):
            break
        start = time.monotonic()
        left = None if settings.candidates is None else settings.candidates - scored
        offers = [maker.propose(archive, generation, left) for maker in makers.values()]
        candidates = [found for offer in offers for found in offer.candidates]
        before = set(archive.seen)
        kept, counts = consider(
            archive,
            candidates if makers else seeds(),
            scorer,
            terms=most_terms(settings),
            levels=settings.levels,
        )
        for offer in offers:
            archive.seen |= set(offer.scored)
            counts += offer.counts
        scored += counts.scored
        seconds = time.monotonic() - start
        work.note(
            {
                "kind": "generation",
                "number": generation,
                "seed": settings.seed,
                "proposed": counts.proposed,
                "invalid": counts.invalid,
                "same": counts.same,
                "scored": counts.scored,
                "seconds": round(seconds, 3),
                "mean": archive.mean,
                "seen": sorted(archive.seen - before),
                "entries": [entry.as_json() for entry in kept],
                "state": {name: m.as_json([e.source for e in kept]) for name, m in makers.items()},
            }
        )
        note = f"best IoU so far {archive.mean:.4f} on average"
        if generation:  # the first one mostly fits
            note += f", {counts.scored / max(seconds, 1e-9):.0f} candidates a second"
        work.tell("search", scored, max(scored, settings.candidates or 0), note)
    return archive, search_of(makers), parts_of(makers)


def most_terms(settings: Settings) -> int:
    """Of a program's canonical form: mechanisms are short to read but have terms of their own."""
    return max(settings.shape.graph_terms, TERMS_OF_PART * (settings.parts + 1))


def search_of(makers: Mapping[str, Proposer]) -> Search | None:
    """The search proposer's own state, for the phases that fit its programs again."""
    found = makers.get("search")
    return found.search if isinstance(found, Searching) else None


def parts_of(makers: Mapping[str, Proposer]) -> Mapping[str, Any] | None:
    """What the proposer parts found: its library, and who has what."""
    found = makers.get("parts")
    return found.as_json(()) or None if isinstance(found, InParts) else None


def spent(work: Run, scored: int, until: float) -> bool:
    """Whether the budget is spent; with none only the first generation runs."""
    settings = work.settings
    if settings.candidates is not None:
        return scored >= settings.candidates
    return settings.minutes is None or time.monotonic() >= until
