"""Programs that several heads share: the fewest within a mean loss that no head exceeds by much."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.synthesis.parts.ladder import Fitter
from attndsl.synthesis.parts.mixture import Mixture

F64 = NDArray[np.float64]
Say = Callable[[int, int], None]
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Shared:
    """A library, which of it each head has, and the objective that each head reaches by it."""

    library: tuple[Mixture, ...]
    owner: tuple[int, ...]
    worth: tuple[float, ...]


def reduced(worth: F64, programs: int, most: float) -> tuple[list[int], float]:
    """At most so many rows of `worth` that keep the columns' best best, and the mean loss.

    Greedy by what each adds; heads that lose more than `most` are served first.
    """
    best = worth.max(axis=0)
    kept: list[int] = []
    reached = np.full(worth.shape[1], -np.inf)
    before = np.inf
    while len(kept) < min(programs, len(worth)):
        lost = best - np.maximum(worth, reached)
        # What is over the most that a head may lose counts double.
        cost = lost.sum(axis=1) + np.maximum(lost - most, 0).sum(axis=1)
        one = int(cost.argmin())
        if cost[one] >= before - ROUNDING:
            break
        kept.append(one)
        reached, before = np.maximum(worth[one], reached), float(cost[one])
    return kept, float((best - reached).mean())


def refitted(
    fitter: Fitter, heads: Sequence[int], library: Sequence[Mixture], owner: Sequence[int],
    steps: int,
) -> list[Mixture]:  # fmt: skip
    """Each mixture's values as the middle, in logarithms, of what fits each of its heads best."""
    fits, _ = fitter.fit(heads, [library[one] for one in owner], steps)
    found = []
    for number, mixture in enumerate(library):
        mine = [[term.value for term in fits[at].terms]
                for at, one in enumerate(owner) if one == number]  # fmt: skip
        values = np.exp(np.log(mine).mean(axis=0)).tolist() if mine else None
        found.append(mixture if values is None else mixture.with_values(values))
    return found


def shared(
    fitter: Fitter,
    heads: Sequence[int],
    candidates: Sequence[Mixture],
    programs: int,
    most: float,
    turns: int = 3,
    steps: int = 8,
    say: Say = lambda *_: None,
) -> Shared:
    """A library of at most so many of the candidates, refitted to the heads that share them."""
    pool = list(dict.fromkeys(candidates))
    worth = fitter.compare(heads, pool)
    for turn in range(turns + 1):
        say(turn, turns + 1)
        kept, _ = reduced(worth, programs, most)
        owner = worth[kept].argmax(axis=0).tolist()
        if turn == turns:
            break
        fresh = refitted(fitter, heads, [pool[number] for number in kept], owner, steps)
        worth = np.concatenate([worth, fitter.compare(heads, fresh)])
        pool += fresh
    used = sorted(set(owner))
    place = {number: at for at, number in enumerate(used)}
    return Shared(
        tuple(pool[kept[number]] for number in used),
        tuple(place[one] for one in owner),
        tuple(float(worth[kept[one], at]) for at, one in enumerate(owner)),
    )
