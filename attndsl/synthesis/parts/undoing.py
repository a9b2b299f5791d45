"""Parts of a program that undo each other: one is left out, the other says what both did.

Two parts undo each other where together they do less than half of what the stronger does alone, by
how far their logarithms spread over the keys of a row, or of gates over the rows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from attndsl.synthesis.parts.blocks import Batch, Block
from attndsl.synthesis.parts.fitting import Weights

TOGETHER = 0.5  # of what the stronger does
LOSES = 0.02  # of the objective, that a head may lose where one of two such parts is left out
TINY = 1e-9

Worth = Callable[[Weights, torch.Tensor], float]


@dataclass(frozen=True, slots=True)
class Undoing:
    """Two parts by number, how much of the stronger both leave, and what each would be times as
    much of if it did alone what both do."""

    parts: tuple[int, int]
    left: float
    alone: tuple[float, float]


def undoing(weights: Weights, program: int, batch: Batch) -> list[Undoing]:
    """What undoes each other in a program on some rows, what leaves least first."""
    parts = weights.kept[program].nonzero().flatten().tolist()
    powers = weights.powers[program, parts]
    spread = torch.stack([_spread(block, parts, powers) for block in batch.blocks]).sum(0)
    found = []
    for at, one in enumerate(parts):
        for before, other in enumerate(parts[:at]):
            both = spread[at, before]
            mine, theirs = spread[at, at].clamp_min(TINY), spread[before, before].clamp_min(TINY)
            left = float((mine + theirs + 2 * both) / torch.maximum(mine, theirs))
            if left < TOGETHER:
                alone = (float(1 + both / mine), float(1 + both / theirs))
                found.append(Undoing((one, other), left, alone))
    return sorted(found, key=lambda one: one.left)


def _spread(block: Block, parts: list[int], powers: torch.Tensor) -> torch.Tensor:
    """How what the parts do varies together, [parts, parts]: among the keys of a row that don't
    rest, and what is done to those that rest, row by row."""
    does = powers[:, None, None] * block.factors[parts]
    keys = (block.seen & ~block.resting).float()
    even = keys / keys.sum(1, keepdim=True).clamp_min(1)
    among = ((does - (does * even).sum(2, keepdim=True)) * even.sqrt()).flatten(1)
    rests = (does * block.resting).sum(2) / block.resting.sum(1).clamp_min(1)
    rests = rests - rests.mean(1, keepdim=True)
    return among @ among.T + rests @ rests.T


def without_undoing(weights: Weights, batch: Batch, worth: Worth) -> Weights:
    """Every program with one of two such parts, where its heads lose little."""
    for program in range(len(weights.rest)):
        heads = (weights.owner == program).nonzero().flatten()
        shorter: Weights | None = weights if len(heads) else None
        while shorter is not None:
            weights = shorter
            shorter = _shorter(weights, program, heads, batch, worth)
    return weights


def _shorter(
    weights: Weights, program: int, heads: torch.Tensor, batch: Batch, worth: Worth
) -> Weights | None:
    """The program with a part fewer; None where nothing is undone or its heads need both."""
    least = worth(weights, heads) - LOSES * len(heads)
    for one in undoing(weights, program, batch):
        tried = [_alone(weights, program, one.parts[at], one.parts[1 - at], one.alone[at])
                 for at in (0, 1)]  # fmt: skip
        some = [(worth(other, heads), at) for at, other in enumerate(tried) if other is not None]
        value, at = max(some, default=(-torch.inf, 0))
        if value >= least:
            return tried[at]
    return None


def _alone(weights: Weights, program: int, part: int, gone: int, times: float) -> Weights | None:
    """One part for two; None where it may not have the power that it would need."""
    powers, kept = weights.powers.clone(), weights.kept.clone()
    powers[program, part] *= times
    powers[program, gone], kept[program, gone] = 0.0, 0.0
    if weights.least is not None and powers[program, part] <= weights.least[part]:
        return None
    return replace(weights, powers=powers, kept=kept)
