"""A run says which versions of attndsl made it, where one goes on with what another began."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import attndsl
from attndsl.explain import explain, made_by
from attndsl.explain.made_by import note_version, versions_of
from attndsl.runs.opened import open_run
from attndsl.synthesis.journal import Journal
from tests.explain.conftest import settings_of


def as_if(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(made_by, "this_version", lambda: version)


def gone_on(folder: Path) -> str:
    with Journal(folder / "journal.jsonl", {}) as journal:
        return note_version(journal)


def test_a_run_of_other_code_goes_on_and_names_both(
    models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(phase: str, *_: Any) -> None:
        if phase == "capture":
            raise KeyboardInterrupt

    settings = settings_of(models["llama"], tmp_path, skip=frozenset(("look", "fit", "replace")))
    as_if(monkeypatch, "1 (code a)")
    with pytest.raises(KeyboardInterrupt):
        explain(settings, stop)
    as_if(monkeypatch, "1 (code b)")
    said: list[str] = []
    summary = explain(settings, lambda phase, done, of, note: said.append(note))
    wanted = "what was made before is kept: it is by attndsl 1 (code a); this is 1 (code b)"
    assert said.count(wanted) == 1
    assert summary["made_by"] == ["1 (code a)", "1 (code b)"]
    told = dict(open_run(tmp_path).report().settings)["made by"]
    assert told == "begun by attndsl 1 (code a), gone on with by 1 (code b)"


def test_the_same_code_says_nothing_and_what_is_said_once_is_not_said_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_if(monkeypatch, "1 (code a)")
    assert [gone_on(tmp_path), gone_on(tmp_path)] == ["", ""]
    as_if(monkeypatch, "1 (code b)")
    assert "by attndsl 1 (code a); this" in gone_on(tmp_path)
    assert gone_on(tmp_path) == ""
    as_if(monkeypatch, "1 (code a)")
    assert "by attndsl 1 (code a) and 1 (code b); this is 1 (code a)" in gone_on(tmp_path)


def test_of_a_run_whose_version_was_not_noted_nothing_is_said(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.jsonl", {}) as journal:
        journal.write({"kind": "plan"})
    assert gone_on(tmp_path) == ""
    lines = [json.loads(one) for one in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert versions_of(lines) == []


def test_a_version_is_its_number_and_its_code() -> None:
    number = re.escape(attndsl.__version__)
    assert re.fullmatch(rf"{number} \(code [0-9a-f]{{8}}\)", made_by.this_version())
