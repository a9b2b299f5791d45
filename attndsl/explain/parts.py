"""The proposer parts: programs of few named factors, shared by heads, in one generation."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from attndsl.explain.amounts import PROBES_A_KIND
from attndsl.explain.doubted import undoubted
from attndsl.explain.forecasts import parts_seconds
from attndsl.explain.hung import hangs_of
from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.archive import Candidate
from attndsl.synthesis.parts.efforts import EFFORTS
from attndsl.tokens.tokenizer import from_ids

if TYPE_CHECKING:
    from attndsl.explain.run import Run
    from attndsl.heads.store import HeadStore
    from attndsl.synthesis.parts.blocks import F32
    from attndsl.synthesis.parts.efforts import Effort
    from attndsl.synthesis.parts.proposer import SharedOut
    from attndsl.synthesis.parts.rows import Source, Wanted

PROBES = 0.2  # of the objective
LONGER = 0.15  # of it, for texts at greater length
ROOM, FEWEST = 600_000, 8  # of long texts: cells that are looked at at most, texts at least
ALMOST = 0.95  # of an effort's time that there must be: some goes by before this is asked
MOST_LOSS = 0.04  # of the objective, that a head may lose by sharing a program


@dataclass
class InParts:
    """The proposer `parts` within a run."""

    work: Run
    until: float
    probes_a_kind: int | None = PROBES_A_KIND  # texts; None for all that may choose
    found: SharedOut | None = None
    journaled: Mapping[str, Any] = field(default_factory=dict)

    def goes_on(self, archive: object) -> bool:
        return not self.library()

    def propose(self, archive: object) -> Sequence[Candidate]:
        from attndsl.explain.proposed import kept_stage
        from attndsl.synthesis.parts.proposer import explained

        work, settings = self.work, self.work.settings
        found = explained(
            [self.giving(one) for one in self.sources()],
            work.loaded.table,
            work.heads,
            most_parts=settings.typical,
            longest=settings.longest,
            programs=settings.programs,
            most_loss=MOST_LOSS,
            texts=settings.about,
            seed=settings.seed,
            effort=self.effort(),
            simple=settings.simple,
            hangs=hangs_of(work),
            say=lambda at, of, note: work.tell("propose", at, of, note),
            keep=partial(kept_stage, settings.folder, self.key()),
        )
        own = list(zip(found.owner, found.rests, strict=True))
        owner, rests = zip(*undoubted(work, found.sources, own, found.others), strict=True)
        self.found = replace(found, owner=owner, rests=rests)
        work.ladders = self.figures()["ladder"]
        return tuple(Candidate(source, "parts") for source in found.sources)

    def key(self) -> str:
        """Names what the stages are made of, beside what the run's journal holds it to."""
        sets = self.work.sets.selection, self.work.heads, self.effort()
        return hashlib.sha256(repr(sets).encode()).hexdigest()[:16]

    def sources(self) -> list[Source]:
        """The texts to fit to, of every kind, and the probes that may choose."""
        from attndsl.synthesis.parts.rows import Source, evenly_wanted

        work, kinds, effort = self.work, self.work.settings.kinds, self.effort()
        numbers = work.sets.selection
        of_text = [kinds[work.texts[number].source] if kinds else "text" for number in numbers]
        longer, probes = self.longer(effort), self.probes(effort)
        beside = []
        if longer is not None:
            beside.append(Source(*longer, LONGER))
        if probes is not None:
            beside.append(Source(*probes, PROBES, asks=asking(work)))
        texts = evenly_wanted(numbers, of_text, effort)
        return [Source(work.store, texts, 1 - sum(one.share for one in beside)), *beside]

    def giving(self, source: Source) -> Source:
        """The same with what tokens give to the heads, where that can be told; of long texts only
        the patterns are fitted to."""
        from attndsl.models.values import record_values

        if self.work.store.meta.sketched:
            return source
        texts = [np.array(source.store[one.number].ids) for one in source.wanted]
        work = self.work
        try:
            values = record_values(work.loaded, texts, lambda at, of: work.tell(
                "propose", at, of, "what tokens give to heads"))  # fmt: skip
        except AttndslError:  # what follows the heads is no projection: then outputs don't count
            return source
        place = {one.number: at for at, one in enumerate(source.wanted)}
        return replace(source, gives=lambda number: values.of(place[number]))

    def effort(self) -> Effort:
        """The most thorough that there is time for."""
        seconds = self.until - time.monotonic()

        def choose() -> int:
            costs = [parts_seconds(self.work, effort) for effort in EFFORTS]
            enough = (at for at, cost in enumerate(costs) if ALMOST * cost <= seconds)
            return next(enough, len(EFFORTS) - 1)

        effort = self.work.settings.effort or EFFORTS[self.work.decided("parts", choose)]
        if not self.work.store.meta.sketched:
            return effort
        most = max(FEWEST, ROOM // (effort.rows * self.work.settings.tokens))
        return replace(effort, texts=min(effort.texts, most))

    def longer(self, effort: Effort) -> tuple[HeadStore, list[Wanted]] | None:
        """Texts at greater length, every kind as it counts among the others."""
        from attndsl.explain.texts import stored
        from attndsl.synthesis.parts.rows import evenly_wanted

        store, kinds = self.work.longer, self.work.settings.kinds
        if store is None:
            return None
        sources = [one.source for one in stored(store, range(len(store)))]
        of_text = [kinds[source] if kinds else "text" for source in sources]
        return store, evenly_wanted(range(len(store)), of_text, effort)

    def probes(self, effort: Effort) -> tuple[HeadStore, list[Wanted]] | None:
        """The half of each kind of probe that may choose; every kind counts alike, and of each text
        the queries that it is made for."""
        from attndsl.synthesis.parts.rows import Wanted
        from attndsl.synthesis.parts.symbols import symbols_of

        store = self.work.probes
        if store is None or symbols_of(self.work.loaded.table):  # what no task asks says nothing
            return None
        by_kind = {
            kind: store.numbers(kind, checks=False)[: self.probes_a_kind] for kind in store.kinds
        }
        return store.heads, [
            Wanted(
                number,
                1 / (len(numbers) * len(by_kind)),
                effort.rows,
                kind,
                tuple(sorted({label.row for label in store.probes[number].labels})),
            )
            for kind, numbers in by_kind.items()
            for number in numbers
        ]

    def library(self) -> Mapping[str, Any]:
        """What was found, now or before a kill: programs, who has what, ladders."""
        return self.found.as_json() if self.found else self.journaled

    def as_json(self, counts: object) -> dict[str, Any]:
        return dict(self.library())

    def take_up(self, found: Mapping[str, Any]) -> None:
        self.journaled = found
        self.work.ladders = self.figures()["ladder"]

    def figures(self) -> dict[str, Any]:
        """What each head's programs of one part, two and so on reach."""
        names = [self.work.store.meta.head_name(head) for head in self.work.heads]
        return {"ladder": dict(zip(names, self.library()["ladders"], strict=True))}


proposer = InParts


def asking(work: Run) -> Callable[[int], Mapping[str, F32]]:
    """What the mechanisms that a probe is made for name in its text, packed under the run's mask;
    those that name every key ask nothing."""
    from attndsl.fit.census import looked_for
    from attndsl.fit.detectors import Detectors
    from attndsl.graph.mechanisms import mechanisms

    store, mask = work.probes, work.store.meta.mask
    assert store is not None
    detectors = {
        kind: Detectors(mask, looked_for(store, kind, mechanisms())) for kind in store.kinds
    }

    def asks(number: int) -> Mapping[str, F32]:
        probe, text = store.probes[number], store.heads[number]
        known = detectors[probe.kind].mechanisms
        if not known:
            return {}
        encoded = from_ids(work.loaded.table, text.ids, text.text)
        (looks,) = detectors[probe.kind].looks([encoded], [probe.labels])
        return {
            f"{one.name} on {probe.kind}": looks.named[at]
            for at, one in enumerate(known)
            if looks.rows[at] and not looks.shares[at].any()
        }

    return asks
