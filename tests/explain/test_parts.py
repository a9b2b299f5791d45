"""Runs whose programs are of few named parts: the default."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import attndsl.explain.doubted as doubted
import attndsl.explain.stages as stages
from attndsl.explain import Settings, explain
from attndsl.explain.run import Run
from attndsl.explain.texts import three_sets
from attndsl.fit.assignment import read_assignment
from attndsl.fit.library import score_library
from attndsl.fit.split import Split
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.models.loading import load
from attndsl.runs.ladders import MEASURES, ladder_from
from attndsl.synthesis.joint import JointEffort
from tests.explain.conftest import TEXTS, settings_of


def test_the_default_run_writes_programs_of_parts_with_ladders(
    models: dict[str, Path], tmp_path: Path
) -> None:
    kinds = ("stories",) * 8 + ("letters",) * 4
    settings = settings_of(
        models["llama"], tmp_path, programs=3, parts=2, kinds=kinds, about="made-up stories"
    )
    summary = explain(settings)
    library = (tmp_path / "library.attn").read_text()
    assert summary["programs"] <= 3
    assert "So on made-up stories." in " ".join(library.split())
    assert set(summary["ladder"]) == set(summary["iou"])
    rungs = [ladder["rungs"] for ladder in summary["ladder"].values()]
    assert all(set(one) == {"1", "2", "3", "5", "8"} for one in rungs)
    assert verify(rungs[0]["3"]["source"]).programs[0].name == "own"
    assert rungs[0]["3"].keys() >= {*MEASURES, "objective", "codelength_gain"}
    assert all(0 < one["3"]["iou"] <= 1 and one["3"]["rest_error"] >= 0 for one in rungs)
    shown = ladder_from(next(iter(summary["ladder"].values())), with_programs=True)
    assert dict(shown.rungs[2].measures)["IoU"] == rungs[0]["3"]["iou"]
    costs = summary["sharing_cost"]
    assert costs.keys() <= summary["iou"].keys()
    assert summary["mean_sharing_cost"] == pytest.approx(sum(costs.values()) / len(costs))
    sharing = Counter(one.program.name for one in read_assignment(tmp_path).heads)
    for one in read_assignment(tmp_path).heads:
        name = f"L{one.layer}.H{one.head}"
        content = summary["content_iou"][name]
        assert (name in costs) == (sharing[one.program.name] > 1 and content is not None)
        if name in costs:
            found = own_content(models["llama"], tmp_path, settings, name, summary)
            assert costs[name] == pytest.approx(found - content["mean"], abs=1e-5)
    assert "Sharing costs" in (tmp_path / "README.md").read_text()
    before = read_assignment(tmp_path)
    assert explain(settings)["library_hash"] == summary["library_hash"]
    assert read_assignment(tmp_path) == before
    journal = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert sum(line["kind"] == "generation" for line in journal) == 1


def own_content(
    model: Path, folder: Path, settings: Settings, name: str, summary: dict[str, Any]
) -> float:
    """Content IoU of a head's own program of at most two parts, on the texts reported on."""
    store = HeadStore.open(folder / "heads")
    sets = three_sets(store, settings.shares)
    ladder = summary["ladder"][name]
    size = max(one for one in (1, 2) if one <= max(1, ladder["picked"]))
    alone = verify(ladder["rungs"][str(size)]["source"]).programs
    table = score_library(alone, store, load(str(model)).table, Split(sets.selection, sets.report))
    return float(table.report.content_iou[0, table.heads.index(name)])


def test_what_of_outputs_is_explained_is_of_the_heads_asked_for(
    models: dict[str, Path], tmp_path: Path
) -> None:
    """Of the others no program was made, and they don't come into the mean."""
    summary = explain(settings_of(models["llama"], tmp_path, parts=1, heads="1.*"))
    found = summary["output_explained_by_head"]
    assert set(found) == set(summary["iou"])
    assert all(name.startswith("L1.") for name in found)
    means = [one["mean"] for one in found.values() if one is not None]
    assert summary["output_explained"]["mean"] == pytest.approx(sum(means) / len(means), abs=1e-3)


def test_heads_that_were_captured_before_are_explained_so_too(
    models: dict[str, Path], tmp_path: Path
) -> None:
    first = settings_of(models["llama"], tmp_path / "first", parts=1)
    explain(first)
    again = settings_of(models["llama"], tmp_path / "again", parts=1,
                        texts=(), store=tmp_path / "first" / "heads")  # fmt: skip
    assert explain(again)["programs"] >= 1


