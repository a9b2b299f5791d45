"""Capturing the attention of every head, text by text, to a head store on disk."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from attndsl.files.places import Place, place, size
from attndsl.heads.meta import StoreMeta, check_space, estimated_bytes, texts_hash
from attndsl.heads.shards import read_index
from attndsl.heads.store import StoreWriter
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, Mask
from attndsl.models.architecture import AttentionLayer, interface_of
from attndsl.models.held import Workers
from attndsl.models.loading import LoadedModel
from attndsl.models.memory import in_halves
from attndsl.models.passages import Passage, passages
from attndsl.models.seam import READING, base_implementation, body, plans

BATCH_TOKENS = 512  # tokens a pass; more only costs memory on a CPU
WINDOW = 64  # so many texts are looked at to find some of like length


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
) -> CaptureReport:
    """Write the attention of all heads for `texts` to the store `folder`, or go on with it.

    Texts longer than `longest` (or the model's context) are split into pieces that begin
    `stride` tokens apart. By `workers` they are shared out.
    """
    pieces, notes = passages(loaded, texts, longest, stride)
    return capture_passages(
        loaded, pieces, folder, dtype=dtype, notes=notes, batch_tokens=batch_tokens,
        progress=progress, workers=workers,
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
) -> CaptureReport:
    """The same for texts that are read and split already."""
    if workers is not None:
        from attndsl.models.sharing import capture_shared

        return capture_shared(
            loaded, workers, pieces, folder, dtype=dtype, notes=notes, batch_tokens=batch_tokens,
            progress=progress,
        )  # fmt: skip
    meta = describe_store(loaded, pieces, dtype)
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
        with Recorder(loaded, meta) as recorder:
            for batch in batches(wanted, pieces, batch_tokens):
                texts = [pieces[number].ids for number in batch]
                patterns = in_halves(recorder.record, texts, "texts", halved.append)
                for number, pattern in zip(batch, patterns, strict=True):
                    passage = pieces[number]
                    writer.add(number, passage.ids.tolist(), passage.text, pattern, passage.source)
                    tokens += len(passage.ids)
                taken += len(batch)
                tell(Progress(kept + taken, len(pieces), tokens, missing))
    notes = (*notes, *dict.fromkeys(halved))
    return CaptureReport(where, meta, taken, kept, tokens, time.perf_counter() - start, notes)


@contextmanager
def disk_errors(folder: Place, meta: StoreMeta) -> Iterator[None]:
    """A disk that fills up is said plainly; the same capture goes on from what is there."""
    try:
        yield
    except (OSError, AttndslError) as error:
        fault = error if isinstance(error, OSError) else error.__context__  # what `files` met
        if not isinstance(fault, OSError):
            raise
        safe = sum(len(shard.numbers) for shard in read_index(folder))
        raise AttndslError(
            f"writing {folder} stopped: {fault.strerror or fault}; {safe} of {meta.texts} texts "
            "are safe. Make room and run the same capture again, it goes on from there"
        ) from error


def describe_store(
    loaded: LoadedModel, pieces: Sequence[Passage], dtype: Literal["float16", "float32"]
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
    )


def common_mask(masks: Sequence[Mask]) -> Mask:
    """The mask whose cells hold those of every layer."""
    return masks[0] if len(set(masks)) == 1 else CAUSAL


def missing_bytes(folder: Place, meta: StoreMeta, pieces: Sequence[Passage]) -> int:
    """The room that a capture still needs on disk; half done ones need less."""
    lengths = [len(passage.ids) for passage in pieces]
    whole = estimated_bytes(meta.mask, lengths, meta.total_heads, meta.dtype)
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


@dataclass
class Recorder:
    """A model whose heads write what they do; a context, so that the model is given back."""

    loaded: LoadedModel
    meta: StoreMeta
    lengths: tuple[int, ...] = ()
    buffers: list[NDArray[np.floating[Any]]] = field(default_factory=list)
    entered: Any = None
    own: str = ""

    def __enter__(self) -> Recorder:
        model = self.loaded.model
        self.own = base_implementation(model)
        model.set_attn_implementation("eager")  # the implementation that has the weights
        recording = {
            layer.index: (layer, RecordingAttention(self, number, layer))
            for number, layer in enumerate(self.loaded.attention)
        }
        self.entered = plans(model, recording)
        self.entered.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.entered.__exit__(*error)
        self.loaded.model.set_attn_implementation(self.own)

    @torch.inference_mode()
    def record(self, texts: Sequence[NDArray[np.int64]]) -> list[NDArray[np.floating[Any]]]:
        """One pass; for each text the packed patterns of all heads."""
        self.lengths = tuple(len(text) for text in texts)
        longest = max(self.lengths)
        ids = torch.zeros(len(texts), longest, dtype=torch.int64)
        mask = torch.zeros_like(ids)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = torch.as_tensor(text)
            mask[row, : len(text)] = 1
        heads = self.meta.total_heads
        kind = np.dtype(self.meta.dtype)
        self.buffers = [
            np.empty((heads, self.meta.mask.cells(length)), dtype=kind) for length in self.lengths
        ]
        device = self.loaded.device
        padding = {} if min(self.lengths) == longest else {"attention_mask": mask.to(device)}
        trunk = body(self.loaded.model)
        if "use_cache" in inspect.signature(trunk.forward).parameters:
            trunk(input_ids=ids.to(device), use_cache=False, **padding)
        else:
            trunk(input_ids=ids.to(device), **padding)
        made, self.buffers = self.buffers, []
        return made


@dataclass(frozen=True, eq=False)
class RecordingAttention:
    """A plan for the seam: the model's own eager attention, whose weights are packed away."""

    recorder: Recorder
    number: int
    layer: AttentionLayer

    def __call__(
        self,
        module: nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        **options: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        options.pop(READING, None)
        out, weights = interface_of(module, "eager")(module, query, key, value, mask, **options)
        if weights is None:
            raise AttndslError(f"layer {self.layer.index} does not give its attention weights")
        first = self.number * self.layer.heads
        rows = slice(first, first + self.layer.heads)
        flat = weights.reshape(*weights.shape[:2], -1)
        for text, (length, buffer) in enumerate(
            zip(self.recorder.lengths, self.recorder.buffers, strict=True)
        ):
            cells = visible_cells(self.recorder.meta.mask, length, weights.shape[-1])
            part = flat[text].index_select(1, cells.to(flat.device))
            torch.from_numpy(buffer[rows]).copy_(part)
        return out, None


@lru_cache(maxsize=8)
def visible_cells(mask: Mask, length: int, width: int) -> torch.Tensor:
    """Where the packed cells of a text lie in a flat pattern `width` keys wide."""
    query, key = np.ogrid[:length, :length]
    return torch.from_numpy((query * width + key)[mask.sees(query, key)].astype(np.int64))
