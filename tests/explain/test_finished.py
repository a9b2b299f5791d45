"""A finished run isn't done again: the same command says so, any other goes on."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attndsl.explain import Settings, explain
from attndsl.explain.finished import FINISHED, asked, told_finished
from attndsl.synthesis.llm.settings import Budget, Endpoint, LlmSettings
from tests.explain.conftest import settings_of


@pytest.fixture
def run(plain: Path, tmp_path: Path) -> Path:
    """A finished run, to do as one likes with."""
    return Path(shutil.copytree(plain, tmp_path / "run"))


def phases(settings: Settings) -> tuple[list[str], dict[str, Any]]:
    """What is done, in order, and the summary."""
    seen: list[str] = []
    summary = explain(settings, lambda phase, *_: seen.append(phase))
    return list(dict.fromkeys(seen)), summary


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_command_does_nothing_and_says_when_it_was_done(
    models: dict[str, Path], run: Path
) -> None:
    before = files(run)
    seen, summary = phases(settings_of(models["llama"], run))
    assert seen == ["load", "done"]
    assert files(run) == before
    kept = json.loads((run / "summary.json").read_text())
    assert summary == kept | {FINISHED: summary[FINISHED]}
    said = told_finished(summary[FINISHED], "run", summary)
    assert "nothing to do" in said
    assert "run/library.attn" in said
    assert "--budget" in said
    assert "report.html" not in said, "the run was told to write none"


@pytest.mark.parametrize("name", ["library.attn", "census.json", "heads/meta.json"])
def test_where_something_is_missing_it_is_done_again(
    models: dict[str, Path], run: Path, name: str
) -> None:
    written = run / name
    if written.parent == run:
        written.unlink()
    else:
        shutil.rmtree(written.parent)
    seen, _ = phases(settings_of(models["llama"], run))
    assert "score" in seen
    assert written.exists()


def test_another_budget_goes_on(models: dict[str, Path], run: Path) -> None:
    seen, summary = phases(settings_of(models["llama"], run, minutes=30.0))
    assert "score" in seen
    assert FINISHED not in summary


def test_a_run_that_may_do_more_was_asked_for_something_else() -> None:
    """More calls of a language model, other phases, another licence on the card; where it answers
    makes no difference."""
    llm = LlmSettings(Endpoint("small", "http://one/v1"), Budget(calls=2))
    settings = Settings("m", (), Path("run"), proposers=("llm",), llm=llm)
    elsewhere = replace(llm, endpoint=Endpoint("small", "http://two/v1"))
    assert asked(settings) == asked(replace(settings, llm=elsewhere))
    more = replace(llm, budget=Budget(calls=9))
    others = [{"llm": more}, {"skip": frozenset({"fit"})}, {"licence": "MIT"}, {"minutes": 5.0}]
    assert len({asked(replace(settings, **one)) for one in [{}, *others]}) == 1 + len(others)
