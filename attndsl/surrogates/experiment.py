"""The whole of it for one run: ablations from its selection texts, orders, and the settings."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from attndsl.files.places import Place
from attndsl.files.whole import write_json
from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.models.loading import LoadedModel
from attndsl.models.recorded import record_outputs
from attndsl.surrogates.ablations import ABLATIONS, BY_POSITION, Ablation
from attndsl.surrogates.effects import Effect
from attndsl.surrogates.evaluation import Setting
from attndsl.surrogates.handle import Head, check_heads
from attndsl.surrogates.neutral import (
    NEUTRAL_TEXTS,
    NEUTRAL_TOKENS,
    ablation_effects,
    least_first,
)
from attndsl.surrogates.offsets import offsets_of
from attndsl.surrogates.orders import (
    ALL_SEEDS,
    EFFECT,
    FIT,
    NEUTRAL,
    RANDOM,
    SEEDS,
    SHARES,
    Order,
    at_random,
    settings,
    within,
)
from attndsl.surrogates.sources import SourceFactory

KEPT = "neutral.json"  # the neutral order, in the run's folder
DONORS = 16  # texts whose outputs stand in for others'
Ids = NDArray[np.int64]
Say = Callable[[int, int], None]


class Ablate(Protocol):
    """Who measures what ablating each of some heads alone costs."""

    def __call__(
        self,
        loaded: LoadedModel,
        texts: Sequence[Ids],
        ablation: Ablation,
        heads: Collection[Head],
        say: Say,
        /,
    ) -> dict[Head, Effect]: ...


@dataclass(frozen=True, eq=False)
class Asked:
    """What is to be measured: the run's heads by fit and, where it is known, by the effect of
    their programs; which orders, which shares (None: each order's own), whether all ablations and
    five seeds, and whether programs moved by a constant too."""

    by_fit: tuple[Head, ...]
    by_effect: tuple[Head, ...] | None
    orders: tuple[str, ...] = tuple(SHARES)
    shares: tuple[float, ...] | None = None
    everything: bool = False
    offset: bool = False


@dataclass(frozen=True, eq=False)
class Experiment:
    """The settings that `evaluate` is to measure, and what they are made of."""

    programs: Mapping[Head, Program]
    selection: tuple[Ids, ...]
    orders: tuple[Order, ...]
    everything: bool
    offset: bool
    settings: tuple[Setting, ...]


def experiment(
    loaded: LoadedModel,
    folder: Place,
    programs: Mapping[Head, Program],
    selection: Sequence[Ids],
    asked: Asked,
    factory: SourceFactory,
    say: Say = lambda *_: None,
    ablate: Ablate | None = None,
) -> Experiment:
    """What is to be measured; `say` hears of the neutral order's progress, for which `ablate`,
    or this process, measures what ablating each head costs."""
    check_heads(loaded.attention, programs)
    ablations = ablations_of(loaded, selection, asked.everything)
    total = loaded.layers * loaded.heads
    orders: list[Order] = []
    for name in asked.orders:
        shares = asked.shares or SHARES[name]
        if name == NEUTRAL:
            heads = neutral_order(
                loaded, folder, selection, ablations[0], tuple(programs), say, ablate
            )
            orders.append(Order(name, heads, shares))
        elif name == FIT:
            orders.append(Order(name, asked.by_fit, shares))
        elif name == EFFECT and asked.by_effect is not None:
            orders.append(Order(name, asked.by_effect, shares))
        elif name == RANDOM:
            seeds = range(1, 1 + (ALL_SEEDS if asked.everything else SEEDS))
            drawn = (at_random(tuple(programs), seed) for seed in seeds)
            orders += [Order(one.name, one.heads, shares) for one in drawn]
    if asked.shares is None:
        orders = list(within(orders, total))
    made = settings_of(loaded, programs, selection, orders, asked.offset, ablations, factory)
    return Experiment(
        programs, tuple(selection), tuple(orders), asked.everything, asked.offset, made
    )


def settings_of(
    loaded: LoadedModel,
    programs: Mapping[Head, Program],
    selection: Sequence[Ids],
    orders: Sequence[Order],
    offset: bool,
    ablations: Sequence[Ablation],
    factory: SourceFactory,
) -> tuple[Setting, ...]:
    """The settings of an experiment whose orders are known."""
    total = loaded.layers * loaded.heads
    moved = offsets_of(loaded, selection, programs) if offset else None
    return settings(orders, programs, ablations, total, factory, moved)


def ablations_of(
    loaded: LoadedModel, selection: Sequence[Ids], everything: bool = False
) -> tuple[Ablation, ...]:
    """Mean by position, and with `everything` the other ablations too."""
    names = tuple(ABLATIONS) if everything else (BY_POSITION,)
    outputs = record_outputs(loaded, selection, DONORS if everything else 0)
    return tuple(ABLATIONS[name](outputs) for name in names)


def neutral_order(
    loaded: LoadedModel,
    folder: Place,
    selection: Sequence[Ids],
    ablation: Ablation,
    heads: Sequence[Head],
    say: Say = lambda *_: None,
    ablate: Ablate | None = None,
) -> tuple[Head, ...]:
    """The heads by what ablating each costs, least first; kept in the run's folder."""
    effects = kept_effects(folder / KEPT, ablation.of)
    missing = [head for head in heads if head not in effects]
    if missing:
        texts = [text[:NEUTRAL_TOKENS] for text in selection[:NEUTRAL_TEXTS]]
        effects |= (ablate or ablation_effects)(loaded, texts, ablation, missing, say)
        lines = [[*head, one.divergence, one.ratio] for head, one in sorted(effects.items())]
        write_json(folder / KEPT, {"of": ablation.of, "ablation": ablation.name, "heads": lines})
    return least_first({head: effects[head] for head in heads})


def kept_effects(path: Place, of: str | None = None) -> dict[Head, Effect]:
    """What ablating each head costs, where it was measured before, on the same texts if told."""
    if not path.exists():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        lines = record["heads"] if of in (None, record["of"]) else []
        return {(int(at), int(head)): Effect(float(d), float(r)) for at, head, d, r in lines}
    except (OSError, ValueError, TypeError, KeyError) as fault:
        raise AttndslError(
            f"{path} can't be read: {fault!r}; remove it, and it is made again"
        ) from None
