"""Heads whose program a probe contradicts get another that serves as well and isn't contradicted.

By the half of the probes that may choose; the half that checks never comes in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from attndsl.fit.library import LibrarySource
from attndsl.fit.rested import rested
from attndsl.graph.verify import verify

if TYPE_CHECKING:
    from attndsl.explain.run import Run
    from attndsl.synthesis.parts.proposer import Found

TRIED = 3  # other programs of a head, at most
Choice = tuple[int, float]  # a program by number, and what its rest is multiplied by


def undoubted(work: Run, found: Found) -> Found:
    """The same library; who is contradicted has the first of its others that isn't."""
    own = list(zip(found.owner, found.rests, strict=True))
    doubted = contradicted(work, found, dict(enumerate(own)))
    for turn in range(TRIED):
        tried = {at: found.others[at][turn] for at in doubted if len(found.others[at]) > turn}
        if not tried:
            break
        still = contradicted(work, found, tried)
        for at in tried.keys() - still:
            own[at] = tried[at]
        doubted -= tried.keys() - still
    owner, rests = zip(*own, strict=True)
    return replace(found, owner=owner, rests=rests)


def contradicted(work: Run, found: Found, choices: Mapping[int, Choice]) -> set[int]:
    """Which of these heads, by their place in the run, would be contradicted."""
    trials = work.trials(checks=False)
    if trials is None or not choices:
        return set()
    names = [verify(source).programs[0].name for source in found.sources]
    asked = [(names[number], rest) for number, rest in choices.values()]
    special = work.store.meta.mask.kind == "full"
    programs = rested("\n\n\n".join(found.sources), asked, special)
    assigned: list[int | None] = [None] * work.store.meta.total_heads
    for number, at in enumerate(choices):
        assigned[work.heads[at]] = number
    source = LibrarySource(programs, work.loaded.table, work.store.meta.mask)
    told = {one.head for one in trials.contradictions(source, assigned)}
    return {at for at in choices if work.store.meta.head_name(work.heads[at]) in told}
