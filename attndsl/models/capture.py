"""Capturing the attention of every head, text by text, to a head store on disk."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.engines.memory import in_halves
from attndsl.files.places import Place, place, size
from attndsl.fit.places import resting_keys, special_ids
from attndsl.heads.meta import StoreMeta, check_space, estimated_bytes, texts_hash
from attndsl.heads.shards import read_index
from attndsl.heads.sketch import WHOLE, Sketch
from attndsl.heads.store import StoreWriter
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, Mask
from attndsl.models.bare import expect_loaded
from attndsl.models.held import Workers
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage, expect_words, passages
from attndsl.models.recorder import Recorder
from attndsl.models.replay import replay
from attndsl.models.sketching import sketched

BATCH_TOKENS = 512  # tokens a pass; more only costs memory on a CPU
WINDOW = 64  # so many texts are looked at to find some of like length
FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a capture is in texts, and the tokens read since it began or went on.

    The first comes before any text is read; `bytes_to_write` is what was estimated then.
    """

    done: int
    total: int
    tokens: int
    bytes_to_write: int


@dataclass(frozen=True, slots=True, repr=False)
class CaptureReport:
    """What a capture did; `notes` are sentences for the user."""

    folder: Place
    meta: StoreMeta
    taken: int
    kept: int
    tokens: int
    seconds: float
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        kept = f", {self.kept} were there before" if self.kept else ""
        return (
            f"<captured {self.taken} texts of {self.meta.layers} layers x {self.meta.heads} heads "
            f"to {self.folder}{kept}, {self.tokens} tokens in {self.seconds:.1f} s>"
        )

    def _repr_html_(self) -> str:
        """For notebooks: the line, and the notes."""
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        return f"<p>{escape(repr(self)[1:-1])}</p>" + (f"<ul>{notes}</ul>" if notes else "")


def capture(
    loaded: LoadedModel,
    texts: Sequence[str],
    folder: Place | str,
    *,
    dtype: Literal["float16", "float32"] = "float16",
    longest: int | None = None,
    stride: int | None = None,
    batch_tokens: int = BATCH_TOKENS,
    progress: Callable[[Progress], None] | None = None,
    workers: Workers | None = None,
    sketch: bool = False,
) -> CaptureReport:
    """Write the attention of all heads for `texts` to the store `folder`, or go on with it.

    Texts longer than `longest` (or the model's context) are split into pieces that begin
    `stride` tokens apart. By `workers` they are shared out. With `sketch` those longer than
    `heads.sketch.WHOLE` tokens are kept as a sketch of all rows and some rows whole.
    """
    expect_loaded(loaded)
    texts = expect_words(texts)
    pieces, notes = passages(loaded, texts, longest, stride)
    return capture_passages(
        loaded, pieces, folder, dtype=dtype, notes=notes, batch_tokens=batch_tokens,
        progress=progress, workers=workers, sketch=sketch,
    )  # fmt: skip


