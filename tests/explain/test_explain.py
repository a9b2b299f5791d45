"""The pipeline on tiny random models: what it writes, going on after a kill, bad input."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from attndsl.cli.replace import opened
from attndsl.explain import explain
from attndsl.explain.texts import three_sets
from attndsl.fit.assignment import read_assignment
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from tests.explain.conftest import settings_of


class Stopped(Exception):
    """Stands for a kill: nothing of ours catches it."""


def test_a_run_writes_what_the_other_commands_read(whole: Path, models: dict[str, Path]) -> None:
    summary = json.loads((whole / "summary.json").read_text())
    found = read_assignment(whole)
    assert not verify((whole / "library.attn").read_text()).errors
    assert len({one.program.hash for one in found.heads}) == summary["programs"]
    assert all(one.program.causal for one in found.heads)
    assert len(found.heads) == summary["heads"]
    loaded, order = opened(str(models["llama"]), str(whole), None, None)
    assert [head for head, _ in order] == [(one.layer, one.head) for one in found.heads]
    found.expect(loaded.hash, whole)


def test_the_summary_says_how_its_figures_came_about(whole: Path) -> None:
    summary = json.loads((whole / "summary.json").read_text())
    assert 0 < summary["mean_iou"]["low"] <= summary["mean_iou"]["mean"] <= 1
    assert summary["mean_iou"]["note"] == "few texts"
    assert summary["texts"] == {"selection": 7, "validation": 1, "report": 4}
    assert len(set(summary["text_hashes"].values())) == 3
    assert summary["settings"]["seed"] == 0
    assert summary["versions"]["attndsl"]
    assert {"ppl_increase_50", "ppl_interval_50", "ppl_increase_50_by_iou"} <= summary.keys()
    assert len(summary["effects"]) == summary["heads"]


def test_heads_go_in_the_order_of_their_effects_on_selection_texts(whole: Path) -> None:
    journal = [json.loads(line) for line in (whole / "journal.jsonl").read_text().splitlines()]
    (found,) = [line["found"] for line in journal if line["kind"] == "effects"]
    heads = read_assignment(whole).heads
    per_layer = max(one.head for one in heads) + 1
    costs = [found[str(per_layer * one.layer + one.head)][0] for one in heads]
    assert costs == sorted(costs)


def test_the_page_shows_effects_history_and_the_curve(whole: Path) -> None:
    page = (whole / "report.html").read_text()
    assert "attndsl explain it" in page
    assert "proposed by search" in page or "proposed by examples" in page
    assert '"effect":' in page
    assert '"by":"programs"' in page
    assert "<script src" not in page


@pytest.mark.parametrize("at", ["fit", "search", "reduce"])
def test_killed_and_started_again_it_ends_alike(
    models: dict[str, Path], whole: Path, tmp_path: Path, at: str
) -> None:
    settings = settings_of(models["llama"], tmp_path)

    def stop(phase: str, *_: object) -> None:
        if phase == at:
            raise Stopped

    with pytest.raises(Stopped):
        explain(settings, stop)
    explain(settings)
    assert programs_by_head(tmp_path) == programs_by_head(whole)


def programs_by_head(run: Path) -> dict[tuple[int, int], str]:
    return {(one.layer, one.head): one.program.hash for one in read_assignment(run).heads}


def test_an_encoder_with_its_curve_and_polish(models: dict[str, Path], tmp_path: Path) -> None:
    summary = explain(
        settings_of(
            models["bert"], tmp_path, skip=frozenset(("report",)), candidates=1,
            proposers=("search", "polish"), heads="0.*",
        )
    )  # fmt: skip
    assert summary["heads"] == len(read_assignment(tmp_path).heads)
    assert any(name.startswith(("divergence", "cosine")) for name in summary)


BAD: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "a head that isn't there": (
        lambda model, run: explain(settings_of(model, run, heads="7.1")), "no head '7.1'",
    ),
    "a budget of nothing": (
        lambda model, run: settings_of(model, run, candidates=0), "leaves nothing to do",
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
    "an unknown proposer": (
        lambda model, run: settings_of(model, run, proposers=("oracle",)), "no proposer 'oracle'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_said(models: dict[str, Path], tmp_path: Path, what: str) -> None:
    work, said = BAD[what]
    with pytest.raises(AttndslError, match=said):
        work(models["llama"], tmp_path)


def test_a_folder_of_another_run_is_left_alone(models: dict[str, Path], whole: Path) -> None:
    before = {path.name: path.read_bytes() for path in whole.iterdir() if path.is_file()}
    with pytest.raises(AttndslError, match="holds another run"):
        explain(settings_of(models["llama"], whole, seed=5))
    assert before == {path.name: path.read_bytes() for path in whole.iterdir() if path.is_file()}


def test_the_three_sets_share_no_text() -> None:
    for count in range(3, 40):
        sets = three_sets(count, (0.6, 0.1))
        parts = (*sets.selection, *sets.validation, *sets.report)
        assert parts == tuple(range(count))
        assert sets.selection
        assert sets.validation
        assert sets.report
