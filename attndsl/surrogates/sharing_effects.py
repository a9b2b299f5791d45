"""Effects by many workers: a rank measures some heads, each replaced or ablated alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from attndsl.executors.shared import shared_out
from attndsl.executors.task import Going, Part, always
from attndsl.files.places import Place
from attndsl.graph.carried import Carried
from attndsl.graph.program import Program
from attndsl.models.held import Named, Workers, held
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage
from attndsl.surrogates.ablations import Ablation
from attndsl.surrogates.effects import Effect, effects_of
from attndsl.surrogates.experiment import Ablate, ablations_of
from attndsl.surrogates.handle import Head
from attndsl.surrogates.neutral import ablation_effects
from attndsl.surrogates.sharing import Heads, heads_of

Ids = NDArray[np.int64]
Say = Callable[[int, int], None]


@dataclass(frozen=True)
class Ablating:
    """What ablating each head alone costs, with means by position of the selection texts; a rank
    takes a layer."""

    kind: ClassVar[str] = "ablate"
    model: Named
    selection: tuple[tuple[int, ...], ...]
    texts: tuple[tuple[int, ...], ...]
    groups: tuple[Heads, ...]

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Ablating:
        return cls(
            Named.from_json(fields["model"]), tuple(map(tuple, fields["selection"])),
            tuple(map(tuple, fields["texts"])), tuple(map(heads_of, fields["groups"])),
        )  # fmt: skip

    @property
    def world(self) -> int:
        return len(self.groups)

    @cached_property
    def ablation(self) -> Ablation:
        return ablations_of(held(self.model), arrays(self.selection))[0]

    def part(self, rank: int, world: int) -> Part:
        heads, texts = self.groups[rank], arrays(self.texts)
        return as_part(heads, ablation_effects(held(self.model), texts, self.ablation, heads))


@dataclass(frozen=True)
class Effects:
    """What each head's program costs, alone or beside others; a rank takes a group of heads."""

    kind: ClassVar[str] = "effects"
    model: Named
    programs: Carried
    heads: Heads  # of the programs, in their order
    beside: Heads
    texts: tuple[tuple[int, ...], ...]
    groups: tuple[Heads, ...]

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Effects:
        return cls(
            Named.from_json(fields["model"]), Carried.from_json(fields["programs"]),
            heads_of(fields["heads"]), heads_of(fields["beside"]),
            tuple(map(tuple, fields["texts"])), tuple(map(heads_of, fields["groups"])),
        )  # fmt: skip

    @property
    def world(self) -> int:
        return len(self.groups)

    def part(self, rank: int, world: int) -> Part:
        programs = dict(zip(self.heads, self.programs.arrived(), strict=True))
        heads = self.groups[rank]
        effects = effects_of(
            held(self.model),
            [Passage(ids, "", at, 0) for at, ids in enumerate(arrays(self.texts))],
            {head: programs[head] for head in heads},
            beside={head: programs[head] for head in self.beside},
        )
        return as_part(heads, effects)


def arrays(texts: Sequence[Sequence[int]]) -> list[Ids]:
    return [np.array(text, dtype=np.int64) for text in texts]


def plain(texts: Sequence[Ids]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(map(int, text)) for text in texts)


def as_part(heads: Heads, effects: Mapping[Head, Effect]) -> Part:
    return {"effects": [[effects[head].divergence, effects[head].ratio] for head in heads]}


def taken(groups: Sequence[Heads], parts: Sequence[Part | None]) -> list[dict[Head, Effect]]:
    """The effects of each group that was done, as far as none before it is missing."""
    by_group: list[dict[Head, Effect]] = []
    for heads, part in zip(groups, parts, strict=True):
        if part is None:
            break
        by_group.append(
            {head: Effect(*one) for head, one in zip(heads, part["effects"], strict=True)}
        )
    return by_group


def ablated_by(workers: Workers | None, selection: Sequence[Ids], folder: Place) -> Ablate | None:
    """Who measures the neutral order: workers, if there are any."""
    if workers is None:
        return None

    def ablate(
        loaded: LoadedModel,
        texts: Sequence[Ids],
        ablation: Ablation,
        heads: Collection[Head],
        say: Say,
    ) -> dict[Head, Effect]:
        groups = tuple(
            tuple(head for head in sorted(heads) if head[0] == layer)
            for layer in sorted({layer for layer, _ in heads})
        )
        task = Ablating(workers.model, plain(selection), plain(texts), groups)
        with shared_out(task, folder, workers.executor, say) as parts:
            return {head: one for group in taken(groups, parts) for head, one in group.items()}

    return ablate


def effects_shared(
    workers: Workers,
    folder: Place,
    texts: Sequence[Passage],
    groups: Sequence[Mapping[Head, Program]],
    beside: Mapping[Head, Program],
    say: Say = lambda *_: None,
    going: Going = always,
) -> list[dict[Head, Effect]]:
    """The effects of each group of heads, in order; fewer groups where `going` said no."""
    programs = {**beside, **{head: one for group in groups for head, one in group.items()}}
    task = Effects(
        workers.model, Carried.of(tuple(programs.values())), tuple(programs), tuple(beside),
        plain([text.ids for text in texts]), tuple(tuple(group) for group in groups),
    )  # fmt: skip
    with shared_out(task, folder, workers.executor, say, going) as parts:
        return taken(task.groups, parts)
