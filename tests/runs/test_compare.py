"""Two runs side by side: what changed, by map, by program, by figures."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attndsl.fit.assignment import Assignment, write_assignment
from attndsl.language.diagnostics import AttndslError
from attndsl.report.data import Report
from attndsl.runs import open_run
from attndsl.runs.compare import compare, page
from attndsl.runs.kept import keep_report, kept_report
from tests.report.browser import Browser
from tests.report.conftest import HEADS, LAYERS
from tests.runs.conftest import made, source_of


@pytest.fixture
def tuned(small: tuple[Path, Report], tmp_path: Path) -> tuple[Path, Path]:
    """A run, and one in which L0.H0 looks elsewhere and L1.H0 has another program."""
    run, report = small
    shutil.copytree(run, tmp_path / "base")
    shutil.copytree(run, tmp_path / "tuned")

    def moved(real: np.ndarray) -> np.ndarray:
        changed = real.copy()
        changed[0] = changed[0][::-1]
        return changed

    texts = tuple(replace(text, real=moved(text.real)) for text in report.texts)
    keep_report(replace(report, texts=texts), tmp_path / "tuned")
    found = open_run(run).assignment
    others = {one.program.hash: one.program for one in found.heads}
    heads = tuple(
        replace(one, program=next(p for h, p in others.items() if h != one.program.hash))
        if (one.layer, one.head) == (1, 0)
        else one
        for one in found.heads
    )
    write_assignment(tmp_path / "tuned", Assignment(found.model, "h2", heads), source_of)
    return tmp_path / "base", tmp_path / "tuned"


def test_what_changed_comes_first(tuned: tuple[Path, Path]) -> None:
    base, other = map(open_run, tuned)
    found = compare(base, other)
    assert str(compare(base.folder, str(other.folder))) == str(found), "by their folders too"
    assert len(found.heads) == LAYERS * HEADS
    assert found.heads[0].head == "L0.H0"
    assert found.heads[0].map is not None
    assert found.heads[0].map > 0.1
    assert [head.head for head in found.heads if not head.same_program] == ["L1.H0"]
    still = [head.map for head in found.heads if head.head != "L0.H0"]
    assert still == [0.0] * len(still)
    assert found.texts > 0
    assert json.loads(json.dumps(found.as_json()))["other_programs"] == 1


def test_a_run_and_itself_are_the_same(tuned: tuple[Path, Path]) -> None:
    run = open_run(tuned[0])
    found = compare(run, run)
    assert found.moved == 0
    assert all(head.same_program for head in found.heads)


def test_runs_without_shown_texts_or_of_other_shapes(tmp_path: Path) -> None:
    one, other = (open_run(made(tmp_path / name, range(LAYERS))) for name in ("a", "b"))
    found = compare(one, other)
    assert (found.texts, found.moved) == (0, None)
    assert "maps are not compared" in page(found)
    assert found.notes == ()
    part = open_run(made(tmp_path / "c", range(1, LAYERS)))
    assert compare(one, part).only_one == tuple(f"L0.H{head}" for head in range(HEADS))
    beyond = open_run(made(tmp_path / "d", range(LAYERS, LAYERS + 1)))
    with pytest.raises(AttndslError, match="no head in common"):
        compare(one, beyond)


@pytest.mark.browser
def test_the_page_fits_a_narrow_screen(
    tuned: tuple[Path, Path], browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "c.html").write_text(page(compare(*map(open_run, tuned))))
    browser.faults.clear()
    for width, dark in ((1280, False), (390, True)):
        browser.open(tmp_path / "c.html", width, dark=dark)
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate("getComputedStyle(document.body).color") == "rgb(255, 255, 255)"
    assert browser.evaluate("document.querySelectorAll('tbody tr').length") == LAYERS * HEADS
    assert browser.faults == []


def test_the_page_loads_nothing(tuned: tuple[Path, Path]) -> None:
    text = page(compare(*map(open_run, tuned)))
    assert "L0.H0" in text
    assert "<script" not in text
    assert "tiny &lt;model&gt;" in text


def test_models_of_other_shapes_are_told(tuned: tuple[Path, Path]) -> None:
    base, other = map(open_run, tuned)
    assert compare(base, other).shapes == ""
    report = kept_report(other.folder)
    keep_report(replace(report, layers=report.layers + 1), other.folder)
    found = compare(base, open_run(other.folder))
    assert f"{LAYERS} layers of {HEADS} heads and {LAYERS + 1} layers of {HEADS}" in found.shapes
    assert "Other shapes" not in page(compare(base, base))
    assert "The models are of other shapes" in page(found)


def test_what_makes_a_change_unsure_is_told(tmp_path: Path) -> None:
    """A run that was stopped, and figures of other texts: neither is a change of the heads."""
    one, other = (made(tmp_path / name, range(LAYERS)) for name in ("a", "b"))
    for folder, told in ((one, {"texts_hash": "1"}), (other, {"texts_hash": "2", "state": "look"})):
        kept = json.loads((folder / "summary.json").read_text())
        (folder / "summary.json").write_text(json.dumps(kept | told))
    found = compare(open_run(one), open_run(other))
    assert found.notes == (
        "the run b isn't finished: its programs are those after look",
        "the figures of the two are of other texts, which change them too",
    )
    assert "The figures of the two are of other texts" in page(found)
