"""What is measured of a run's programs: shares of the heads in several orders, beside ablations."""

from __future__ import annotations

import random
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from attndsl.language.diagnostics import AttndslError
from attndsl.surrogates.ablations import Ablation, Shifted
from attndsl.surrogates.evaluation import Setting, heads_of, remember
from attndsl.surrogates.handle import Head
from attndsl.surrogates.sources import SourceFactory

NEUTRAL, FIT, EFFECT, RANDOM = "neutral", "fit", "effect", "random"
MANY = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50, 0.75, 1.0)
FEW = (0.25, 0.5, 1.0)
SHARES: Mapping[str, tuple[float, ...]] = {NEUTRAL: MANY, FIT: FEW, EFFECT: FEW, RANDOM: FEW}
SEEDS, ALL_SEEDS = 1, 5
WITH_OFFSET = "programs with offset"
TEXTS = 32  # report texts that the figures come from


@dataclass(frozen=True, slots=True)
class Order:
    """Heads in the order of replacing them, and the shares of all heads to replace."""

    name: str
    heads: tuple[Head, ...]
    shares: tuple[float, ...]


def at_random(heads: Sequence[Head], seed: int) -> Order:
    """
    >>> order = at_random([(0, 0), (0, 1), (1, 0)], 1)
    >>> order.name, sorted(order.heads), order.heads == at_random(order.heads, 1).heads
    ('random', [(0, 0), (0, 1), (1, 0)], True)
    """
    shuffled = sorted(heads)
    random.Random(2026 + seed).shuffle(shuffled)
    name = RANDOM if seed == 1 else f"{RANDOM} {seed}"
    return Order(name, tuple(shuffled), SHARES[RANDOM])


def settings(
    orders: Sequence[Order],
    programs: Mapping[Head, Hashable],
    ablations: Sequence[Ablation],
    total: int,
    factory: SourceFactory,
    offset: Ablation | None = None,
) -> tuple[Setting, ...]:
    """For each order and share the first heads: with their programs, by each ablation, and with
    programs moved by an `offset` where there is one.

    `total` is how many heads the whole model has; a share that needs more heads than the order
    holds is an error.
    """
    remembered = remember(factory)
    made = []
    for order in orders:
        for share in sorted(set(order.shares)):
            count = heads_of(share, total)
            if count > len(order.heads):
                raise AttndslError(
                    f"a fraction of {share:g} is {count} of {total} heads, but only "
                    f"{len(order.heads)} have a program"
                )
            chosen = order.heads[:count]
            mine = {head: programs[head] for head in chosen}
            made.append(Setting("programs", order.name, share, mine, remembered))
            if offset is not None:
                moved = {head: Shifted(program, offset) for head, program in mine.items()}
                made.append(Setting(WITH_OFFSET, order.name, share, moved, remembered))
            for one in ablations:
                rest = dict.fromkeys(chosen, one)
                made.append(Setting(one.name, order.name, share, rest, remembered))
    return tuple(made)


def within(orders: Sequence[Order], total: int) -> tuple[Order, ...]:
    """The orders with the shares that they have heads for."""
    return tuple(
        Order(
            one.name,
            one.heads,
            tuple(s for s in one.shares if heads_of(s, total) <= len(one.heads)),
        )
        for one in orders
    )
