"""One budget over all phases: what each is given, what is said of the time left, what it took."""

import json
import math
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attndsl.explain import amounts, explain, forecasts
from attndsl.explain import plan as planning
from attndsl.explain import rates as rating
from attndsl.explain import replace as replacing
from attndsl.explain.forecasts import FEW_STEPS
from attndsl.explain.plan import (
    Need,
    Phase,
    Timeline,
    needed,
    plan_again,
    run_phases,
    shares,
    time_figures,
)
from attndsl.explain.rates import Rates, Step, step_taken
from attndsl.explain.replace import FIT, STEPS, affordable, at_once_where_it_comes
from attndsl.explain.run import Found, Run
from attndsl.runs.opened import open_run
from tests.cli.screen import Clock
from tests.explain.conftest import settings_of

needs = st.tuples(st.floats(0, 100), st.floats(0, 100)).map(lambda two: Need(min(two), max(two)))


@given(st.dictionaries(st.text(max_size=3), needs, min_size=1), st.floats(0, 1000))
def test_what_phases_are_given_keeps_to_the_budget(asked: dict[str, Need], seconds: float) -> None:
    found = shares(asked, seconds)
    assert sum(found.values()) <= max(seconds, sum(one.least for one in asked.values())) + 1e-6
    for name, need in asked.items():
        assert found[name] <= need.whole + 1e-9
        assert found[name] >= need.least - 1e-9


def test_the_time_left_never_grows_and_lateness_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(planning, "time", clock)
    line = Timeline({"one": 10.0, "two": 20.0, "three": 5.0}, clock.now + 40)
    seen = []
    for name, taken in (("one", 18), ("two", 30), ("three", 2)):
        line.begin(name)
        for _ in range(taken):
            seen.append((line.left(), line.said()))
            clock.now += 1
        line.ended.add(name)
    left = [seconds for seconds, _ in seen]
    assert left == sorted(left, reverse=True)
    assert "it takes longer than the 10 s forecast" in seen[17][1]
    assert "longer" not in seen[18][1]


def test_a_phase_that_ran_over_takes_from_those_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(planning, "time", clock)
    line = Timeline({"one": 10.0, "two": 20.0, "three": 5.0}, clock.now + 35)
    line.begin("one")
    clock.now += 18
    line.ended.add("one")
    assert line.begin("two") == clock.now + 12


@pytest.mark.parametrize(("budget", "time_for"), [(60, 25), (35, 13), (32, 12), (30, 10)])
def test_where_the_budget_has_room_a_phase_may_take_a_little_more(
    monkeypatch: pytest.MonkeyPatch, budget: int, time_for: int
) -> None:
    clock = Clock()
    monkeypatch.setattr(planning, "time", clock)
    line = Timeline({"one": 10.0, "two": 20.0}, clock.now + budget)
    assert line.begin("one") == clock.now + time_for
    assert line.left() == 30


def test_forecasts_and_times_stand_in_the_summary(whole: Path) -> None:
    summary = json.loads((whole / "summary.json").read_text())
    assert list(summary["forecast"]) == list(summary["seconds"])
    assert summary["forecast_worst"] >= 1 or all(
        summary["seconds"][name] <= summary["forecast"][name] for name in summary["seconds"]
    )
    assert summary["state"] == "done"


@pytest.mark.parametrize("name", ["library.attn", "report.html", "summary.json"])
def test_there_is_something_to_see_after_the_first_look(
    models: dict[str, Path], tmp_path: Path, name: str
) -> None:
    def stop(phase: str, *_: Any) -> None:
        if phase == "capture":
            assert (tmp_path / name).exists()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explain(settings_of(models["llama"], tmp_path, skip=frozenset()), stop)
    assert json.loads((tmp_path / "summary.json").read_text())["state"] == "look"


