"""The model's own attention, with somebody looking at what its heads take and give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from attndsl.models.architecture import AttentionLayer, interface_of
from attndsl.models.loading import LoadedModel
from attndsl.models.seam import READING, base_implementation, plans

# Values `[B, key heads, n, size]`, outputs before the projection `[B, n, heads, size]`.
See = Callable[[AttentionLayer, torch.Tensor, torch.Tensor], None]


@dataclass(frozen=True, eq=False)
class Watching:
    """A plan for the seam that changes nothing."""

    layer: AttentionLayer
    base: str
    see: See

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
        out: torch.Tensor
        out, weights = interface_of(module, self.base)(module, query, key, value, mask, **options)
        self.see(self.layer, value, out)
        return out, weights


def watched(loaded: LoadedModel, see: See) -> AbstractContextManager[None]:
    """While it is open, `see` is told of every layer of every pass."""
    base = base_implementation(loaded.model)
    hung: Mapping[int, tuple[AttentionLayer, Watching]] = {
        layer.index: (layer, Watching(layer, base, see)) for layer in loaded.attention
    }
    return plans(loaded.model, hung)
