"""Captured patterns are the model's own, and a capture survives being killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attndsl.heads.packing import pack
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.models import capture as room
from attndsl.models import load
from attndsl.models.capture import Progress, capture
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import passages
from attndsl.surrogates.handle import install
from attndsl.surrogates.sources import first_token, rules
from tests.models.folders import model_folder

TEXTS = ["the cat sat on the mat .", "a dog ran", "the big dog and the cat sat , and ran .", "cat"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    return {kind: model_folder(root / kind, kind) for kind in ("llama", "gpt2", "bert", "gemma2")}


def own_patterns(loaded: LoadedModel, text: str) -> Any:
    model = loaded.model
    before = model.config._attn_implementation
    model.set_attn_implementation("eager")
    ids = torch.as_tensor(loaded.encode(text))[None]
    with torch.no_grad():
        seen = model(ids, output_attentions=True).attentions
    model.set_attn_implementation(before)
    return torch.cat([layer[0] for layer in seen]).numpy()


@pytest.mark.parametrize("batch_tokens", [1, 64])
@pytest.mark.parametrize("kind", ["llama", "gpt2", "bert", "gemma2"])
def test_the_store_holds_what_the_model_does(
    folders: dict[str, Path], tmp_path: Path, kind: str, batch_tokens: int
) -> None:
    loaded = load(str(folders[kind]))
    before = loaded.model.config._attn_implementation
    seen: list[Progress] = []
    report = capture(
        loaded, TEXTS, tmp_path, dtype="float32", batch_tokens=batch_tokens, progress=seen.append
    )
    store = HeadStore.open(tmp_path)
    assert (report.taken, report.kept, len(store)) == (4, 0, 4)
    assert store.meta.model_hash == loaded.hash
    assert store.meta.mask == (Mask("full") if kind == "bert" else Mask("causal"))
    for number, text in enumerate(TEXTS):
        assert store[number].text == text
        expected = pack(own_patterns(loaded, text), store.meta.mask)
        assert np.abs(store[number].patterns - expected).max() < 1e-5
    assert seen[-1].done == 4
    assert seen[-1].tokens == sum(len(text.split()) for text in TEXTS)
    assert loaded.model.config._attn_implementation == before


def test_a_second_run_takes_nothing_twice(folders: dict[str, Path], tmp_path: Path) -> None:
    loaded = load(str(folders["llama"]))
    capture(loaded, TEXTS, tmp_path)
    again = capture(loaded, TEXTS, tmp_path)
    assert (again.taken, again.kept) == (0, 4)
    with pytest.raises(AttndslError, match="another store"):
        capture(loaded, TEXTS[:2], tmp_path)
    with pytest.raises(AttndslError, match="another store"):
        capture(load(str(folders["gpt2"])), TEXTS, tmp_path)


def test_a_torn_shard_is_redone(folders: dict[str, Path], tmp_path: Path) -> None:
    loaded = load(str(folders["llama"]))
    capture(loaded, TEXTS, tmp_path)
    whole = [text.patterns.copy() for text in HeadStore.open(tmp_path)]
    shard = next(tmp_path.glob("shard-*.safetensors"))
    shard.write_bytes(shard.read_bytes()[:-7])
    again = capture(loaded, TEXTS, tmp_path)
    assert again.taken == 4
    assert "instead of" in again.notes[0]
    for before, text in zip(whole, HeadStore.open(tmp_path), strict=True):
        assert np.array_equal(before, text.patterns)


def test_killed_at_any_moment_it_goes_on(folders: dict[str, Path], tmp_path: Path) -> None:
    code = f"""
import sys, time
from attndsl.heads import store
from attndsl.models import load
from attndsl.models import capture as room
store.StoreWriter.__init__.__defaults__ = (1,)  # a shard a text
texts = [("the cat sat on the mat . " * 3).strip() + " a" * at for at in range(40)]
def slow(progress):
    print(progress.done, flush=True)
    time.sleep(0.01)
room.capture(load({str(folders["llama"])!r}), texts, {str(tmp_path / "s")!r}, batch_tokens=1,
             progress=slow)
