"""How long a program may be: as long as its heads' rows and itself are told in the fewest bits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from attndsl.fit.codelength import EVEN, gain
from attndsl.graph.length import length
from attndsl.graph.verify import verify
from attndsl.synthesis.parts.blocks import Batch
from attndsl.synthesis.parts.fitting import HEADS, Weights, pattern
from attndsl.synthesis.parts.vocabulary import TABLE, Factor
from attndsl.synthesis.parts.weighing import Weighing, read
from attndsl.synthesis.parts.write import plainly

CALLED = 40.0  # bits of a call of a table: its name, its power, and a product
ALIKE = 0.05  # of the codelength gain, by which two rungs gain as much as one another
DOUBTED = 0.02  # of the objective, by which more is said against one rung than against another
LONG = 0.25  # of the programs may be longer than most are; some more grow where they are mended
LOSES = 0.1  # of the objective, that a rung may lose against the best, however few bits it takes
SIMPLE = 0.02  # of the objective, that the shortest rung may lose where it is preferred


def bits_a_row(weights: Weights, batch: Batch) -> torch.Tensor:
    """Mean bits in which a row of each head is told with its program's, [H]."""
    found = torch.zeros(len(weights.owner))
    rows = batch.weight / batch.rows.clamp_min(1)
    for at in range(0, len(weights.owner), HEADS):
        heads = torch.arange(at, min(at + HEADS, len(weights.owner)))
        some = weights.of(heads)
        for block in batch.blocks:
            even = EVEN / block.seen.sum(1)[:, None]
            expected = (1 - EVEN) * pattern(some, block) + even
            told = (block.heads[heads] * torch.log2(expected) * block.seen).sum(2)
            found[heads] -= told @ rows[block.text]
    return found


def bits_of(programs: Sequence[Weighing]) -> list[float]:
    """Bits of each program's own text; of a shipped table only its call is its own."""
    return [_bits_of(one) for one in programs]


def _bits_of(one: Weighing) -> float:
    own = [pair for pair in one.factors if pair[0].form != TABLE]
    called = CALLED * (len(one.factors) - len(own))
    return length(verify(plainly(replace(one, factors=tuple(own)), "one")).programs[0]) + called


def gains(
    rungs: Mapping[int, Weights], batch: Batch, factors: Sequence[Factor], alone: torch.Tensor
) -> dict[int, torch.Tensor]:
    """By rung each program's codelength gain over resting alone, of all its heads together, [P].

    A program is paid once, however many heads share it; `alone` [H] are bits a row without any.
    """
    found = {}
    for size, weights in rungs.items():
        count = len(weights.powers)
        spared = torch.zeros(count).index_add_(0, weights.owner, alone - bits_a_row(weights, batch))
        own = bits_of([read(weights, program, factors) for program in range(count)])
        found[size] = torch.tensor([
            gain(float(bits), paid) for bits, paid in zip(spared, own, strict=True)
        ])  # fmt: skip
    return found


def picked(
    worth: Mapping[int, torch.Tensor], gain_of: Mapping[int, torch.Tensor],
    against: Mapping[int, torch.Tensor], simple: bool,
) -> list[int]:  # fmt: skip
    """The rung of each program: of those that gain as much, the longest, which fits best; none
    `against` which probes say more than against another, and none that loses much.

    `simple`: the shortest that loses little against it by the objective.
    """
    best = []
    for program in range(len(next(iter(worth.values())))):
        most = max(float(of_size[program]) for of_size in worth.values())
        good = [size for size in sorted(worth) if worth[size][program] >= most - LOSES]
        sizes = [size for size in good if size in undoubted(against, program)] or good
        gained = [float(gain_of[size][program]) for size in sizes]
        least = max(gained) - ALIKE * abs(max(gained))
        one = max(size for size, gain in zip(sizes, gained, strict=True) if gain >= least)
        enough = worth[one][program] - SIMPLE if simple else torch.inf
        best.append(next((size for size in sizes if worth[size][program] >= enough), one))
    return best


def lengthened(
    sizes: Sequence[int], worth: Mapping[int, torch.Tensor],
    gain_of: Mapping[int, torch.Tensor], heads: torch.Tensor, most: int, longest: int,
) -> list[int]:  # fmt: skip
    """The rungs that were picked, of a few programs the `longest`: of those that reach `most`
    where its heads gain most together by the objective, and no fewer bits or much by it.

    >>> worth = {5: torch.full((4,), 0.5), 8: torch.tensor([0.6, 0.52, 0.55, 0.5])}
    >>> bits = {5: torch.full((4,), 9.0), 8: torch.tensor([9.0, 9.0, 5.0, 9.0])}
    >>> lengthened([5, 5, 5, 5], worth, bits, torch.tensor([1, 9, 9, 9]), 5, 8)
    [5, 8, 5, 5]
    """
    gained = (worth[longest] - worth[most]) * heads
    pays = [
        float(gain_of[longest][program]) >= (1 - ALIKE) * float(gain_of[most][program])
        or float(worth[longest][program] - worth[most][program]) > LOSES
        for program in range(len(sizes))
    ]
    order = sorted(range(len(sizes)), key=lambda program: -float(gained[program]))
    some = [one for one in order if sizes[one] == most and pays[one] and gained[one] > 0]
    longer = set(some[: int(LONG * len(sizes))])
    return [longest if one in longer else size for one, size in enumerate(sizes)]


def undoubted(against: Mapping[int, torch.Tensor], program: int) -> list[int]:
    """The rungs against which probes say about as little as against any, the shortest first."""
    least = min(float(one[program]) for one in against.values())
    return [size for size in sorted(against) if float(against[size][program]) <= least + DOUBTED]
