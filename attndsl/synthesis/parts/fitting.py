"""Numbers of all programs fitted at once: patterns, the objective of each head, its slopes, Adam.

A key's weight is the exponential of a sum of factors' values, each times a number (so weights are
multiplied); what rests has a sum of its own, of `rest`, the head's `own` and the gates. Rows are
divided by their sums. The objective is content IoU, IoU, the error of the rest, how much of the
head's output is explained, how surely the head's strongest key is told from a rival, and what
probes say against it; its slopes are worked out here, since there are many heads and few numbers.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from attndsl.synthesis.parts.blocks import Batch, Block
from attndsl.synthesis.parts.doubt import doubt_slopes, doubts, named_by
from attndsl.synthesis.parts.rivals import add_slopes, told_by

# Content IoU, IoU, the error of the rest, the output explained and what is told of two keys, in the
# objective: the output the more, the more the model's own hangs on the head.
AIMS = (1.0, 0.5, 0.5, 0.5, 1.0)
LITTLE = 0.02  # of its rows that a head's content must have for content IoU to be defined
HEADS = 32  # at once, so that what is worked on stays small
BETAS = (0.9, 0.98)
LEAST = 30.0  # the logarithm of the most that weights of a row differ by
TINY = 1e-20
Moves = tuple[bool, bool, bool]  # whether powers, rests and what heads add to them are fitted
POWERS, ALL, OWN = (True, True, False), (True, True, True), (False, False, True)


@dataclass(frozen=True, slots=True)
class Weights:
    """Programs and which of them each head has.

    `powers` [P, J] of the factors, those of `kept` [P, J] only; `rest` [P]; `own` [H], which a head
    adds to its program's rest; `owner` [H]. No power is under its factor's `least` [J], if there
    are such: a table that is multiplied by is never divided by.
    """

    powers: torch.Tensor
    kept: torch.Tensor
    rest: torch.Tensor
    own: torch.Tensor
    owner: torch.Tensor
    least: torch.Tensor | None = None

    def of(self, heads: torch.Tensor) -> "Weights":
        """Some heads' alone."""
        return replace(self, own=self.own[heads], owner=self.owner[heads])

    def with_own(self, own: torch.Tensor) -> "Weights":
        return replace(self, own=own)


def one_a_head(heads: int, factors: int) -> Weights:
    """Every head its own program, which has every factor, none of which does anything yet."""
    nothing, everything = torch.zeros(heads, factors), torch.ones(heads, factors)
    return Weights(
        nothing, everything, torch.full((heads,), 2.0), torch.zeros(heads), torch.arange(heads)
    )


def pattern(weights: Weights, block: Block) -> torch.Tensor:
    """[H, R, W]"""
    programs, place = torch.unique(weights.owner, return_inverse=True)
    count, rows, width = block.factors.shape
    powers = weights.powers[programs] * weights.kept[programs]
    scores = (powers @ block.factors.view(count, -1)).view(-1, rows, width)
    scores = scores.masked_fill_(~block.seen, -math.inf)[place]
    scores += (weights.rest[weights.owner] + weights.own)[:, None, None] * block.resting
    return shares(scores, block.seen)


