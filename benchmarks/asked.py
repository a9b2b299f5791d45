"""What readers are asked, of a batch of rows: which of two keys a head looks at more, and which is
its strongest key. How often a program answers as its head does."""

from collections.abc import Sequence

import torch

from attndsl.synthesis.parts.blocks import STRIDE, Batch
from attndsl.synthesis.parts.deciding import looked_at
from attndsl.synthesis.parts.fitting import Weights, pattern
from attndsl.synthesis.parts.rivals import CONTENT, LOOKING, asked_of


def answered(weights: Weights, batch: Batch, distance: int) -> tuple[float, float]:
    """Shares of the pairs and of the strongest keys, means over the heads that are asked of;
    `distance` is the number of the factor that says how far away a key is."""
    looked = looked_at(batch)
    heads = (_of_head(head, weights, batch, distance, looked) for head in range(len(weights.owner)))
    some = [(pairs, strongest) for pairs, strongest, asked in heads if asked]
    pairs, strongest = torch.tensor(some).mean(0).tolist()
    return pairs, strongest


def _of_head(
    head: int, weights: Weights, batch: Batch, distance: int, looked: Sequence[torch.Tensor]
) -> tuple[float, float, bool]:
    alone, found = weights.of(torch.tensor([head])), torch.zeros(6)
    for block, salient in zip(batch.blocks, looked, strict=True):
        real, (made,) = block.heads[head], pattern(alone, block)
        away = (block.factors[distance] * STRIDE).round()
        content = block.seen & ~block.resting
        rows, keys = asked_of(content, real, away, salient)
        first, other = made[rows[:, None], keys].unbind(1)
        right = (first > other).float() + 0.5 * (first == other).float()
        mass = (real * content).sum(1)
        alike = (real * content).argmax(1) == (made * content).argmax(1)
        some = mass >= CONTENT
        found += torch.tensor([
            right.sum(), len(rows), (alike & some).sum(), some.sum(), mass.sum(), len(mass),
        ])  # fmt: skip
    shares = found[::2] / found[1::2].clamp_min(1)
    return float(shares[0]), float(shares[1]), bool(shares[2] > LOOKING and found[1] > 0)
