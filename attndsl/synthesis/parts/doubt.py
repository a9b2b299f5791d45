"""What probes say against programs, as a number that is fitted: what is missed, what is invented.

The same two rules as contradictions have, asked a little more strictly, so that what is fitted to
these probes holds on others. Where neither is broken nothing is lost, so that this moves no program
that its probes agree with.
"""

from collections.abc import Sequence

import torch

from attndsl.fit.contradictions import HEAD, PROGRAM
from attndsl.synthesis.parts.blocks import Block

STRICTER = 0.85  # of the weights from which on a probe tells anything
MISSED, INVENTED = 0.6, 1.7  # times what the head does: where contradictions have 1/2 and 2
WEIGHT = 0.5  # of the objective, for each whole row that is missed or invented
COUNTS = 6.0  # times as much doubts count where programs are mended
JOINTLY = 2.0  # times as much where they are fitted together
REACH = 0.1  # of a row: what numbers alone make up for; to more they would only give way


def named_by(patterns: Sequence[torch.Tensor], blocks: Sequence[Block]) -> torch.Tensor:
    """How much patterns [H, R, W] of a batch's blocks do of each mechanism, [H, M]."""
    return torch.stack([
        one.reshape(len(one), -1).index_select(1, block.asked) @ block.named
        for one, block in zip(patterns, blocks, strict=True)
    ]).sum(0)  # fmt: skip


def bounds(does: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Between which weights nothing is said against a program, by what the heads do."""
    least = torch.where(does > STRICTER * HEAD, MISSED * does, torch.zeros_like(does))
    return least, (INVENTED * does).clamp_min(STRICTER * PROGRAM)


def doubts(made: torch.Tensor, does: torch.Tensor) -> torch.Tensor:
    """What is said against each head's program [H], of what both do of the mechanisms [H, M].

    >>> doubts(torch.tensor([[0.5], [0.1], [0.9]]), torch.tensor([[0.5], [0.5], [0.1]]))
    tensor([0.0000, 0.1000, 0.3225])
    """
    least, most = bounds(does)
    return WEIGHT * ((least - made).clamp_min(0) + (made - most).clamp_min(0)).sum(1)


def in_reach(made: torch.Tensor, does: torch.Tensor) -> torch.Tensor:
    """Doubts as they count where numbers alone move: what is far from being met pulls at none.

    >>> in_reach(torch.tensor([[0.5], [0.25], [0.1]]), torch.tensor([[0.5], [0.5], [0.5]]))
    tensor([0.0000, 0.0500, 0.1000])
    """
    least, most = bounds(does)
    missed, invented = (least - made).clamp(0, REACH), (made - most).clamp(0, REACH)
    return JOINTLY * WEIGHT * (missed + invented).sum(1)


def doubt_slopes(made: torch.Tensor, does: torch.Tensor) -> torch.Tensor:
    """How what is said moves with what the programs do, [H, M]."""
    least, most = bounds(does)
    return WEIGHT * ((made > most).float() - (made < least).float())
