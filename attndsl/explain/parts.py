"""The proposer parts: programs of few named factors, shared by heads, in one generation."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attndsl.explain.forecasts import parts_seconds
from attndsl.synthesis.archive import Candidate, Offer
from attndsl.synthesis.parts.efforts import EFFORTS

if TYPE_CHECKING:
    from attndsl.explain.run import Run
    from attndsl.heads.store import HeadStore
    from attndsl.synthesis.parts.blocks import Wanted
    from attndsl.synthesis.parts.efforts import Effort
    from attndsl.synthesis.parts.proposer import Found

PROBES_A_KIND = 6  # texts
PROBES = 0.2  # of the objective
MOST_LOSS = 0.04  # of the objective, that a head may lose by sharing a program


@dataclass
class InParts:
    """The proposer `parts` within a run."""

    work: Run
    until: float
    goes_on: bool = False
    found: Found | None = None
    journaled: Mapping[str, Any] = field(default_factory=dict)

    def propose(self, archive: object, generation: int, most: int | None) -> Offer:
        from attndsl.synthesis.parts.proposer import evenly_wanted, explained

        if generation:
            return Offer(())
        work, settings, effort = self.work, self.work.settings, self.effort()
        numbers, kinds = work.sets.selection, settings.kinds
        of_text = [kinds[work.texts[number].source] if kinds else "text" for number in numbers]
        wanted = evenly_wanted(numbers, of_text, effort)
        probes = self.probes(effort)
        sources = [(work.store, wanted, 1 - PROBES), *([(*probes, PROBES)] if probes else ())]
        self.found = explained(
            sources,
            work.loaded.table,
            work.heads,
            most_parts=settings.parts,
            programs=settings.programs,
            most_loss=MOST_LOSS,
            texts=settings.about,
            seed=settings.seed,
            effort=effort,
            simple=settings.simple,
            say=lambda at, of, note: work.tell("propose", at, of, note),
        )
        return Offer(tuple(Candidate(source, "parts") for source in self.found.sources))

    def effort(self) -> Effort:
        """The most thorough that there is time for."""
        seconds = self.until - time.monotonic()

        def choose() -> int:
            costs = [parts_seconds(self.work, effort) for effort in EFFORTS]
            return next((at for at, cost in enumerate(costs) if cost <= seconds), len(EFFORTS) - 1)

        return EFFORTS[self.work.decided("parts", choose)]

    def probes(self, effort: Effort) -> tuple[HeadStore, list[Wanted]] | None:
        """The half of each kind of probe that may choose; every kind counts alike."""
        from attndsl.synthesis.parts.blocks import Wanted

        store = self.work.probes
        if store is None:
            return None
        by_kind = [store.numbers(kind, checks=False)[:PROBES_A_KIND] for kind in store.kinds]
        return store.heads, [
            Wanted(number, 1 / (len(numbers) * len(by_kind)), effort.rows)
            for numbers in by_kind
            for number in numbers
        ]

    def as_json(self, sources: Sequence[str]) -> dict[str, Any]:
        return self.found.as_json() if self.found else dict(self.journaled)

    def take_up(self, found: Mapping[str, Any]) -> None:
        self.journaled = found


proposer = InParts


def ladder_figures(work: Run) -> tuple[tuple[str, Any], ...]:
    """For the summary: what each head's programs of one part, two and so on reach."""
    for line in work.journal.of_kind("generation"):
        ladders = line.get("state", {}).get("parts", {}).get("ladders")
        if ladders:
            names = [work.store.meta.head_name(head) for head in work.heads]
            return (("ladder", dict(zip(names, ladders, strict=True))),)
    return ()
