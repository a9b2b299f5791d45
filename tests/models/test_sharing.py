"""A capture that is shared out holds what one process captures, bit for bit."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch

from attndsl.executors import local
from attndsl.executors.here import Here
from attndsl.executors.named import named
from attndsl.executors.shared import Shared
from attndsl.executors.task import Executor
from attndsl.files.places import Place, place
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.models import load, sharing
from attndsl.models.capture import capture
from attndsl.models.held import Named, Workers, held, known_as
from attndsl.models.loading import LoadedModel
from tests.models.folders import model_folder

TEXTS = [f"the cat {'and the dog ' * (at % 5)}sat on the mat ." for at in range(10)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_folder(tmp_path_factory.mktemp("models") / "llama", "llama")


@pytest.fixture
def loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> LoadedModel:
    monkeypatch.setattr(sharing, "RANK_TOKENS", 40)
    return load(str(folder))


def workers(loaded: LoadedModel, executor: Executor) -> Workers:
    return Workers(executor, known_as(loaded, loaded.name, {}))


def same(one: Place | str, other: Place | str) -> bool:
    left, right = HeadStore.open(one), HeadStore.open(other)
    assert left.meta == right.meta
    return all(
        a.text == b.text and np.array_equal(a.ids, b.ids) and np.array_equal(a.patterns, b.patterns)
        for a, b in zip(left, right, strict=True)
    )


def test_the_same_bits_in_other_shards(loaded: LoadedModel, tmp_path: Path) -> None:
    capture(loaded, TEXTS, tmp_path / "one", batch_tokens=40)
    report = capture(
        loaded, TEXTS, tmp_path / "two", batch_tokens=40, workers=workers(loaded, Here())
    )
    assert (report.taken, report.kept) == (10, 0)
    store = HeadStore.open(tmp_path / "two")
    assert len(store.shards) > 3
    store.check()
    assert same(tmp_path / "one", tmp_path / "two")
    names = {path.name.split("-")[0] for path in (tmp_path / "two").iterdir()}
    assert names == {"lock", "meta.json", "shards.jsonl", "shard"}
    again = capture(
        loaded, TEXTS, tmp_path / "two", batch_tokens=40, workers=workers(loaded, Here())
    )
    assert (again.taken, again.kept) == (0, 10)


@pytest.mark.slow
def test_processes_of_this_machine(loaded: LoadedModel, tmp_path: Path) -> None:
    capture(loaded, TEXTS, tmp_path / "one", batch_tokens=40)
    done = workers(loaded, named("local:2"))
    capture(loaded, TEXTS, tmp_path / "two", batch_tokens=40, workers=done)
    assert same(tmp_path / "one", tmp_path / "two")


@pytest.mark.slow
def test_a_disk_that_fills_under_workers_loses_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file of a worker may grow beyond a bound here, which fails a write as a full disk does."""
    resource = pytest.importorskip("resource", reason="such bounds are a matter of POSIX")
    loaded = load(str(folder))
    long = "the cat sat on the mat . " * 13
    texts = [*(f"a dog {word}" for word in ("sat", "ran", "and")), f"{long} dog"]
    monkeypatch.setattr(sharing, "RANK_TOKENS", 8)
    capture(loaded, texts, tmp_path / "one", batch_tokens=8)
    done = workers(loaded, named("local:2"))
    local.release()  # those of other tests don't have the bound
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, hard))
    try:
        said = r"can't write .*shard-.*: File too large\. \d of 3 parts are done and kept in"
        with pytest.raises(AttndslError, match=said):
            capture(loaded, texts, tmp_path / "two", batch_tokens=8, workers=done)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        local.release()
    first = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "two").glob("shard-*")}
    assert first
    capture(loaded, texts, tmp_path / "two", batch_tokens=8, workers=done)
    assert same(tmp_path / "one", tmp_path / "two")
    for file, before in first.items():
        assert (tmp_path / "two" / file).stat().st_mtime_ns == before


@pytest.mark.slow
def test_a_cluster_by_its_address(folder: Path, tmp_path: Path) -> None:
    """A head of Ray is begun here as `ray start` begins it, and spoken to by host and port."""
    pytest.importorskip("ray")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # Of a path of few letters: Ray's sockets lie in it.
    with TemporaryDirectory(dir="/tmp") as home:
        begun = [
            str(Path(sys.executable).with_name("ray")), "start", "--head", f"--port={port}",
            "--num-cpus=2", "--include-dashboard=false", "--object-store-memory=80000000",
            "--disable-usage-stats", f"--temp-dir={home}", "--block",
        ]  # fmt: skip
        env = {**os.environ, "RAY_AUTH_MODE": "disabled"}
        env.pop("RAY_ADDRESS", None)
        head = subprocess.Popen(begun, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        try:
            wait_for(port)
            words = [sys.executable, "-m", "attndsl", "capture", str(folder), "--quiet"]
            for name, on in (("one", []), ("two", ["--on", f"ray://127.0.0.1:{port}"])):
                args = ["--text", "The cat sat on the mat.", "-o", str(tmp_path / name), *on]
                done = subprocess.run([*words, *args], env=env, capture_output=True, text=True)
                assert done.returncode == 0, done.stderr
        finally:
            head.terminate()
            head.wait()
    assert same(tmp_path / "one", tmp_path / "two")


def wait_for(port: int, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < until, "the head does not begin"
            time.sleep(0.5)


class Stopped:
    """An executor that is stopped after two ranks."""

    def run(self, work: Shared, tell: Any, going: Any) -> None:
        for rank in work.missing()[:2]:
            work.run(rank, work.world)
        raise KeyboardInterrupt


def test_stopped_it_goes_on_by_workers_or_without(loaded: LoadedModel, tmp_path: Path) -> None:
    capture(loaded, TEXTS, tmp_path / "one", batch_tokens=40)
    for name in ("shared", "plain"):
        with pytest.raises(KeyboardInterrupt):
            capture(
                loaded, TEXTS, tmp_path / name, batch_tokens=40,
                workers=workers(loaded, Stopped()),
            )  # fmt: skip
    first = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "shared").glob("shard-*")}
    assert len(first) == 2
    capture(loaded, TEXTS, tmp_path / "shared", batch_tokens=40, workers=workers(loaded, Here()))
    assert same(tmp_path / "one", tmp_path / "shared")
    for file, before in first.items():
        assert (tmp_path / "shared" / file).stat().st_mtime_ns == before
    report = capture(loaded, TEXTS, tmp_path / "plain", batch_tokens=40)
    assert report.kept > 0
    assert len(HeadStore.open(tmp_path / "plain")) == 10


