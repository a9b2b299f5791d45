"""The first look: a library and a report within the first minute, of a sample and the examples."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attndsl.explain.choose import reduced
from attndsl.explain.rates import Rates, measured
from attndsl.explain.replace import best_fit_first
from attndsl.explain.run import Found, Run
from attndsl.explain.texts import Sets, sample, spread, three_sets
from attndsl.explain.write import write_run
from attndsl.heads.store import HeadStore
from attndsl.models.capture import Progress, capture_passages
from attndsl.synthesis.archive import Archive, consider
from attndsl.synthesis.seeds import seeds

if TYPE_CHECKING:
    from attndsl.explain.settings import Settings, Tell
    from attndsl.models.loading import LoadedModel
    from attndsl.models.passages import Passage

SAMPLE, SAMPLE_TOKENS = 10, 8192  # texts and tokens of them, at most; three texts at least


@dataclass
class Pace:
    """Seconds a token of a capture, the first batch left out: it also makes ready."""

    begun: float
    first: tuple[float, int] = (0.0, 0)
    rate: float = 0.0

    def __call__(self, now: Progress) -> None:
        at = time.perf_counter()
        if now.tokens and not self.first[1]:
            self.first, self.rate = (at, now.tokens), (at - self.begun) / now.tokens
        elif now.tokens > self.first[1]:
            self.rate = (at - self.first[0]) / (now.tokens - self.first[1])


def sampled(
    settings: Settings, loaded: LoadedModel, texts: Sequence[Passage], tell: Tell
) -> tuple[HeadStore, float]:
    """The heads on a few of the texts, and the pace at which they were captured."""
    count = max(3, min(SAMPLE, SAMPLE_TOKENS // settings.tokens))
    some = sample(texts, count, settings.given)
    tell("sample", 0, 1, f"{len(some)} of {len(texts)} texts, to see how fast it goes")
    pace = Pace(time.perf_counter())
    folder = settings.folder / "sample"
    capture_passages(
        loaded, some, folder, batch_tokens=4 * settings.tokens, progress=pace,
        sketch=settings.long,
    )  # fmt: skip
    return HeadStore.open(folder), pace.rate


def rates_of(loaded: LoadedModel, store: HeadStore, texts: Sequence[Passage], pace: float) -> Rates:
    return measured(loaded, store, spread(texts, SAMPLE), pace)


def look(work: Run, found: Found, until: float) -> Found:
    """The phase `look`: the best of the examples for each head, written down and reported."""
    if "look" in work.settings.skip or "look" in done(work):
        return found
    work.tell("look", 0, 1, "the examples on a few texts")
    archive = Archive(len(work.heads))
    settings = work.settings
    consider(
        archive, seeds(), work.scorer(work.sets.selection),
        terms=settings.terms, levels=settings.levels,
    )  # fmt: skip
    outcome = reduced(work, archive.entries)
    write_run(work, replace(found, ordered=best_fit_first(work, outcome)), "look")
    return found


def done(work: Run) -> set[str]:
    """The phases that ended, under whatever budget."""
    return {line["of"] for line in work.journal.of_kind("ended")}


def few(store: HeadStore, settings: Settings) -> Sets:
    """The sets of a sample; of a large store a few texts of each."""
    shares = settings.shares
    sets = three_sets(store, shares, settings.given)
    most = [max(1, round(SAMPLE * part)) for part in (*shares, 1 - sum(shares))]
    parts = (sets.selection, sets.validation, sets.report)
    cut = [part[:count] for part, count in zip(parts, most, strict=True)]
    return Sets(cut[0], cut[1], cut[2], sets.apart)
