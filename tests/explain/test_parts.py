"""Runs whose programs are of few named parts: the default."""

import json
from pathlib import Path

import pytest

from attndsl.explain import Settings, explain
from attndsl.fit.assignment import read_assignment
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from tests.explain.conftest import TEXTS, settings_of


def test_the_default_run_writes_programs_of_parts_with_ladders(
    models: dict[str, Path], tmp_path: Path
) -> None:
    kinds = ("stories",) * 8 + ("letters",) * 4
    settings = settings_of(models["llama"], tmp_path, proposers=("parts",), candidates=None,
                           programs=3, parts=2, kinds=kinds, about="made-up stories")  # fmt: skip
    summary = explain(settings)
    library = (tmp_path / "library.attn").read_text()
    assert summary["programs"] <= 3
    assert "So on made-up stories." in " ".join(library.split())
    assert set(summary["ladder"]) == set(summary["iou"])
    rungs = [ladder["rungs"] for ladder in summary["ladder"].values()]
    assert all(set(one) == {"1", "2", "3", "5", "8"} for one in rungs)
    assert verify(rungs[0]["3"]["source"]).programs[0].name == "own"
    before = read_assignment(tmp_path)
    assert explain(settings)["library_hash"] == summary["library_hash"]
    assert read_assignment(tmp_path) == before
    journal = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert sum(line["kind"] == "generation" for line in journal) == 1


def test_heads_that_were_captured_before_are_explained_so_too(
    models: dict[str, Path], tmp_path: Path
) -> None:
    first = settings_of(models["llama"], tmp_path / "first", proposers=("parts",), parts=1)
    explain(first)
    again = settings_of(models["llama"], tmp_path / "again", proposers=("parts",), parts=1,
                        texts=(), store=tmp_path / "first" / "heads")  # fmt: skip
    assert explain(again)["programs"] >= 1


def test_an_encoder_rests_on_special_tokens(models: dict[str, Path], tmp_path: Path) -> None:
    explain(settings_of(models["bert"], tmp_path, proposers=("parts",), parts=2, programs=2))
    library = (tmp_path / "library.attn").read_text()
    assert "rests on special tokens" in library


def test_texts_and_kinds_go_together(tmp_path: Path) -> None:
    with pytest.raises(AttndslError, match="12 texts have 1 kinds"):
        Settings(model="none", texts=TEXTS, folder=tmp_path, kinds=("stories",))
