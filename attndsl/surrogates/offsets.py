"""Constants by which programs' outputs miss those of their heads: the head's mean minus theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.graph.program import Program
from attndsl.models.architecture import AttentionLayer
from attndsl.models.loading import LoadedModel
from attndsl.models.recorded import named
from attndsl.models.watching import watched
from attndsl.surrogates.ablations import Ablation
from attndsl.surrogates.effects import TEXTS, patterns_of
from attndsl.surrogates.figures import kind_of, question
from attndsl.surrogates.handle import Head
from attndsl.surrogates.trial import Swap, Trial

OFFSET = "offset"


@torch.no_grad()
def offsets_of(
    loaded: LoadedModel, texts: Sequence[NDArray[np.int64]], programs: Mapping[Head, Program]
) -> Ablation:
    """What is to be added to each head's program, measured in the model itself: no head is
    replaced meanwhile. Give it to heads as `Shifted(program, offset)`."""
    kind = kind_of(loaded)
    asked = [one for text in texts if (one := question(loaded, text, kind)) is not None]
    sums = {one.index: torch.zeros(one.heads, one.head_size) for one in loaded.attention}
    count = 0
    for start in range(0, len(asked), TEXTS):
        trial = Trial(loaded, kind, asked[start : start + TEXTS])
        patterns = patterns_of(loaded, trial, programs)
        valid = trial.valid.bool()
        count += int(valid.sum())
        swaps: dict[int, Swap] = {}
        for layer in {layer for layer, _ in programs}:
            mine = sorted(head for head in programs if head[0] == layer)
            joined = torch.cat([patterns[head] for head in mine], 1)
            swaps[layer] = Swap(0, tuple(head for _, head in mine), joined)

        def add(
            layer: AttentionLayer,
            value: torch.Tensor,
            out: torch.Tensor,
            swaps: Mapping[int, Swap] = swaps,
            valid: torch.Tensor = valid,
        ) -> None:
            swap = swaps.get(layer.index)
            if swap is not None:
                at = list(swap.heads)
                made = swap.outputs(value, layer.heads // layer.key_heads)
                apart = (out[:, :, at] - made)[valid.to(out.device)]
                sums[layer.index][at] += apart.sum(0).to(sums[layer.index])

        with watched(loaded, add):
            loaded.model(
                input_ids=trial.ids.to(loaded.device),
                attention_mask=trial.valid.to(loaded.device),
            )
    rows = {layer: (total[None] / max(1, count),) for layer, total in sums.items()}
    return Ablation(OFFSET, named(loaded, texts), rows)
