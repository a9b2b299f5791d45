"""A store gives back what was put in, resumes, and finds what is torn."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from attndsl.heads.meta import StoreMeta, check_space, estimated_bytes, texts_hash
from attndsl.heads.shards import TornShard
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.heads.validate import check_patterns
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import FULL, Mask

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mask", [Mask(), Mask("window", 3), FULL], ids=lambda m: m.kind)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_what_goes_in_comes_out(sample: Callable, tmp_path: Path, mask: Mask, dtype: str) -> None:
    made = sample(mask=mask, dtype=dtype)
    made.write(tmp_path / "s", shard_bytes=300)
    store = HeadStore.open(tmp_path / "s")
    assert store.meta == made.meta
    assert len(store) == 5
    assert len(store.shards) > 1
    for got, (ids, text), patterns in zip(store, made.texts, made.patterns, strict=True):
        assert got.ids.tolist() == ids
        assert got.text == text
        assert got.patterns.dtype == dtype
        assert np.array_equal(got.patterns, patterns.astype(dtype))
        assert store.length(got.number) == len(ids)
    store.check()


def test_masks_of_layers_are_kept(sample: Callable, tmp_path: Path) -> None:
    made = sample()
    made = replace(made, meta=replace(made.meta, layer_masks=(Mask("window", 3), Mask())))
    made.write(tmp_path / "s")
    store = HeadStore.open(tmp_path / "s")
    assert store.meta == made.meta
    assert [(g.mask.kind, g.heads) for g in store.meta.groups([12])] == [
        ("window", (0, 1, 2)),
        ("causal", (3, 4, 5)),
    ]
    with pytest.raises(AttndslError, match="2 layers can't have 1 masks"):
        replace(made.meta, layer_masks=(Mask(),))


def test_texts_of_no_and_one_token_are_texts(sample: Callable, tmp_path: Path) -> None:
    made = sample((0, 1))
    made.write(tmp_path / "s")
    store = HeadStore.open(tmp_path / "s")
    assert store[0].patterns.shape == (6, 0)
    assert store[1].patterns.tolist() == [[1.0]] * 6


def test_texts_written_in_any_order_are_read_by_number_or_shard(
    sample: Callable, tmp_path: Path
) -> None:
    made = sample()
    made.write(tmp_path / "s", [3, 0, 4, 2, 1], shard_bytes=300)
    store = HeadStore.open(tmp_path / "s")
    assert [text.number for text in store] == [0, 1, 2, 3, 4]
    assert np.array_equal(store[3].patterns, made.patterns[3])
    assert store.by_shard([1, 2, 3, 4]) == [3, 4, 2, 1]


def test_patterns_are_mapped_not_copied(sample: Callable, tmp_path: Path) -> None:
    sample().write(tmp_path / "s")
    patterns = HeadStore.open(tmp_path / "s")[3].patterns
    assert not patterns.flags.owndata
    assert not patterns.flags.writeable


def test_any_safetensors_reader_reads_a_shard(sample: Callable, tmp_path: Path) -> None:
    made = sample()
    made.write(tmp_path / "s")
    tensors = load_file(tmp_path / "s" / "shard-000000.safetensors")
    assert np.array_equal(tensors["patterns.3"], made.patterns[3])
    assert tensors["ids.3"].tolist() == made.texts[3][0]


def test_a_writer_goes_on_where_the_last_one_stopped(sample: Callable, tmp_path: Path) -> None:
    made = sample()
    made.write(tmp_path / "s", [0, 3])
    with pytest.raises(AttndslError, match=r"cut short: 3 of 5 texts are missing.*text 1"):
        HeadStore.open(tmp_path / "s")
    with StoreWriter(tmp_path / "s", made.meta) as writer:
        assert [number in writer for number in range(5)] == [True, False, False, True, False]
        with pytest.raises(AttndslError, match=r"text 3 is in .* already"):
            writer.add(3, *made.texts[3], made.patterns[3])
    made.write(tmp_path / "s")
    assert np.array_equal(HeadStore.open(tmp_path / "s")[4].patterns, made.patterns[4])


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 7)


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("harm", "message", "at_opening"),
    [
        (truncated, r"shard-000001.* has \d+ bytes instead of", True),
        (Path.unlink, r"shard-000001.* is missing", True),
        (flipped, r"shard-000001.* was changed", False),
    ],
)
def test_a_torn_shard_is_named_and_redone(
    sample: Callable, tmp_path: Path, harm: Callable, message: str, at_opening: bool
) -> None:
    made = sample()
    made.write(tmp_path / "s", shard_bytes=300)
    harm(tmp_path / "s" / "shard-000001.safetensors")
    if at_opening:
        with pytest.raises(TornShard, match=message):
            HeadStore.open(tmp_path / "s")
    else:
        store = HeadStore.open(tmp_path / "s")
        with pytest.raises(TornShard, match=message):
            list(store)
        with pytest.raises(TornShard, match=message):
            store.check()
    with StoreWriter(tmp_path / "s", made.meta) as writer:
        assert len(writer.redone) == 1
        assert "shard-000001" in writer.redone[0]
        assert 0 < len(writer) < 5
    made.write(tmp_path / "s")
    store = HeadStore.open(tmp_path / "s")
    store.check()
    assert all(np.array_equal(store[i].patterns, made.patterns[i]) for i in range(5))


def test_an_index_line_cut_off_is_unfinished_work(sample: Callable, tmp_path: Path) -> None:
    made = sample()
    made.write(tmp_path / "s", shard_bytes=300)
    truncated(tmp_path / "s" / "shards.jsonl")
    with pytest.raises(AttndslError, match="cut short"):
        HeadStore.open(tmp_path / "s")
    made.write(tmp_path / "s")
    HeadStore.open(tmp_path / "s").check()


KILLED = """
import sys, numpy as np
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.store import StoreWriter
texts = [([n], str(n)) for n in range(5000)]
meta = StoreMeta("m", "h", "t", 1, 2, len(texts), texts_hash(texts))
with StoreWriter(sys.argv[1], meta, shard_bytes=8) as writer:
    print(len(writer), flush=True)
    for n, text in enumerate(texts):
        if n not in writer:
            writer.add(n, *text, np.ones((2, 1), dtype=np.float32))
