"""A head's page as a widget: one head's data, and what is shown followed both ways."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attndsl.language.diagnostics import AttndslError
from attndsl.report.alone import alone
from attndsl.report.data import Report
from attndsl.report.widget import SCRIPT, view_of
from attndsl.report.write import page, write
from tests.report.browser import Browser

# A notebook in little: a model with the traits, and what is said to it.
HOST = """<!doctype html><meta charset="utf-8"><h1>Cell</h1><div id="cell"></div>
<script type="module">
const said = {}, heard = {};
window.traits = JSON.parse(document.getElementById("traits").textContent);
window.model = {
  get: (name) => traits[name] ?? null, set: (name, value) => { traits[name] = value; },
  save_changes: () => { window.saved = { ...traits }; },
  on: (name, call) => { heard[name] = call; }, off: (name) => { delete heard[name]; },
};
window.change = (name, value) => { traits[name] = value; heard[`change:${name}`]?.(); };
SCRIPT
window.close_ = render({ model, el: document.getElementById("cell") });
</script><script type="application/json" id="traits">TRAITS</script>"""


def test_a_head_alone_has_its_own_maps_and_is_small(small: Report) -> None:
    shown = alone(small, 1, 2)
    number = 1 * small.heads_per_layer + 2
    assert [one.asked for one in shown.heads] == [at == number for at in range(len(small.heads))]
    assert np.array_equal(shown.texts[0].real[number], small.texts[0].real[number])
    assert shown.texts[0].real.sum() == small.texts[0].real[number].sum()
    assert len(page(shown)) < len(page(small))
    with pytest.raises(AttndslError, match=r"no head L9\.H0"):
        alone(small, 9, 0)
    others = (replace(small.heads[0], asked=False), *small.heads[1:])
    with pytest.raises(AttndslError, match=r"no head L0\.H0"):
        alone(replace(small, heads=others), 0, 0)


def test_a_head_alone_leaves_programs_out_that_it_has_nothing_to_do_with(small: Report) -> None:
    heads = tuple(replace(one, runners_up=()) for one in small.heads)
    shown = alone(replace(small, heads=heads), 0, 1)
    left = [one for one in shown.programs if not one.source]
    assert len(left) == len(shown.programs) - 1
    assert all(one.name in page(shown) for one in left)


def test_a_view_has_the_page_and_what_is_followed(small: Report) -> None:
    pytest.importorskip("anywidget", reason="is a widget of it")
    view = view_of(small, 0, 1)
    assert view.head == "0.1"
    assert view.page == page(alone(small, 0, 1))
    assert (view.text, view.query, view.key) == (None, None, None)
    assert {"text", "query", "key"} <= set(view.keys)
    assert repr(view) == "<view of L0.H1 of tiny <model>>"
    view.text, view.query, view.key = 0, 5, 3
    assert repr(view) == "<view of L0.H1 of tiny <model>, text 0, query 5, key 3>"


@pytest.mark.browser
def test_a_notebook_is_told_what_is_looked_at_and_says_what_to_show(
    small: Report, browser: Browser, tmp_path: Path
) -> None:
    traits = {"page": page(alone(small, 1, 2)), "head": "1.2", "height": 900, "title": "a head"}
    told = json.dumps(traits).replace("<", "\\u003c")
    script = SCRIPT.replace("export default { render };", "")
    file = tmp_path / "cell.html"
    file.write_text(HOST.replace("SCRIPT", script).replace("TRAITS", told), "utf-8")
    browser.faults.clear()
    browser.open(file, 1280, 1000)
    browser.until("window.saved && saved.query !== null && saved.query !== undefined")
    first = browser.evaluate("saved.text")
    other = (first + 1) % len(small.texts)
    browser.evaluate(f"change('text', {other})")
    browser.until(f"saved.text === {other}")
    browser.evaluate("close_()")
    assert browser.faults == []


def test_the_page_by_itself_tells_nobody(small: Report, tmp_path: Path) -> None:
    write(small, tmp_path / "r.html")
    assert "window.parent !== window" in (tmp_path / "r.html").read_text("utf-8")
