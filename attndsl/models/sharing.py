"""Capturing by many workers: a rank takes some batches of texts and writes a shard of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from attndsl.executors.shared import Shared, begun, shared_out
from attndsl.executors.task import Executor, Part, Tell
from attndsl.files.places import Place, place
from attndsl.heads.begun import begin, forget, next_number, shard_name, whole_ones
from attndsl.heads.meta import (
    FORMAT,
    META_FILE,
    StoreMeta,
    check_space,
    estimated_bytes,
    meta_of,
    text_key,
)
from attndsl.heads.shards import (
    ShardLine,
    StoredText,
    enter_part,
    line_of,
    read_own_index,
    write_index,
    write_shard,
)
from attndsl.heads.store import check_texts
from attndsl.heads.validate import checked
from attndsl.language.diagnostics import AttndslError
from attndsl.models.capture import (
    BATCH_TOKENS,
    CaptureReport,
    Progress,
    batches,
    describe_store,
    missing_bytes,
    recorded,
)
from attndsl.models.held import Named, Workers, held
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage

RANK_TOKENS = 4 * BATCH_TOKENS  # so that a rank takes seconds, and a kill costs no more
RANK_BYTES = 64_000_000


@dataclass(frozen=True)
class Capture:
    """The heads of a model on passages `(ids, text, source)`; what a rank takes hangs on these
    alone. Those whose numbers are `there` are in the store already."""

    kind: ClassVar[str] = "capture"
    model: Named
    folder: str
    meta: StoreMeta
    passages: tuple[tuple[list[int], str, int], ...]
    batch_tokens: int
    rank_tokens: int
    first: int  # number of the first shard
    there: tuple[int, ...] = ()

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Capture:
        return cls(**{
            **fields, "model": Named.from_json(fields["model"]),
            "meta": meta_of({"format": FORMAT, **fields["meta"]}, "a task"),
            "passages": tuple(map(tuple, fields["passages"])), "there": tuple(fields["there"]),
        })  # fmt: skip

    @property
    def world(self) -> int:
        return len(self.cuts)

    @cached_property
    def pieces(self) -> list[Passage]:
        return [
            Passage(np.array(ids, dtype=np.int64), text, source, 0)
            for ids, text, source in self.passages
        ]

    @cached_property
    def cuts(self) -> list[list[tuple[int, ...]]]:
        """The batches of each rank."""
        meta, lengths = self.meta, [len(ids) for ids, *_ in self.passages]
        pieces = self.pieces
        cuts: list[list[tuple[int, ...]]] = []
        tokens = taken = 0
        for batch in batches(range(len(pieces)), pieces, self.batch_tokens):
            own = [lengths[number] for number in batch]
            more = sum(own)
            size = estimated_bytes(meta.mask, own, meta.total_heads, meta.dtype, meta.sketched)
            if not cuts or tokens + more > self.rank_tokens or taken + size > RANK_BYTES:
                cuts.append([])
                tokens = taken = 0
            cuts[-1].append(batch)
            tokens, taken = tokens + more, taken + size
        return cuts

    def part(self, rank: int, world: int) -> Part:
        """Capture, write the shard, and enter it in a part of the store's index."""
        meta, folder = self.meta, place(self.folder)
        known = set(self.there)
        halved: list[str] = []
        texts: list[StoredText] = []
        pieces = self.pieces
        for batch in self.cuts[rank]:
            wanted = [number for number in batch if number not in known]
            made = recorded(
                held(self.model), meta, wanted, pieces, self.batch_tokens, halved.append
            )
            texts += [
                checked(meta, number, pieces[number].ids, pieces[number].text, one.patterns,
                        one.sketch)
                for number, one in made
            ]  # fmt: skip
        if not texts:
            return {"line": None, "halved": halved}
        keys = [text_key(one.ids.tolist(), one.text) for one in texts]
        sources = [self.passages[one.number][2] for one in texts]
        line = write_shard(folder, shard_name(self.first + rank), texts, keys, sources)
        enter_part(folder, rank, line)
        return {"line": asdict(line), "halved": halved}


def capture_shared(
    loaded: LoadedModel,
    workers: Workers,
    pieces: Sequence[Passage],
    folder: Place | str,
    *,
    dtype: Literal["float16", "float32"] = "float16",
    notes: tuple[str, ...] = (),
    batch_tokens: int = BATCH_TOKENS,
    progress: Callable[[Progress], None] | None = None,
    sketch: bool = False,
) -> CaptureReport:
    """`capture_passages` by an executor's workers: the same maps, bit for bit, in other shards."""
    start, where = time.perf_counter(), place(folder)
    meta = describe_store(loaded, pieces, dtype, sketch)
    missing = missing_bytes(where, meta, pieces)
    check_space(where, missing)
    before = (where / META_FILE).exists()
    lock = begin(where, meta)
    try:
        base, torn = whole_ones(where, read_own_index(where))
        if torn:
            write_index(where, base)
        there = tuple(sorted(number for line in base for number in line.numbers))
        task = Capture(
            workers.model, str(where), meta,
            tuple((one.ids.tolist(), one.text, one.source) for one in pieces),
            batch_tokens, RANK_TOKENS, next_number(base), there,
        )  # fmt: skip
        lines: list[ShardLine] = []
        halved: list[str] = []
        if len(there) < len(pieces):  # else nobody is asked
            lines, halved = finished(
                task, where, workers.executor, base, texts_done(task, missing, progress)
            )
    except AttndslError:
        if not before:
            with suppress(OSError):  # told is what stopped it, not this
                forget(where)
        raise
    finally:
        lock.close()
    taken = sum(len(line.numbers) for line in lines)
    tokens = sum(sum(line.lengths) for line in lines)
    notes = (*notes, *torn, *dict.fromkeys(halved))
    seconds = time.perf_counter() - start
    return CaptureReport(where, meta, taken, len(there), tokens, seconds, notes)


def finished(
    task: Capture, folder: Place, executor: Executor, base: Sequence[ShardLine], tell: Tell
) -> tuple[list[ShardLine], list[str]]:
    """The lines of the ranks' shards, entered in the index behind those that were there."""
    forget_torn(begun(task, folder), folder)
    with shared_out(task, folder, executor, tell) as parts:
        said = [part for part in parts if part is not None]
        lines = [line_of(part["line"], str(folder)) for part in said if part["line"]]
        every = [*base, *lines]
        keys = {n: key for line in every for n, key in zip(line.numbers, line.keys, strict=True)}
        check_texts(folder, task.meta, keys)
        write_index(folder, every)
    return lines, [note for part in said for note in part["halved"]]


def forget_torn(work: Shared, folder: Place) -> None:
    """Take back the receipts of ranks whose shards are not whole any more."""
    for rank in set(range(work.world)) - set(work.missing()):
        part = work.part(rank)
        if part and part["line"] and not whole_ones(folder, [line_of(part["line"], "")])[0]:
            work.take_back(rank)


def texts_done(
    task: Capture, missing: int, progress: Callable[[Progress], None] | None
) -> Callable[[int, int], None]:
    """Ranks that are done, told as so many texts and tokens."""
    texts, world = len(task.passages), task.world
    tokens = sum(len(ids) for ids, *_ in task.passages)

    def tell(done: int, of: int) -> None:
        if progress is not None:
            progress(Progress(texts * done // world, texts, tokens * done // world, missing))

    tell(0, world)
    return tell