def shares(scores: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """A softmax over the last axis of what is seen, in place, without numbers so small that
    arithmetic on them is slow."""
    scores -= scores.amax(-1, keepdim=True).clamp_min(-LEAST)
    scores.clamp_min_(-LEAST).exp_().mul_(seen)
    return scores.div_(scores.sum(-1, keepdim=True).clamp_min(TINY))


@dataclass(frozen=True, slots=True)
class Sums:
    """By head and text [H, T]: content's shared and joint mass, all shared mass, rest's error, and
    the square of what the output is away from the head's. How much is done of the mechanisms that
    probes ask for, [H, M], and how surely strongest keys are told from rivals, [H]."""

    content: torch.Tensor
    joint: torch.Tensor
    whole: torch.Tensor
    rest: torch.Tensor
    away: torch.Tensor
    named: torch.Tensor
    told: torch.Tensor


def sums(
    batch: Batch, patterns: Sequence[torch.Tensor], heads: torch.Tensor,
    gives: Sequence[torch.Tensor],
) -> Sums:  # fmt: skip
    """`gives` is what the keys of each block give to these heads."""
    found = [torch.zeros(len(heads), len(batch.weight)) for _ in range(5)]
    for block, made, given in zip(batch.blocks, patterns, gives, strict=True):
        real = block.heads[heads]
        low, resting = torch.minimum(made, real), block.resting
        whole = low.sum(2)
        rests, error = (low * resting).sum(2), ((made - real) * resting).sum(2)
        mass = ((made + real) * ~resting).sum(2)
        inner = whole - rests
        out = away(made - real, given)
        mine = (inner, mass - inner, whole, error.abs(), (out**2).sum(2))
        for total, one in zip(found, mine, strict=True):
            total.index_add_(1, block.text, one)
    content, joint, whole, rest, off = found
    both = zip(patterns, batch.blocks, strict=True)
    told = torch.stack([told_by(made, block, heads) for made, block in both]).sum(0)
    return Sums(content, joint, whole, rest, off, named_by(patterns, batch.blocks), told)


def given(batch: Batch, heads: torch.Tensor) -> list[torch.Tensor]:
    """What the keys of each block give to some heads, [H, R, W, few]."""
    gives = batch.gives[heads]
    count, tokens, few = gives.shape
    rows, first = gives.reshape(count * tokens, few), torch.arange(count)[:, None] * tokens
    return [
        rows.index_select(0, (first + block.key.flatten()).flatten()).view(
            count, *block.key.shape, few
        )
        for block in batch.blocks
    ]


def away(apart: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
    """What cells [H, R, W] that are `apart` come to in the output, [H, R, few]."""
    return torch.matmul(apart.unsqueeze(2), given).squeeze(2)


def worth(batch: Batch, found: Sums, contents: torch.Tensor, heads: torch.Tensor) -> torch.Tensor:
    """The objective of each of `heads`; `contents` tells those of them that have any content."""
    content, whole, rest, output = figures(batch, found, heads)
    fits = AIMS[0] * content * contents + AIMS[1] * whole - AIMS[2] * rest
    fits = fits + outputs_count(batch, heads) * output
    return fits + AIMS[4] * found.told - doubts(found.named, batch.does[heads])


def outputs_count(batch: Batch, heads: torch.Tensor) -> torch.Tensor:
    """How much it counts what of the output of each head is explained."""
    if batch.hangs is None:
        return torch.full((len(heads),), AIMS[3])
    return AIMS[3] * batch.hangs[heads]


def figures(
    batch: Batch, found: Sums, heads: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Content IoU, IoU, the error of the rest and the output explained of each head, over the texts
    by their weight."""
    content = (found.content / found.joint.clamp_min(1e-9)) @ batch.weight
    whole = (found.whole / (2 * batch.rows - found.whole)) @ batch.weight
    output = 1 - (found.away / batch.varies[heads]) @ a_row(batch)
    return content, whole, (found.rest / batch.rows) @ batch.weight, output


def a_row(batch: Batch) -> torch.Tensor:
    """How much a row of each text counts, [T]."""
    return batch.weight / batch.rows.clamp_min(1)


def with_content(batches: Sequence[Batch]) -> torch.Tensor:
    """Which heads have content on these texts, as 1 or 0."""
    share = torch.stack([
        sum((block.heads * ~block.resting).sum((1, 2)) for block in batch.blocks)
        / batch.rows.sum()
        for batch in batches
    ])  # fmt: skip
    return (share.mean(0) >= LITTLE).float()


def slopes(
    weights: Weights, batch: Batch, contents: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """How the summed objective of all heads moves with `powers`, `rest` and `own`."""
    powers, rest = torch.zeros_like(weights.powers), torch.zeros_like(weights.rest)
    own = torch.zeros_like(weights.own)
    order = torch.argsort(weights.owner, stable=True)
    for at in range(0, len(order), HEADS):
        heads = order[at : at + HEADS]
        some = weights.of(heads)
        made = [pattern(some, block) for block in batch.blocks]
        gives = given(batch, heads)
        found = sums(batch, made, heads, gives)
        for block, one, mine in zip(batch.blocks, made, gives, strict=True):
            slope = slope_by_score(batch, block, found, one, heads, contents[heads], mine)
            programs, place = torch.unique(some.owner, return_inverse=True)
            whole = torch.zeros(len(programs), *slope.shape[1:]).index_add_(0, place, slope)
            count = len(block.factors)
            powers[programs] += whole.view(len(programs), -1) @ block.factors.view(count, -1).T
            resting = (slope * block.resting).sum((1, 2))
            own[heads] += resting
            rest.index_add_(0, some.owner, resting)
    return powers * weights.kept, rest, own


def slope_by_score(batch: Batch, block: Block, found: Sums, made: torch.Tensor, heads: torch.Tensor,
              contents: torch.Tensor, gives: torch.Tensor) -> torch.Tensor:  # fmt: skip
    """The slope by the logarithm of each cell's weight, [H, R, W]."""
    real, text = block.heads[heads], block.text
    weight = a_row(batch)
    joint = found.joint.clamp_min(1e-9)
    up = AIMS[0] * contents[:, None] * batch.weight / joint
    down = up * found.content / joint
    whole = AIMS[1] * batch.weight * 2 * batch.rows / (2 * batch.rows - found.whole) ** 2
    short = (made < real).float()
    slope = short * (up + down)[:, text, None] - down[:, text, None]
    resting = block.resting
    error = torch.sign(((made - real) * resting).sum(2, keepdim=True))
    slope = torch.where(resting, -AIMS[2] * weight[text][:, None] * error, slope)
    slope += short * whole[:, text, None]
    out = away(made - real, gives)
    each = 2 * weight[text] / batch.varies[heads][:, text]
    each *= outputs_count(batch, heads)[:, None]
    slope -= torch.matmul(gives, (out * each[:, :, None]).unsqueeze(3)).squeeze(3)
    against = doubt_slopes(found.named, batch.does[heads]) @ block.named.T
    slope.view(len(heads), -1).index_add_(1, block.asked, -against)
    slope *= made
    slope -= made * slope.sum(2, keepdim=True)
    add_slopes(slope, made, block, heads, AIMS[4])
    return slope


def fit(
    weights: Weights,
    batches: Sequence[Batch],
    contents: torch.Tensor,
    steps: int,
    rate: float,
    moves: Moves = POWERS,
    say: Callable[[int], None] = lambda step: None,
) -> Weights:
    """Steps uphill by Adam, a batch a step in turn, slower and slower."""
    now = [weights.powers * weights.kept, weights.rest.clone(), weights.own.clone()]
    means, squares = [torch.zeros_like(one) for one in now], [torch.zeros_like(one) for one in now]
    for step in range(1, steps + 1):
        some = replace(weights, powers=now[0], rest=now[1], own=now[2])
        found = slopes(some, batches[step % len(batches)], contents)
        fall = 0.05 + 0.475 * (1 + np.cos(np.pi * step / (steps + 1)))
        for at in (at for at, moved in enumerate(moves) if moved):
            slope, mean, square = found[at], means[at], squares[at]
            mean += (slope - mean) * (1 - BETAS[0])
            square += (slope**2 - square) * (1 - BETAS[1])
            step_mean = mean / (1 - BETAS[0] ** step)
            size = (square / (1 - BETAS[1] ** step)).sqrt_().add_(1e-9)
            now[at] += rate * fall * step_mean / size
        if weights.least is not None:
            now[0] = torch.maximum(now[0], weights.least)
        say(step)
    return replace(weights, powers=now[0] * weights.kept, rest=now[1], own=now[2])


def measured(weights: Weights, batch: Batch, contents: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """The objective of each head, its content IoU, IoU, error of the rest and output explained."""
    parts = []
    for at in range(0, len(weights.owner), HEADS):
        heads = torch.arange(at, min(at + HEADS, len(weights.owner)))
        some = weights.of(heads)
        made = [pattern(some, block) for block in batch.blocks]
        found = sums(batch, made, heads, given(batch, heads))
        parts.append((worth(batch, found, contents[heads], heads), *figures(batch, found, heads)))
    return tuple(torch.cat(one) for one in zip(*parts, strict=True))


def said_against(weights: Weights, batch: Batch) -> torch.Tensor:
    """What probes say against each head's program, [H]."""
    found = []
    blocks = [block for block in batch.blocks if len(block.asked)]
    for at in range(0, len(weights.owner) if blocks else 0, HEADS):
        heads = torch.arange(at, min(at + HEADS, len(weights.owner)))
        some = weights.of(heads)
        made = named_by([pattern(some, block) for block in blocks], blocks)
        found.append(doubts(made, batch.does[heads]))
    return torch.cat(found) if found else torch.zeros(len(weights.owner))
