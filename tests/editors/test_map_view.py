"""The map that an editor shows beside a text, in a browser that stands for the editor's view."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from attndsl.authoring.mapping import map_of
from attndsl.graph.verify import verify
from tests.report.browser import Browser, chromium

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
PAGE = """<!doctype html><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="map.css">
<script>const said = []; const acquireVsCodeApi = () => ({ postMessage: (one) => said.push(one) });</script>
<body class="vscode-light"><main id="main"><textarea id="text">a b a</textarea><div id="map"></div></main>
<div id="tip"></div>
<script type="application/json" id="report">\
{"heads":[],"programs":[],"texts":[],"mask":{"kind":"causal","window":0}}</script>
<script src="map.js"></script>
"""  # noqa: E501  # a page


def found(program: str, text: str) -> str:
    return json.dumps(map_of(verify(program).programs[0], text))


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    node = shutil.which("node")
    if node is None or chromium() is None:
        pytest.skip("needs Node and a headless Chromium")
    folder = tmp_path_factory.mktemp("view")
    subprocess.run(
        [node, ROOT / "editors/vscode/generate.mjs", folder],
        check=True,
        env={**os.environ, "ATTNDSL_PYTHON": sys.executable},
    )
    (folder / "index.html").write_text(PAGE, "utf-8")
    browser = Browser.start(tmp_path_factory.mktemp("browser"))
    browser.call("Page.navigate", url=(folder / "index.html").as_uri())
    browser.until("document.readyState === 'complete' && said.length")
    yield browser
    assert browser.faults == []
    browser.close()


def test_it_tells_the_extension_of_its_text(view: Browser) -> None:
    assert view.evaluate("said[0].text") == "a b a"


def test_it_draws_what_it_is_handed(view: Browser) -> None:
    before = found("def before_me(q, k):\n    return k == q.prev\n", "The cat sat")
    view.evaluate(f"postMessage({before}, '*')")
    view.until("document.querySelector('canvas') && document.querySelector('.row-table')")
    assert view.evaluate("document.querySelector('h1').textContent") == "before_me"
    row = view.evaluate("document.querySelector('.row-table tbody tr').innerText")
    assert row.split() == ["1", "cat", "1.00"]


def test_it_keeps_the_row_while_the_program_changes(view: Browser) -> None:
    view.evaluate("document.querySelectorAll('.token')[1].click()")
    first = found("def rests(q, k):\n    return k.i == 0\n", "The cat sat")
    view.evaluate(f"postMessage({first}, '*')")
    view.until("document.querySelector('h1').textContent === 'rests'")
    assert view.evaluate("document.querySelector('.row-table caption').innerText").startswith(
        "From cat (token 1)"
    )


def test_it_follows_the_editors_theme_and_says_what_is_wrong(view: Browser) -> None:
    view.evaluate("document.body.className = 'vscode-dark'")
    view.until("document.documentElement.dataset.theme === 'dark'")
    evil = json.dumps({"error": "<img src=x> is no program"})
    view.evaluate(f"postMessage({evil}, '*')")
    view.until("document.querySelector('#map .note')?.textContent.startsWith('<img')")