class Nobody:
    """An executor that isn't there, or goes away after some ranks."""

    def __init__(self, ranks: int) -> None:
        self.ranks = ranks

    def run(self, work: Shared, tell: Any, going: Any) -> None:
        for rank in work.missing()[: self.ranks]:
            work.run(rank, work.world)
        raise AttndslError("nobody answers")


def test_where_nobody_answers_no_stub_of_a_store_is_left(
    loaded: LoadedModel, tmp_path: Path
) -> None:
    where = tmp_path / "store"
    with pytest.raises(AttndslError, match=r"^nobody answers$"):
        capture(loaded, TEXTS, where, batch_tokens=40, workers=workers(loaded, Nobody(0)))
    assert not where.exists()
    capture(loaded, TEXTS[:2], where, batch_tokens=40)
    assert len(HeadStore.open(where)) == 2


def test_what_was_done_before_nobody_answers_is_gone_on_with(
    loaded: LoadedModel, tmp_path: Path
) -> None:
    capture(loaded, TEXTS, tmp_path / "one", batch_tokens=40)
    with pytest.raises(AttndslError, match=r"2 of .* parts are done and kept in"):
        capture(
            loaded, TEXTS, tmp_path / "two", batch_tokens=40, workers=workers(loaded, Nobody(2))
        )
    with pytest.raises(AttndslError, match="nobody answers"):
        capture(
            loaded, TEXTS, tmp_path / "two", batch_tokens=40, workers=workers(loaded, Nobody(0))
        )
    report = capture(loaded, TEXTS, tmp_path / "two", batch_tokens=40)
    assert report.kept > 0
    assert same(tmp_path / "one", tmp_path / "two")


def test_a_shard_that_was_torn_meanwhile_is_done_again(loaded: LoadedModel, tmp_path: Path) -> None:
    capture(loaded, TEXTS, tmp_path / "one", batch_tokens=40)
    with pytest.raises(KeyboardInterrupt):
        capture(
            loaded, TEXTS, tmp_path / "two", batch_tokens=40, workers=workers(loaded, Stopped())
        )
    shard = next((tmp_path / "two").glob("shard-*"))
    shard.write_bytes(shard.read_bytes()[:-9])
    capture(loaded, TEXTS, tmp_path / "two", batch_tokens=40, workers=workers(loaded, Here()))
    assert same(tmp_path / "one", tmp_path / "two")


def test_a_store_behind_an_address(loaded: LoadedModel, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("ATTNDSL_CACHE", str(tmp_path / "cache"))
    capture(loaded, TEXTS, tmp_path / "one", batch_tokens=40)
    for name, by in (("plain", None), ("shared", workers(loaded, Here()))):
        there = f"memory://{tmp_path.name}/{name}"
        capture(loaded, TEXTS, there, batch_tokens=40, workers=by)
        assert same(tmp_path / "one", there)
        assert {one.name.split("-")[0] for one in place(there).iterdir()} <= {
            "meta.json", "shards.jsonl", "shards.jsonl.parts", "shard", "work",
        }  # fmt: skip
    text = HeadStore.open(there)[3]
    assert isinstance(text.patterns.base, np.ndarray)
    assert any((tmp_path / "cache" / "copies").iterdir())


def test_another_model_under_the_name_is_refused(loaded: LoadedModel, folder: Path) -> None:
    with pytest.raises(AttndslError, match=r"another model under the name .*its hash is"):
        held(Named(str(folder), "0123"))


def test_a_worker_computes_in_as_many_threads(loaded: LoadedModel) -> None:
    """Another number of threads rounds sums differently."""
    before = torch.get_num_threads()
    known = known_as(loaded, loaded.name, {})
    torch.set_num_threads(before + 1)
    try:
        held(known)
        assert torch.get_num_threads() == before
    finally:
        torch.set_num_threads(before)


def test_a_task_says_nothing_that_hangs_on_the_workers(loaded: LoadedModel, tmp_path: Path) -> None:
    seen: list[str] = []

    class Looking(Here):
        def run(self, work: Shared, tell: Any, going: Any) -> None:
            seen.append(json.dumps(json.loads((work.folder / "task.json").read_bytes())["fields"]))
            super().run(work, tell, going)

    capture(loaded, TEXTS, tmp_path / "a", batch_tokens=40, workers=workers(loaded, Looking()))
    assert "workers" not in seen[0]