"""
    rounds, done = 0, 1
    while done:
        rounds += 1
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        if rounds <= 2:
            for line in process.stdout:
                if int(line) >= 12 * rounds:
                    os.kill(process.pid, signal.SIGKILL)
                    break
        done = process.wait()
        process.stdout.close()
    store = HeadStore.open(tmp_path / "s")
    store.check()
    assert rounds == 3
    assert len(store) == 40
    loaded = load(str(folders["llama"]))
    expected = pack(own_patterns(loaded, store[33].text), store.meta.mask)
    assert np.abs(store[33].patterns - expected).max() < 1e-3


def test_long_texts_are_split_and_the_report_says_so(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    loaded = load(str(folders["gpt2"]))
    long = "the cat and the dog ran . " * 20
    report = capture(loaded, [long, "", "a dog ran", "  "], tmp_path, longest=40, stride=30)
    store = HeadStore.open(tmp_path)
    ids = loaded.encode(long)
    assert [store.length(number) for number in range(6)] == [40, 40, 40, 40, 20, 3]
    assert np.array_equal(store[1].ids, ids[30:70])
    assert report.notes[0] == "2 empty texts were left out"
    assert "1 text longer than 40 tokens split" in report.notes[1]
    assert "6 passages in all" in report.notes[1]
    assert max(len(passage.ids) for passage in passages(loaded, [long])[0]) == 96


def test_nothing_to_capture_and_no_room(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load(str(folders["llama"]))
    with pytest.raises(AttndslError, match="no text to read: all of them are empty"):
        capture(loaded, ["", " "], tmp_path)
    with pytest.raises(AttndslError, match="the stride at most 8"):
        capture(loaded, TEXTS, tmp_path, longest=8, stride=9)
    usage = type("Usage", (), {"free": 100})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    with pytest.raises(AttndslError, match="would take"):
        capture(loaded, TEXTS, tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_second_capture_of_one_store_is_told_of_the_first(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    pytest.importorskip("fcntl", reason="needs a system with locks")
    loaded = load(str(folders["llama"]))
    capture(loaded, ["a dog"], tmp_path)
    store = HeadStore.open(tmp_path)
    with StoreWriter(tmp_path, store.meta), pytest.raises(AttndslError) as told:
        capture(loaded, ["a dog"], tmp_path)
    assert "another process is writing" in str(told.value)
    assert "Make room" not in str(told.value)


def test_a_disk_that_fills_up_loses_nothing(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file may grow beyond a bound here, which fails a write as a full disk does."""
    resource = pytest.importorskip("resource", reason="such bounds are a matter of POSIX")
    loaded = load(str(folders["llama"]))
    long = "the cat sat on the mat . " * 13
    texts = ["a dog", f"{long} dog", "a cat", f"{long} cat"]
    monkeypatch.setattr(StoreWriter.__init__, "__defaults__", (1,))  # a shard a text
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, hard))
    try:
        for _ in range(2):
            with pytest.raises(AttndslError, match=r"File too large; 2 of 4 texts are safe.*again"):
                capture(loaded, texts, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    report = capture(loaded, texts, tmp_path)
    assert (report.kept, report.taken) == (2, 2)
    store = HeadStore.open(tmp_path)
    store.check()
    expected = pack(own_patterns(loaded, texts[3]), store.meta.mask)
    assert np.abs(store[3].patterns - expected).max() < 1e-3
    assert loaded.model.config._attn_implementation == "sdpa", "the model was given back"


def test_a_model_with_programs_in_it_is_not_captured(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    loaded = load(str(folders["llama"]))
    with (
        install(loaded.model, {(0, 0): first_token}, rules),
        pytest.raises(AttndslError, match="already installed"),
    ):
        capture(loaded, TEXTS, tmp_path)


def test_batches_keep_little_padding() -> None:
    found = [room.Passage(np.zeros(n, dtype=np.int64), "", 0, 0) for n in (5, 60, 6, 58, 5, 200)]
    assert list(room.batches(range(6), found, 128)) == [(0, 4, 2), (3, 1), (5,)]


def test_real_stories(shared: Path, tmp_path: Path) -> None:
    loaded = load(str(shared / "data/models/stories260K"))
    text = "Once upon a time there was a little girl named Lily ."
    started = time.perf_counter()
    capture(loaded, [text], tmp_path)
    assert time.perf_counter() - started < 20
    assert HeadStore.open(tmp_path)[0].patterns.shape[0] == 40
