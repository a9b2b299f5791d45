"""Runs made one, and their reports from what the runs keep, without the heads' store."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from attndsl.cli.entry import run as command
from attndsl.cli.replace import goes_by_effect
from attndsl.files.whole import write_json
from attndsl.fit.assignment import best_assignment, write_assignment
from attndsl.fit.findings import Census, Finding, HeadCensus
from attndsl.fit.intervals import Estimate, estimates
from attndsl.fit.library import score_library
from attndsl.fit.table import ScoreTable
from attndsl.graph.printing import to_source
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.report.data import CurvePoint, Report
from attndsl.report.gather import from_scores
from attndsl.report.write import page, write
from attndsl.runs import OpenedRun, open_run
from attndsl.runs.kept import keep_report
from attndsl.runs.merge import merge
from attndsl.runs.schema import CURVE, NEUTRAL, ORDER
from attndsl.surrogates.effects import Effect
from attndsl.surrogates.experiment import KEPT, kept_effects
from attndsl.tokens.tokenizer import builtin_table
from tests.report.browser import Browser
from tests.report.conftest import HEADS, LAYERS, make_store, programs
from tests.runs.conftest import made, source_of

SEEN = Estimate(0.5, 0.4, 0.6, 3)
DOES = Finding("long_induction", "natural text", SEEN, 0.1, SEEN, names=True)
TAKEN = Census("tiny <model>", tuple(
    HeadCensus(f"L{layer}.H{head}", 0.1, 1.0, *(
        ((DOES,), (DOES.mechanism,)) if (layer, head) == (1, 2) else ((), ())
    ))
    for layer in range(LAYERS) for head in range(HEADS)
), 3, 3)  # fmt: skip
ABOUT = {"texts_hash": "t", "text_hashes": {"selection": "s", "report": "r"}}


@dataclass
class Half:
    """A run of some layers, and what it was made of."""

    run: OpenedRun
    report: Report
    table: ScoreTable


def half(
    folder: Path, store: HeadStore, library: tuple[Program, ...], layers: range, texts: int = 3,
    census: Census | None = None, written: Callable[[Program], str] = source_of,
) -> Half:  # fmt: skip
    table = score_library(library, store, builtin_table())
    best = best_assignment(table, library, store.meta)
    own = tuple(one for one in best.heads if one.layer in layers)
    write_assignment(folder, replace(best, heads=own), written)
    asked = [layer * HEADS + head for layer in layers for head in range(HEADS)]
    report = from_scores(
        table, library, store, builtin_table(), texts=texts, asked=asked,
        settings={"heads": f"layers from {layers.start}"}, effects={"L1.H0": 1.5}, census=census,
    )  # fmt: skip
    about = {"schema": 2, "state": "done", "model": report.model, "model_hash": "h", **ABOUT}
    write_json(folder / "summary.json", about)
    write(report, folder / "report.html")
    keep_report(report, folder)
    return Half(open_run(folder), report, table)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> HeadStore:
    return make_store(tmp_path_factory.mktemp("merged") / "heads", builtin_table())


@pytest.fixture(scope="module")
def halves(store: HeadStore, tmp_path_factory: pytest.TempPathFactory) -> tuple[Half, Half]:
    folder = tmp_path_factory.mktemp("halves")
    few, others = programs()[:3], programs()[1:]
    return (
        half(folder / "low", store, few, range(1)),
        half(folder / "high", store, others, range(1, 3), texts=2),
    )


def test_the_report_of_a_merged_run_needs_no_heads(
    halves: tuple[Half, Half], tmp_path: Path
) -> None:
    low, high = halves
    both = merge(low.run, high.run, tmp_path / "both")
    report = both.report(tmp_path / "again.html")
    assert not [line for line in both.missing if "report" in line]
    assert page(report) == (tmp_path / "again.html").read_text()
    assert (tmp_path / "both/report.html").read_text() == page(report)
    assert [head.asked for head in report.heads] == [True] * 12
    assert (
        0
        < len(report.texts)
        == len({one.number for one in low.report.texts} & {one.number for one in high.report.texts})
    )
    for head in report.heads:
        mine = low.report if head.layer == 0 else high.report
        was = mine.heads[head.layer * HEADS + head.head]
        assert (head.iou, head.content_iou, head.effect) == (was.iou, was.content_iou, was.effect)
        program = report.programs[head.program]
        assert program.hash == mine.programs[was.program].hash
        assert program.hash == both.head(head.layer, head.head).program.hash
        for place, text in enumerate(report.texts):
            there = next(at for at, one in enumerate(mine.texts) if one.number == text.number)
            assert head.per_text[place] == was.per_text[there]
            number = report.heads.index(head)
            pairs = (
                (text.real[number], mine.texts[there].real[number]),
                (text.predicted[head.map], mine.texts[there].predicted[was.map]),
            )
            for kept, measured in pairs:
                assert np.abs(kept - measured).max() < 0.004


def test_runs_on_the_same_heads_show_the_same_texts_whatever_their_programs(
    store: HeadStore, tmp_path: Path
) -> None:
    """Else there is little to merge, and little to compare their maps on."""
    shown = {
        tuple(text.number for text in half(tmp_path / one.name, store, (one,), range(1), texts=2)
              .report.texts)
        for one in programs()
    }  # fmt: skip
    assert len(shown) == 1


def test_means_of_a_merged_run_are_those_of_its_heads_with_their_intervals(
    halves: tuple[Half, Half], tmp_path: Path
) -> None:
    low, high = halves
    both = merge(low.run, high.run, tmp_path / "both")
    by_text = np.concatenate([low.table.per_text[:HEADS], high.table.per_text[HEADS:]])
    expected = estimates(by_text.mean(axis=0, keepdims=True))[0]
    found = both.report().mean
    for name in ("mean", "low", "high", "texts"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=1e-6)
    assert both.summary["mean_iou"]["mean"] == pytest.approx(expected.mean, abs=1e-6)
    assert f"mean IoU {expected.mean:.3f}" in repr(both)
    assert "so far" not in repr(both)


def test_programs_have_the_names_of_the_merged_library(store: HeadStore, tmp_path: Path) -> None:
    """Two programs of one name are two in the library, and so on the page."""
    near, far = (verify(f"def near(q, k):\n    return {value}\n").programs[0]
                 for value in ("0.5 ** (q.i - k.i)", "q.i - k.i"))  # fmt: skip
    low = half(tmp_path / "low", store, (near,), range(1), written=to_source)
    high = half(tmp_path / "high", store, (far,), range(1, 2), written=to_source)
    both = merge(low.run, high.run, tmp_path / "both")
    report = both.report()
    assert {each.name for each in report.programs} == {"near", "near_2"}
    for program in report.programs:
        assert f"def {program.name}(q, k)" in program.source
        assert f"def {program.name}(q, k)" in (tmp_path / "both/library.attn").read_text()
        assert both.program(program.name).hash == program.hash
        layer = int(program.hash == far.hash)
        assert [report.heads[at].layer for at in program.heads] == [layer] * HEADS


def test_a_merged_run_merges_again(
    halves: tuple[Half, Half], store: HeadStore, tmp_path: Path
) -> None:
    low, high = halves
    few = half(tmp_path / "few", store, programs()[3:], range(2, 3))
    first = merge(few.run, low.run, tmp_path / "first")
    whole = merge(first, high.run, tmp_path / "whole")
    assert len(whole) == sum(head.asked for head in whole.report().heads) == 12


def test_where_heads_are_in_both_the_report_is_of_the_program_that_stays(
    store: HeadStore, tmp_path: Path
) -> None:
    """By IoU on the selection texts, where the runs' own choice is by content and rest."""
    every = half(tmp_path / "every", store, programs(), range(3))
    poor = half(tmp_path / "poor", store, programs()[:1], range(3))
    stays = [max(pair, key=lambda head: head.selection)
             for pair in zip(every.report.heads, poor.report.heads, strict=True)]  # fmt: skip
    for pair in ((every, poor), (poor, every)):
        both = merge(pair[0].run, pair[1].run, tmp_path / pair[0].run.folder.name / "both")
        for head, own in zip(both.report().heads, stays, strict=True):
            assert head.iou.mean == pytest.approx(own.iou.mean, abs=1e-6)
        mean = np.mean([head.iou.mean for head in stays])
        assert both.report().mean.mean == pytest.approx(mean, abs=1e-6)


