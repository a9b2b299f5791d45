"""Published Python programs, run apart on the same texts, their patterns kept on disk.

Each runs in a process of its own, without network and within limits of time and memory, as
`attndsl port --against` runs it; nothing of a file is imported here. What the files leave out or
align wrongly is ours: one word a piece, the language's similarity. A program that fails on a text
is left out, and counted.
"""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from attndsl.authoring.porting.against import Allowed, answers, as_told, stochastic
from attndsl.authoring.porting.port import given_names
from attndsl.authoring.porting.reading import read_module
from attndsl.files.whole import write_json
from attndsl.fit.places import special_ids
from attndsl.heads.packing import cells_within, pack, row_starts
from attndsl.heads.shards import StoredText
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.models.loading import LoadedModel
from attndsl.tokens.tokenizer import from_ids

PLACE = re.compile(r"L(\d+)_?H(\d+)(?!\d)")  # of the head that a program was written for
ANSWER = 6_000_000  # letters that one answer may have; the process refuses more than 10 million
WEIGHT = 22  # letters of a weight in it
F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Foreign:
    """One program of a file; `number` tells functions of one name apart."""

    file: str
    name: str
    number: int

    @property
    def place(self) -> tuple[int, int] | None:
        """The layer and head that it was written for, by its name."""
        found = PLACE.findall(self.name)
        return (int(found[-1][0]), int(found[-1][1])) if found else None


class Text(Protocol):
    """What programs are run on: a text of a store, or one that was noted."""

    @property
    def ids(self) -> Any: ...

    @property
    def text(self) -> str: ...

    @property
    def length(self) -> int: ...


@dataclass(frozen=True, eq=False)
class Kept:
    """Programs whose patterns lie in a folder, a file a text: a source like the engine's own."""

    folder: Path
    programs: tuple[Foreign, ...]
    rows: tuple[int, ...]  # each program's row in the files
    mask: Mask
    special: frozenset[int] = frozenset()
    outer: Mask | None = None  # the mask of the files, where it is another one

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{one.file}:{one.name}" for one in self.programs)

    @property
    def sizes(self) -> Sequence[int]:
        return ()

    @property
    def lengths(self) -> Sequence[float]:
        return ()

    def patterns(self, texts: Sequence[StoredText]) -> list[F32]:
        return [self.of(text.ids) for text in texts]

    def of(self, ids: NDArray[np.integer[Any]]) -> F32:
        """The packed patterns of a text, `[programs, cells]`."""
        with np.load(self.folder / f"{key_of(ids)}.npz") as kept:
            found: F32 = kept["patterns"][list(self.rows)].astype(np.float32)
        if self.outer is None:
            return found
        within = found[:, cells_within(self.outer, self.mask, len(ids))]
        return normalised(within, self.mask, len(ids))

    def part(self, first: int, stop: int) -> "Kept":
        some = slice(first, stop)
        return replace(self, programs=self.programs[some], rows=self.rows[some])

    def under(self, mask: Mask) -> "Kept":
        return replace(self, mask=mask, outer=self.outer or self.mask)

    def only(self, numbers: Collection[int]) -> "Kept":
        """Some of the programs."""
        kept = sorted(numbers)
        return replace(self, programs=tuple(self.programs[n] for n in kept),
                       rows=tuple(self.rows[n] for n in kept))  # fmt: skip


def normalised(packed: F32, mask: Mask, length: int) -> F32:
    """Rows that sum to 1; those without weight fall to their first key."""
    starts = row_starts(mask, length)
    sums = np.add.reduceat(packed, starts[:-1], axis=1)
    empty = sums < 1e-12
    found = packed / np.repeat(np.where(empty, 1, sums), np.diff(starts), axis=1)
    for program, row in zip(*np.nonzero(empty), strict=True):
        found[program, starts[row]] = 1
    return np.asarray(found, dtype=np.float32)


def key_of(ids: NDArray[np.integer[Any]]) -> str:
    return hashlib.sha256(np.asarray(ids, dtype=np.int64).tobytes()).hexdigest()[:16]


