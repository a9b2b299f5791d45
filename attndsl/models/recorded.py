"""What heads give, before the output projection: their means on some texts, by position."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.engines.torch.texts import left_aligned
from attndsl.language.diagnostics import AttndslError
from attndsl.models.architecture import AttentionLayer
from attndsl.models.loading import LoadedModel
from attndsl.models.watching import watched

TEXTS = 8  # a pass
SETTLED = 16  # positions from which on a head's output is taken to have one mean


@dataclass(frozen=True, eq=False)
class Outputs:
    """Sums over some texts, by layer `[positions, heads, size]`, how many texts have each
    position, and of the texts to keep all of it, `[tokens, heads, size]` by layer."""

    of: str  # names the model and the texts
    counts: torch.Tensor
    sums: dict[int, torch.Tensor]
    ids: tuple[NDArray[np.int64], ...] = ()
    kept: dict[int, tuple[torch.Tensor, ...]] = field(default_factory=dict)

    def mean(self, layer: int) -> torch.Tensor:
        """[heads, size]: the mean over all positions of all texts."""
        return self.sums[layer].sum(0) / self.counts.sum()

    def by_position(self, layer: int) -> torch.Tensor:
        """[positions + 1, heads, size]: the last row holds for positions past the longest text."""
        sums, counts = self.sums[layer], self.counts
        first = SETTLED if len(counts) > SETTLED else 0
        later = sums[first:].sum(0) / counts[first:].sum()
        return torch.cat([sums / counts[:, None, None], later[None]])


@torch.no_grad()
def record_outputs(
    loaded: LoadedModel, texts: Sequence[NDArray[np.int64]], keep: int = 0
) -> Outputs:
    """One forward pass over texts given by their ids; of the first `keep` everything is kept."""
    texts = [text for text in texts if len(text)]
    if not texts:
        raise AttndslError("mean outputs of heads need a text to be taken from")
    layers = loaded.attention
    longest = max(len(text) for text in texts)
    sums = {layer.index: torch.zeros(longest, layer.heads, layer.head_size) for layer in layers}
    kept: dict[int, list[torch.Tensor]] = {layer.index: [] for layer in layers}
    counts = torch.zeros(longest)
    for start in range(0, len(texts), TEXTS):
        ids, valid = left_aligned(texts[start : start + TEXTS])
        counts[: ids.shape[1]] += valid.sum(0)
        keeping = range(min(max(0, keep - start), len(ids)))

        def add(
            layer: AttentionLayer,
            _: torch.Tensor,
            out: torch.Tensor,
            valid: torch.Tensor = valid,
            keeping: range = keeping,
        ) -> None:
            real = valid.to(out.device)
            whole = torch.where(real[:, :, None, None], out, 0).float()
            total = sums[layer.index]
            total[: whole.shape[1]] += whole.sum(0).to(total.device)
            for row in keeping:
                kept[layer.index].append(whole[row, real[row]].to("cpu"))

        with watched(loaded, add):
            loaded.model(
                input_ids=ids.to(loaded.device), attention_mask=valid.long().to(loaded.device)
            )
    return Outputs(
        named(loaded, texts),
        counts,
        sums,
        tuple(texts[:keep]),
        {index: tuple(rows) for index, rows in kept.items()},
    )


def named(loaded: LoadedModel, texts: Sequence[NDArray[np.int64]]) -> str:
    """Names a model in its number format together with some texts."""
    digest = hashlib.sha256(f"{loaded.hash} {loaded.model.dtype}".encode())
    for text in texts:
        digest.update(f"{len(text)}:".encode() + np.asarray(text, dtype=np.int64).tobytes())
    return digest.hexdigest()[:16]
