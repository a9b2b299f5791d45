"""Where fitting starts: the likeliest numbers by Newton's method, and the factors they need least.

What a head does is taken as drawn from a program's rows; the bits it takes have one lowest place,
which Newton's method finds in a few steps where steps uphill take hundreds. Their curvature there
says what leaving a factor out would cost once all others make up for it, so that many factors are
left out at once without fitting again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.synthesis.parts.blocks import Batch
from attndsl.synthesis.parts.fitting import Weights, a_row, shares

RIDGE = 1e-3  # on the squares of powers, so that no factor runs away
FAR = 2.0  # the most that a power moves in one step
STEPS = 5  # with all factors, from nothing; where some were left out fewer do
AGAIN = 2
SIZES = (64, 40, 28)  # factors that are left before those numbers are found again
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """One head's numbers, of the factors that it has and of its rest, and the curvature there."""

    kept: NDArray[np.int64]
    numbers: F64
    curvature: F64


def likeliest(
    weights: Weights,
    batches: Sequence[Batch],
    say: Callable[[int, int], None] = lambda *_: None,
    sizes: Sequence[int] = SIZES,
) -> dict[int, Weights]:
    """Each head its own program, with as many factors as each of the sizes says."""
    found = {size: replace(weights, powers=torch.zeros_like(weights.powers),
                           kept=torch.zeros_like(weights.kept), rest=weights.rest.clone())
             for size in sizes}  # fmt: skip
    heads = len(weights.own)
    for head in range(heads):
        say(head, heads)
        every = np.flatnonzero(weights.kept[head].numpy())
        start = np.append(weights.powers[head].numpy()[every], float(weights.rest[head]))
        place = _found(Place(every, start.astype(np.float64), np.eye(len(start))), head, batches,
                       STEPS)  # fmt: skip
        for size in sizes:
            if size < len(place.kept):
                place = _found(without(place, size, weights.least), head, batches, AGAIN)
            powers = torch.from_numpy(place.numbers[:-1]).float()
            if weights.least is not None:
                powers = torch.maximum(powers, weights.least[place.kept])
            found[size].powers[head, place.kept] = powers
            found[size].kept[head, place.kept] = 1.0
            found[size].rest[head] = float(place.numbers[-1])
    return found


def _found(place: Place, head: int, batches: Sequence[Batch], steps: int) -> Place:
    """After some steps of Newton's method; the first ones look at the first batch alone."""
    numbers, ridge = place.numbers, np.append(np.full(len(place.kept), RIDGE), 1e-6)
    curvature = place.curvature
    for step in range(steps):
        some = batches if step >= steps - AGAIN else batches[:1]
        slope, curvature = _curved(place.kept, numbers, head, some)
        curvature = curvature + np.diag(ridge)
        move = np.linalg.solve(curvature, slope - ridge * numbers)
        numbers = numbers + move * min(1.0, FAR / max(np.abs(move).max(), 1e-9))
    return Place(place.kept, numbers, curvature)


def _curved(
    kept: NDArray[np.int64], numbers: F64, head: int, batches: Sequence[Batch]
) -> tuple[F64, F64]:
    """How the likelihood of a head's rows rises with the numbers, and how it bends."""
    size = len(numbers)
    slope, bend = torch.zeros(size), torch.zeros(size, size)
    powers, chosen = torch.from_numpy(numbers).float(), torch.from_numpy(kept)
    for batch in batches:
        of_text = a_row(batch) / len(batches)
        for block in batch.blocks:
            rows, width = block.seen.shape
            factors = block.factors.index_select(0, chosen)
            values = torch.cat([factors, block.resting.float()[None]]).view(size, -1)
            scores = (powers @ values).view(rows, width).masked_fill(~block.seen, -torch.inf)
            made, counted = shares(scores, block.seen), of_text[block.text]
            slope += values @ ((block.heads[head] - made) * counted[:, None]).view(-1)
            weighed = values * (made * counted[:, None]).view(-1)
            mean = (values * made.view(-1)).view(size, rows, width).sum(2)
            bend += weighed @ values.T - (mean * counted) @ mean.T
    return slope.double().numpy(), bend.double().numpy()


def without(place: Place, size: int, least: torch.Tensor | None = None) -> Place:
    """The place with so many factors, the others left out one by one, each time the one that costs
    least; what is left makes up for it as far as the curvature tells. Those that stand under their
    `least` go first, also where then fewer are left.

    >>> apart = Place(np.arange(3), np.array([1.0, 0.1, -2.0, 5.0]), np.eye(4))
    >>> without(apart, 2).kept, without(apart, 2).numbers
    (array([0, 2]), array([ 1., -2.,  5.]))
    """
    inverse, numbers = np.linalg.inv(place.curvature), place.numbers.copy()
    left = list(range(len(place.kept)))
    low = np.full(len(left), -np.inf) if least is None else least.double().numpy()[place.kept]
    while True:
        cost = numbers[left] ** 2 / np.maximum(np.diag(inverse)[left], 1e-12)
        under = numbers[left] < low[left]
        if len(left) <= size and not under.any():
            break
        one = left.pop(int(np.where(under, cost, cost + cost.sum() * under.any()).argmin()))
        numbers -= numbers[one] / inverse[one, one] * inverse[:, one]
        inverse -= np.outer(inverse[:, one], inverse[one]) / inverse[one, one]
    whole = [*left, len(place.kept)]
    return Place(place.kept[left], numbers[whole], place.curvature[np.ix_(whole, whole)])
