"""The proposer `search` within a run: fitted programs first, then variants."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from attndsl.explain.forecasts import fit_seconds
from attndsl.explain.run import Run
from attndsl.synthesis.archive import Archive, Offer
from attndsl.synthesis.search.climb import EFFORTS, ClimbEffort
from attndsl.synthesis.search.proposer import Search
from attndsl.synthesis.search.seeds import seeds

VARIANTS, FEWEST = 4096, 64  # of a generation, however many candidates are left to be scored


@dataclass
class Searching:
    """The search with what a run gives it."""

    work: Run
    search: Search
    until: float
    goes_on: bool = True

    def propose(self, archive: Archive, generation: int, most: int | None) -> Offer:
        work, settings = self.work, self.work.settings
        if generation:
            count = VARIANTS if most is None else min(VARIANTS, max(most, FEWEST))
            scorer = work.scorer(work.sets.selection)
            return self.search.varied(archive, generation, scorer, count)
        effort = chosen_effort(work, self.until)
        if effort is None:
            return Offer(seeds())
        found = self.search.fitted(
            work.store,
            work.loaded.table,
            work.sets.selection[: settings.fit_texts],
            work.heads,
            effort,
            lambda at, of: work.tell("propose", at, of, "fitting programs to heads"),
        )
        return Offer(found)

    def as_json(self, sources: Sequence[str]) -> dict[str, Any]:
        return self.search.as_json(sources)

    def take_up(self, found: Mapping[str, Any]) -> None:
        self.search.take_up(found)


def proposer(work: Run, until: float) -> Searching:
    names = [work.store.meta.head_name(head) for head in work.heads]
    settings = work.settings
    search = Search(names, work.store.meta.mask, settings.seed, settings.shape)
    return Searching(work, search, until)


def chosen_effort(work: Run, until: float) -> ClimbEffort | None:
    """The most thorough fit that there is time for, None where there is for none."""
    if work.settings.effort is not None:
        return work.settings.effort
    seconds = until - time.monotonic()
    costs = [fit_seconds(work, effort) for effort in EFFORTS]

    def choose() -> int:
        return next((at for at, cost in enumerate(costs) if cost <= seconds), len(EFFORTS))

    chosen = work.decided("effort", choose)
    return EFFORTS[chosen] if chosen < len(EFFORTS) else None