def read_programs(folder: Path) -> tuple[tuple[Foreign, ...], dict[str, str]]:
    """The programs of a folder's `.py` files, read by their syntax tree, and the files' text."""
    files = sorted(folder.glob("*_programs.py")) or sorted(folder.glob("*.py"))
    if not files:
        raise AttndslError(f"{folder} holds no .py files of programs")
    found: list[Foreign] = []
    sources: dict[str, str] = {}
    for file in files:
        module = read_module(file.read_bytes(), str(file))
        sources[file.stem] = file.read_text(encoding="utf-8", errors="replace")
        found += [Foreign(file.stem, one.name, one.number) for one in module.programs]
    return tuple(found), sources


def run_apart(
    loaded: LoadedModel, folder: Path, programs: Path, texts: Sequence[Text], mask: Mask,
    allowed: Allowed, wanted: Callable[[int, Foreign], bool] = lambda *_: True,
) -> tuple[Kept, dict[str, str]]:  # fmt: skip
    """Patterns of all programs, or those wanted, on some texts, and why some were left out.

    Text by text they are kept, so that what was stopped goes on.
    """
    every, sources = read_programs(programs)
    found = tuple(one for number, one in enumerate(every) if wanted(number, one))
    said = hashlib.sha256(json.dumps([sources, [str(one) for one in found]]).encode())
    folder = folder / said.hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    failed = _read_failed(folder)
    waiting = [text for text in texts if not (folder / f"{key_of(text.ids)}.npz").exists()]
    done = 0
    for batch in _batches(waiting):
        shapes = [np.full((len(found), mask.cells(text.length)), np.nan, np.float32)
                  for text in batch]  # fmt: skip
        for file, source in sources.items():
            mine = [number for number, one in enumerate(found) if one.file == file
                    and str(number) not in failed]  # fmt: skip
            for number, matrices in _answers(loaded, source, found, mine, batch, allowed):
                fault = next((one for one in matrices if isinstance(one, str)), None)
                if fault is not None:
                    failed[str(number)] = fault
                    continue
                for shape, matrix in zip(shapes, matrices, strict=True):
                    square = stochastic(np.asarray(matrix, float), mask.kind != "full")
                    shape[number] = pack(square, mask)
        write_json(folder / "failed.json", failed)
        for text, shape in zip(batch, shapes, strict=True):
            part = folder / f"{key_of(text.ids)}.part.npz"
            np.savez_compressed(part, patterns=shape.astype(np.float16))
            part.replace(part.with_name(f"{key_of(text.ids)}.npz"))
        done += len(batch)
        print(f"published programs: {done} of {len(waiting)} texts", file=sys.stderr, flush=True)
    # A failure on any text leaves a program out, those that were run before it too.
    rows = tuple(number for number in range(len(found)) if str(number) not in failed)
    if not rows:
        raise AttndslError(f"none of the {len(found)} programs of {programs} runs on these texts")
    some = tuple(found[number] for number in rows)
    kept = Kept(folder, some, rows, mask, special_ids(loaded.table))
    return kept, {f"{found[int(n)].file}:{found[int(n)].name}": why for n, why in failed.items()}


def _answers(
    loaded: LoadedModel, source: str, found: Sequence[Foreign], mine: Sequence[int],
    texts: Sequence[Text], allowed: Allowed,
) -> Iterator[tuple[int, list[Any]]]:  # fmt: skip
    """Each program's matrices, or what it failed with; one that ends its process is left out."""
    choices = given_names({})
    encoded = [from_ids(loaded.table, text.ids, text.text) for text in texts]
    told = [as_told(text, choices, "spacy" in source) for text in encoded]
    left = {(found[number].name, found[number].number): number for number in mine}
    while left:
        for answer in answers(source, list(left), told, allowed):
            yield left.pop((answer["name"], answer["number"])), answer["found"]
        if left:
            first = next(iter(left))
            yield left.pop(first), ["it ended the process, or its answer was too long"]


def _batches(texts: Sequence[Text]) -> Iterator[list[Text]]:
    """Texts whose answers together are short enough to be told."""
    batch: list[Text] = []
    letters = 0
    for text in texts:
        size = WEIGHT * text.length**2
        if batch and letters + size > ANSWER:
            yield batch
            batch, letters = [], 0
        batch.append(text)
        letters += size
    if batch:
        yield batch


def _read_failed(folder: Path) -> dict[str, str]:
    path = folder / "failed.json"
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found
