"""One shard of a head store: a safetensors file that is whole or isn't there, and its index line.

The index (`shards.jsonl`) has a line a shard with its size and SHA-256. A shard is written under
another name, synced, renamed, and only then entered: one without a line is unfinished work.
"""

import hashlib
import json
import mmap
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attndsl.files.cache import local_copy, sum_of
from attndsl.files.journal import (
    Line,
    append,
    drop_parts,
    read_lines,
    read_own_lines,
    write_part,
)
from attndsl.files.places import Place, size
from attndsl.files.reading import expect, many, number, one_of, optional, record, text, whole
from attndsl.files.whole import replacing, sync_folder, write_text
from attndsl.heads.packing import Rows
from attndsl.heads.sketch import Sketch, check_sketch
from attndsl.language.diagnostics import AttndslError

INDEX_FILE = "shards.jsonl"
_NAMES = {"float16": "F16", "float32": "F32", "int64": "I64", "uint16": "U16", "uint8": "U8"}
SKETCH = tuple(one.name for one in fields(Sketch))
_DTYPES = {short: np.dtype(name).newbyteorder("<") for name, short in _NAMES.items()}


@dataclass(frozen=True, slots=True)
class StoredText:
    """One text with the patterns of every head, `[heads, cells]`, as the shard has them.

    Of a text with a sketch they are of some rows alone.
    """

    number: int
    ids: NDArray[np.int64]
    text: str
    patterns: NDArray[np.floating]
    row_error: float = 0.0
    sketch: Sketch | None = None

    @property
    def rows(self) -> Rows | None:
        """The rows that `patterns` has, where it hasn't all."""
        return None if self.sketch is None else self.sketch.rows

    @property
    def length(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class ShardLine:
    """One line of the index: the file, the texts in it, and how to tell that it is whole."""

    file: str
    numbers: tuple[int, ...]
    lengths: tuple[int, ...]
    keys: tuple[str, ...]
    bytes: int
    sha256: str
    sources: tuple[int, ...] = ()  # of which text each is a passage; without it each is a whole one


class TornShard(AttndslError):
    """A shard that is cut short, changed or gone."""


def write_shard(
    folder: Place,
    file: str,
    texts: Sequence[StoredText],
    keys: Sequence[str],
    sources: Sequence[int] = (),
) -> ShardLine:
    """Write, sync, rename; gives the line that is to be entered in the index."""
    tensors: dict[str, NDArray[Any]] = {}
    for each in texts:
        tensors[f"patterns.{each.number}"] = each.patterns
        tensors[f"ids.{each.number}"] = each.ids
        if each.sketch is not None:
            for name in SKETCH:
                tensors[f"{name}.{each.number}"] = getattr(each.sketch, name)
    about = [
        {"number": text.number, "text": text.text, "row_error": text.row_error} for text in texts
    ]
    digest, written = hashlib.sha256(), 0
    with replacing(folder / file) as out:
        for part in _safetensors(tensors, {"texts": json.dumps(about)}):
            out.write(part)
            digest.update(part)
            written += part.nbytes
    numbers = tuple(text.number for text in texts)
    lengths = tuple(text.length for text in texts)
    return ShardLine(
        file, numbers, lengths, tuple(keys), written, digest.hexdigest(), tuple(sources)
    )


def enter(folder: Place, line: ShardLine) -> None:
    """Enter a shard in the index."""
    append(folder / INDEX_FILE, asdict(line))
    sync_folder(folder)


def enter_part(folder: Place, number: int, line: ShardLine) -> None:
    """Enter a shard in a part of the index, beside others that are written at the same time."""
    write_part(folder / INDEX_FILE, number, asdict(line))


def _safetensors(tensors: dict[str, NDArray[Any]], metadata: dict[str, str]) -> list[memoryview]:
    """The parts of a safetensors file: header, then the tensors, widest type first (aligned)."""
    ordered = sorted(tensors.items(), key=lambda item: -item[1].itemsize)
    header: dict[str, object] = {"__metadata__": metadata}
    parts, offset = [], 0
    for name, tensor in ordered:
        little = np.ascontiguousarray(tensor, dtype=_DTYPES[_NAMES[tensor.dtype.name]])
        header[name] = {
            "dtype": _NAMES[tensor.dtype.name],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + little.nbytes],
        }
        offset += little.nbytes
        if little.nbytes:
            parts.append(little.reshape(-1).view(np.uint8).data)
    text = json.dumps(header).encode("ascii")
    text += b" " * (-len(text) % 8)
    return [memoryview(len(text).to_bytes(8, "little") + text), *parts]


def read_index(folder: Place) -> list[ShardLine]:
    """All whole lines of the index. A line cut off at the end was never finished: left out."""
    return _checked(folder / INDEX_FILE, read_lines(folder / INDEX_FILE))


def read_own_index(folder: Place) -> list[ShardLine]:
    """The same without what is in the index's parts."""
    return _checked(folder / INDEX_FILE, read_own_lines(folder / INDEX_FILE))


