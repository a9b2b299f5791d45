"""The pipeline on tiny random models: what it writes, going on after a kill, bad input."""

import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from attndsl.cli.replaced import opened
from attndsl.explain import explain
from attndsl.explain.settings import Settings
from attndsl.fit.assignment import read_assignment
from attndsl.graph.rules import VERSION
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.models import load
from attndsl.models.capture import capture
from attndsl.report.story import NONE, story
from attndsl.runs import open_run
from attndsl.runs.kept import kept_census, kept_report
from attndsl.runs.schema import PACKAGE
from attndsl.synthesis.journal import Journal
from tests.explain.conftest import TEXTS, settings_of


class Stopped(Exception):
    """Stands for a kill: nothing of ours catches it."""


def test_a_run_writes_what_the_other_commands_read(whole: Path, models: dict[str, Path]) -> None:
    summary = json.loads((whole / "summary.json").read_text())
    found = read_assignment(whole)
    assert not verify((whole / "library.attn").read_text()).errors
    assert len({one.program.hash for one in found.heads}) == summary["programs"]
    assert all(one.program.causal for one in found.heads)
    assert len(found.heads) == summary["heads"]
    loaded, again = opened(str(models["llama"]), str(whole))
    assert [one.program.hash for one in again.heads] == [one.program.hash for one in found.heads]
    found.expect(loaded.hash, whole)


def test_no_file_of_a_run_holds_an_absolute_path(whole: Path, models: dict[str, Path]) -> None:
    named = [str(models["llama"].parent), str(whole)]
    for path in sorted(path for path in whole.rglob("*") if path.is_file()):
        data = path.read_bytes().decode("utf-8", "ignore")
        assert not [one for one in named if one in data], path
    assert open_run(whole).model == models["llama"].name


