"""Constants by which programs' outputs miss those of their heads: the head's mean minus theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from attndsl.graph.program import Program
from attndsl.models.architecture import AttentionLayer, interface_of
from attndsl.models.loading import LoadedModel
from attndsl.models.recorded import named
from attndsl.models.seam import READING, base_implementation, plans
from attndsl.surrogates.ablations import Ablation
from attndsl.surrogates.effects import TEXTS, patterns_of
from attndsl.surrogates.figures import kind_of, question
from attndsl.surrogates.handle import Head
from attndsl.surrogates.trial import Swap, Trial

OFFSET = "offset"


@dataclass(frozen=True, eq=False)
class Missing:
    """A plan for the seam: the model's own attention, and what programs miss of it added up."""

    layer: AttentionLayer
    base: str
    swap: Swap | None
    valid: torch.Tensor  # bool[B, n]
    sums: torch.Tensor  # [heads, size]

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
        if self.swap is not None:
            at = list(self.swap.heads)
            made = self.swap.outputs(value, self.layer.heads // self.layer.key_heads)
            apart = (out[:, :, at] - made)[self.valid.to(out.device)]
            self.sums[at] += apart.sum(0).to(self.sums)
        return out, weights


@torch.no_grad()
def offsets_of(
    loaded: LoadedModel, texts: Sequence[NDArray[np.int64]], programs: Mapping[Head, Program]
) -> Ablation:
    """What is to be added to each head's program, measured in the model itself: no head is
    replaced meanwhile. Give it to heads as `Shifted(program, offset)`."""
    kind, base = kind_of(loaded), base_implementation(loaded.model)
    asked = [found for text in texts if (found := question(loaded, text, kind)) is not None]
    sums = {one.index: torch.zeros(one.heads, one.head_size) for one in loaded.attention}
    count = 0
    for start in range(0, len(asked), TEXTS):
        trial = Trial(loaded, kind, asked[start : start + TEXTS])
        patterns = patterns_of(loaded, trial, programs)
        valid = trial.valid.bool()
        count += int(valid.sum())
        hung = {}
        for layer in loaded.attention:
            mine = sorted(head for head in programs if head[0] == layer.index)
            swap = None
            if mine:
                joined = torch.cat([patterns[head] for head in mine], 1)
                swap = Swap(0, tuple(head for _, head in mine), joined)
            hung[layer.index] = (layer, Missing(layer, base, swap, valid, sums[layer.index]))
        with plans(loaded.model, hung):
            loaded.model(
                input_ids=trial.ids.to(loaded.device),
                attention_mask=trial.valid.to(loaded.device),
            )
    rows = {layer: (total[None] / max(1, count),) for layer, total in sums.items()}
    return Ablation(OFFSET, named(loaded, texts), rows)
