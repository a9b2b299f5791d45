"""Whole maps of short texts: a model whose heads write down what they do."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from attndsl.heads.meta import StoreMeta
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.models.architecture import AttentionLayer, interface_of
from attndsl.models.loading import LoadedModel
from attndsl.models.seam import READING, base_implementation, body, plans


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
