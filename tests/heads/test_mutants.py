"""Well-formed but wrong store files: each ends in an AttndslError or makes no difference."""

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from attndsl.fit.split import kept_split, split_texts
from attndsl.heads.shards import ShardLine
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.diagnostics import AttndslError
from tests.mutants import changed


def change_line(folder: Path, draw: random.Random) -> None:
    path = folder / "shards.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        line.pop("crc", None)  # or nothing would get past the checksum
    lines = changed(lines, draw)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def change_meta(folder: Path, draw: random.Random) -> None:
    path = folder / "meta.json"
    path.write_text(json.dumps(changed(json.loads(path.read_text()), draw)))


def change_split(folder: Path, draw: random.Random) -> None:
    sides = {"selection": [0, 1], "report": [3, 4]}
    (folder / "split.json").write_text(json.dumps(changed(sides, draw)))


def change_header(folder: Path, draw: random.Random) -> None:
    """A shard's header, its checksum and size in the index made to match."""
    shard = draw.choice(sorted(folder.glob("shard-*")))
    data = shard.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    if draw.random() < 0.3:
        texts = changed(json.loads(header["__metadata__"]["texts"]), draw)
        header["__metadata__"]["texts"] = json.dumps(texts)
    else:
        header = changed(header, draw)
    text = json.dumps(header).encode()
    length = len(text) if draw.random() < 0.9 else draw.choice((0, 2**40, 2**63, size // 2))
    shard.write_bytes(length.to_bytes(8, "little") + text + data[8 + size :])
    path = folder / "shards.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        line.pop("crc", None)
        if line["file"] == shard.name:
            line["bytes"] = shard.stat().st_size
            line["sha256"] = hashlib.sha256(shard.read_bytes()).hexdigest()
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def flip_bits(folder: Path, draw: random.Random) -> None:
    path = draw.choice(sorted(path for path in folder.iterdir() if path.name != "lock"))
    data = bytearray(path.read_bytes())
    for _ in range(draw.choice((1, 1, 5))):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    path.write_bytes(data)


def use(folder: Path, made: Any) -> None:
    """All that a reader and a writer do."""
    store = HeadStore.open(folder)
    store.check()
    for text in store:
        assert text.patterns.shape == (6, store.meta.mask.cells(text.length))
        assert store.length(text.number) == text.length
    store.meta.groups([store.length(number) for number in range(len(store))])
    kept_split(store) or split_texts(store)


def resume(folder: Path, made: Any) -> None:
    with StoreWriter(folder, made.meta) as writer:
        for number, (ids, text) in enumerate(made.texts):
            if number not in writer:
                writer.add(number, ids, text, made.patterns[number])


KINDS = (change_line, change_meta, change_split, change_header, flip_bits)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_mutant_ends_in_words(sample: Callable, tmp_path: Path, kind: Any) -> None:
    made, draw = sample((5, 1, 0, 12, 7)), random.Random(5)
    made.write(tmp_path / "s", shard_bytes=300)
    whole = {path.name: path.read_bytes() for path in (tmp_path / "s").iterdir()}
    said: list[str] = []
    for _ in range(120):
        for path in (tmp_path / "s").iterdir():
            if path.name not in whole or path.is_symlink():
                path.unlink()
        for name, data in whole.items():
            (tmp_path / "s" / name).write_bytes(data)
        kind(tmp_path / "s", draw)
        for job in (use, resume):
            try:
                job(tmp_path / "s", made)
            except AttndslError as fault:
                said.append(str(fault))
    assert len(said) > 50
    assert [each for each in said if not each.isprintable()] == []


@pytest.mark.parametrize("name", ["../out.safetensors", "/etc/passwd", "meta.json", "a/b"])
def test_a_line_names_no_file_elsewhere(sample: Callable, tmp_path: Path, name: str) -> None:
    sample().write(tmp_path / "s")
    path = tmp_path / "s" / "shards.jsonl"
    line = json.loads(path.read_text()) | {"file": name}
    del line["crc"]
    path.write_text(json.dumps(line) + "\n")
    with pytest.raises(AttndslError, match=r"file is .*, not the name of a shard"):
        HeadStore.open(tmp_path / "s")
    assert ShardLine.__slots__  # the line itself is plain data


def test_a_store_may_be_linked_and_a_loop_is_told(sample: Callable, tmp_path: Path) -> None:
    made = sample()
    made.write(tmp_path / "s")
    (tmp_path / "link").symlink_to(tmp_path / "s")
    use(tmp_path / "link", made)
    (tmp_path / "s" / "meta.json").unlink()
    (tmp_path / "s" / "meta.json").symlink_to("meta.json")
    with pytest.raises(AttndslError, match=r"meta\.json can't be read"):
        HeadStore.open(tmp_path / "s")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for job in (use, resume):
        with pytest.raises(AttndslError):
            job(tmp_path / "loop", made)
