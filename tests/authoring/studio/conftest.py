"""A studio on a small run, and its page's side of the conversation without a browser."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the studio needs the extra `studio`")
from starlette.testclient import TestClient

from attndsl.authoring.bench import Bench, open_bench
from attndsl.authoring.studio.app import make_app
from attndsl.authoring.studio.desk import Desk, desk_of
from attndsl.authoring.studio.guard import Guard
from attndsl.files.whole import write_json
from attndsl.heads.store import HeadStore
from attndsl.tokens.tokenizer import builtin_table
from tests.report.conftest import LAYERS, make_store
from tests.runs.conftest import made

GUARD = Guard(8642, "right")
ORIGIN = {"host": "127.0.0.1:8642", "origin": "http://127.0.0.1:8642"}
PREVIOUS = "def previous(q, k):\n    return 0.7 * (k == q.prev) + 0.3 * sink(q, k)\n"
LADDER = {"picked": 1, "rungs": {
    "1": {"objective": 0.4, "codelength_gain": 90.0, "content_iou": 0.3, "iou": 0.5,
          "source": "def own(q, k):\n    weight = 8 if k == q.prev else 1\n"
                     "    return 12 if k.i == 0 else weight\n"},
    "2": {"objective": 0.5, "codelength_gain": 70.0},
}}  # fmt: skip


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studio")
    make_store(folder / "run" / "heads", builtin_table())
    made(folder / "run", range(LAYERS))
    return folder / "run"


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def bench(run: Path) -> Bench:
    return open_bench(run, HeadStore.open(run / "heads"), builtin_table())


@pytest.fixture
def desk(bench: Bench) -> Desk:
    return desk_of(bench, None)


@dataclass
class Page:
    """A page's questions, answered one at a time."""

    socket: Any
    numbers: Iterator[int]

    def hear(self) -> dict[str, Any]:
        return dict(self.socket.receive_json())

    def ask(self, name: str, **given: Any) -> Any:
        number = next(self.numbers)
        self.socket.send_json({"id": number, "ask": name, "given": given})
        told = self.hear()
        while told.get("id") != number:
            told = self.hear()
        assert "error" not in told, told["error"]
        return told["answer"]

    def refused(self, name: str, **given: Any) -> str:
        self.socket.send_json({"id": 0, "ask": name, "given": given})
        told = self.hear()
        assert "error" in told, told
        assert "Traceback" not in told["error"]
        assert "fault of the studio" not in told["error"], told["error"]
        return str(told["error"])


def talking(desk: Desk) -> Any:
    """A client and its open socket, as a context."""
    client = TestClient(make_app(desk, GUARD), headers=ORIGIN)
    return client.websocket_connect("/socket?token=right", headers=ORIGIN)


@pytest.fixture
def page(desk: Desk) -> Iterator[Page]:
    with talking(desk) as socket:
        yield Page(socket, count(1))


def with_ladder(run: Path, head: str) -> None:
    import json

    summary = json.loads((run / "summary.json").read_text())
    write_json(run / "summary.json", summary | {"ladder": {head: LADDER}})