def test_a_budget_too_short_leaves_out_what_can_be_left_out_and_goes_on_the_same(
    models: dict[str, Path], tmp_path: Path
) -> None:
    settings = settings_of(models["llama"], tmp_path, skip=frozenset(), minutes=0.2, effort=None)
    summary = explain(settings)
    assert summary["budget"] == 12
    with (tmp_path / "journal.jsonl").open() as lines:
        given = next(line["given"] for line in map(json.loads, lines) if line["kind"] == "plan")
    never_short = {"look", "capture", "probes", "propose", "reduce", "census", "report"}
    over = {name for name, seconds in given.items() if seconds and name not in never_short}
    assert not over or sum(given.values()) <= 12
    assert not math.isinf(summary["forecast_worst"])
    again = explain(settings)
    ignored = ("minutes", "minutes_replace", "finished")
    assert {k: v for k, v in summary.items() if k not in ignored} == {
        k: v for k, v in again.items() if k not in ignored
    }


def test_a_budget_too_short_for_what_has_to_be_done_says_so() -> None:
    timeline = Timeline({"capture": 40.0, "report": 20.0}, time.monotonic() + 10, short=50.0)
    timeline.begin("capture")
    assert "50 s over the budget: so much has to be done" in timeline.said()
    timeline.compiled = 16.0
    assert "over the budget: compiling took 16 s, and so much has to be done" in timeline.said()


@pytest.mark.parametrize(
    ("share", "budget", "wanted"),
    [
        (0.5, 40.0, "30 s left (20 s over the budget: the machine is busier than at the start: "
                    "this process gets half of the time that it got)"),
        (1.0, 40.0, "30 s left (20 s over the budget: so much has to be done)"),
        (0.5, 90.0, "50 s left (forecast anew: the machine is busier than at the start: this "
                    "process gets half of the time that it got)"),
        (1.0, 90.0, "50 s left (forecast anew: by now it is known to take longer)"),
    ],
)  # fmt: skip
def test_where_the_time_left_grows_the_reason_is_said(
    monkeypatch: pytest.MonkeyPatch, share: float, budget: float, wanted: str
) -> None:
    """After the first phase a step takes twice as long, for want of a processor or not."""
    clock = Clock()
    monkeypatch.setattr(planning, "time", clock)
    monkeypatch.setattr(rating, "step_taken", lambda: Step(2.0, share))
    said: list[str] = []
    lines: list[dict[str, Any]] = [{"kind": "plan"}]
    journal = SimpleNamespace(lines=lines, of_kind=lambda kind: lines[:1])
    work: Any = SimpleNamespace(
        settings=SimpleNamespace(skip=frozenset()), note=lines.append, journal=journal, share=1.0,
        rates=Rates(1.0, 1.0, 1.0, fit=1.0), tell=lambda phase, done, of, note: said.append(note),
    )  # fmt: skip

    def taken(name: str, seconds: float) -> Phase:
        def run(work: Any, found: Found, until: float) -> Found:
            work.tell(name, 0, 1, "")
            clock.now += seconds
            work.seconds = clock.now
            return found

        def forecast(work: Any) -> Need:
            return Need(seconds * work.rates.fit, seconds * work.rates.fit)

        return Phase(name, forecast, run)

    phases, work.seconds = (taken("one", 10.0), taken("two", 25.0)), clock.now
    timeline = Timeline({"one": 10.0, "two": 25.0}, clock.now + budget)
    run_phases(work, phases, timeline, lambda *_: None)
    assert said == ["35 s left", wanted]


def test_how_much_of_the_time_a_step_gets_is_told_by_two_clocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    busy: Any = clock
    busy.process_time = lambda: clock.now / 4

    def step() -> None:
        clock.now += 1.0

    monkeypatch.setattr(rating, "time", busy)
    monkeypatch.setattr(rating, "stepping", lambda: step)
    assert step_taken().share == 0.25


