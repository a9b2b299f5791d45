"""What readers are asked, of a batch of rows: which of two keys a head looks at more, and which is
its strongest key. How often a program answers as its head does."""

from collections.abc import Callable, Sequence

import torch

from attndsl.synthesis.parts.blocks import STRIDE, Batch, Block
from attndsl.synthesis.parts.deciding import looked_at
from attndsl.synthesis.parts.rivals import CONTENT, LOOKING, asked_of

Shares = tuple[float, float]
Made = Callable[[torch.Tensor, Block], torch.Tensor]  # patterns of some heads, [H, R, W]


def answered(made: Made, heads: int, batch: Batch, distance: Sequence[torch.Tensor]) -> Shares:
    """Shares of the pairs and of the strongest keys, means over the heads that are asked of;
    `distance` says of each block's cells how many tokens away a key is."""
    looked = looked_at(batch)
    each = (_of_head(head, made, batch, distance, looked) for head in range(heads))
    some = [(pairs, strongest) for pairs, strongest, asked in each if asked]
    pairs, strongest = torch.tensor(some).mean(0).tolist()
    return pairs, strongest


def distances(batch: Batch, factor: int) -> list[torch.Tensor]:
    """By the factor that says it."""
    return [(block.factors[factor] * STRIDE).round() for block in batch.blocks]


def _of_head(
    head: int, made: Made, batch: Batch, distance: Sequence[torch.Tensor],
    looked: Sequence[torch.Tensor],
) -> tuple[float, float, bool]:  # fmt: skip
    found = torch.zeros(6)
    for block, away, salient in zip(batch.blocks, distance, looked, strict=True):
        real, (mine,) = block.heads[head], made(torch.tensor([head]), block)
        content = block.seen & ~block.resting
        rows, keys = asked_of(content, real, away, salient)
        first, other = mine[rows[:, None], keys].unbind(1)
        right = (first > other).float() + 0.5 * (first == other).float()
        mass = (real * content).sum(1)
        alike = (real * content).argmax(1) == (mine * content).argmax(1)
        some = mass >= CONTENT
        found += torch.tensor([
            right.sum(), len(rows), (alike & some).sum(), some.sum(), mass.sum(), len(mass),
        ])  # fmt: skip
    shares = found[::2] / found[1::2].clamp_min(1)
    return float(shares[0]), float(shares[1]), bool(shares[2] > LOOKING and found[1] > 0)
