"""Rungs of a ladder: their programs' own maps, as data and by the slider."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attndsl.engines.reference import pattern
from attndsl.graph.verify import verify
from attndsl.heads.packing import unpack
from attndsl.language.mask import CAUSAL, Mask
from attndsl.report.data import Ladder, Report, Rung
from attndsl.report.rungs import with_maps
from attndsl.report.texts import shown_cells
from attndsl.report.write import write
from attndsl.runs.kept import built, plain
from attndsl.tokens.tokenizer import builtin_table, encode
from tests.report.browser import Browser

ONE = "def of_1_part(q, k):\n    return k == q.prev\n"
TWO = "def of_2_parts(q, k):\n    return 0.5 * sink(q, k) + 0.5 * (k == q)\n"
LADDER = Ladder(2, (Rung(1, 0.3, 90.0, ONE), Rung(2, 0.4, 210.0, TWO), Rung(3, 0.5, 2.0)))


def test_a_rung_has_its_programs_map_of_the_cells_shown() -> None:
    text = encode("The cat sat on the mat, and it slept.", builtin_table())
    wide = Mask("causal")
    cells = shown_cells(wide, text.n, 6)
    found = with_maps({"a": LADDER}, {"a": CAUSAL}, text, wide, cells)["a"]
    for rung in found.rungs[:2]:
        (program,) = verify(rung.source).programs
        assert rung.predicted is not None
        own = unpack(rung.predicted, wide, 6)
        assert np.allclose(own, pattern(program, text)[:6, :6], atol=1e-6)
    assert found.rungs[2].predicted is None
    narrow = with_maps({"a": LADDER}, {"a": Mask("window", 3)}, text, wide, cells)["a"]
    assert narrow.rungs[1].predicted is not None
    assert unpack(narrow.rungs[1].predicted, wide, 6)[5, 0] == 0, "what its layer doesn't see"


def laddered(small: Report) -> Report:
    """The report with a ladder for its third head."""
    cells = small.texts[0].real.shape[1]
    low, high = (np.full(cells, weight, np.float32) for weight in (0.0, 1.0))
    rungs = (replace(LADDER.rungs[0], predicted=low), replace(LADDER.rungs[1], predicted=high),
             LADDER.rungs[2])  # fmt: skip
    ladder = replace(LADDER, rungs=rungs)
    heads = tuple(replace(head, ladder=ladder) if at == 2 else head
                  for at, head in enumerate(small.heads))  # fmt: skip
    return replace(small, heads=heads)


def test_ladders_are_kept_with_their_maps(small: Report) -> None:
    maps: dict[str, np.ndarray] = {}
    told = plain(laddered(small), maps)
    again = built(Report, told, {name: (one / np.float32(255)) ** 2 for name, one in maps.items()})
    ladder = again.heads[2].ladder
    assert [rung.source for rung in ladder.rungs] == [ONE, TWO, ""]
    assert ladder.rungs[1].predicted.min() == 1


@pytest.mark.browser
def test_what_sharing_costs_stands_by_the_library_and_on_the_heads_page(
    small: Report, browser: Browser, tmp_path: Path
) -> None:
    report = laddered(small)
    ladder = replace(report.heads[2].ladder or LADDER, sharing=0.052)
    heads = tuple(replace(head, ladder=ladder) if at == 2 else head
                  for at, head in enumerate(report.heads))  # fmt: skip
    line = "sharing costs 0.052 of content IoU on the mean of 1 head"
    write(replace(report, heads=heads, shortfalls=(line,)), tmp_path / "r.html")
    browser.faults.clear()
    browser.open(tmp_path / "r.html")
    shown = "document.querySelector('.shortfall')?.textContent"
    for page in ("#/", "#/library"):
        browser.go(page)
        browser.until(f"{shown} === 'S{line[1:]}.'")
    browser.go("#/head/0.2")
    said = "document.querySelector('.sharing')?.textContent"
    browser.until(f"{said}?.includes('loses 0.05 of content IoU on the held-out texts')")
    browser.go("#/head/0.1")
    browser.until("!document.querySelector('.sharing')")
    assert browser.faults == []


@pytest.mark.browser
def test_the_slider_changes_the_program_and_its_map(
    small: Report, browser: Browser, tmp_path: Path
) -> None:
    write(laddered(small), tmp_path / "r.html")
    browser.faults.clear()
    browser.open(tmp_path / "r.html")
    browser.go("#/head/0.2")
    shown = "document.querySelector('.rung .source').textContent"
    picture = "document.querySelector('canvas[data-rung=predicted]').toDataURL()"
    browser.until(f"{shown}.includes('of_2_parts')")
    browser.until("document.querySelector('canvas[data-rung=predicted]').ariaLabel")
    before = browser.evaluate(picture)
    browser.evaluate("document.getElementById('rung').focus()")
    browser.press("ArrowLeft")
    browser.until(f"{shown}.includes('of_1_part(')")
    browser.until("document.querySelector('canvas[data-rung=predicted]').ariaLabel")
    assert browser.evaluate(picture) != before
    for _ in range(2):
        browser.press("ArrowRight")
    browser.until("!document.querySelector('.rung')")
    assert browser.faults == []
