"""What was left out for want of time, done at the end where there is time left after all."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attndsl.explain.forecasts import (
    effect_text,
    fit,
    least_fit,
    made_ready,
    replace_text,
)
from attndsl.explain.forecasts import effects as effects_need
from attndsl.explain.forecasts import replace as replace_need
from attndsl.explain.plan import Need, Timeline, shares, spoken
from attndsl.explain.replace import ANY_TEXT, EFFECTS_OF, STEPS

if TYPE_CHECKING:
    from attndsl.explain.run import Run

# By phase: what is decided in it and is nothing where it is left out, and how it is called.
LEFT = {
    "fit": (STEPS, "the joint fit"),
    "effects": (EFFECTS_OF, "the effects of heads"),
    "replace": (ANY_TEXT, "what replacing costs"),
}


def with_time_left(work: Run, timeline: Timeline) -> Timeline | None:
    """The plan of what was left out and of all that stands on it, or of as much of that as there is
    time for, the last of it; None where there is nothing. A run goes on so once."""
    plan, seconds = work.journal.of_kind("plan")[-1], timeline.end - time.monotonic()
    left_out = () if "kept" in plan else phases_left_out(work)
    for at, first in enumerate(left_out):
        needs = needs_from(work, first, left_out[at:], list(timeline.given))
        if sum(one.least for one in needs.values()) <= seconds:
            said = " and ".join(LEFT[name][1] for name in left_out[at:])
            work.tell(first, 0, 1, f"{spoken(seconds)} are left: going on with {said}")
            return going_on(work, needs, timeline, seconds)
    return None


def going_on(work: Run, needs: Mapping[str, Need], timeline: Timeline, seconds: float) -> Timeline:
    """The plan, noted: what isn't in it is kept as it is."""
    names = list(timeline.given)
    given = dict.fromkeys(names, 0.0) | shares(needs, seconds)
    kept = [name for name in names if name not in needs]
    work.note({
        "kind": "plan", "budget": work.journal.of_kind("plan")[-1]["budget"], "kept": kept,
        "given": {name: round(one, 3) for name, one in given.items()},
        "rates": work.rates.as_json(),
    })  # fmt: skip
    return Timeline(given, timeline.end, ended=set(kept))


def needs_from(
    work: Run, first: str, left_out: Sequence[str], names: Sequence[str]
) -> dict[str, Need]:
    """What the phases from the first on would take, and writing it all: the library too, also
    where no page is wanted."""
    behind = list(LEFT)[list(LEFT).index(first) :]
    again = {"report", *(name for name in behind if name not in work.settings.skip)}
    return {name: need(work, name, name in left_out) for name in names if name in again}


def phases_left_out(work: Run) -> list[str]:
    """Those in which there was time for nothing, in order."""
    decided = {line["of"]: line["amount"] for line in work.journal.of_kind("decided")}
    skipped = work.settings.skip
    return [name for name, (what, _) in LEFT.items()
            if name not in skipped and decided.get(what) == 0]  # fmt: skip


def need(work: Run, name: str, was_left_out: bool) -> Need:
    """What a phase takes: what it took where it was done, with the amounts decided then."""
    if was_left_out:
        whole = NEEDS[name](work)
        return Need(min(LEASTS[name](work), whole.whole), whole.whole)
    taken = [line["seconds"] for line in work.journal.of_kind("ended") if line["of"] == name]
    return Need(taken[-1], taken[-1])


def least_curve(work: Run) -> float:
    return made_ready(work) + replace_text(work)


NEEDS = {"fit": fit, "effects": effects_need, "replace": replace_need}
LEASTS = {"fit": least_fit, "effects": effect_text, "replace": least_curve}
