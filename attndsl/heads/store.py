"""The head store: attention patterns of every head on disk, written text by text, read mapped."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from attndsl.files.places import Place, place
from attndsl.heads.begun import begin, next_number, shard_name, take_up
from attndsl.heads.meta import META_FILE, StoreMeta, keys_hash, read_meta, text_key
from attndsl.heads.packing import row_starts
from attndsl.heads.shards import (
    INDEX_FILE,
    ShardLine,
    StoredText,
    check_size,
    check_sum,
    enter,
    open_shard,
    read_index,
    write_shard,
)
from attndsl.heads.sketch import Sketch
from attndsl.heads.validate import checked
from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import expect_kind, whole

SHARD_BYTES = 64_000_000
OPEN_SHARDS = 8


class StoreWriter:
    """Adds texts to a store; opening it again goes on where the last writer stopped.

    What a writer was killed over is lost from the last full shard on, never more. Shards that are
    torn are dropped and listed in `redone`; their texts are not in the writer and must be added.

        with StoreWriter(folder, meta) as writer:
            for number, (ids, text) in enumerate(texts):
                if number not in writer:
                    writer.add(number, ids, text, patterns)
    """

    def __init__(
        self, folder: Place | str, meta: StoreMeta, shard_bytes: int = SHARD_BYTES
    ) -> None:
        self.folder, self.meta, self.shard_bytes = place(folder), meta, shard_bytes
        self._lock = begin(self.folder, meta)
        self._done: dict[int, str] = {}
        self._pending: list[StoredText] = []
        self._pending_keys: list[str] = []
        self._pending_sources: list[int] = []
        self._pending_bytes = 0
        try:
            kept, self.redone = take_up(self.folder)
        except BaseException:
            self._lock.close()
            raise
        for line in kept:
            self._done.update(zip(line.numbers, line.keys, strict=True))
        self._next_shard = next_number(kept)

    def __contains__(self, number: int) -> bool:
        """Whether this text is stored or waits for the next shard."""
        return number in self._done

    def __len__(self) -> int:
        return len(self._done)

    def add(
        self,
        number: int,
        ids: Sequence[int],
        text: str,
        patterns: NDArray[np.floating],
        source: int | None = None,
        sketch: Sketch | None = None,
    ) -> None:
        """Check a text's patterns `[heads, cells]` and store them, once.

        With a sketch of all rows they are those of its rows alone.

        `source` numbers the text that this one is a passage of; passages of one are given with it.
        """
        if not 0 <= number < self.meta.texts:
            raise AttndslError(f"text {number} is none of the {self.meta.texts} of {self.folder}")
        if number in self._done:
            raise AttndslError(f"text {number} is in {self.folder} already")
        tokens = np.array(ids, dtype=np.int64)
        made = checked(self.meta, number, tokens, text, patterns, sketch)
        self._pending.append(made)
        self._pending_keys.append(text_key(ids, text))
        self._pending_sources.append(number if source is None else source)
        self._done[number] = self._pending_keys[-1]
        self._pending_bytes += made.patterns.nbytes
        if self._pending_bytes >= self.shard_bytes:
            self.flush()

    def flush(self) -> None:
        """Put what waits onto the disk; when this returns it is safe."""
        if self._pending:
            name = shard_name(self._next_shard)
            enter(self.folder, write_shard(
                self.folder, name, self._pending, self._pending_keys, self._pending_sources
            ))  # fmt: skip
            self._next_shard += 1
            self._pending, self._pending_keys, self._pending_bytes = [], [], 0
            self._pending_sources = []

    def close(self) -> None:
        """Flush, and where the store is full check that it holds the texts it was begun for."""
        try:
            self.flush()
            if len(self) == self.meta.texts:
                check_texts(self.folder, self.meta, self._done)
        finally:
            self._lock.close()

    def __enter__(self) -> "StoreWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def check_texts(folder: Place, meta: StoreMeta, keys: dict[int, str]) -> None:
    if keys_hash(keys[number] for number in range(meta.texts)) != meta.texts_hash:
        raise AttndslError(f"{folder} holds other texts than its {META_FILE} says; begin it anew")


class NoText(AttndslError, IndexError):
    """A text was asked for by a number that none has."""


def expect_store(given: object) -> None:
    """Refuse what is no opened store, such as its folder."""
    expect_kind(given, HeadStore, "head store", "attndsl.HeadStore.open(FOLDER) opens one")


class HeadStore:
    """A whole store, read: `store[i]` is text i with its memory-mapped patterns.

    Each shard is checked against its checksum when it is first read; `check()` reads them all.
    """

    def __init__(self, folder: Place, meta: StoreMeta, shards: tuple[ShardLine, ...]) -> None:
        self.folder, self.meta, self.shards = folder, meta, shards
        self._open: OrderedDict[str, dict[int, StoredText]] = OrderedDict()
        self._whole: set[str] = set()
        self._shard_of = {number: line for line in shards for number in line.numbers}
        self._length_of = {
            number: length
            for line in shards
            for number, length in zip(line.numbers, line.lengths, strict=True)
        }

    @classmethod
    def open(cls, folder: Place | str) -> "HeadStore":
        """A store that has all its texts and shards; an AttndslError naming what is missing."""
        folder = place(folder)
        meta = read_meta(folder)
        lines = read_index(folder)
        for line in lines:
            check_size(folder, line)
        numbers = sorted(number for line in lines for number in line.numbers)
        known = set(numbers)
        if len(known) < meta.texts:
            first = next(number for number in range(len(known) + 1) if number not in known)
            raise AttndslError(
                f"{folder} is cut short: {meta.texts - len(known)} of {meta.texts} texts are "
                f"missing, the first is text {first}; run the same capture again, it adds what is "
                "missing"
            )
        if numbers != list(range(meta.texts)):
            raise AttndslError(f"{folder / INDEX_FILE} names a text twice or one that can't be")
        keys = {n: k for line in lines for n, k in zip(line.numbers, line.keys, strict=True)}
        check_texts(folder, meta, keys)
        return cls(folder, meta, tuple(lines))

    def named(self, model: str) -> "HeadStore":
        """The same heads with another name for their model: `capture` keeps where it lies."""
        return HeadStore(self.folder, replace(self.meta, model=model), self.shards)

    def __repr__(self) -> str:
        return (
            f"<head store {self.folder}: {self.meta.layers} layers x {self.meta.heads} heads of "
            f"{self.meta.model} on {len(self)} texts>"
        )

    def _repr_html_(self) -> str:
        """For notebooks: what it holds, and how long the texts are."""
        tokens = sum(self._length_of.values())
        rows = (("model", self.meta.model), ("hash", self.meta.model_hash),
                ("layers x heads", f"{self.meta.layers} x {self.meta.heads}"),
                ("texts", f"{len(self)} of {tokens} tokens in all"), ("mask", self.meta.mask.kind),
                ("kept as", self.meta.dtype))  # fmt: skip
        return "<table>" + "".join(
            f"<tr><td>{name}</td><td>{escape(value)}</td></tr>" for name, value in rows
        ) + "</table>"  # fmt: skip

    def __len__(self) -> int:
        return self.meta.texts

    def __getitem__(self, number: int) -> StoredText:
        if not 0 <= whole(number, "text's number") < len(self):
            raise NoText(f"there is no text {number}: {self.folder} has texts 0 to {len(self) - 1}")
        line = self._shard_of[number]
        if line.file not in self._open:
            if line.file not in self._whole:
                check_sum(self.folder, line)
                self._whole.add(line.file)
            self._open[line.file] = self._fitting(line)
            if len(self._open) > OPEN_SHARDS:
                self._open.popitem(last=False)
        self._open.move_to_end(line.file)
        return self._open[line.file][number]

    def _fitting(self, line: ShardLine) -> dict[int, StoredText]:
        """The texts of a shard, if they are of the sizes that the store says."""
        texts = open_shard(self.folder, line)
        for number, text in texts.items():
            cells = int(row_starts(self.meta.mask, text.length, text.rows)[-1])
            wanted = self.meta.total_heads, cells
            given = text.patterns.shape, text.patterns.dtype, text.length
            if given != (wanted, np.dtype(self.meta.dtype), self._length_of[number]):
                raise AttndslError(
                    f"{self.folder / line.file} doesn't fit its store: text {number} has "
                    f"{text.length} tokens and {text.patterns.dtype} patterns "
                    f"{list(text.patterns.shape)}"
                )
        return texts

    def __iter__(self) -> Iterator[StoredText]:
        return (self[number] for number in range(len(self)))

    def by_shard(self, numbers: Iterable[int]) -> list[int]:
        """The same texts in the order in which they are on disk, so each shard is opened once."""
        place = {number: at for at, number in enumerate(self._shard_of)}
        return sorted(numbers, key=lambda number: place[number])

    def cells(self, number: int) -> int:
        """How many cells of a text lie here, at most."""
        return self.meta.most_cells(self.length(number))

    def length(self, number: int) -> int:
        """How many tokens a text has, without opening its shard."""
        return self._length_of[number]

    def check(self) -> None:
        """Read every byte; TornShard names a shard that changed."""
        for line in self.shards:
            check_sum(self.folder, line)

    def expect(self, model_hash: str | None = None, tokenizer: str | None = None) -> None:
        """Refuse a store of another model or tokenizer than the one at hand."""
        for what, wanted in (("model_hash", model_hash), ("tokenizer", tokenizer)):
            own = getattr(self.meta, what)
            if what == "tokenizer" and own and wanted == "":
                raise AttndslError(
                    f"{self.folder} was captured with a vocabulary, which stands for the tokenizer "
                    "that the model lacks: name the file again, --vocabulary FILE"
                )
            if wanted is not None and wanted != own:
                raise AttndslError(
                    f"{self.folder} is of the model {self.meta.model}: its {what} is {own}, "
                    f"this one's is {wanted}. Capture the heads of this model"
                )