WITHOUT = {
    "other texts": ({"texts_hash": "u"}, None, "the runs are of other texts"),
    "no report": ({}, "maps.safetensors", "high keeps no report to join"),
}


@pytest.mark.parametrize("what", WITHOUT)
def test_a_merged_run_without_a_report_says_why(
    halves: tuple[Half, Half],
    tmp_path: Path,
    what: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    changed, gone, said = WITHOUT[what]
    high = tmp_path / "high"
    shutil.copytree(halves[1].run.folder, high)
    write_json(high / "summary.json", json.loads((high / "summary.json").read_text()) | changed)
    if gone:
        (high / gone).unlink()
    asked = [str(halves[0].run.folder), str(high), "-o", str(tmp_path / "both")]
    assert command(["merge", *asked]) == 0
    assert f"note: it has no report: {said}" in capsys.readouterr().out
    both = open_run(tmp_path / "both")
    assert len(both) == 12
    assert [line for line in both.missing if said in line]
    with pytest.raises(AttndslError, match=f"merged without a report: {said}.* --store STORE"):
        both.report()


def test_a_report_of_an_earlier_version_is_not_joined_by_guess(
    halves: tuple[Half, Half], tmp_path: Path
) -> None:
    old = tmp_path / "old"
    shutil.copytree(halves[1].run.folder, old)
    data = json.loads((old / "report.json").read_text())
    data.pop("by_text")
    write_json(old / "report.json", data)
    assert open_run(old).report().by_text is None
    both = merge(halves[0].run, open_run(old), tmp_path / "both")
    assert "an earlier version keeps no figures by text" in both.summary["no_report"]


def test_a_run_whose_report_is_of_other_programs_is_not_joined(
    small: tuple[Path, Report], halves: tuple[Half, Half], tmp_path: Path
) -> None:
    odd = tmp_path / "odd"
    shutil.copytree(small[0], odd)
    made(odd, range(3), iou=0.0)
    write_json(odd / "summary.json", json.loads((odd / "summary.json").read_text()) | ABOUT)
    both = merge(halves[0].run, open_run(odd), tmp_path / "both")
    assert "the report of odd has another program for L" in both.summary["no_report"]


@pytest.mark.parametrize("first", [0, 1])
def test_what_one_run_s_census_found_is_said_of_all_heads(
    store: HeadStore, tmp_path: Path, first: int
) -> None:
    """It is of the heads, whatever their programs are."""
    sides = (
        half(tmp_path / "with", store, programs(), range(1), census=TAKEN),
        half(tmp_path / "without", store, programs(), range(1, 3)),
    )
    both = merge(sides[first].run, sides[1 - first].run, tmp_path / "both").report()
    assert both.mechanisms == sides[0].report.mechanisms
    assert {head.name for head in both.heads if head.names} == {"L1.H2"}


@pytest.mark.browser
def test_the_page_of_a_merged_run_opens_on_a_head_of_either(
    halves: tuple[Half, Half], tmp_path: Path, browser: Browser
) -> None:
    report = merge(halves[0].run, halves[1].run, tmp_path / "both").report()
    browser.faults.clear()
    browser.open(tmp_path / "both/report.html")
    assert "12 heads" in browser.evaluate("document.querySelector('main').textContent")
    for layer in range(3):
        browser.go(f"#/head/{layer}.1")
        browser.until("document.querySelectorAll('.row-table tbody tr').length > 0")
        told = browser.evaluate("document.querySelector('main').textContent")
        assert report.programs[report.heads[layer * HEADS + 1].program].name in told
    assert browser.faults == []


def with_summary(side: Half, folder: Path, **more: object) -> OpenedRun:
    """A copy of a run whose summary says more."""
    shutil.copytree(side.run.folder, folder)
    write_json(folder / "summary.json", {**side.run.summary, **more})
    return open_run(folder)


def effects_of(layers: range, first: float) -> dict[str, float]:
    names = [f"L{layer}.H{head}" for layer in layers for head in range(HEADS)]
    return {name: first + 0.01 * (7 * at % 5) for at, name in enumerate(names)}


def test_heads_of_both_are_in_the_order_of_their_programs_effects(
    halves: tuple[Half, Half], tmp_path: Path
) -> None:
    found = effects_of(range(1), 1.02), effects_of(range(1, 3), 1.0)
    low, high = (
        with_summary(side, tmp_path / str(at), effects=effects)
        for at, (side, effects) in enumerate(zip(halves, found, strict=True))
    )
    both = merge(low, high, tmp_path / "both")
    known = found[0] | found[1]
    assert both.summary["effects"] == known
    assert [row["effect"] for row in both.rows] == [known[one.name] for one in both]
    order = [f"L{one.layer}.H{one.head}" for one in both.assignment.heads]
    assert order == sorted(known, key=lambda name: (known[name], name))
    assert goes_by_effect(str(both.folder))
    assert dict(both.report().settings)[ORDER].startswith("the least effect")


def test_without_the_effects_of_all_heads_there_is_no_order_by_them(
    halves: tuple[Half, Half], tmp_path: Path
) -> None:
    known = effects_of(range(1), 1.02)
    both = merge(with_summary(halves[0], tmp_path / "low", effects=known), halves[1].run,
                 tmp_path / "both")  # fmt: skip
    assert both.summary["effects"] == known, "what is known stands in the table of heads"
    assert both.head(0, 1).figures["effect"] == known["L0.H1"]
    assert "effect" not in both.head(1, 1).figures
    assert [one.iou for one in both.assignment.heads] == sorted(
        (one.iou for one in both.assignment.heads), reverse=True
    )
    assert not goes_by_effect(str(both.folder))
    assert dict(both.report().settings)[ORDER].startswith("best fit first")


def test_effects_of_other_texts_do_not_stand_side_by_side(
    halves: tuple[Half, Half], tmp_path: Path
) -> None:
    found = effects_of(range(1), 1.02), effects_of(range(1, 3), 1.0)
    low = with_summary(halves[0], tmp_path / "low", effects=found[0])
    high = with_summary(halves[1], tmp_path / "high", effects=found[1],
                        text_hashes={"selection": "other", "report": "r"})  # fmt: skip
    assert "effects" not in merge(low, high, tmp_path / "both").summary


def test_what_ablating_each_head_costs_is_of_both(
    halves: tuple[Half, Half], tmp_path: Path
) -> None:
    """By which the neutral order goes: it is of heads and texts, whatever the programs."""
    sides = [with_summary(side, tmp_path / str(at)) for at, side in enumerate(halves)]
    cost = {(0, 1): Effect(0.25, 1.5), (1, 0): Effect(0.5, 2.0), (2, 3): Effect(0.0, 1.0)}
    for at, side in enumerate(sides):
        lines = [[*head, one.divergence, one.ratio] for head, one in cost.items()
                 if (head[0] > 0) == (at > 0)]  # fmt: skip
        write_json(side.folder / NEUTRAL,
                   {"of": "these", "ablation": "mean by position", "heads": lines})  # fmt: skip
    both = merge(sides[0], sides[1], tmp_path / "both")
    assert kept_effects(both.folder / KEPT, "these") == cost
    other = json.loads((sides[1].folder / NEUTRAL).read_text()) | {"of": "others"}
    write_json(sides[1].folder / NEUTRAL, other)
    first = merge(sides[0], sides[1], tmp_path / "first")
    assert list(kept_effects(first.folder / KEPT, "these")) == [(0, 1)]


def test_that_one_of_them_is_unfinished_is_said(
    halves: tuple[Half, Half], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    so_far = with_summary(halves[1], tmp_path / "so_far", state="fit")
    words = ["merge", str(halves[0].run.folder), str(so_far.folder), "-o", str(tmp_path / "both")]
    assert command(words) == 0
    said = capsys.readouterr().out
    assert "note: the run so_far isn't finished: its programs are those after fit" in said
    assert said.count("note:") == 1
    both = open_run(tmp_path / "both")
    assert not both.finished
    assert "so far (after fit)" in repr(both)
    assert "the run both isn't finished" in both.note


def test_contradictions_are_those_of_the_programs_that_stay(
    halves: tuple[Half, Half], tmp_path: Path
) -> None:
    held = [{"head": "L0.H1", "mechanism": "digits"}], [{"head": "L2.H0", "mechanism": "copies"}]
    low, high = (
        with_summary(side, tmp_path / str(at), contradictions=[*found, {"head": "L9.H9"}])
        for at, (side, found) in enumerate(zip(halves, held, strict=True))
    )
    summary = merge(low, high, tmp_path / "both").summary
    assert summary["contradictions"] == held[0] + held[1]
    assert summary["contradicted"] == 2


def test_names_in_a_run_s_folder_are_those_of_who_writes_them() -> None:
    from attndsl.explain import replace as explaining

    assert (NEUTRAL, ORDER, CURVE) == (KEPT, explaining.ORDER, explaining.CURVE)


@pytest.mark.browser
@pytest.mark.parametrize("measured", [True, False])
def test_the_page_says_that_costs_of_replacing_can_not_be_joined(
    halves: tuple[Half, Half], tmp_path: Path, browser: Browser, measured: bool
) -> None:
    curve = (CurvePoint("unmodified", 0.0, 0, 9.0, 8.0, 10.0),) if measured else ()
    sides = [with_summary(side, tmp_path / str(at)) for at, side in enumerate(halves)]
    keep_report(replace(halves[0].report, curve=curve), sides[0].folder)
    merge(sides[0], sides[1], tmp_path / "both")
    browser.open(tmp_path / "both/report.html")
    told = browser.evaluate("document.querySelector('[aria-labelledby=curve-title]').textContent")
    assert ("Not in this report: each of the merged runs replaced heads of its own" in told) == (
        measured
    )
    assert ("no head of the model was replaced" in told) == (not measured)