def capture_passages(
    loaded: LoadedModel,
    pieces: Sequence[Passage],
    folder: Place | str,
    *,
    dtype: Literal["float16", "float32"] = "float16",
    notes: tuple[str, ...] = (),
    batch_tokens: int = BATCH_TOKENS,
    progress: Callable[[Progress], None] | None = None,
    workers: Workers | None = None,
    sketch: bool = False,
) -> CaptureReport:
    """The same for texts that are read and split already."""
    if workers is not None:
        from attndsl.models.sharing import capture_shared

        return capture_shared(
            loaded, workers, pieces, folder, dtype=dtype, notes=notes, batch_tokens=batch_tokens,
            progress=progress, sketch=sketch,
        )  # fmt: skip
    meta = describe_store(loaded, pieces, dtype, sketch)
    where = place(folder)
    missing = missing_bytes(where, meta, pieces)
    check_space(where, missing)
    start, taken, tokens = time.perf_counter(), 0, 0
    halved: list[str] = []
    with disk_errors(where, meta), StoreWriter(where, meta) as writer:
        kept = len(writer)
        notes = (*notes, *writer.redone)
        wanted = [number for number in range(len(pieces)) if number not in writer]
        tell = progress or (lambda now: None)
        tell(Progress(kept, len(pieces), 0, missing))
        for number, made in recorded(loaded, meta, wanted, pieces, batch_tokens, halved.append):
            passage = pieces[number]
            writer.add(
                number, passage.ids.tolist(), passage.text, made.patterns, passage.source,
                made.sketch,
            )  # fmt: skip
            tokens, taken = tokens + len(passage.ids), taken + 1
            tell(Progress(kept + taken, len(pieces), tokens, missing))
    notes = (*notes, *dict.fromkeys(halved))
    return CaptureReport(where, meta, taken, kept, tokens, time.perf_counter() - start, notes)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The packed patterns of all heads on a text; of a long one of some rows, and a sketch."""

    patterns: NDArray[np.floating[Any]]
    sketch: Sketch | None = None


def recorded(
    loaded: LoadedModel,
    meta: StoreMeta,
    wanted: Sequence[int],
    pieces: Sequence[Passage],
    batch_tokens: int,
    say: Callable[[str], None],
) -> Iterator[tuple[int, Recorded]]:
    """What the heads do on some texts, with the text's number; `say` hears of halved batches."""
    whole = [number for number in wanted if not meta.sketches(len(pieces[number].ids))]
    if whole:
        with Recorder(loaded, meta) as recorder:
            for batch in batches(whole, pieces, batch_tokens):
                texts = [pieces[number].ids for number in batch]
                made = in_halves(recorder.record, texts, "texts", say)
                yield from zip(batch, map(Recorded, made), strict=True)
    special = special_ids(loaded.table) if meta.sketched and meta.mask.kind == "full" else ()
    for number in wanted:
        ids = pieces[number].ids
        if meta.sketches(len(ids)):
            text = replay(loaded, ids, meta.mask)
            rest = np.array(resting_keys(meta.mask, ids, special), np.int64)
            sketch, rows = sketched(text, ids, rest)
            yield number, Recorded(rows, sketch)


@contextmanager
def disk_errors(folder: Place, meta: StoreMeta) -> Iterator[None]:
    """A disk that fills up is said plainly; the same capture goes on from what is there."""
    try:
        yield
    except (OSError, AttndslError) as error:
        fault = error if isinstance(error, OSError) else error.__context__  # what `files` met
        if not isinstance(fault, OSError) or fault.errno not in FULL_DISK:
            raise
        safe = sum(len(shard.numbers) for shard in read_index(folder))
        raise AttndslError(
            f"writing {folder} stopped: {fault.strerror or fault}; {safe} of {meta.texts} texts "
            "are safe. Make room and run the same capture again, it goes on from there"
        ) from error


def describe_store(
    loaded: LoadedModel,
    pieces: Sequence[Passage],
    dtype: Literal["float16", "float32"],
    sketch: bool = False,
) -> StoreMeta:
    exact = dtype == "float32" and loaded.model.dtype in (torch.float32, torch.float64)
    return StoreMeta(
        model=loaded.name,
        model_hash=loaded.hash,
        tokenizer=loaded.tokenizer_hash,
        layers=loaded.layers,
        heads=loaded.heads,
        texts=len(pieces),
        texts_hash=texts_hash((passage.ids.tolist(), passage.text) for passage in pieces),
        mask=common_mask(loaded.masks),
        layer_masks=loaded.masks if len(set(loaded.masks)) > 1 else (),
        dtype=dtype,
        row_tolerance=1e-4 if exact else 0.02,
        sketched=sketch and any(len(passage.ids) > WHOLE for passage in pieces),
    )


def common_mask(masks: Sequence[Mask]) -> Mask:
    """The mask whose cells hold those of every layer."""
    return masks[0] if len(set(masks)) == 1 else CAUSAL


def missing_bytes(folder: Place, meta: StoreMeta, pieces: Sequence[Passage]) -> int:
    """The room that a capture still needs on disk; half done ones need less."""
    lengths = [len(passage.ids) for passage in pieces]
    whole = estimated_bytes(meta.mask, lengths, meta.total_heads, meta.dtype, meta.sketched)
    shards = () if isinstance(folder, Path) and not folder.is_dir() else folder.glob("shard-*")
    return max(0, whole - sum(size(path) or 0 for path in shards))


def batches(
    wanted: Sequence[int], pieces: Sequence[Passage], most: int
) -> Iterator[tuple[int, ...]]:
    """Texts of like length together, so that little of a pass is padding."""
    for at in range(0, len(wanted), WINDOW):
        near = sorted(wanted[at : at + WINDOW], key=lambda number: len(pieces[number].ids))
        batch: list[int] = []
        for number in near:
            if batch and len(pieces[number].ids) * (len(batch) + 1) > most:
                yield tuple(batch)
                batch = []
            batch.append(number)
        if batch:
            yield tuple(batch)
