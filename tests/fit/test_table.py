"""Scoring: the right means, chosen on one half of the texts and reported on the other."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from attndsl.fit.best import score
from attndsl.fit.scoring import partial_sums, text_scores
from attndsl.fit.split import given_split, split_texts
from attndsl.fit.table import LeftOut
from attndsl.heads.packing import pack, unpack
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, Mask
from tests.fit.conftest import Known, js_distances, rows

LENGTHS = (9, 5, 1, 0, 12, 7, 30, 2, 11)


def mean_iou(case, numbers) -> np.ndarray:
    """By the rows from 1 on: row 0 of a causal mask is its first cell."""
    found = []
    for number in numbers:
        a = case.source.by_text[number][:, None, 1:].astype(np.float64)
        b = case.heads[number][None, :, 1:].astype(np.float64)
        found.append(np.minimum(a, b).sum(-1) / np.maximum(a, b).sum(-1))
    return np.mean(found, axis=0)


def test_means_choices_and_margins_are_the_oracles(case: Callable) -> None:
    made = case(LENGTHS)
    split = given_split(made.store, [0, 2, 4, 6], [1, 5, 8, 7, 3])
    table = score(made.store, made.source, split, by="iou")
    selection, report = mean_iou(made, [0, 4, 6]), mean_iou(made, [1, 5, 7, 8])
    assert np.allclose(table.selection.iou, selection, rtol=1e-6)
    assert np.allclose(table.report.iou, report, rtol=1e-6)
    order = np.argsort(-selection, axis=0)
    for head, fit in enumerate(table.fits):
        best, second = order[0, head], order[1, head]
        assert (fit.program, fit.second) == (f"p{best}", f"p{second}")
        assert fit.selection == pytest.approx(selection[best, head])
        assert fit.iou.mean == pytest.approx(report[best, head])
        assert fit.iou.low <= fit.iou.mean <= fit.iou.high
        assert fit.iou.texts == 4
        assert fit.iou.few
        assert fit.margin is not None
        assert fit.margin.mean == pytest.approx(report[best, head] - report[second, head], abs=1e-6)
        js = [
            js_distances(made.source.by_text[n], made.heads[n], CAUSAL, LENGTHS[n])[best, head]
            for n in (1, 5, 7, 8)
        ]
        assert fit.js == pytest.approx(np.mean(js))
    assert table.mean.mean == pytest.approx(np.mean([fit.iou.mean for fit in table.fits]))
    assert table.split.empty == (2, 3)
    assert [fit.head for fit in table.fits] == ["L0.H0", "L0.H1", "L1.H0", "L1.H1"]


def test_layers_with_a_window_are_compared_under_their_own_mask(case: Callable) -> None:
    window = Mask("window", 4)
    made = case(LENGTHS, layer_masks=(window, CAUSAL))
    rng = np.random.default_rng(9)
    narrow = [rows(rng, 7, n, window) for n in LENGTHS]
    short = [n <= 4 for n in LENGTHS]
    # A text that the window holds is the same under both masks.
    narrow = [
        wide if fits else own
        for wide, own, fits in zip(made.source.by_text, narrow, short, strict=True)
    ]
    made.source.windowed = Known(made.source.names, narrow, made.source.asked)
    split = given_split(made.store, [0, 2, 4, 6], [1, 5, 8, 7])
    table = score(made.store, made.source, split)
    assert np.allclose(table.report.iou[:, 2:], mean_iou(made, [1, 5, 7, 8])[:, 2:], rtol=1e-6)
    expected, distances = [], []
    for number in (1, 5, 7, 8):
        length = LENGTHS[number]
        seen = unpack(made.heads[number][:2], CAUSAL, length)
        heads = pack(seen, window) if length > 4 else made.heads[number][:2]
        a, b = narrow[number][:, None, 1:].astype(float), heads[None, :, 1:].astype(float)
        expected.append(np.minimum(a, b).sum(-1) / np.maximum(a, b).sum(-1))
        mask = window if length > 4 else CAUSAL
        distances.append(js_distances(narrow[number], heads, mask, length))
    assert np.allclose(table.report.iou[:, :2], np.mean(expected, axis=0), rtol=1e-6)
    for head in (0, 1):
        fit = table.fits[head]
        js = np.mean(distances, axis=0)[fit.program_number, head]
        assert fit.js == pytest.approx(js)
        assert fit.iou.mean == pytest.approx(np.mean(expected, axis=0)[fit.program_number, head])


def test_a_choice_never_depends_on_the_texts_it_is_reported_on(case: Callable) -> None:
    made = case(LENGTHS)
    split = split_texts(made.store)
    before = score(made.store, made.source, split)
    for number in split.report:
        made.source.by_text[number] = made.source.by_text[number][::-1].copy()
    after = score(made.store, made.source, split)
    assert [fit.program for fit in after.fits] == [fit.program for fit in before.fits]
    assert after.report.iou.tolist() != before.report.iou.tolist()


@pytest.mark.parametrize("memory", [30_000, 40_000, 110_000, 10**8])
def test_less_memory_asks_for_less_at_a_time_and_gives_the_same(
    case: Callable, memory: int
) -> None:
    made = case((40, 8, 38, 9, 40, 7), programs=13)
    split = given_split(made.store, [0, 1, 2], [3, 4, 5])
    whole = score(made.store, made.source, split)
    made.source.asked.clear()
    table = score(made.store, made.source, split, memory=memory)
    assert np.array_equal(table.selection.iou, whole.selection.iou)
    assert table.fits == whole.fits
    assert max(count for _, count in made.source.asked) == 13
    blocks = {count for _, count in made.source.asked}
    assert (len(blocks) > 1) == (memory < 110_000)


def test_a_text_that_can_not_fit_is_named(case: Callable) -> None:
    made = case((4, 100, 6))
    with pytest.raises(AttndslError, match=r"text 1 has 100 tokens; scoring it takes .* MB and"):
        list(text_scores(made.store, [0, 1], made.source, memory=50_000))


def test_sums_of_parts_add_up_to_the_whole(case: Callable) -> None:
    made = case(LENGTHS)
    parts = [partial_sums(made.store, numbers, made.source) for numbers in ([0, 1], [2, 8], [4])]
    whole = partial_sums(made.store, [0, 1, 2, 8, 4], made.source)
    together = parts[0] + parts[1] + parts[2]
    assert together.texts == whole.texts == 4  # one has a single token
    for one, other in zip(together.mean.pairs, whole.mean.pairs, strict=True):
        assert np.allclose(one, other, rtol=1e-12)


def test_progress_is_told_text_by_text(case: Callable) -> None:
    made, told = case(LENGTHS), []
    score(made.store, made.source, progress=lambda done, of: told.append((done, of)))
    assert told == [(done, 7) for done in range(1, 8)]


def test_what_was_not_scored_is_counted_and_named(case: Callable) -> None:
    made = case(LENGTHS)
    out = (LeftOut("p_dep", "needs linguistics; install spaCy"),)
    table = score(made.store, made.source, left_out=out)
    assert table.coverage == 7 / 8
    found = json.loads(json.dumps(table.as_json()))
    assert found["left_out"] == [{"program": "p_dep", "reason": "needs linguistics; install spaCy"}]
    assert found["empty_texts"] == [2, 3]
    assert found["mean_iou"]["note"] == "few texts"
    made.source.names, made.source.by_text = [], [p[:0] for p in made.source.by_text]
    with pytest.raises(AttndslError, match=r"no program to score \(1 left out: p_dep needs"):
        score(made.store, made.source, left_out=out)


def test_one_program_has_no_second(case: Callable, tmp_path: Path) -> None:
    made = case(LENGTHS, programs=1)
    table = score(made.store, made.source)
    assert all(fit.second is None and fit.margin is None for fit in table.fits)
    table.write_csv(tmp_path / "fits.csv")
    assert b"\r" not in (tmp_path / "fits.csv").read_bytes(), "lines end as in all our tables"
    lines = list(csv.DictReader((tmp_path / "fits.csv").open()))
    assert len(lines) == 4
    assert lines[3]["head"] == "L1.H1"
    assert float(lines[3]["iou"]) == table.fits[3].iou.mean
    assert lines[3]["second"] == ""


def test_an_engines_mistakes_are_named(case: Callable) -> None:
    made = case(LENGTHS)
    made.source.by_text[4] = made.source.by_text[4].copy()
    made.source.by_text[4][2, 5] = np.nan
    with pytest.raises(AttndslError, match=r"text 4 \(program p2\): program 2 holds NaN"):
        score(made.store, made.source)
    made.source.by_text[4] = made.source.by_text[1]
    with pytest.raises(AttndslError, match="text 4: programs have 15 cells and heads 78"):
        score(made.store, made.source)
    made.source.by_text[4] = made.source.by_text[4][:3]
    with pytest.raises(AttndslError, match="text 4: 7 programs gave 3 patterns"):
        score(made.store, made.source)


def test_of_programs_that_fit_alike_the_smaller_is_chosen(case: Callable) -> None:
    made = case(LENGTHS, programs=3)
    # Each text's second pattern, twice.
    same = [patterns[[0, 1, 1]] for patterns in made.source.by_text]
    for sizes, wanted in (((5, 9, 4), "p2"), ((5, 4, 9), "p1"), ((5, 4, 4), "p1")):
        source = Known(made.source.names, same, sizes=sizes)
        table = score(made.store, source, given_split(made.store, [0, 2, 4, 6], [1, 5, 8, 7]))
        assert {fit.program for fit in table.fits} <= {"p0", wanted}
        assert wanted in {fit.program for fit in table.fits}