def test_some_texts_to_select_by_are_read_at_greater_length_too(
    models: dict[str, Path], tmp_path: Path
) -> None:
    """None of those that are reported on; a run of longer texts has no need of it."""
    settings = settings_of(models["llama"], tmp_path / "short", proposers=("parts",), parts=1,
                           tokens=8, skip=frozenset(("effects", "replace", "report")))  # fmt: skip
    explain(settings)
    store = HeadStore.open(tmp_path / "short" / "heads")
    longer = HeadStore.open(store.folder / "longer")
    sets = three_sets(store, settings.shares)
    begins = {number: tuple(store[number].ids) for number in range(len(store))}
    for number in range(len(longer)):
        ids = tuple(longer[number].ids)
        assert len(ids) > 8
        assert ids[:8] in {begins[one] for one in sets.selection}
        assert ids[:8] not in {begins[one] for one in sets.report}
    explain(replace(settings, folder=tmp_path / "long", tokens=256))
    assert not (tmp_path / "long" / "heads" / "longer").exists()


def test_an_encoder_rests_on_special_tokens(models: dict[str, Path], tmp_path: Path) -> None:
    explain(settings_of(models["bert"], tmp_path, parts=2, programs=2))
    library = (tmp_path / "library.attn").read_text()
    assert "rests on special tokens" in library


def test_texts_and_kinds_go_together(tmp_path: Path) -> None:
    with pytest.raises(AttndslError, match="12 texts have 1 kinds"):
        Settings(model="none", texts=TEXTS, folder=tmp_path, kinds=("stories",))


def test_programs_over_symbols_are_found_by_answers_and_go_on_where_it_was_killed(
    models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tiny tokenizer is one of symbols; every head has a program of its own."""

    def run(folder: Path) -> dict[str, Any]:
        return explain(settings_of(models["llama"], folder, parts=2, heads="1.*",
                                   joint=JointEffort(steps=40, texts=8),
                                   skip=frozenset(("effects", "replace", "report"))))  # fmt: skip

    whole = run(tmp_path / "whole")
    fit = whole["fit"]
    assert fit["error_after"] < fit["error_before"]
    assert fit["answers_kept_after"] >= fit["answers_kept_before"]
    keep = stages.keep_state

    def killed(place: Any, key: str, state: Any) -> None:
        keep(place, key, state)
        if place.name == "fit-18.npz":
            raise KeyboardInterrupt

    monkeypatch.setattr(stages, "keep_state", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed")
    monkeypatch.setattr(stages, "keep_state", keep)
    assert run(tmp_path / "killed")["fit"] == fit
    sources = [
        {(one.layer, one.head): one.program.source for one in read_assignment(at).heads}
        for at in (tmp_path / "killed", tmp_path / "whole")
    ]
    assert sources[0] == sources[1]


def test_the_library_is_fitted_to_the_models_output_and_goes_on_where_it_was_killed(
    models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    effort = JointEffort(steps=12, texts=4, batch=4, agreement=0.1)

    def run(folder: Path) -> dict[str, Any]:
        return explain(settings_of(models["llama"], folder, parts=2,
                                   programs=3, joint=effort,
                                   skip=frozenset(("effects", "replace", "report"))))  # fmt: skip

    summary = run(tmp_path / "whole")
    fit = summary["fit"]
    assert fit["divergence_after"] != fit["divergence_before"]
    kept = stages.keep_state
    made: list[int] = []

    def killed(place: Any, key: str, state: Any) -> None:
        kept(place, key, state)
        made.append(state.step)
        if len(made) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(stages, "keep_state", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed")
    monkeypatch.setattr(stages, "keep_state", kept)
    assert made == [5, 10]
    assert run(tmp_path / "killed")["fit"] == fit
    heads = [
        {(one.layer, one.head): (one.program.source, one.rest) for one in read_assignment(at).heads}
        for at in (tmp_path / "killed", tmp_path / "whole")
    ]
    assert heads[0] == heads[1]


def test_who_is_contradicted_has_another_program_that_serves_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Head 0's second other is the first that no probe contradicts; head 2 has none."""
    wrong = {(0, (0, 1.0)), (0, (1, 2.0)), (2, (2, 1.0)), (2, (0, 3.0))}

    def contradicted(*asked: Any) -> set[int]:
        choices: dict[int, tuple[int, float]] = asked[-1]
        return {at for at, choice in choices.items() if (at, choice) in wrong}

    monkeypatch.setattr(doubted, "contradicted", contradicted)
    own = [(0, 1.0), (1, 1.0), (2, 1.0)]
    others = [[(1, 2.0), (2, 0.5)], [(0, 1.0)], [(0, 3.0)]]
    work = cast(Run, SimpleNamespace(trials=lambda checks: None))
    after = doubted.undoubted(work, (), own, others)
    assert after == [(2, 0.5), (1, 1.0), (2, 1.0)]
