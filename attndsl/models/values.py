"""What tokens give to heads: values of some texts, as far as they come through to the model.

A head's output is a sum of its keys' values, and the model gets it through the head's slice of the
projection that follows. So values are kept in the few directions in which most of what comes
through lies: |x| of what is kept is |W v| without the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.models.architecture import AttentionLayer
from attndsl.models.loading import LoadedModel
from attndsl.models.outputs import eagerly, in_batches, one_pass
from attndsl.models.projection import Projections

DIRECTIONS = 16  # of each head
SAMPLE = 64  # texts, from which the directions are taken
Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Values:
    """Values `[key heads, n, size]` of each text by layer, and each layer's `[heads, size, few]`
    by which they are read."""

    raw: tuple[dict[int, torch.Tensor], ...]
    directions: dict[int, torch.Tensor]

    def of(self, text: int) -> torch.Tensor:
        """[heads, n, few]: what each token gives to each head of the model."""
        found = []
        for layer, directions in self.directions.items():
            values = self.raw[text][layer].float()
            shared = len(directions) // len(values)
            found.append(torch.bmm(values.repeat_interleave(shared, dim=0), directions))
        return torch.cat(found)


@torch.inference_mode()
def record_values(
    loaded: LoadedModel, texts: Sequence[Ids], say: Callable[[int, int], None] = lambda *_: None
) -> Values:
    """One pass over the texts; the values are kept in half precision."""
    raw: list[dict[int, torch.Tensor]] = [{} for _ in texts]
    projections = Projections()
    with eagerly(loaded):
        with projections.watching(loaded.model):
            one_pass(loaded, [texts[0][:2]],
                     lambda layer, _, out: projections.expect(layer.index, out))  # fmt: skip
        done = 0
        for batch in in_batches(texts):
            say(done, len(texts))
            done += len(batch)

            def keep(
                layer: AttentionLayer, value: torch.Tensor, _: torch.Tensor,
                batch: Sequence[int] = batch,
            ) -> None:  # fmt: skip
                for row, number in enumerate(batch):
                    raw[number][layer.index] = value[row, :, : len(texts[number])].half().cpu()

            one_pass(loaded, [texts[number] for number in batch], keep)
    sample = raw[:: max(1, len(raw) // SAMPLE)]
    return Values(tuple(raw), {
        layer.index: directions_of([one[layer.index] for one in sample if one],
                                   projections.found(layer.index).cpu())
        for layer in loaded.attention
    })  # fmt: skip


def directions_of(values: Sequence[torch.Tensor], grams: torch.Tensor) -> torch.Tensor:
    """`[heads, size, few]`: most of |W v| lies there, over the values of some texts."""
    together = torch.cat(list(values), 1).double()
    moments = together.transpose(1, 2) @ together
    moments = moments.repeat_interleave(len(grams) // len(moments), dim=0)
    powers, axes = torch.linalg.eigh(grams.double())
    root = axes * powers.clamp_min(0).sqrt()[:, None, :] @ axes.transpose(1, 2)
    _, found = torch.linalg.eigh(root @ moments @ root)
    few = min(DIRECTIONS, found.shape[-1])
    chosen: torch.Tensor = (root @ found[:, :, -few:]).float()
    return chosen