def line_of(fields: Line, where: str) -> ShardLine:
    """A line of an index from its JSON."""
    expect(fields, _LINE, where)
    numbers, lengths, keys = (tuple(fields[key]) for key in _LISTS)
    sources = tuple(fields.get("sources") or ())
    line = ShardLine(
        fields["file"], numbers, lengths, keys, fields["bytes"], fields["sha256"], sources
    )
    if not len(numbers) == len(lengths) == len(keys) == len(sources or keys):
        raise AttndslError(f"{where}: its lists are of different lengths")
    return line


def _checked(path: Place, given: Sequence[Line | None]) -> list[ShardLine]:
    lines: dict[str, ShardLine] = {}
    for at, entry in enumerate(given, 1):
        where = f"{path}, line {at}: not a line of a shard index"
        if entry is None:
            raise AttndslError(f"{where}: it was damaged or changed since it was written")
        line = line_of(entry, where)
        lines[line.file] = line  # one that was entered twice is the same
    return list(lines.values())


_LISTS = ("numbers", "lengths", "keys")
_LINE = record({
    # Never another folder's file: a name with a path in it is no shard of ours.
    "file": text(r"shard-\d{6,9}\.safetensors", "the name of a shard"),
    "numbers": many(whole()), "lengths": many(whole()), "keys": many(text()),
    "sources": optional(many(whole())), "bytes": whole(), "sha256": text(),
})  # fmt: skip


def write_index(folder: Place, lines: Sequence[ShardLine]) -> None:
    """Replace the whole index in one step; its parts are in it then."""
    write_text(folder / INDEX_FILE, "".join(json.dumps(asdict(line)) + "\n" for line in lines))
    drop_parts(folder / INDEX_FILE)


def check_size(folder: Place, line: ShardLine) -> None:
    """The cheap test: the shard is there and has its full length."""
    path = folder / line.file
    own = size(path)
    if own is None:
        raise TornShard(f"{path} is missing; {_REDO}")
    if own != line.bytes:
        raise TornShard(f"{path} has {own} bytes instead of {line.bytes}; {_REDO}")


def check_sum(folder: Place, line: ShardLine) -> None:
    """The full test: every byte is as it was written."""
    check_size(folder, line)
    if sum_of(local_copy(folder / line.file, line.sha256)) != line.sha256:
        raise TornShard(f"{folder / line.file} was changed since it was written; {_REDO}")


_REDO = "run the same capture again, it redoes what is torn and keeps the rest"


def open_shard(folder: Place, line: ShardLine) -> dict[int, StoredText]:
    """The texts of a shard that was checked, by number, memory-mapped."""
    path = folder / line.file
    try:
        with local_copy(path, line.sha256).open("rb") as file:
            view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        width = int.from_bytes(view[:8], "little")
        header = json.loads(bytes(view[8 : 8 + width]))
        body = view[8 + width :]
        expect(header, _HEADER, str(path))
        about = json.loads(header["__metadata__"]["texts"])
        expect(about, many(_ABOUT), f"{path}, texts")
        texts = {each["number"]: _text(header, body, each) for each in about}
    except (OSError, ValueError, KeyError, RecursionError) as fault:
        raise AttndslError(f"{path} is no shard of a head store: {fault}") from None
    if sorted(texts) != sorted(line.numbers):
        raise AttndslError(f"{path} holds other texts than {INDEX_FILE} says")
    return texts


_HEADER = record({"__metadata__": record({"texts": text()})})
_ABOUT = record({"number": whole(), "text": text(), "row_error": number()})
_TENSOR = record({
    "dtype": one_of(*_DTYPES), "shape": many(whole()), "data_offsets": many(whole()),
})  # fmt: skip


def _text(header: dict[str, Any], body: memoryview, about: dict[str, Any]) -> StoredText:
    at = about["number"]
    ids, patterns = _tensor(header, body, f"ids.{at}"), _tensor(header, body, f"patterns.{at}")
    if ids.dtype.kind != "i" or ids.ndim != 1 or patterns.dtype.kind != "f" or patterns.ndim != 2:
        raise ValueError(f"text {at} has no row of ids and table of patterns")
    if len(ids) and ids.min() < 0:
        raise ValueError(f"text {at} holds the id {ids.min()}")
    sketch = None
    if f"{SKETCH[0]}.{at}" in header:
        sketch = Sketch(*(_tensor(header, body, f"{name}.{at}") for name in SKETCH))
        check_sketch(sketch, len(ids), len(patterns))
    return StoredText(at, ids, about["text"], patterns, float(about["row_error"]), sketch)


def _tensor(header: dict[str, Any], body: memoryview, name: str) -> NDArray[Any]:
    """A ValueError, by numpy or by us, where the entry doesn't fit the bytes."""
    entry = header[name]
    expect(entry, _TENSOR, name)
    start, stop = entry["data_offsets"]
    flat = np.frombuffer(body[start:stop], dtype=_DTYPES[entry["dtype"]])
    return flat.reshape(entry["shape"])
