"""A capture that is shared out holds what one process captures, bit for bit."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

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
