"""The playground's folder, served on this machine alone, and Pyodide under Node."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from attndsl.authoring.playground.folder import write_playground
from benchmarks.pyodide import Absent, Pyodide, pyodide_folder
from tests.report.browser import Browser, chromium

ROOT = Path(__file__).resolve().parents[3]


class Handler(SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012  # as the base class has it
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *parts: object) -> None:
        pass


@pytest.fixture(scope="session")
def vendored() -> Path:
    try:
        return pyodide_folder()
    except Absent as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def pyodide(vendored: Path) -> Iterator[Pyodide]:
    try:
        started = Pyodide.start(ROOT)
    except Absent as reason:
        pytest.skip(str(reason))
    yield started
    started.close()


@pytest.fixture(scope="session")
def address(vendored: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("playground")
    write_playground(folder, str(vendored))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip("needs a headless Chromium (Debian: apt-get install chromium)")
    started = Browser.start(tmp_path_factory.mktemp("browser"))
    yield started
    started.close()
