"""Which statements of a program tell a reader where it looks: those that decide between two keys.

Of each row of a head that has the program its strongest key is set beside a rival as far away, of
those that it hardly looks at the one that the model's heads look at most. A reader takes statements
at their word: of the kinds that a key is of, the one that raises it most and the one that lowers it
most count, and distance. What decides most pairs as the program does is told first, then what
decides most of those that this leaves open or wrong.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from attndsl.synthesis.parts.blocks import STRIDE, Batch
from attndsl.synthesis.parts.rivals import asked_of
from attndsl.synthesis.parts.said import FALLS, ITSELF, Fall, Kind
from attndsl.synthesis.parts.vocabulary import LIKE

LEAST = 0.004  # of the pairs, that a statement decides
EVEN = 1e-6


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two keys [N, 2] of some rows, the one that the program weighs more first: what some factors
    are there [J, N, 2], how far away they are, and how much the pairs count [N], together 1."""

    values: torch.Tensor
    away: torch.Tensor
    weight: torch.Tensor


def looked_at(batch: Batch) -> list[torch.Tensor]:
    """How much all heads look at every cell."""
    return [block.heads.mean(0) for block in batch.blocks]


def pairs_of(
    made: Sequence[torch.Tensor], heads: Sequence[int], numbers: Sequence[int], distance: int,
    batch: Batch, looked: Sequence[torch.Tensor],
) -> Pairs:  # fmt: skip
    """Those of some heads, with what the factors of these numbers are there; `made` are the
    patterns of the program that the heads have."""
    values, aways, weights = [], [], []
    for program, salient, block in zip(made, looked, batch.blocks, strict=True):
        away, keys = (block.factors[distance] * STRIDE).round(), block.seen & ~block.resting
        counts = (batch.weight / batch.rows.clamp_min(1))[block.text]
        for head in heads:
            rows, both = asked_of(keys, block.heads[head], away, salient)
            weighs = program[rows[:, None], both]
            rows, both, weighs = _sure(rows, both, weighs)
            both = both.gather(1, weighs.argsort(1, descending=True))
            values.append(torch.stack([block.factors[n][rows[:, None], both] for n in numbers])
                          if numbers else torch.zeros(0, len(rows), 2))  # fmt: skip
            aways.append(away[rows[:, None], both])
            weights.append(counts[rows])
    weight = torch.cat(weights)
    return Pairs(torch.cat(values, 1), torch.cat(aways), weight / weight.sum().clamp_min(EVEN))


def _sure(*given: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Rows, keys and their weights where the program weighs one of the two more."""
    weighs = given[-1]
    some = (weighs[:, 0] - weighs[:, 1]).abs() > EVEN * weighs.sum(1)
    return tuple(one[some] for one in given)


def deciding(
    kinds: Sequence[Kind], falls: Sequence[Fall], itself: float | None, pairs: Pairs
) -> tuple[str, ...]:
    """The names of what to tell, while each decides as many pairs as LEAST; the pairs' values are
    those of the kinds."""
    said = {one.factor.name: _said(one, values)
            for one, values in zip(kinds, pairs.values, strict=True)}  # fmt: skip
    places = dict(zip(FALLS, falls, strict=False))
    left = [*said, *places, *([ITSELF] if itself is not None else ())]
    told: list[str] = []
    decided = _decided(told, said, places, itself, pairs)
    while left:
        by_name = {one: _decided([*told, one], said, places, itself, pairs) for one in left}
        best = max(left, key=lambda one: by_name[one])
        if by_name[best] < decided + LEAST:
            break
        decided = by_name[best]
        told.append(best)
        left.remove(best)
    return tuple(told)


def _said(one: Kind, values: torch.Tensor) -> torch.Tensor:
    """What is said of keys of a kind, as logarithms; of likeness as much as there is of it."""
    much = values.clamp(0, 1) if one.factor.form == LIKE else (values > 0).float()
    return math.log(one.times) * much


def _decided(
    told: Sequence[str], said: Mapping[str, torch.Tensor], places: Mapping[str, Fall],
    itself: float | None, pairs: Pairs,
) -> float:  # fmt: skip
    """How many pairs are decided rightly by what is told; an open one counts half."""
    score = nearness([places[one] for one in told if one in places],
                     itself if ITSELF in told else None, pairs.away)  # fmt: skip
    some = [said[one] for one in told if one in said]
    if some:
        of_kind = torch.stack(some)
        score = score + of_kind.amax(0).clamp_min(0) + of_kind.amin(0).clamp_max(0)
    apart = score[:, 0] - score[:, 1]
    right = (apart > EVEN).float() + 0.5 * (apart.abs() <= EVEN).float()
    return float((right * pairs.weight).sum())


def nearness(falls: Sequence[Fall], itself: float | None, away: torch.Tensor) -> torch.Tensor:
    """What is said of distances, as logarithms: beside the token before, and between what is told
    as powers of distance; beyond it a fall goes on, a rise doesn't.

    >>> nearness([Fall(4, 0.5)], 2.0, torch.tensor([0.0, 1.0, 2.0, 4.0, 8.0])).exp().tolist()
    ... # doctest: +ELLIPSIS
    [2.0, 1.0, 0.707..., 0.5, 0.353...]
    """
    found = torch.zeros_like(away)
    far, last, level = away.clamp_min(1).log(), 0.0, 0.0
    for one in sorted(falls, key=lambda one: one.away):
        end, ratio = math.log(one.away), math.log(one.ratio)
        slope = (ratio - level) / (end - last)
        ahead = (far - last).clamp(0, math.inf if slope < 0 else end - last)
        found = torch.where(far > last, level + slope * ahead, found)
        last, level = end, ratio
    return found.masked_fill(away < 0.5, math.log(itself) if itself is not None else 0.0)