"""


def test_a_writer_killed_at_any_moment_loses_no_whole_shard(tmp_path: Path) -> None:
    folder, before = tmp_path / "s", 0
    for seconds in (0.05, 0.13, 0.2):
        command = [sys.executable, "-c", KILLED, str(folder)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        found = int(process.stdout.readline())
        assert found >= before
        waited = time.monotonic()
        while not (folder / "shards.jsonl").exists() and time.monotonic() - waited < 60:
            time.sleep(0.01)
        while (folder / "shards.jsonl").read_text().count("\n") < 3:
            assert time.monotonic() - waited < 60
            time.sleep(0.01)
        time.sleep(seconds)
        on_disk = len((folder / "shards.jsonl").read_text().splitlines()) - 1
        process.send_signal(signal.SIGKILL)
        process.communicate()
        before = 2 * on_disk
        assert on_disk > 0
    meta = StoreMeta(
        "m", "h", "t", 1, 2, 5000, texts_hash([([n], str(n)) for n in range(5000)])
    )  # fmt: skip
    with StoreWriter(folder, meta) as writer:
        assert len(writer) >= before
        assert writer.redone == []
        known = {json.loads(line)["file"] for line in (folder / "shards.jsonl").open()}
        assert {path.name for path in folder.glob("shard-*")} == known
        for number in range(5000):
            if number not in writer:
                writer.add(number, [number], str(number), np.ones((2, 1)))
    assert len(HeadStore.open(folder)) == 5000


def test_two_writers_at_once_are_one_too_many(sample: Callable, tmp_path: Path) -> None:
    made = sample()
    with StoreWriter(tmp_path / "s", made.meta), pytest.raises(AttndslError, match="is writing"):
        StoreWriter(tmp_path / "s", made.meta)


def bad(patterns: np.ndarray, value: float) -> np.ndarray:
    changed = patterns.copy()
    changed[4, 3] = value
    return changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: bad(p, np.nan), "text 3, head L1.H1: row 2 holds NaN or infinity"),
        (lambda p: bad(p, np.inf), "text 3, head L1.H1: row 2 holds NaN or infinity"),
        (lambda p: bad(p, -0.25), "text 3, head L1.H1: row 2 holds a negative weight"),
        (lambda p: p * 1.5, r"head L0.H0: row 0 does not sum to 1 but to 1.5 \(6 of 6 heads"),
        (lambda p: p * 0, "row 0 does not sum to 1 but to 0"),
        (lambda p: p[:, :-1], "text 3 has 77 cells; 12 tokens under a causal mask have 78"),
        (lambda p: p[:5], r"text 3: patterns must be \[6 heads, cells\], not \(5, 78\)"),
        (lambda p: (p * 100).astype(np.int64), "text 3: patterns must be floating point"),
    ],
)
def test_a_bad_pattern_is_refused_by_name(
    sample: Callable, tmp_path: Path, change: Callable, message: str
) -> None:
    made = sample()
    with StoreWriter(tmp_path / "s", made.meta) as writer:
        with pytest.raises(AttndslError, match=message):
            writer.add(3, *made.texts[3], change(made.patterns[3]))
        assert 3 not in writer


def test_a_row_within_the_tolerance_is_kept_and_its_error_recorded(
    sample: Callable, tmp_path: Path
) -> None:
    made = sample()
    made.patterns[3][:] *= 1.004
    made.write(tmp_path / "s")
    store = HeadStore.open(tmp_path / "s")
    assert store[3].row_error == pytest.approx(0.004, abs=1e-5)
    assert store[0].row_error < 1e-6


def test_other_stores_are_refused(sample: Callable, tmp_path: Path) -> None:
    made = sample()
    made.write(tmp_path / "s")
    with pytest.raises(AttndslError, match="model_hash is 'abc', not 'xyz'"):
        StoreWriter(tmp_path / "s", replace(made.meta, model_hash="xyz"))
    store = HeadStore.open(tmp_path / "s")
    store.expect(model_hash="abc", tokenizer="tok")
    with pytest.raises(AttndslError, match="of the model tiny: its model_hash is abc"):
        store.expect(model_hash="xyz")
    with pytest.raises(AttndslError, match="its tokenizer is tok, this one's is other"):
        store.expect(tokenizer="other")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("format", 2, "store format 2; this version reads format 1"),
        ("layers", "two", "layers is .two., not a whole number"),
        ("mask", {"kind": "causal", "colour": 1}, "does not describe a head store"),
        ("surprise", 1, "does not describe a head store"),
        ("dtype", "int8", 'dtype is "int8", not "float16" or "float32"'),
    ],
)
def test_a_strange_description_is_refused(
    sample: Callable, tmp_path: Path, key: str, value: object, message: str
) -> None:
    sample().write(tmp_path / "s")
    path = tmp_path / "s" / "meta.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(AttndslError, match=message):
        HeadStore.open(tmp_path / "s")


def test_what_is_no_store_is_refused(sample: Callable, tmp_path: Path) -> None:
    with pytest.raises(AttndslError, match=r"is not a head store: it has no meta\.json"):
        HeadStore.open(tmp_path)
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(AttndslError, match=r"no head store and holds letter\.txt"):
        StoreWriter(tmp_path, sample().meta)
    (tmp_path / "meta.json").write_text("{")
    with pytest.raises(AttndslError, match="can't be read"):
        HeadStore.open(tmp_path)


def test_other_texts_than_promised_are_found(sample: Callable, tmp_path: Path) -> None:
    made = sample()
    made.texts[3] = (made.texts[3][0], "something else")
    with pytest.raises(AttndslError, match="holds other texts"):
        made.write(tmp_path / "s")
    with pytest.raises(AttndslError, match="holds other texts"):
        HeadStore.open(tmp_path / "s")


def test_the_estimate_of_disk_space_is_close(sample: Callable, tmp_path: Path) -> None:
    lengths = (40, 60, 50, 33)
    sample(lengths).write(tmp_path / "s")
    taken = sum(path.stat().st_size for path in (tmp_path / "s").iterdir())
    assert taken <= estimated_bytes(Mask(), lengths, 6, "float32") <= 1.1 * taken
    check_space(tmp_path / "not" / "there", 1000)
    with pytest.raises(AttndslError, match=r"would take 1000000000000\.0 GB"):
        check_space(tmp_path, 10**21)


def test_a_bad_row_of_some_is_told_by_its_place_in_the_text() -> None:
    meta = StoreMeta("m", "", "", 1, 1, 1, "")
    rows = np.array([2, 5])
    patterns = np.full((1, 3 + 6), 1 / 3, dtype=np.float32)
    with pytest.raises(AttndslError, match=r"row 5 does not sum to 1 but to 2"):
        check_patterns(meta, 0, np.arange(8), patterns, rows)