def test_the_joint_fit_takes_time_that_nothing_is_forecast_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else it would come at the end, and what stands on it would be measured twice."""
    clock = Clock()
    monkeypatch.setattr(replacing, "time", clock)

    def steps(latest: float, until: float) -> int:
        work: Any = SimpleNamespace(
            latest=clock.now + latest, afforded=lambda what, choose: choose()
        )
        until = at_once_where_it_comes(work, clock.now + until, 10.0 + (FEW_STEPS + 0.5) * 1.0)
        return affordable(work, STEPS, 240, 1.0, until - 10.0, least=FEW_STEPS)

    assert steps(latest=100.0, until=25.0) == FEW_STEPS
    assert steps(latest=100.0, until=60.0) == 50, "as many as it was given time for"
    assert steps(latest=29.0, until=25.0) == 0, "that is time for what comes after"
    assert steps(latest=100.0, until=-math.inf) == 0, "it has ended"


def test_a_phase_that_is_skipped_takes_nothing() -> None:
    work: Any = SimpleNamespace(settings=SimpleNamespace(skip=frozenset(["fit"])))
    phases = [
        Phase(name, lambda run: Need(1.0, 9.0), lambda *given: Found())
        for name in ("fit", "report")
    ]
    assert [needed(work, phase).whole for phase in phases] == [0.0, 9.0]


def test_probes_are_forecast_also_where_a_store_brought_the_heads() -> None:
    def seconds(capture: float) -> float:
        rates = SimpleNamespace(capture=capture, forward=0.001)
        settings = SimpleNamespace(long=False, skip=frozenset())
        work: Any = SimpleNamespace(rates=rates, settings=settings, probes=None, symbols=())
        return forecasts.probes(work).whole

    assert seconds(0.0) == seconds(forecasts.PLAIN * 0.001) > 0


def test_what_there_was_no_time_for_is_done_with_another_budget(
    models: dict[str, Path], tmp_path: Path
) -> None:
    """The joint fit, of which the report says that it was left out, and effects; what was looked
    for before stays."""
    left = frozenset(("replace",))
    few: dict[str, Any] = {"heads": "0.*", "skip": left}
    first = explain(settings_of(models["llama"], tmp_path, minutes=0.001, **few))
    assert not first["effects"]
    report = open_run(tmp_path).report()
    assert dict(report.settings)[FIT].startswith("left out")
    assert first["notes"][FIT] == dict(report.settings)[FIT], "the terminal tells it"
    assert report.mechanisms, "what heads do is known all the same"
    assert "texts taken" not in dict(report.settings), "twelve are few"
    second = explain(settings_of(models["llama"], tmp_path, **few))
    assert len(second["effects"]) == second["heads"]
    assert FIT not in dict(open_run(tmp_path).report().settings)
    assert second["ladder"] == first["ladder"]


def test_what_another_plan_had_ended_is_no_wrong_forecast() -> None:
    """A capture that a second budget takes up takes no time."""

    def ended(name: str, seconds: float) -> dict[str, Any]:
        return {"kind": "ended", "of": name, "seconds": seconds}

    given = {"capture": 60.0, "propose": 100.0}
    lines = [{"kind": "plan", "budget": 60, "given": given}, ended("capture", 50.0)]
    lines += [{"kind": "plan", "budget": 90, "given": given}, ended("capture", 0.4)]
    lines.append(ended("propose", 150.0))
    journal = SimpleNamespace(
        lines=lines, of_kind=lambda kind: [one for one in lines if one["kind"] == kind]
    )
    found = time_figures(cast(Run, SimpleNamespace(journal=journal)))
    assert found["forecast_worst"] == 1.5
    assert found["seconds"] == {"capture": 0.4, "propose": 150.0}


def test_phases_to_come_are_given_what_they_take_by_what_is_known_by_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(planning, "time", clock)
    takes = {"one": 4.0, "two": 30.0}  # two was thought to take 10
    phases = [
        Phase(name, lambda run, name=name: Need(0.0, takes[name]), lambda *given: Found())  # type: ignore[misc]
        for name in takes
    ]
    noted: list[dict[str, Any]] = []
    work: Any = SimpleNamespace(
        settings=SimpleNamespace(skip=frozenset()), note=noted.append,
        rates=SimpleNamespace(as_json=dict),
    )  # fmt: skip
    line = Timeline({"one": 4.0, "two": 10.0}, clock.now + 20, "one", ended={"one"})
    line.until = clock.now
    plan_again(work, phases, line)
    assert line.given == {"one": 4.0, "two": 20.0}, "as much as there is"
    assert [one["given"] for one in noted] == [{"two": 20.0}]


def test_what_is_done_on_texts_is_forecast_of_as_few_as_there_may_be() -> None:
    """A budget that has no time to capture all has none for scoring all either."""
    captured: list[str] = []
    work: Any = SimpleNamespace(
        texts=[None] * 240, settings=SimpleNamespace(long=False, store=None),
        journal=SimpleNamespace(of_kind=lambda kind: captured),
    )  # fmt: skip
    assert amounts.texts_part(work) == (0.1, 1.0)
    captured.append("they are here")
    assert amounts.texts_part(work) == (1.0, 1.0)


def test_models_over_symbols_are_not_forecast_probes_and_short_texts_not_read_at_length() -> None:
    def work(symbols: tuple[str, ...], *lengths: int) -> Any:
        return SimpleNamespace(
            texts=[SimpleNamespace(ids=[0] * length) for length in lengths], symbols=symbols,
            probes=None, settings=SimpleNamespace(skip=frozenset(), tokens=64, store=None),
        )  # fmt: skip

    assert amounts.probes_part(work(("a", "b"), 12)) == (0.0, 0.0)
    least, most = amounts.probes_part(work((), 12))
    assert 0 < least < most
    assert amounts.longer_texts(work((), 12, 64, 64)) == 2


def test_where_time_is_left_at_the_end_what_was_left_out_is_done_after_all(
    models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = iter([1e9])  # seconds, that the joint fit is thought to take at first
    real = replacing.before_fit
    monkeypatch.setattr(replacing, "before_fit", lambda work: next(first, None) or real(work))
    said: list[str] = []
    settings = settings_of(models["llama"], tmp_path, skip=frozenset(), minutes=30.0)
    summary = explain(settings, lambda phase, done, of, note: said.append(f"{phase}: {note}"))
    assert [one for one in said if "are left: going on with the joint fit" in one]
    assert FIT not in summary["notes"]
    assert summary["fit"], "what the fit brought"
    assert summary["state"] == "done"
    assert summary["seconds"]["capture"] > 0, "what came before counts"
    assert len(summary["effects"]) == summary["heads"]
    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    plans = [line for line in lines if line["kind"] == "plan"]
    assert [line.get("kept", [])[:3] for line in plans] == [[], ["look", "capture", "probes"]]
    assert "kept" not in plans[0]


def test_time_of_what_a_run_went_on_with_is_counted_to_its_phase() -> None:
    def ended(name: str, seconds: float) -> dict[str, Any]:
        return {"kind": "ended", "of": name, "seconds": seconds}

    lines = [{"kind": "plan", "budget": 60, "given": {"fit": 0.0, "report": 20.0}}]
    lines += [ended("fit", 0.1), ended("report", 10.0)]
    lines += [{"kind": "plan", "budget": 60, "given": {"fit": 20.0, "report": 10.0}, "kept": []}]
    lines += [ended("fit", 25.0), ended("report", 12.0)]
    journal = SimpleNamespace(
        lines=lines, of_kind=lambda kind: [one for one in lines if one["kind"] == kind]
    )
    found = time_figures(cast(Run, SimpleNamespace(journal=journal)))
    assert found["seconds"] == {"fit": 25.1, "report": 22.0}
    assert found["forecast"] == {"fit": 20.0, "report": 30.0}
