"""Simplified programs: shorter, within the stated loss, told in the history; named anew."""

import json
import re
from pathlib import Path

import pytest

from attndsl.explain import explain
from attndsl.explain.settings import Settings
from attndsl.fit.assignment import read_assignment
from attndsl.graph.verify import verify
from attndsl.language.mask import CAUSAL
from attndsl.synthesis.search.features import features
from tests.explain.conftest import settings_of

HALF = frozenset(("fit", "effects", "replace"))
MADE = re.compile(r"(.+?)_l\d+_h\d+(?:_\d+)?")


class Stopped(Exception):
    """Stands for a kill: nothing of ours catches it."""


def cut_and_fitted(model: Path, folder: Path) -> Settings:
    """A run that cuts much off its programs and fits the numbers of what is left."""
    skip = frozenset(("effects", "replace"))
    some = {"heads": "0.*", "candidates": 30}
    return settings_of(model, folder, simpler=0.05, skip=skip, **some)


@pytest.fixture(scope="module")
def cut(models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cut")
    explain(cut_and_fitted(models["llama"], folder))
    return folder


def test_programs_become_shorter_within_the_loss(
    models: dict[str, Path], plain: Path, tmp_path: Path
) -> None:
    summary = explain(settings_of(models["llama"], tmp_path, simpler=0.01, skip=HALF))
    told = summary["simplify"]
    assert told["programs"] > 0
    assert told["terms_after"] < told["terms_before"]
    assert told["loss"] <= 0.01
    before = json.loads((plain / "summary.json").read_text())
    assert summary["median_terms"] < before["median_terms"]
    assert "simplified, " in (tmp_path / "report.html").read_text()


def test_a_name_says_what_its_program_has_after_a_cut(cut: Path) -> None:
    """Every feature in a name is in the program, with the sign that the name says."""
    named = {one.name: one.name for one in features(CAUSAL)}
    named |= {one.less.replace(" ", "_"): one.name for one in features(CAUSAL) if one.less}
    named |= {"first_token": "sink", "all_tokens": "score"}
    checked = 0
    for program in verify((cut / "library.attn").read_text()).programs:
        made = MADE.fullmatch(program.name)
        own = program.source[program.source.index(f"def {program.name}(") :].split("\n\n\n")[0]
        for word in re.split("_and_(?!word)", made[1]) if made else ():
            assert f"    {named[word.removeprefix('not_')]} = " in own, (program.name, own)
            checked += 1
    assert checked
    journal = (cut / "journal.jsonl").read_text()
    assert '"kind": "simplify"' in journal
    assert '"kind": "fit"' in journal


def test_all_that_a_run_writes_has_the_new_names(cut: Path) -> None:
    names = [one.name for one in verify((cut / "library.attn").read_text()).programs]
    assert len(set(names)) == len(names)
    assert {one.program.name for one in read_assignment(cut).heads} == set(names)
    assert json.loads((cut / "summary.json").read_text())["most_used"] in names
    page = (cut / "report.html").read_text()
    assert all(f'"name":"{name}"' in page for name in names)
    assert re.search(r"before, \w+_l0_h\d", page), "the history tells the name of before"


def test_stopped_in_the_midst_of_the_cut_it_ends_with_the_same_names(
    models: dict[str, Path], cut: Path, tmp_path: Path
) -> None:
    settings = cut_and_fitted(models["llama"], tmp_path)

    def stop(phase: str, done: int, *_: object) -> None:
        if phase == "simplify" and done:
            raise Stopped

    with pytest.raises(Stopped):
        explain(settings, stop)
    explain(settings)
    for name in ("library.attn", "assignment.json"):
        assert (tmp_path / name).read_bytes() == (cut / name).read_bytes()
