"""What notebooks show of programs, score tables and reports."""

import time
from html import escape
from pathlib import Path

import numpy as np
import pytest

from attndsl.draw.grid import Grid
from attndsl.engines.batch import Library
from attndsl.engines.reference import pattern
from attndsl.fit.library import score_library
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.report.data import Report
from attndsl.tokens.tokenizer import builtin_table, encode
from tests.report.browser import Browser
from tests.report.conftest import SOURCE, programs
from tests.report.test_write import parsed


def test_a_program_shows_its_proof_text_and_form_without_its_markup() -> None:
    first = programs()[0]
    shown = first._repr_html_()
    tags = {"p", "b", "br", "small", "pre", "details", "summary"}
    assert {tag for tag, _ in parsed(shown).tags} == tags
    assert "operations" in shown
    text, form = shown.split("<details>")
    assert first.text.startswith("def first_token(q, k):")
    assert escape(first.text) in text
    assert "def first_token(q, k):" in form


def test_a_program_is_shown_as_it_is_written_tables_by_name() -> None:
    source = "X = 2\n\n\n@softmax\ndef f(q, k):\n    return X * names_and_nouns(k)\n"
    (program,) = verify(source).programs
    assert program.text == "@softmax\ndef f(q, k):\n    return X * names_and_nouns(k)"
    assert "names_and_nouns" in program._repr_html_()


def test_libraries_and_matrices_show_themselves() -> None:
    found = verify(SOURCE)
    for shown in (found._repr_html_(), Library(found.programs)._repr_html_()):
        tags = {tag for tag, _ in parsed(shown).tags}
        assert tags == {"table", "thead", "tbody", "tr", "th", "td", "code"}
        assert shown.count("<code>") == 4
        assert "&lt;script&gt;" in shown
    text = encode("The <b>cat</b> sat.")
    picture = Grid.of(pattern(found.programs[1], text), text.labels(), title="before")
    assert picture._repr_html_().count('<rect class="c"') == text.n
    assert "<b>" not in picture._repr_html_()
    assert repr(picture) == f"<grid of {text.n} x {text.n} values: before>"


def test_a_score_table_shows_every_head(store: HeadStore) -> None:
    table = score_library(programs(), store, builtin_table())
    shown = table._repr_html_()
    assert repr(table).startswith(
        f"<scores of {len(table.programs)} programs on {len(table.heads)}"
    )
    assert len(repr(table)) < 140
    assert f"IoU {table.mean.mean:.3f}" in shown
    assert shown.count('<rect class="c"') == len(table.fits)
    assert "tiny &lt;model&gt;" in shown


def test_a_report_is_a_frame_that_can_t_reach_the_notebook(small: Report) -> None:
    ((tag, attributes),) = parsed(small._repr_html_()).tags
    assert tag == "iframe"
    assert attributes["sandbox"] == "allow-scripts allow-downloads"
    assert "srcdoc" in attributes


def settled(browser: Browser, path: Path) -> None:
    """A picture that two looks half a second apart agree on."""
    seen = b""
    for _ in range(40):
        browser.picture(path)
        if path.read_bytes() == seen:
            return
        seen = path.read_bytes()
        time.sleep(0.5)
    pytest.fail("the page never settled")


def read(path: Path) -> np.ndarray:
    from matplotlib.image import imread

    return np.asarray(imread(path))


@pytest.mark.browser
def test_the_report_can_be_walked_in_a_cell(
    small: Report, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "notebook.html"
    file.write_text(f"<!doctype html><h1>Cell</h1>{small._repr_html_()}", "utf-8")
    browser.faults.clear()
    browser.open(file, 1280, 1100)
    frame = browser.evaluate(
        "(() => { const b = document.querySelector('iframe').getBoundingClientRect();"
        "return [b.left, b.top]; })()"
    )
    settled(browser, tmp_path / "before.png")
    x, y = frame[0] + 195, frame[1] + 25  # the link to the library, in the frame's header
    before = browser.evaluate("location.href")
    for kind in ("mousePressed", "mouseReleased"):
        browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
    browser.until("document.activeElement.tagName === 'IFRAME'")
    settled(browser, tmp_path / "after.png")
    first, then = (read(tmp_path / f"{name}.png") for name in ("before", "after"))
    assert np.mean(np.any(first != then, axis=-1)) > 0.05, "another page in the frame"
    assert browser.evaluate("location.href") == before
    assert browser.faults == []
