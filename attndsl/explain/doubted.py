"""Heads whose program a probe contradicts get another that serves as well and isn't contradicted.

By the half of the probes that may choose; the half that checks never comes in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attndsl.fit.library import LibrarySource
from attndsl.fit.rested import rested
from attndsl.graph.verify import verify

if TYPE_CHECKING:
    from attndsl.explain.run import Run
    from attndsl.fit.contradictions import Trials

TRIED = 3  # other programs of a head, at most
Choice = tuple[int, float]  # a program by number, and what its rest is multiplied by


def undoubted(
    work: Run, sources: Sequence[str], own: Sequence[Choice], others: Sequence[Sequence[Choice]]
) -> list[Choice]:
    """What each head has of a library; who is contradicted has the first of its others that
    isn't."""
    chosen = list(own)
    trials = work.trials(checks=False)
    doubted = contradicted(work, trials, sources, dict(enumerate(chosen)))
    for turn in range(TRIED):
        tried = {at: others[at][turn] for at in doubted if len(others[at]) > turn}
        if not tried:
            break
        still = contradicted(work, trials, sources, tried)
        for at in tried.keys() - still:
            chosen[at] = tried[at]
        doubted -= tried.keys() - still
    return chosen


def contradicted(
    work: Run, trials: Trials | None, sources: Sequence[str], choices: Mapping[int, Choice]
) -> set[int]:
    """Which of these heads, by their place in the run, would be contradicted."""
    if trials is None or not choices:
        return set()
    names = [verify(source).programs[0].name for source in sources]
    asked = [(names[number], rest) for number, rest in choices.values()]
    special = work.store.meta.mask.kind == "full"
    programs = rested("\n\n\n".join(sources), asked, special)
    assigned: list[int | None] = [None] * work.store.meta.total_heads
    for number, at in enumerate(choices):
        assigned[work.heads[at]] = number
    device = str(work.loaded.device)
    source = LibrarySource(programs, work.loaded.table, work.store.meta.mask, device=device)
    told = {one.head for one in trials.contradictions(source, assigned)}
    return {at for at in choices if work.store.meta.head_name(work.heads[at]) in told}
