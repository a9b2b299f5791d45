"""Programs that heads share: who could have whose, the fewest within a loss, fitted anew."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.synthesis.parts.blocks import Batch, Block
from attndsl.synthesis.parts.doubt import named_by
from attndsl.synthesis.parts.fitting import (
    HEADS,
    LEAST,
    Sums,
    Weights,
    a_row,
    away,
    given,
    measured,
    shares,
    worth,
)
from attndsl.synthesis.parts.rivals import told_by

HALVINGS = 14  # of the range in which a head's own rest is looked for
FAR = 8.0
ROUNDING = 1e-9
CANDIDATES = 3  # programs that heads have alone, of which one may join those that are shared


@dataclass(frozen=True, slots=True)
class Rows:
    """What a program makes of a block: how much more rests than not, as a logarithm [R], and where
    what doesn't rest goes and what does [R, W]."""

    apart: torch.Tensor
    content: torch.Tensor
    resting: torch.Tensor


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
    made = [[_rows(weights, program, block) for block in batch.blocks] for program in range(count)]
    for at in range(0, heads, HEADS):
        some = torch.arange(at, min(at + HEADS, heads))
        say(at, heads)
        gives = given(batch, some)
        for program, rows in enumerate(made):
            values[program, some], owns[program, some] = _held(
                batch, rows, some, gives, contents[some]
            )
    return values, owns


def _rows(weights: Weights, program: int, block: Block) -> Rows:
    powers = weights.powers[program] * weights.kept[program]
    scores = torch.einsum("j,jrw->rw", powers, block.factors)
    scores += weights.rest[program] * block.resting
    inner, outer = block.seen & ~block.resting, block.seen & block.resting
    content = scores.masked_fill(~inner, -math.inf)
    resting = scores.masked_fill(~outer, -math.inf)
    apart = (resting.logsumexp(1) - content.logsumexp(1)).clamp(-LEAST, LEAST)
    return Rows(apart, shares(content, inner), shares(resting, outer))


def _held(
    batch: Batch, rows: Sequence[Rows], heads: torch.Tensor, gives: Sequence[torch.Tensor],
    contents: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """What one program is worth to some heads, and what each adds to its rest."""
    reals = [block.heads[heads] for block in batch.blocks]
    rests = [(real * block.resting).sum(2) for real, block in zip(reals, batch.blocks, strict=True)]
    of_row = [a_row(batch)[block.text] for block in batch.blocks]
    target = torch.stack([one @ row for one, row in zip(rests, of_row, strict=True)]).sum(0)
    own = _own([one.apart for one in rows], of_row, target)
    totals = [torch.zeros(len(own), len(batch.weight)) for _ in range(5)]
    named = torch.zeros(len(own), len(batch.trials))
    told = torch.zeros(len(own))
    for block, one, real, real_rest, mine in zip(
        batch.blocks, rows, reals, rests, gives, strict=True
    ):
        rest = torch.sigmoid(one.apart + own[:, None])
        made = (1 - rest)[:, :, None] * one.content
        inner = (torch.minimum(made, real) * ~block.resting).sum(2)
        mass = (1 - rest) + (real * ~block.resting).sum(2)
        resting = rest[:, :, None] * one.resting
        whole = inner + (torch.minimum(resting, real) * block.resting).sum(2)
        out = away(made + resting - real, mine)
        figures = (inner, mass - inner, whole, (rest - real_rest).abs(), (out**2).sum(2))
        for total, figure in zip(totals, figures, strict=True):
            total.index_add_(1, block.text, figure)
        named += named_by([made + resting], [block])
        told += told_by(made, block, heads)
    shared, joint, whole, error, off = totals
    found = Sums(shared, joint, whole, error, off, named, told)
    return worth(batch, found, contents, heads), own


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


def fewest(
    values: NDArray[np.floating], programs: int, most: float, held: Sequence[int] = ()
) -> list[int]:
    """At most so many rows that keep the columns' best best, greedily by what each adds to those
    that are `held`.

    What a head loses over `most` counts double, so that heads that lose much are served first.
    """
    best = values.max(axis=0)
    kept = list(held)
    reached = values[kept].max(axis=0, initial=-np.inf)
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


def joined_by_own(
    shared: Weights, values: torch.Tensor, owns: torch.Tensor, alone: Weights,
    batch: Batch, contents: torch.Tensor, programs: int, most: float,
) -> Weights:  # fmt: skip
    """Shared programs, and of those that heads have alone what serves heads best that lost most by
    sharing, up to so many programs in all."""
    room = programs - len(shared.powers)
    if room <= 0:
        return led(shared, range(len(shared.powers)), values, owns)
    lost = measured(alone, batch, contents)[0] - values.amax(0)
    some = lost.topk(min(CANDIDATES * room, len(lost))).indices
    theirs = replace(alone.of(some), powers=alone.powers[some], kept=alone.kept[some],
                     rest=alone.rest[some])  # fmt: skip
    more, own = crossed(theirs, batch, contents)
    every = replace(shared, powers=torch.cat([shared.powers, theirs.powers]),
                    kept=torch.cat([shared.kept, theirs.kept]),
                    rest=torch.cat([shared.rest, theirs.rest]))  # fmt: skip
    values, owns = torch.cat([values, more]), torch.cat([owns, own])
    kept = fewest(values.numpy(), programs, most, range(len(shared.powers)))
    return led(every, kept, values, owns)


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
    own = wide.rest - rest[now.owner]
    return Weights(powers / heads[:, None], kept, rest, own, now.owner, wide.least)
