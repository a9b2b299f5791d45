"""One budget for all phases: what each would take, what it is given, and what it took.

A phase is a name, a forecast by the rates measured, and a function that does it by a given time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attndsl.explain.busier import busier
from attndsl.explain.run import Found, Run

FLOOR = 2.0  # seconds; forecasts shorter than this are not judged by their ratio, and are given it
SPARE = 0.5  # of the time that nothing was forecast for, that a phase may take beside its own
AGAIN = "planned again"  # the kind of a line
SLACK = 1.3  # times what it was given, after which a phase is said to be late


@dataclass(frozen=True, slots=True)
class Need:
    """Seconds that a phase takes at least, and for all that it would do; with fewer than `first`
    it leaves that out."""

    least: float
    whole: float
    first: float = 0.0


@dataclass(frozen=True, slots=True)
class Phase:
    """One step of a run.

    `run` does it and is done about `until`, by the clock of time.monotonic: without a budget that
    is infinite, and where the phase has ended before it is minus infinity: then the phase takes up
    what it journaled and does nothing more.
    """

    name: str
    forecast: Callable[[Run], Need]
    run: Callable[[Run, Found, float], Found]


@dataclass
class Timeline:
    """What was forecast, phase by phase, and what is left of it."""

    given: dict[str, float]  # seconds, in the order of the phases
    end: float  # of the budget, by time.monotonic
    now: str = ""
    until: float = math.inf
    latest: float = math.inf  # by which what comes after has to begin
    short: float = 0.0  # seconds by which the budget misses what has to be done
    grown: bool = False  # when what is left was forecast anew
    busier: str = ""  # the machine, than at the start
    compiled: float = 0.0  # seconds of the budget that this took before it was shared out
    spared: float = 0.0  # seconds for what is written between phases
    ended: set[str] = field(default_factory=set)

    def begin(self, name: str) -> float:
        """Until when a phase has time: what was forecast, less where those before ran over.

        Where the budget has room it may take a little more, so that what it does doesn't hang on
        how busy the machine was when it was forecast, and half of what nothing was forecast for.
        """
        after = sum(self.given[one] for one in self.given if self.later(one, name))
        begun, latest = time.monotonic(), max(self.end - after, time.monotonic())
        given = max(self.given[name], FLOOR)
        self.now, self.until, self.latest = name, min(begun + given, latest), latest
        room = SPARE * (latest - begun - given)
        more = min(begun + max(SLACK * given, given + room), latest)
        return more if math.isfinite(self.end) else math.inf

    def later(self, one: str, than: str) -> bool:
        names = list(self.given)
        return names.index(one) > names.index(than) and one not in self.ended

    def left(self) -> float:
        """Seconds to the end of the run, as far as is known; it never grows within a phase."""
        after = sum(self.given[one] for one in self.given if self.later(one, self.now))
        return after + max(0.0, self.until - time.monotonic())

    def said(self) -> str:
        """The time left, and why where it doesn't shrink: a phase takes longer than forecast, or
        what is left was forecast anew and is more than it was, or than the budget has."""
        over = time.monotonic() - self.until
        if over > (SLACK - 1) * max(self.given.get(self.now, 0.0), FLOOR):
            return (
                f"{spoken(self.left())} left after this; it takes longer than the "
                f"{spoken(self.given[self.now])} forecast"
            )
        why = ""
        if self.short > FLOOR:
            once = f"compiling took {spoken(self.compiled)}, and " if self.compiled > FLOOR else ""
            much = self.busier or f"{once}so much has to be done"
            why = f" ({spoken(self.short)} over the budget: {much})"
        elif self.grown:
            why = f" (forecast anew: {self.busier or 'by now it is known to take longer'})"
        return f"{spoken(self.left())} left{why}"


def shares(needs: Mapping[str, Need], seconds: float) -> dict[str, float]:
    """What each phase is given: its least, and of the rest by what it could still use.

    >>> shares({"a": Need(1, 1), "b": Need(2, 12), "c": Need(0, 10)}, 13)
    {'a': 1, 'b': 7.0, 'c': 5.0}
    >>> shares({"a": Need(1, 1), "b": Need(2, 4)}, math.inf)
    {'a': 1, 'b': 4.0}
    >>> shares({"a": Need(1, 1), "b": Need(3, 4)}, 2)  # too short: it will take longer
    {'a': 1, 'b': 3.0}
    >>> shares({"a": Need(1, 4), "b": Need(0, 9, 7)}, 8)  # b would be left out, so it gets nothing
    {'a': 4.0, 'b': 0}
    """
    least = sum(need.least for need in needs.values())
    more = sum(need.whole - need.least for need in needs.values())
    part = min(1.0, max(0.0, seconds - least) / more) if more else 0.0
    given = {
        name: need.least + part * (need.whole - need.least) if need.whole > need.least
        else need.least
        for name, need in needs.items()
    }  # fmt: skip
    without = {name: Need(need.least, need.least) for name, need in needs.items()
               if given[name] < need.first}  # fmt: skip
    return shares({**needs, **without}, seconds) if without else given


def planned(
    work: Run, phases: Sequence[Phase], budget: float | None, between: float = 0.0
) -> Timeline:
    """The plan of this run and budget, from the journal where it is there, else made and noted;
    phases don't get the seconds that are spent `between` them.

    With another budget than before it is made anew, and what has ended goes on.
    """
    kinds = ("plan", AGAIN, "ended")
    lines = [line for line in work.journal.lines if line["kind"] in kinds]
    plans = [line for line in lines if line["kind"] == "plan"]
    names = [phase.name for phase in phases]
    if plans and plans[-1]["budget"] == budget and list(plans[-1]["given"]) == names:
        given = {name: float(seconds) for name, seconds in plans[-1]["given"].items()}
        after = lines[lines.index(plans[-1]) :]
        for line in after:
            given |= line["given"] if line["kind"] == AGAIN else {}
        ended = {line["of"] for line in after if line["kind"] == "ended"}
        ended |= set(plans[-1].get("kept", ()))
    else:
        needs = {phase.name: needed(work, phase) for phase in phases}
        left = math.inf if budget is None else max(0.0, budget - work.seconds - between)
        given, ended = shares(needs, left), set()
        rounded = {name: round(seconds, 3) for name, seconds in given.items()}
        work.note({
            "kind": "plan", "budget": budget, "given": rounded, "rates": work.rates.as_json(),
        })  # fmt: skip
    end = math.inf if budget is None else time.monotonic() + budget - work.seconds
    ahead = sum(seconds for name, seconds in given.items() if name not in ended)
    short = 0.0 if budget is None else max(0.0, ahead - max(0.0, budget - work.seconds))
    return Timeline(given, end, short=short, compiled=work.compiled, spared=between, ended=ended)


def plan_again(work: Run, phases: Sequence[Phase], timeline: Timeline) -> None:
    """What phases to come are given, by what is known by now: how many texts there are, and how
    busy the machine is."""
    ahead = [phase for phase in phases if phase.name not in timeline.ended]
    if not ahead:
        return
    before = timeline.left()
    spared = timeline.spared * len(ahead) / len(phases)
    left = max(0.0, timeline.end - time.monotonic() - spared)
    given = shares({phase.name: needed(work, phase) for phase in ahead}, left)
    timeline.given |= given
    timeline.short = max(0.0, sum(given.values()) - (timeline.end - time.monotonic()))
    timeline.grown = sum(given.values()) > before + FLOOR
    rounded = {name: round(seconds, 3) for name, seconds in given.items()}
    work.note({"kind": AGAIN, "given": rounded, "rates": work.rates.as_json()})


def needed(work: Run, phase: Phase) -> Need:
    """What a phase would take; one that is skipped takes nothing."""
    return Need(0.0, 0.0) if phase.name in work.settings.skip else phase.forecast(work)


def run_phases(
    work: Run, phases: Sequence[Phase], timeline: Timeline, after: Callable[[Phase, Found], None]
) -> Found:
    """All phases in order, each with its time; `after` hears of each that has ended."""
    from attndsl.explain.rates import step_taken

    plain, work.given = work.tell, timeline.given
    work.tell = lambda phase, done, of, note: plain(
        phase, done, of, f"{note}, {timeline.said()}" if note else timeline.said()
    )
    found = Found()
    for phase in phases:
        until = timeline.begin(phase.name)
        work.latest = timeline.latest
        if phase.name in timeline.ended:
            found = phase.run(work, found, -math.inf)
            continue
        begun = begun_at(work, phase.name)
        found = phase.run(work, found, until)
        timeline.ended.add(phase.name)
        seconds = round(work.seconds - begun, 3)
        work.note({"kind": "ended", "of": phase.name, "seconds": seconds})
        after(phase, found)
        if seconds > FLOOR:  # meanwhile the machine may have become busier, or less so
            step = step_taken()
            work.rates = work.rates.at_pace(step.fit)
            timeline.busier = busier(work.share, step.share)
        plan_again(work, phases, timeline)
    work.tell = plain
    return found


def begun_at(work: Run, name: str) -> float:
    """The seconds into the run at which it first came to this phase of the plan."""
    plan = work.journal.lines.index(work.journal.of_kind("plan")[-1])
    for line in work.journal.lines[plan:]:
        if line["kind"] == "begun" and line["of"] == name:
            return float(line["clock"])
    work.note({"kind": "begun", "of": name})
    return work.seconds


def time_figures(work: Run) -> dict[str, Any]:
    """What was forecast at the start and what it took, by phase; the largest ratio of the two,
    either way. What the run went on with in time that was left is counted to its phase.

    What took under two seconds, and was forecast to, is not judged, nor what had ended under the
    plan of another budget and was taken up.
    """
    plans = list(work.journal.of_kind("plan"))
    whole = [plans.pop()]
    while "kept" in whole[0]:  # it goes on from the one before
        whole.insert(0, plans.pop())
    at = work.journal.lines.index(whole[0])
    before, after = work.journal.lines[:at], work.journal.lines[at:]
    given: dict[str, float] = {}
    taken: dict[str, float] = {}
    for plan in whole:
        given = {name: given.get(name, 0.0) + one for name, one in plan["given"].items()}
    for line in after:
        if line["kind"] == "ended":
            taken[line["of"]] = round(taken.get(line["of"], 0.0) + line["seconds"], 3)
    known = {one["of"] for one in before if one["kind"] == "ended"}
    ratios = [
        max(seconds, FLOOR) / max(given[name], FLOOR)
        for name, seconds in taken.items()
        if name not in known
    ]
    return {
        "budget": whole[0]["budget"], "forecast": given, "seconds": taken,
        "forecast_worst": max((max(one, 1 / one) for one in ratios), default=1.0),
    }  # fmt: skip


def spoken(seconds: float) -> str:
    """A stretch of time as people say it.

    >>> spoken(8.2), spoken(130), spoken(4000)
    ('8 s', '2 min', '1 h 7 min')
    """
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
