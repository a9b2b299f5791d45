"""A head's strongest key beside a rival: which keys these are, and how surely programs tell them.

A rival is as far away as the strongest key, and of those that the head hardly looks at the one that
the model's heads look at most: what a reader of a program is asked. It tells which parts a program
should have: few of them can meet much of a head's weight and tell its keys badly. Numbers of parts
once chosen hardly tell them better, so that those of a library are fitted without; only where they
are fitted to the model's output do pairs count again, so that what is told isn't lost for that.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch

from attndsl.synthesis.parts.blocks import Batch, Block

HARDLY = 0.2  # of the strongest key's weight, under which another is a rival
CONTENT = 0.1  # of a row that doesn't rest, from which it counts
LOOKING = 0.3  # of the rows, from which on they count whole together
TINY = 1e-20


def asked_of(
    keys: torch.Tensor, head: torch.Tensor, away: torch.Tensor, salient: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows [N] and two keys of each [N, 2]: the head's strongest and a rival, of the `keys` [R, W]
    that don't rest."""
    content = head.masked_fill(~keys, 0.0)
    most, strongest = content.max(1)
    near = away.gather(1, strongest[:, None])
    alike = (away - near).abs() <= (near // 2).clamp_min(1)
    rivals = keys & alike & (content < HARDLY * most[:, None])
    rival = salient.masked_fill(~rivals, -1.0).argmax(1)
    rows = (rivals.any(1) & (content.sum(1) >= CONTENT)).nonzero().flatten()
    return rows, torch.stack([strongest[rows], rival[rows]], 1)


def pairs_of_heads(
    heads: torch.Tensor, keys: torch.Tensor, away: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The pairs of all heads [H, R, 2], and how much each counts [H, R]: 1 or, where there is none,
    0."""
    salient = heads.mean(0)
    pairs = torch.zeros(*heads.shape[:2], 2, dtype=torch.long)
    counts = torch.zeros(heads.shape[:2])
    for head, real in enumerate(heads):
        rows, both = asked_of(keys, real, away, salient)
        pairs[head, rows], counts[head, rows] = both, 1.0
    return pairs, counts


def with_rivals(block: Block, away: torch.Tensor) -> Block:
    """The block with the pairs of all heads, `away` [R, W] as its keys are."""
    keys, counts = pairs_of_heads(block.heads, block.seen & ~block.resting, away)
    return replace(block, keys=keys, counts=counts)


def counted(blocks: Sequence[Block], a_row: torch.Tensor) -> tuple[Block, ...]:
    """The pairs of each head count together 1, less where few rows have one; `a_row` says how much
    a row of each text counts."""
    each = [block.counts * a_row[block.text] for block in blocks]
    whole = torch.stack([one.sum(1) for one in each]).sum(0).clamp_min(LOOKING)[:, None]
    of_block = zip(blocks, each, strict=True)
    return tuple(replace(block, counts=one / whole) for block, one in of_block)


def unasked(batch: Batch) -> Batch:
    """The batch without pairs."""
    none = [replace(one, keys=one.keys[:0], counts=one.counts[:0]) for one in batch.blocks]
    return replace(batch, blocks=tuple(none))


def told_by(made: torch.Tensor, block: Block, heads: torch.Tensor) -> torch.Tensor:
    """How surely patterns [H, R, W] of some heads tell the strongest key, [H]: 1 where every rival
    has nothing, a half where it has as much."""
    if not len(block.keys):
        return torch.zeros(len(heads))
    return (sure(made, block.keys[heads]) * block.counts[heads]).sum(1)


def sure(made: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """The share that the first of two keys has of what both have, by row."""
    first, rival = made.gather(-1, keys).unbind(-1)
    return first / (first + rival).clamp_min(TINY)


def add_slopes(
    slope: torch.Tensor, made: torch.Tensor, block: Block, heads: torch.Tensor, times: float
) -> None:
    """Add to slopes by the logarithms of weights, [H, R, W], so many times that of what is told."""
    if not len(block.keys):
        return
    keys = block.keys[heads]
    share = sure(made, keys)
    up = times * block.counts[heads] * share * (1 - share)
    slope.scatter_add_(2, keys, torch.stack([up, -up], 2))
