"""Parts exchanged in the joint fit: those that the output asks for, for those it can spare."""

from collections.abc import Callable
from dataclasses import replace

import torch

from attndsl.synthesis.parts.fitting import Weights
from attndsl.synthesis.parts.together import Cells, Together
from attndsl.synthesis.parts.vocabulary import Factor

LEAST = 0.1  # that a factor is taken to vary: one that hardly does would only stand for the rest


def spread(cells: Cells, factors: tuple[Factor, ...]) -> torch.Tensor:
    """How much each factor's value varies: a gate's over what rests, others' over all else."""
    values = cells.factors.transpose(0, 1)
    resting, others = cells.seen & cells.resting, cells.seen & ~cells.resting
    gates = torch.tensor([one.gate for one in factors])
    of_rests, of_others = (values[:, some].std(1).clamp_min(LEAST) for some in (resting, others))
    return torch.where(gates, of_rests, of_others)


def wider(
    weights: Weights, known: tuple[Factor, ...], more: int, spread_of: torch.Tensor,
    slope: Callable[[Together], torch.Tensor],
) -> Weights:  # fmt: skip
    """Programs with so many more parts, those by which what is lost falls fastest.

    `slope` says how what is lost moves with all that is free.
    """
    bare = replace(weights, powers=weights.powers * weights.kept)
    every = replace(bare, kept=torch.ones_like(bare.kept))
    basis = Together.of(every, known, range(len(known)), (True, False, False))
    found = slope(basis)[: bare.kept.numel()].view_as(bare.kept)
    # The square is what a step to the top of a parabola would gain, whatever the unit.
    promise = -found / spread_of
    if bare.least is not None:  # these can only grow
        promise = torch.where(bare.least == 0, promise.clamp_min(0), promise)
    promise = promise.abs().masked_fill(bare.kept > 0, -1.0)
    kept = bare.kept.clone().scatter_(1, torch.topk(promise, more, 1).indices, 1.0)
    return replace(bare, kept=kept)


def narrower(
    weights: Weights, sizes: torch.Tensor, basis: Together, square: torch.Tensor
) -> Weights:
    """Programs with `sizes` [P] parts, those of them that are left out whose loss matters least.

    `square` is the mean square of the slopes of all that is free in `basis`: about how fast the
    slope grows with what is taken away.
    """
    powers, _, _ = basis.apart(square)
    steep = torch.zeros_like(weights.kept)
    steep[:, basis.columns] = powers
    matter = torch.where(weights.kept > 0, weights.powers**2 * steep, -torch.ones_like(steep))
    rank = matter.argsort(1, descending=True).argsort(1)
    kept = weights.kept * (rank < sizes[:, None])
    return replace(weights, powers=weights.powers * kept, kept=kept)
