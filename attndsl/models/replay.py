"""A text's heads by their queries and keys: rows of softmax made anew, a few at a time.

Maps of 4,096 tokens take 17 MB a head. Here a pass of the model leaves each layer's queries and
keys in memory (of SmolLM2 at 4,096 tokens 380 MB), and rows are worked out from them when asked
for, by the very function that the model's eager attention calls. Nothing goes to disk.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from attndsl.heads.packing import row_starts
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.models.architecture import AttentionLayer, interface_of
from attndsl.models.loading import LoadedModel
from attndsl.models.seam import READING, base_implementation, body, plans

BLOCK_BYTES = 48_000_000  # of the rows of all heads that are worked out together
F32 = NDArray[np.float32]
Ids = NDArray[np.int64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LayerOfText:
    """What a layer's heads look with: `query` [heads, n, size], `key` [key heads, n, size]."""

    layer: AttentionLayer
    query: torch.Tensor
    key: torch.Tensor
    mask: torch.Tensor | None  # added to scores, where the model makes one of its own
    options: Mapping[str, Any]

    @torch.inference_mode()
    def rows(self, queries: Rows) -> torch.Tensor:
        """`[heads, rows, n]`, zero where a query doesn't see."""
        length = self.query.shape[1]
        own = torch.from_numpy(queries).to(self.query.device)
        value = self.key.new_zeros(1, len(self.key), length, 1)
        _, weights = interface_of(self.layer.module, "eager")(
            self.layer.module, self.query[None, :, own], self.key[None], value,
            self.seen(queries), **self.options,
        )  # fmt: skip
        if weights is None:
            raise AttndslError(f"layer {self.layer.index} does not give its attention weights")
        found: torch.Tensor = weights[0].float()
        return found

    def seen(self, queries: Rows) -> torch.Tensor:
        """What is added to the rows' scores, `[1, 1, rows, n]`: nothing where a key is seen."""
        if self.mask is not None:
            return self.mask[:, :, torch.from_numpy(queries).to(self.mask.device)]
        keys = np.arange(self.query.shape[1])[None]
        visible = torch.from_numpy(np.asarray(self.layer.mask.sees(queries[:, None], keys)))
        hidden = torch.finfo(self.query.dtype).min
        added = torch.zeros(visible.shape, dtype=self.query.dtype).masked_fill_(~visible, hidden)
        return added[None, None].to(self.query.device)


@dataclass(frozen=True, eq=False)
class Replay:
    """All heads of a model on one text, `layers` in the order of the store."""

    length: int
    mask: Mask  # whose cells are given, those of all layers
    layers: tuple[LayerOfText, ...]

    @property
    def heads(self) -> int:
        return sum(one.layer.heads for one in self.layers)

    def patterns(self, rows: Rows) -> F32:
        """The cells of these rows, one row after the other, of all heads, `[heads, cells]`."""
        seen = torch.from_numpy(
            np.asarray(self.mask.sees(rows[:, None], np.arange(self.length)[None]))
        )
        out = np.empty((self.heads, int(seen.sum())), dtype=np.float32)
        first = 0
        for one in self.layers:
            stop = first + one.layer.heads
            torch.from_numpy(out[first:stop]).copy_(one.rows(rows)[:, seen.to(one.query.device)])
            first = stop
        return out

    def blocks(self, beside: int = 0, bytes_at_once: int = BLOCK_BYTES) -> Iterator[Rows]:
        """The rows from 1 on (row 0 has no choice), so many at a time as fit beside the patterns of
        so many programs."""
        widths = np.diff(row_starts(self.mask, self.length))
        room = max(1, bytes_at_once // (4 * (self.heads + beside)))
        start, cells = 1, 0
        for row in range(1, self.length):
            cells += int(widths[row])
            if cells > room and row > start:
                yield np.arange(start, row)
                start, cells = row, int(widths[row])
        if self.length > 1:
            yield np.arange(start, self.length)


@torch.inference_mode()
def replay(loaded: LoadedModel, ids: Ids, mask: Mask | None = None) -> Replay:
    """One pass of the model over a text, by its own attention; `mask` is that of the store."""
    from attndsl.models.capture import common_mask

    keeping = Keeping()
    kept = {layer.index: (layer, Keeps(layer, keeping)) for layer in loaded.attention}
    trunk = body(loaded.model)
    cached = "use_cache" in inspect.signature(trunk.forward).parameters
    keeping.base = base_implementation(loaded.model)
    with plans(loaded.model, kept):
        trunk(input_ids=torch.as_tensor(np.array(ids))[None].to(loaded.device),
              **({"use_cache": False} if cached else {}))  # fmt: skip
    layers = tuple(keeping.layers[layer.index] for layer in loaded.attention)
    return Replay(len(ids), mask or common_mask(loaded.masks), layers)


@dataclass
class Keeping:
    """What a pass left of each layer, by the layer's number."""

    base: str = ""
    layers: dict[int, LayerOfText] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Keeps:
    """A plan for the seam: the model's own attention, whose queries and keys are kept."""

    layer: AttentionLayer
    keeping: Keeping

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
        own = mask if mask is not None and mask.is_floating_point() else None
        self.keeping.layers[self.layer.index] = LayerOfText(
            self.layer, query[0].contiguous(), key[0].contiguous(), own, options
        )
        base = interface_of(module, self.keeping.base)
        found: tuple[torch.Tensor, torch.Tensor | None] = base(
            module, query, key, value, mask, **options
        )
        return found
