"""Factors left out until few are left, those first that are missed least, all others refitted."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from attndsl.synthesis.parts.blocks import Batch
from attndsl.synthesis.parts.efforts import Cut
from attndsl.synthesis.parts.fitting import (
    HEADS,
    POWERS,
    Moves,
    Weights,
    fit,
    given,
    pattern,
    slopes,
    sums,
    worth,
)

RARE = 0.02  # the least that a factor is taken to vary
EXACT = 28  # factors, from which on each is left out in turn to see what it is worth


def cut(
    weights: Weights,
    batches: Sequence[Batch],
    contents: torch.Tensor,
    cuts: Sequence[Cut],
    rate: float,
    moves: Moves = POWERS,
    say: Callable[[int], None] = lambda left: None,
) -> dict[int, Weights]:
    """The weights at every size, from many to few."""
    size = spread(batches)
    found = {}
    for one in cuts:
        say(one.factors)
        most = int(weights.kept.sum(1).max())
        if most > one.factors:
            matter = (
                missed(weights, batches[0], contents)
                if most <= EXACT
                else (weights.powers * weights.kept).abs() * size
            )
            matter = torch.where(weights.kept > 0, matter, torch.full_like(matter, -torch.inf))
            best = torch.topk(matter, one.factors, 1).indices
            kept = torch.zeros_like(weights.kept).scatter_(1, best, 1.0) * weights.kept
            weights = replace(weights, kept=kept)
        weights = fit(weights, batches, contents, one.steps, rate, moves)
        found[one.factors] = weights
    return found


def regrown(
    weights: Weights,
    batches: Sequence[Batch],
    contents: torch.Tensor,
    more: int,
    steps: int,
    rate: float,
    moves: Moves = POWERS,
) -> Weights:
    """Programs as long as before, better where factors that promise most serve better than some.

    So many are added, all refitted, and as many cut one by one; what is no better stays as it was.
    """
    before = replace(weights, powers=weights.powers * weights.kept)
    every = replace(before, kept=torch.ones_like(before.kept))
    slope = torch.stack([slopes(every, batch, contents)[0] for batch in batches]).sum(0)
    # The square is what a step to the top of a parabola would gain, whatever the unit.
    promise = slope / spread(batches)
    if before.least is not None:  # these can only grow
        promise = torch.where(before.least == 0, promise.clamp_min(0), promise)
    promise = promise.abs().masked_fill(before.kept > 0, -1.0)
    kept = before.kept.clone().scatter_(1, torch.topk(promise, more, 1).indices, 1.0)
    size = int(before.kept.sum(1).max())
    wider = fit(replace(before, kept=kept), batches, contents, steps, rate, moves)
    cuts = [Cut(left, steps) for left in range(size + more - 1, size - 1, -1)]
    after = cut(wider, batches, contents, cuts, rate, moves)[size]
    gained = sum(
        _together(after, batch, contents) - _together(before, batch, contents) for batch in batches
    )
    better = torch.as_tensor(gained) > 0
    return Weights(
        torch.where(better[:, None], after.powers * after.kept, before.powers),
        torch.where(better[:, None], after.kept, before.kept),
        torch.where(better, after.rest, before.rest),
        torch.where(better[before.owner], after.own, before.own),
        before.owner,
        before.least,
    )


def spread(batches: Sequence[Batch]) -> torch.Tensor:
    """How much each factor's value varies: a gate's over what rests, others' over all else."""
    blocks = batches[0].blocks
    resting, others = (
        torch.cat([block.factors[:, block.seen & (block.resting == of)] for block in blocks], 1)
        for of in (True, False)
    )
    if resting.shape[1] < 2:  # an encoder's texts without special tokens
        return others.std(1).clamp_min(RARE)
    gates = resting.abs().amax(1) > 0
    return torch.where(gates, resting.std(1), others.std(1)).clamp_min(RARE)


def missed(weights: Weights, batch: Batch, contents: torch.Tensor) -> torch.Tensor:
    """What each program's heads lose together without each of its factors, [P, J]."""
    left = torch.zeros_like(weights.kept)
    most = int(weights.kept.sum(1).max())
    order = torch.topk(weights.kept, most, 1).indices
    whole = _together(weights, batch, contents)
    for place in range(most):
        one = order[:, place : place + 1]
        without = replace(weights, kept=weights.kept.clone().scatter_(1, one, 0.0))
        left.scatter_(1, one, (whole - _together(without, batch, contents))[:, None])
    return left


def _together(weights: Weights, batch: Batch, contents: torch.Tensor) -> torch.Tensor:
    """The summed objective of each program's heads, [P]."""
    found = torch.zeros(len(weights.powers))
    order = torch.argsort(weights.owner, stable=True)
    for at in range(0, len(order), HEADS):
        heads = order[at : at + HEADS]
        some = weights.of(heads)
        made = [pattern(some, block) for block in batch.blocks]
        here = sums(batch, made, heads, given(batch, heads))
        found.index_add_(0, some.owner, worth(batch, here, contents[heads], heads))
    return found
