"""A head's page as a widget in JupyterLab itself, in a browser: `pip install jupyterlab anywidget`.

JUPYTER names another Python that has both, where the one that tests has not.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from attndsl.report.data import Report
from attndsl.runs.kept import keep_report
from tests.report.browser import Browser
from tests.runs.conftest import made

PYTHON = os.environ.get("JUPYTER") or sys.executable
HERE = find_spec("jupyterlab") is not None and find_spec("anywidget") is not None
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(
        not HERE and "JUPYTER" not in os.environ, reason="needs jupyterlab and anywidget"
    ),
]
CELLS = (
    "import attndsl\nview = attndsl.open_run('run').view(1, 2, height=400)\nview",
    "print('at', view.text, view.query, view.key)",
    "view.text = (view.text + 1) % 3",
)
TOKEN = ".token[title='token 4']"


@pytest.fixture
def address(small: Report, tmp_path: Path) -> Iterator[str]:
    """A notebook of the cells beside a run, opened by a server of its own."""
    run = made(tmp_path / "run", range(small.layers))
    keep_report(small, run)
    notebook = {
        "cells": [
            {"cell_type": "code", "execution_count": None, "id": f"cell-{number}",
             "metadata": {}, "outputs": [], "source": source}
            for number, source in enumerate(CELLS)
        ],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python",
                                    "name": "python3"}},
        "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    (tmp_path / "story.ipynb").write_text(json.dumps(notebook))
    told = tmp_path / "server.log"
    kept = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA")}
    with told.open("wb") as log:
        server = subprocess.Popen(
            [PYTHON, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0",
             "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token=told",
             f"--ServerApp.root_dir={tmp_path}"],
            cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT,
            env={**os.environ, **kept, "PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
    try:
        end = time.monotonic() + 120
        while not (port := re.search(r"http://127\.0\.0\.1:(\d+)/", told.read_text())):
            assert server.poll() is None, told.read_text()
            assert time.monotonic() < end, told.read_text()
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port[1]}/lab/tree/story.ipynb?token=told"
    finally:
        server.terminate()
        server.wait(60)


@contextmanager
def inside(browser: Browser) -> Iterator[None]:
    """The frame that the widget's page stands in, which is a target of its own."""
    outer = browser.session
    frames: list[str] = []
    end = time.monotonic() + 60
    while not frames and time.monotonic() < end:
        targets = browser.call("Target.getTargets")["targetInfos"]
        frames = [one["targetId"] for one in targets if one["type"] == "iframe"]
    found = browser.call("Target.attachToTarget", targetId=frames[0], flatten=True)
    browser.session = found["sessionId"]
    try:
        yield
    finally:
        browser.session = outer


def ran(browser: Browser, number: int) -> str:
    """What a cell prints, run as a person does: a click into it, then Ctrl and Enter."""
    cell = f".jp-CodeCell[data-windowed-list-index='{number}']"
    prompt = f'document.querySelector("{cell} .jp-InputPrompt").textContent'
    before = browser.evaluate(prompt)
    for _ in range(20):  # JupyterLab takes the focus away while it makes ready
        browser.click(f"{cell} .cm-content")
        time.sleep(0.5)
        if not browser.evaluate(f'!!document.activeElement.closest("{cell}")'):
            time.sleep(2)
            continue
        browser.key("Enter", 13, control=True)
        time.sleep(2)
        if browser.evaluate(prompt) != before:
            break
    browser.until(f"/\\d/.test({prompt}) && {prompt} !== {json.dumps(before)}", 120)
    return str(browser.evaluate(f'document.querySelector("{cell} .jp-OutputArea").innerText'))


def test_jupyterlab_shows_a_head_and_both_sides_are_told(
    small: Report, browser: Browser, address: str
) -> None:
    browser.faults.clear()
    browser.call("Emulation.setDeviceMetricsOverride",
                 width=1280, height=1000, deviceScaleFactor=1, mobile=False)  # fmt: skip
    browser.call("Page.navigate", url=address)
    browser.until(f"document.querySelectorAll('.jp-CodeCell').length === {len(CELLS)}", 120)
    assert "Error" not in ran(browser, 0)
    browser.until("document.querySelector('.jp-OutputArea iframe')", 60)
    with inside(browser):
        browser.until("document.querySelector('h1').textContent.includes('L1.H2')", 60)
        browser.until("document.querySelector('.token')")
        first = int(browser.evaluate("document.getElementById('text').value"))
    for _ in range(20):  # the notebook may still move under the mouse
        with inside(browser):
            x, y = browser.middle(TOKEN)
        left, top = browser.evaluate(
            "(b => [b.left, b.top])(document.querySelector('iframe').getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            browser.call("Input.dispatchMouseEvent", type=kind, x=left + x, y=top + y,
                         button="left", clickCount=1)  # fmt: skip
        time.sleep(1)
        with inside(browser):
            if browser.evaluate(f'document.querySelector("{TOKEN}").ariaPressed') == "true":
                break
    assert ran(browser, 1).startswith(f"at {first} 4 ")
    ran(browser, 2)
    other = (first + 1) % len(small.texts)
    with inside(browser):
        browser.until(f"document.getElementById('text').value === '{other}'")
    assert ran(browser, 1).startswith(f"at {other} ")
    slow = "to activate"  # what JupyterLab says of its own plugins on a busy machine
    assert [one for one in browser.faults if slow not in one] == []
