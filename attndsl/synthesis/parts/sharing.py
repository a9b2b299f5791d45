"""Programs that heads share: who could have whose, the fewest within a loss, fitted anew."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.synthesis.parts.blocks import Batch
from attndsl.synthesis.parts.fitting import (
    HEADS,
    LEAST,
    Sums,
    Weights,
    away,
    shares,
    worth,
)

HALVINGS = 14  # of the range in which a head's own rest is looked for
FAR = 8.0
ROUNDING = 1e-9


def crossed(
    weights: Weights,
    batch: Batch,
    contents: torch.Tensor,
    say: Callable[[int, int], None] = lambda *_: None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """What each program is worth to each head, and what the head adds to its rest, [P, H].

    The head's own rest is where the program rests as much as the head, over all rows.
    """
    count, heads = len(weights.powers), len(batch.blocks[0].heads)
    values, owns = torch.zeros(count, heads), torch.zeros(count, heads)
    real_rest = [(block.heads * block.resting).sum(2) for block in batch.blocks]
    of_row = [(batch.weight / batch.rows.clamp_min(1))[block.text] for block in batch.blocks]
    target = torch.stack([one @ row for one, row in zip(real_rest, of_row, strict=True)]).sum(0)
    for program in range(count):
        say(program, count)
        powers = weights.powers[program] * weights.kept[program]
        logits, contents_of = [], []
        for block in batch.blocks:
            scores = torch.einsum("j,jrw->rw", powers, block.factors)
            scores += weights.rest[program] * block.resting
            inner, outer = block.seen & ~block.resting, block.seen & block.resting
            content = scores.masked_fill(~inner, -math.inf)
            resting = scores.masked_fill(~outer, -math.inf)
            apart = resting.logsumexp(1) - content.logsumexp(1)
            logits.append(apart.clamp(-LEAST, LEAST))
            contents_of.append((shares(content, inner), shares(resting, outer)))
        own = _own(logits, of_row, target)
        owns[program] = own
        for at in range(0, heads, HEADS):
            some = slice(at, at + HEADS)
            mine = torch.arange(heads)[some]
            gives = batch.gives[some]
            found = [torch.zeros(len(own[some]), len(batch.weight)) for _ in range(5)]
            for number, block in enumerate(batch.blocks):
                rest = torch.sigmoid(logits[number] + own[some, None])
                inner, outer = contents_of[number]
                real = block.heads[some]
                made = (1 - rest)[:, :, None] * inner
                shared = (torch.minimum(made, real) * ~block.resting).sum(2)
                mass = (1 - rest) + (real * ~block.resting).sum(2)
                resting = rest[:, :, None] * outer
                whole = shared + (torch.minimum(resting, real) * block.resting).sum(2)
                error = (rest - real_rest[number][some]).abs()
                out, _ = away(block, gives, made + resting - real)
                sums = (shared, mass - shared, whole, error, (out**2).sum(2))
                for total, one in zip(found, sums, strict=True):
                    total.index_add_(1, block.text, one)
            values[program, some] = worth(batch, Sums(*found), contents[some], mine)
    return values, owns


def _own(
    logits: Sequence[torch.Tensor], of_row: Sequence[torch.Tensor], target: torch.Tensor
) -> torch.Tensor:
    """What to add to a program's rest so that it rests as much as each head does, by halving."""
    low, high = torch.full_like(target, -FAR), torch.full_like(target, FAR)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        means = [torch.sigmoid(one + middle[:, None]) @ row
                 for one, row in zip(logits, of_row, strict=True)]  # fmt: skip
        below = torch.stack(means).sum(0) < target
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    return (low + high) / 2


def fewest(values: NDArray[np.floating], programs: int, most: float) -> list[int]:
    """At most so many rows that keep the columns' best best, greedily by what each adds.

    What a head loses over `most` counts double, so that heads that lose much are served first.
    """
    best = values.max(axis=0)
    kept: list[int] = []
    reached = np.full(values.shape[1], -np.inf)
    before = np.inf
    while len(kept) < min(programs, len(values)):
        lost = best - np.maximum(values, reached)
        cost = lost.sum(axis=1) + np.maximum(lost - most, 0).sum(axis=1)
        one = int(cost.argmin())
        if cost[one] >= before - ROUNDING:
            break
        kept.append(one)
        reached, before = np.maximum(values[one], reached), float(cost[one])
    return kept


def led(weights: Weights, kept: Sequence[int], values: torch.Tensor, owns: torch.Tensor) -> Weights:
    """The kept programs, each head with the one that serves it best."""
    rows = torch.tensor(list(kept))
    owner = values[rows].argmax(0)
    own = owns[rows][owner, torch.arange(len(owner))]
    return replace(weights, powers=weights.powers[rows], kept=weights.kept[rows],
                   rest=weights.rest[rows], own=own, owner=owner)  # fmt: skip


def pooled(now: Weights, wide: Weights) -> Weights:
    """Each program with every factor that any of its heads has alone, where their mean begins."""
    count = len(now.powers)
    kept = torch.zeros_like(now.powers).index_add_(0, now.owner, wide.kept).clamp_max(1)
    heads = torch.bincount(now.owner, minlength=count).clamp_min(1)
    powers = torch.zeros_like(now.powers).index_add_(0, now.owner, wide.powers * wide.kept)
    rest = torch.zeros_like(now.rest).index_add_(0, now.owner, wide.rest) / heads
    return Weights(powers / heads[:, None], kept, rest, wide.rest - rest[now.owner], now.owner)
