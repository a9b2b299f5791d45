"""Each head's own texts, as data and in a browser: where it errs most, and where it does most."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from attndsl.engines.batch import Library
from attndsl.fit.library import score_library
from attndsl.fit.table import ScoreTable
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import FULL
from attndsl.report.alone import alone
from attndsl.report.cells import OwnMaps, OwnTexts
from attndsl.report.chosen import longer_texts
from attndsl.report.data import HeadEntry, Report
from attndsl.report.gather import from_scores
from attndsl.report.write import write
from attndsl.runs.kept import keep_report, kept_report
from attndsl.tokens.tokenizer import builtin_table, from_ids
from tests.report.browser import Browser
from tests.report.conftest import TEXTS, make_store, programs

ROWS = "document.querySelectorAll('.row-table tbody tr').length"
BUTTONS = "[...document.querySelectorAll('[aria-label=\"IoU by text\"] button')]"
REMARK = "document.querySelector('.remark').textContent"
# Of many lengths, none the same as another.
WRITTEN = tuple(f"{TEXTS[at % 6]} {' '.join(TEXTS[(at + 1) % 6].split()[: at // 2])}"
                for at in range(40))  # fmt: skip


@dataclass(frozen=True)
class Made:
    store: HeadStore
    scores: ScoreTable
    report: Report


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    table = builtin_table()
    store = make_store(tmp_path_factory.mktemp("own") / "store", table, written=WRITTEN)
    scores = score_library(programs(), store, table)
    return Made(store, scores, from_scores(scores, programs(), store, table, texts=2, tokens=20))


def own_of(head: HeadEntry) -> OwnTexts:
    assert head.own is not None
    return head.own


def with_own(report: Report) -> tuple[int, HeadEntry, OwnMaps]:
    """A head whose program is most wrong on a text of its own, its number, and its maps there."""
    found = [
        (at, head, one) for at, head in enumerate(report.heads) for one in own_of(head).maps
        if one.text == own_of(head).most_wrong != own_of(head).most_active
    ]  # fmt: skip
    return min(found, key=lambda one: one[2].iou)


def test_they_are_where_the_program_errs_most_and_the_head_does_most(made: Made) -> None:
    longer = longer_texts(made.scores, made.store, 2, 20)
    assert len(longer) >= 8
    place = {number: at for at, number in enumerate(made.scores.split.report)}
    shown = {text.number for text in made.report.texts}
    for number, head in enumerate(made.report.heads):
        ious = {one: made.scores.per_text[number][place[one]] for one in longer}
        content = {}
        for one in longer:
            text = made.store[one]
            square = unpack(text.patterns, made.store.meta.mask, text.length)[number]
            content[one] = float(1 - square[1:, 0].mean())
        own = own_of(head)
        assert ious[own.most_wrong] == min(ious.values())
        assert content[own.most_active] == pytest.approx(max(content.values()))
        assert {one.text for one in own.maps} == {own.most_wrong, own.most_active} - shown
        for one in own.maps:
            assert one.iou == ious[one.text]
    assert any(own_of(head).maps for head in made.report.heads)


def test_their_maps_are_those_of_the_head_alone(made: Made) -> None:
    passages = {one.number: one for one in made.report.passages}
    for number, head in enumerate(made.report.heads):
        for one in own_of(head).maps:
            text = made.store[one.text]
            encoded = from_ids(builtin_table(), text.ids)
            tokens = passages[one.text].tokens
            assert len(tokens) == min(20, encoded.n)
            cells = len(tokens) * (len(tokens) + 1) // 2
            assert np.array_equal(one.real, text.patterns[number][:cells].astype(np.float32))
            program = programs()[head.program]
            pattern = Library([program], made.store.meta.mask).patterns([encoded])[0][0]
            assert np.array_equal(one.predicted, pattern[:cells])


def test_an_encoder_s_own_maps_are_cut_on_both_sides(tmp_path: Path) -> None:
    table = builtin_table()
    store = make_store(tmp_path / "store", table, FULL, written=WRITTEN)
    scores = score_library(programs(), store, table)
    report = from_scores(scores, programs(), store, table, texts=1, tokens=4)
    number, _, one = with_own(report)
    text = store[one.text]
    whole = text.patterns[number].reshape(text.length, text.length)
    assert np.array_equal(one.real.reshape(4, 4), whole[:4, :4])


def test_a_run_keeps_them_and_an_older_one_lacks_them(made: Made, tmp_path: Path) -> None:
    keep_report(made.report, tmp_path)
    again = kept_report(tmp_path)
    number, _, one = with_own(made.report)
    (kept,) = (other for other in own_of(again.heads[number]).maps if other.text == one.text)
    assert kept.iou == one.iou
    assert np.abs(kept.real - one.real).max() <= 0.004
    assert again.passages == made.report.passages
    data = json.loads((tmp_path / "report.json").read_text())
    del data["passages"]
    for head in data["heads"]:
        del head["own"]
    (tmp_path / "report.json").write_text(json.dumps(data))
    older = kept_report(tmp_path)
    assert older.passages == ()
    assert all(head.own is None for head in older.heads)


def test_one_head_alone_keeps_its_own(made: Made) -> None:
    number, head, one = with_own(made.report)
    found = alone(made.report, head.layer, head.head)
    assert own_of(found.heads[number]).maps == own_of(head).maps
    assert one.text in {passage.number for passage in found.passages}
    assert all(other.own is None for at, other in enumerate(found.heads) if at != number)


@pytest.fixture
def opened(made: Made, browser: Browser, tmp_path: Path) -> Browser:
    write(made.report, tmp_path / "r.html")
    browser.faults.clear()
    browser.open(tmp_path / "r.html")
    return browser


def go(browser: Browser, head: HeadEntry) -> None:
    browser.go(f"#/head/{head.layer}.{head.head}")
    browser.until(f"document.querySelector('h1').textContent.startsWith('Head {head.name}')")
    browser.until(f"{ROWS} > 0")


@pytest.mark.browser
def test_the_most_wrong_text_is_first_and_a_click_shows_its_maps(
    opened: Browser, made: Made
) -> None:
    _, head, one = with_own(made.report)
    go(opened, head)
    labels = opened.evaluate(f"{BUTTONS}.map(b => b.ariaLabel)")
    figures = [float(label.split("IoU ")[1].split(",")[0]) for label in labels]
    assert figures == sorted(figures)
    assert labels[0].startswith(f"Most wrong: IoU {one.iou:.3f}, tenth {one.decile} of 10")
    assert len(labels) == 2 + len(own_of(head).maps)
    assert opened.evaluate(REMARK) == "One of the 2 texts that the pages of all heads show."
    opened.click("[aria-label^='Most wrong']")
    tokens = next(p for p in made.report.passages if p.number == one.text).tokens
    strip = "[...document.querySelectorAll('.token')].map(b => b.textContent)"
    opened.until(f"JSON.stringify({strip}) === JSON.stringify({json.dumps(tokens)})")
    place = "worst tenth" if one.decile == 1 else f"tenth {one.decile} of 10, 1 the worst"
    assert opened.evaluate(REMARK) == (
        f"Of the longer held-out texts the one on which this program is most wrong ({place})."
    )
    assert opened.evaluate(f"{BUTTONS}[0].getAttribute('aria-pressed')") == "true"
    query = len(tokens) - 1
    opened.click(f".token:nth-of-type({query + 1})")
    opened.until("document.querySelector('.row-table caption').textContent.includes("
                 f"'(token {query})')")  # fmt: skip
    rows = opened.evaluate("[...document.querySelectorAll('.row-table tbody tr')].map("
                           "row => [...row.children].map(cell => cell.textContent))")  # fmt: skip
    start = query * (query + 1) // 2
    for key, _, real, predicted, constant, _ in rows:
        assert float(real) == pytest.approx(one.real[start + int(key)], abs=0.011)
        assert float(predicted) == pytest.approx(one.predicted[start + int(key)], abs=0.011)
        assert constant != "–"
    assert opened.faults == []


@pytest.mark.browser
def test_where_the_head_does_most_is_told_and_another_head_has_its_own(
    opened: Browser, made: Made
) -> None:
    number, head, _ = with_own(made.report)
    go(opened, head)
    texts = {text.number: f"Text {at + 1}:" for at, text in enumerate(made.report.texts)}
    label = texts.get(own_of(head).most_active, "Most active")
    tenths = {
        text.number: tenth for text, tenth in zip(made.report.texts, head.activity, strict=True)
    }
    tenth = (tenths | {one.text: one.activity for one in own_of(head).maps})[
        own_of(head).most_active
    ]
    place = "top tenth" if tenth == 1 else f"tenth {tenth} of 10, 1 the top"
    opened.click(f"[aria-label='IoU by text'] [aria-label^='{label}']")
    opened.until(f"{REMARK}.startsWith('Of the longer held-out texts the one where')")
    assert f"the one where this head does most ({place})" in opened.evaluate(REMARK)
    seen = opened.evaluate(f"{BUTTONS}.map(b => b.textContent)")
    assert all("error " in one and "active " in one for one in seen)
    other = made.report.heads[(number + 1) % len(made.report.heads)]
    go(opened, other)
    pressed = "document.querySelector('[aria-pressed=true][aria-label*=IoU]').ariaLabel"
    assert opened.evaluate(pressed).startswith("Text ")
    assert opened.faults == []


@pytest.mark.browser
def test_an_older_run_says_what_is_missing(made: Made, browser: Browser, tmp_path: Path) -> None:
    heads = tuple(replace(head, own=None, deciles=(), activity=()) for head in made.report.heads)
    write(replace(made.report, heads=heads, passages=()), tmp_path / "r.html")
    browser.faults.clear()
    browser.open(tmp_path / "r.html")
    go(browser, heads[1])
    assert "made before heads had texts of their own" in browser.evaluate(REMARK)
    assert browser.evaluate(f"{BUTTONS}.length") == 2
    assert "undefined" not in browser.evaluate("document.querySelector('main').textContent")
    assert browser.faults == []