def test_a_run_opens_and_reports_without_its_heads(whole: Path, tmp_path: Path) -> None:
    for name in PACKAGE:
        if (whole / name).exists():
            shutil.copy(whole / name, tmp_path / name)
    run = open_run(tmp_path)
    assert not run.missing
    assert len(run.rows) == run.summary["heads"]
    run.report(tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == (whole / "report.html").read_bytes()


def test_the_summary_says_how_its_figures_came_about(whole: Path) -> None:
    summary = json.loads((whole / "summary.json").read_text())
    assert 0 < summary["mean_iou"]["low"] <= summary["mean_iou"]["mean"] <= 1
    assert summary["mean_iou"]["note"] == "few texts"
    assert summary["texts"] == {"selection": 7, "validation": 1, "report": 4}
    assert len(set(summary["text_hashes"].values())) == 3
    assert summary["settings"]["seed"] == 0
    assert summary["versions"]["attndsl"]
    assert {"ppl_increase_50_neutral", "ppl_interval_50_fit", "ppl_increase_100"} <= summary.keys()
    assert len(summary["effects"]) == summary["heads"]


def test_heads_go_in_the_order_of_their_effects_beside_those_before(whole: Path) -> None:
    journal = [json.loads(line) for line in (whole / "journal.jsonl").read_text().splitlines()]
    measured = [line["found"] for line in journal if line["kind"] == "effects"]
    heads = read_assignment(whole).heads
    per_layer = max(one.head for one in heads) + 1
    order = [str(per_layer * one.layer + one.head) for one in heads]
    half = len(order) // 2  # the programs were fitted with these in place: they come first
    *_, alone, second, third, last = measured
    assert len(alone) == len(order)
    found = [alone, second, third, last]
    for turn, costs in enumerate(found):
        taken, more = half * turn // 4, half * (turn + 1) // 4
        assert sorted(costs) == sorted(alone if not turn else order[taken:half])
        mine = [costs[head][0] for head in order[taken:more]]
        assert mine == sorted(mine)
        assert max(mine) <= min([costs[head][0] for head in order[more:half]], default=math.inf)
    rest = [alone[head][0] for head in order[half:]]
    assert rest == sorted(rest)


def test_the_page_shows_effects_history_and_the_curve(whole: Path) -> None:
    page = (whole / "report.html").read_text()
    assert "attndsl explain it -o it" in page
    assert "cut from a fit of many factors" in page
    assert '"effect":' in page
    assert '"by":"programs"' in page
    assert "<script src" not in page


def test_stopped_while_choosing_it_goes_on(
    models: dict[str, Path], plain: Path, tmp_path: Path
) -> None:
    settings = settings_of(models["llama"], tmp_path)

    def stop(phase: str, *_: object) -> None:
        if phase == "reduce":
            raise Stopped

    with pytest.raises(Stopped):
        explain(settings, stop)
    explain(settings)
    for name in ("library.attn", "assignment.json"):
        assert (tmp_path / name).read_bytes() == (plain / name).read_bytes()


def test_stopped_while_proposing_it_goes_on_from_the_stage_before(
    models: dict[str, Path], tmp_path: Path
) -> None:
    """Of programs that heads share: heads of few symbols that need share none have no stages."""
    shared = {"programs": 3}
    explain(settings_of(models["llama"], tmp_path / "whole", **shared))
    settings = settings_of(models["llama"], tmp_path / "stopped", **shared)
    for late in ("sharing programs", "picking by codelength"):

        def stop(phase: str, done: int, of: int, note: str, late: str = late) -> None:
            if note.startswith(late):
                raise Stopped

        with pytest.raises(Stopped):
            explain(settings, stop)
    seen: list[str] = []
    explain(settings, lambda phase, done, of, note: seen.append(note))
    early = ("finding where to start", "cutting to", "sharing programs")
    assert not [note for note in seen if note.startswith(early)]
    assert [note for note in seen if note.startswith("picking by codelength")]
    for name in ("library.attn", "assignment.json"):
        whole = (tmp_path / "whole" / name).read_bytes()
        assert (tmp_path / "stopped" / name).read_bytes() == whole


def test_a_run_of_other_rules_is_another_run(tmp_path: Path) -> None:
    """Its journal holds hashes, and hashes are of one version of the rules."""
    settings = Settings(model="m", texts=(), folder=tmp_path)
    with Journal(tmp_path / "j", settings.identity("a", "b") | {"rules": VERSION - 1}):
        pass
    with pytest.raises(AttndslError, match=f"rules was {VERSION - 1}, is {VERSION}"):
        Journal(tmp_path / "j", settings.identity("a", "b"))


def test_time_spent_is_journaled(plain: Path) -> None:
    lines = [json.loads(line) for line in (plain / "journal.jsonl").read_text().splitlines()]
    clocks = [line["clock"] for line in lines if "clock" in line]
    assert clocks == sorted(clocks)
    assert len(clocks) > 5


def test_an_encoder_with_its_curve(models: dict[str, Path], tmp_path: Path) -> None:
    summary = explain(
        settings_of(
            models["bert"], tmp_path, skip=frozenset(), heads="0.*",
        )
    )  # fmt: skip
    assert summary["heads"] == len(read_assignment(tmp_path).heads)
    assert any(name.startswith(("divergence", "cosine")) for name in summary)
    page = (tmp_path / "report.html").read_text()
    measure = next(name for name in ("divergence", "cosine") if f'"measure":"{name}"' in page)
    point = next(one for one in summary["curve"] if one["by"] == "programs")
    assert f'"value":{round(point[measure], 5)}' in page


BAD: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "a head that isn't there": (
        lambda model, run: explain(settings_of(model, run, heads="7.1")), "no head '7.1'",
    ),
    "a budget of nothing": (
        lambda model, run: settings_of(model, run, minutes=0.0), "leaves nothing to do",
    ),
    "a budget without end": (
        lambda model, run: settings_of(model, run, minutes=float("nan")), "never ends",
    ),
    "no heads to go on from": (
        lambda model, run: explain(settings_of(model, run, skip=frozenset({"capture"}))),
        "holds no heads yet, so the phase capture",
    ),
    "texts too short": (
        lambda model, run: explain(settings_of(model, run, texts=("a", "the"))), "needs three",
    ),
    "an unknown phase": (
        lambda model, run: settings_of(model, run, skip=frozenset({"lunch"})), "no phase 'lunch'",
    ),
    "nothing to go on from": (
        lambda model, run: explain(settings_of(model, run, skip=frozenset({"propose"}))),
        "can't be skipped",
    ),
    "a proposer of earlier versions": (
        lambda model, run: settings_of(model, run, proposers=("search", "polish")),
        "no proposer 'search' any more: parts, the default, took its place",
    ),
    "an unknown proposer": (
        lambda model, run: settings_of(model, run, proposers=("oracle",)), "no proposer 'oracle'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_said(models: dict[str, Path], tmp_path: Path, what: str) -> None:
    work, said = BAD[what]
    with pytest.raises(AttndslError, match=said):
        work(models["llama"], tmp_path)


def test_without_programs_to_go_on_from_nothing_is_begun(
    models: dict[str, Path], tmp_path: Path
) -> None:
    seen: list[str] = []
    settings = settings_of(models["llama"], tmp_path / "run", skip=frozenset({"propose"}))
    with pytest.raises(AttndslError, match="holds no programs yet"):
        explain(settings, lambda phase, *_: seen.append(phase))
    assert not seen
    assert not (tmp_path / "run").exists()


def test_a_run_of_heads_captured_before_says_the_models_name(
    models: dict[str, Path], tmp_path: Path
) -> None:
    """A store keeps where the model lies, so that it is found again; a run never does."""
    loaded = load(str(models["llama"]))
    heads = capture(loaded, list(TEXTS), tmp_path / "heads").folder
    assert HeadStore.open(heads).meta.model == str(models["llama"])
    few = frozenset(("fit", "replace"))
    summary = explain(
        settings_of(models["llama"], tmp_path / "run", texts=(), store=heads, skip=few)
    )
    assert summary["model"] == "llama"
    told = dict(open_run(tmp_path / "run").report().settings)
    assert told["model"].startswith("llama, 2 layers")
    for path in (path for path in (tmp_path / "run").rglob("*") if path.is_file()):
        assert str(models["llama"]).encode() not in path.read_bytes(), path


def test_a_folder_of_another_run_is_left_alone(models: dict[str, Path], whole: Path) -> None:
    before = {path.name: path.read_bytes() for path in whole.iterdir() if path.is_file()}
    with pytest.raises(AttndslError, match="seed was 0, is 5"):
        explain(settings_of(models["llama"], whole, seed=5))
    with pytest.raises(AttndslError, match="model_hash was"):
        explain(settings_of(models["bert"], whole))
    assert before == {path.name: path.read_bytes() for path in whole.iterdir() if path.is_file()}


def test_garbage_in_the_journal_is_told_and_left(
    models: dict[str, Path], plain: Path, tmp_path: Path
) -> None:
    lines = (plain / "journal.jsonl").read_bytes().split(b"\n")
    broken = b"\n".join([lines[0], b"\xff not a line", *lines[1:]])
    (tmp_path / "journal.jsonl").write_bytes(broken)
    with pytest.raises(AttndslError, match="line 2 is no line of a journal"):
        explain(settings_of(models["llama"], tmp_path))
    assert (tmp_path / "journal.jsonl").read_bytes() == broken
    assert [path.name for path in tmp_path.iterdir()] == ["journal.jsonl"]


def test_a_run_of_another_version_is_left_alone(
    models: dict[str, Path], plain: Path, tmp_path: Path
) -> None:
    old = re.sub(r', "crc": "\w+"', "", (plain / "journal.jsonl").read_text())  # it had no sums
    old = old.replace('"version": "', '"version": "0.old.', 1)
    (tmp_path / "journal.jsonl").write_text(old)
    with pytest.raises(AttndslError, match=r"version was '0\.old\."):
        explain(settings_of(models["llama"], tmp_path))
    assert (tmp_path / "journal.jsonl").read_text() == old


def test_a_run_that_an_earlier_version_searched_opens_but_does_not_go_on(
    models: dict[str, Path], whole: Path, tmp_path: Path
) -> None:
    """Its settings had names that are none here, and its summary figures that are made no more."""
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    old = re.sub(r', "crc": "\w+"', "", (whole / "journal.jsonl").read_text())
    old = old.replace('"proposers": ["parts"]', '"proposers": ["search"], "fit_texts": 96', 1)
    (tmp_path / "journal.jsonl").write_text(old)
    summary = json.loads((whole / "summary.json").read_text())
    summary |= {"candidates_per_second": 12.5, "simplify": {"programs": 3}, "minutes_search": 1.0}
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    with pytest.raises(AttndslError, match=r"another version of attndsl, with other .*fit_texts"):
        explain(settings_of(models["llama"], tmp_path))
    assert (tmp_path / "journal.jsonl").read_text() == old
    run = open_run(tmp_path)
    run.report(tmp_path / "again.html")
    assert len(run.rows) == summary["heads"]
    assert (tmp_path / "again.html").stat().st_size > 10_000


def test_a_run_knows_what_its_heads_do_and_tells_it(whole: Path) -> None:
    report = kept_report(whole)
    found = kept_census(whole)
    assert found is not None
    assert found.natural_texts == len(report.texts)
    assert [head.names for head in report.heads] == [head.names for head in found.heads]
    assert all(head.output is not None for head in report.heads)
    assert report.mechanisms
    excess = json.loads((whole / "summary.json").read_text())["excess_iou"]["mean"]
    told = f"come {excess:.0%} of the way" if excess > NONE else "nothing beyond constant patterns"
    assert told in story(report).opening[0]
