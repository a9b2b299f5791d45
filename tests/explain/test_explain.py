"""The pipeline on tiny random models: what it writes, going on after a kill, bad input."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from attndsl.explain import Settings, explain
from attndsl.explain.texts import three_sets
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.search.climb import Effort
from tests.models.folders import model_folder

TEXTS = tuple(
    f"the {one} {verb} on the {other} , and a {one} ran . the big {other} {verb} ."
    for one in ("cat", "dog", "mat")
    for other in ("cat", "dog", "mat")
    for verb in ("sat", "ran")
)[:12]
SMALL = Effort(dense=6, pruned=2, merged=2, refit=2, batch=4, widths=(16,))


class Stopped(Exception):
    """Stands for a kill: nothing of ours catches it."""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {kind: model_folder(folder / kind, kind) for kind in ("llama", "bert")}


def settings_of(model: Path, folder: Path, **changed: Any) -> Settings:
    given: dict[str, Any] = {
        "texts": TEXTS, "tokens": 16, "candidates": 120, "effort": SMALL, "fractions": (0.5,),
        "replace": False, "proposers": ("search",),
    }  # fmt: skip
    return Settings(model=str(model), folder=folder, **(given | changed))


@pytest.fixture(scope="module")
def whole(models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run from start to end."""
    folder = tmp_path_factory.mktemp("whole")
    explain(settings_of(models["llama"], folder))
    return folder


def test_a_run_writes_library_assignment_summary_and_report(whole: Path) -> None:
    summary = json.loads((whole / "summary.json").read_text())
    assignment = json.loads((whole / "assignment.json").read_text())
    checked = verify((whole / "library.attn").read_text())
    assert not checked.errors
    assert {p.name for p in checked.programs} == {found["program"] for found in assignment.values()}
    assert all(p.causal and p.docstring is not None for p in checked.programs if "_l" in p.name)
    assert len(assignment) == summary["heads"]
    assert 0 < summary["mean_iou"]["low"] <= summary["mean_iou"]["mean"] <= 1
    assert summary["mean_iou"]["note"] == "few texts"
    assert "<script src" not in (whole / "report.html").read_text()


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
    for name in ("library.attn", "assignment.json"):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes()


def test_an_encoder_with_its_curve_and_polish(models: dict[str, Path], tmp_path: Path) -> None:
    summary = explain(
        settings_of(
            models["bert"], tmp_path, replace=True, candidates=1, proposers=("search", "polish"),
            heads="0.*",
        )
    )  # fmt: skip
    assert summary["heads"] == len(json.loads((tmp_path / "assignment.json").read_text()))
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
