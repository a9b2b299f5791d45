"""How weight goes by distance: what the token itself, near and far ones get beside the one before.

All that a program says of distance is taken together here, and no kind of token is told by it.
"""

import math
from collections.abc import Sequence

import torch

from attndsl.synthesis.parts.blocks import Batch
from attndsl.synthesis.parts.inside import FAR, by_distance, goes_by_place, scores
from attndsl.synthesis.parts.said import Fall, Kind
from attndsl.synthesis.parts.vocabulary import Factor

DISTANCES = (2, 3, 4, 6, 8, 12, 16, 30)
FURTHER = 4  # times as far as the first fall is a second
HALVED, DOUBLED = 0.55, 1.9
BACK = ("itself", "previous", "two_back", "three_back")  # so many tokens
PEAK = 1.5  # times what those beside it get
MOST = 30.0  # a logarithm
LEAST = 0.0001  # what is rounded away still has a logarithm


def profile(powers: torch.Tensor, batch: Batch, factors: Sequence[Factor]) -> torch.Tensor | None:
    """By a program's factors of distance, what cells so far away have on average, as logarithms
    [FAR + 1]; None where it has none."""
    placed = [n for n in powers.nonzero().flatten().tolist() if goes_by_place(factors[n])]
    return _means(placed, powers, batch, factors) if placed else None


def _means(
    keys: Sequence[int], powers: torch.Tensor, batch: Batch, factors: Sequence[Factor]
) -> torch.Tensor:
    number = [one.name for one in factors].index("distance")
    seen = [block.seen & ~block.resting for block in batch.blocks]
    return by_distance(scores(keys, powers, batch), seen, batch, number)


def itself_in(
    powers: torch.Tensor, keys: Sequence[int], batch: Batch, factors: Sequence[Factor]
) -> float | None:
    """What the token itself gets beside the one before, by all that a program has of keys; None
    where it rests."""
    mean = _means(keys, powers, batch, factors)
    apart = float(mean[0] - mean[1])
    return None if math.isnan(apart) else math.exp(apart)


def falls_in(mean: torch.Tensor | None) -> tuple[Fall, ...]:
    if mean is None:
        return ()
    return falls_of({away: float(mean[away] - mean[1]) for away in range(2, FAR + 1)})


def falls_of(logs: dict[int, float]) -> tuple[Fall, ...]:
    """Where weight has halved or doubled, else how it is as far away as is known; and well beyond.

    >>> falls_of({away: -0.3 * (away - 1) for away in range(2, 20)})
    (Fall(away=3, ratio=0.5488), Fall(away=12, ratio=0.0369))
    >>> falls_of({2: 0.1, 3: 0.1})
    (Fall(away=3, ratio=1.1052),)
    >>> falls_of({2: -20.0})
    (Fall(away=2, ratio=0.0001),)
    """
    found = [Fall(away, max(round(math.exp(logs[away]), 4), LEAST)) for away in DISTANCES
             if away in logs and not math.isnan(logs[away])]  # fmt: skip
    first = next((one for one in found if not HALVED < one.ratio < DOUBLED), None)
    if first is None:
        return tuple(found[-1:])
    beyond = [one for one in found if one.away >= FURTHER * first.away]
    return (first, *beyond[:1])


def peaks(
    mean: torch.Tensor | None, itself: float | None, shares: Sequence[float],
    factors: Sequence[Factor],
) -> tuple[Kind, ...]:  # fmt: skip
    """The token itself and the nearest before it that get more than those beside them; `shares` are
    of what doesn't rest, by distance."""
    by_name = {one.name: one for one in factors}
    levels = [0.0] * (len(BACK) + 1)
    if mean is not None:
        levels = [0.0, *(float(mean[away] - mean[1]) for away in range(1, len(BACK) + 1))]
    levels[0] = -math.inf if itself is None else math.log(itself)
    found = []
    for away, name in enumerate(BACK):
        beside = max(levels[max(away - 1, 0) : away] + levels[away + 1 : away + 2])
        times = math.exp(min(levels[away] - beside, MOST))
        if times >= PEAK and name in by_name:
            found.append(Kind(by_name[name], times, shares[away]))
    return tuple(found)
