"""The extension at work in VS Code itself: its server for browsers, out of the package code-server,
which npm has, on this machine alone and with a Chromium that clicks and types.

`ATTNDSL_CODE_SERVER` names a folder with code-server in its node_modules; else npm fetches it once,
to the user's cache. Its parts in C++ (terminals, logs) are not built and not needed.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.editors.packing import npm, packed
from tests.report.browser import Browser, chromium

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(1500)]
VERSION = "4.100.3"  # the last for Node 20; it has VS Code 1.100
FILE = '''\
def quote_to_verb(q, k):
    """After a closing quote look back to the verb of saying."""
    return q.is_qoute and k == last(t for t in before(q) if t.lower in {"said", "asked"})


def previous(q, k):
    """Look at the token before."""
    return k == q.prev
'''
LINES = (
    "[...document.querySelectorAll('.view-line')].map(e => e.textContent.replace(/\\u00a0/g, ' '))"
    ".join('\\n')"
)
MAP = "document.querySelector('.action-label[aria-label^=\"Show the Map\"]')"
FRAME = "document.querySelector('iframe.webview').contentDocument.querySelector('iframe')"
PANEL = f"{FRAME}.contentDocument.body"


def vscode() -> Path:
    """VS Code's server, fetched where it isn't here yet."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = Path(os.environ.get("ATTNDSL_CODE_SERVER") or cache / f"attndsl/code-server-{VERSION}")
    served = home / "node_modules/code-server/lib/vscode"
    if not (served / "node_modules").is_dir():
        home.mkdir(parents=True, exist_ok=True)
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev")
        for asked, at in (((f"code-server@{VERSION}", "--prefix", "."), home), ((), served)):
            done = npm("install", *quiet, *asked, at=at)
            if done.returncode:
                pytest.skip(f"npm can't fetch code-server: {done.stderr[-200:]}")
    return served / "out/server-main.js"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Browser]:
    """VS Code with the extension, on a file with a typo."""
    if chromium() is None:
        pytest.skip("needs Chromium")
    program = [str(vscode()), "--accept-server-license-terms", "--server-data-dir", str(tmp_path)]
    extension = packed(tmp_path, "build", "package")
    installed = subprocess.run(
        ["node", *program, "--install-extension", str(extension)], capture_output=True, text=True
    )
    assert "was successfully installed" in installed.stdout, installed.stdout + installed.stderr
    folder, settings = tmp_path / "work", tmp_path / "data/Machine/settings.json"
    folder.mkdir()
    (folder / "heads.attn").write_text(FILE)
    settings.parent.mkdir(parents=True, exist_ok=True)
    started = [sys.executable, "-c", "from attndsl.cli import main; main()", "lsp"]
    settings.write_text(json.dumps({"attndsl.command": started}))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    asked = ("--host", "127.0.0.1", "--port", str(port), "--without-connection-token",
             "--disable-workspace-trust", "--disable-telemetry")  # fmt: skip
    server = subprocess.Popen(
        ["node", *program, *asked], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    browser = Browser.start(tmp_path / "browser")
    try:
        _wait(port)
        file = folder / "heads.attn"
        opened = json.dumps([["openFile", f"vscode-remote://127.0.0.1:{port}{file}"]])
        browser.call("Emulation.setDeviceMetricsOverride", width=1400, height=900,
                  deviceScaleFactor=1, mobile=False)  # fmt: skip
        address = f"http://127.0.0.1:{port}/?folder={folder}&payload={quote(opened)}"
        browser.call("Page.navigate", url=address)
        browser.until("document.querySelector('.view-line')", 120)
        yield browser
    finally:
        browser.close()
        server.terminate()
        server.wait(20)


def _wait(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("VS Code's server doesn't start")


def test_it_tells_mends_and_draws_in_vs_code(page: Browser) -> None:
    """The typo is marked, its fix taken by the keys for it, the map of the program drawn."""
    page.until("document.querySelector('.squiggly-error')", 120)
    page.until(f"{LINES}.includes('causal, at most')")  # what is proved, at the other program
    page.until("document.body.textContent.includes('attndsl')")
    page.click(".squiggly-error")
    row = "document.querySelector('.action-widget .monaco-list-row.action.focused')"
    _press(page, (".", "Period", 190, 2), row)
    _press(page, ("Enter", "Enter", 13, 0), f"{LINES}.includes('is_quote')")
    page.until("!document.querySelector('.squiggly-error')")
    page.evaluate(f"{MAP}.click()")
    page.until(f"{PANEL}.textContent.includes('quote_to_verb')", 60)
    page.until(f"{PANEL}.querySelector('canvas, svg, table')")


def _press(page: Browser, key: tuple[str, str, int, int], becomes: str) -> None:
    """A key, by its place, number and modifiers, again until it is heeded: VS Code takes none in
    the moments in which it opens a list or gives an editor the focus."""
    name, code, number, modifiers = key
    for _ in range(8):
        for kind in ("rawKeyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", type=kind, key=name, code=code,
                      modifiers=modifiers, windowsVirtualKeyCode=number)  # fmt: skip
        with suppress(AssertionError):
            page.until(becomes, 8)
            return
    raise AssertionError(f"{code} brings nothing: {becomes}")
