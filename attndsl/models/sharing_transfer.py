"""A run's programs on other texts, measured by many workers: a rank takes a share of the texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from attndsl.executors.shared import shared_out
from attndsl.executors.task import Part, Task, Tell
from attndsl.files.places import Place
from attndsl.fit.library import LibrarySource
from attndsl.fit.measures import Measures
from attndsl.fit.medians import Constants
from attndsl.graph.carried import Carried
from attndsl.graph.program import Program
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.models.capture import common_mask
from attndsl.models.held import Named, Workers, held
from attndsl.models.passages import Passage
from attndsl.models.scoring import held_store
from attndsl.models.transfer import Pair, of_passages, of_stored

Shares = tuple[tuple[int, ...], ...]
FIGURES = ("iou", "content_iou", "rest_error", "content")


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who measures, where parts lie meanwhile, and who hears how far it is."""

    workers: Workers
    folder: Place
    tell: Tell


@dataclass(frozen=True)
class Tried:
    """Programs, the number of each head's own (-1: none), and the heads' constants as JSON."""

    programs: Carried
    assigned: tuple[int, ...]
    constants: Mapping[str, Any] | None

    @classmethod
    def of(
        cls, programs: Sequence[Program], assigned: Sequence[int], constants: Constants | None
    ) -> Tried:
        said = None if constants is None else constants.as_json()
        return cls(Carried.of(programs), tuple(assigned), said)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Tried:
        programs = Carried.from_json(fields["programs"])
        return cls(programs, tuple(fields["assigned"]), fields["constants"])

    def source(self, model: Named, mask: Mask) -> LibrarySource:
        """The patterns of the programs, on texts that the model reads."""
        loaded = held(model)
        programs, device = self.programs.arrived(), str(loaded.device)
        return LibrarySource(programs, loaded.table, mask, device=device)

    @cached_property
    def patterns(self) -> Constants | None:
        return None if self.constants is None else Constants.from_json(self.constants)


@dataclass(frozen=True)
class OnTexts:
    """Texts as `(ids, text)`, which a worker captures and measures."""

    kind: ClassVar[str] = "on_texts"
    model: Named
    texts: tuple[tuple[list[int], str], ...]
    shares: Shares
    tried: Tried

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> OnTexts:
        return cls(
            Named.from_json(fields["model"]), tuple(map(tuple, fields["texts"])),
            tuple(map(tuple, fields["shares"])), Tried.from_json(fields["tried"]),
        )  # fmt: skip

    @property
    def world(self) -> int:
        return len(self.shares)

    @cached_property
    def source(self) -> LibrarySource:
        return self.tried.source(self.model, common_mask(held(self.model).masks))

    def part(self, rank: int, world: int) -> Part:
        found = [
            Passage(np.array(ids, dtype=np.int64), text, number, 0)
            for number, (ids, text) in ((at, self.texts[at]) for at in self.shares[rank])
        ]
        tried = self.tried
        return as_part(
            of_passages(held(self.model), self.source, found, tried.assigned, tried.patterns)
        )


@dataclass(frozen=True)
class OnStore:
    """Texts of a store of the run's own model."""

    kind: ClassVar[str] = "on_store"
    model: Named
    store: str
    texts_hash: str
    shares: Shares
    tried: Tried

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> OnStore:
        return cls(
            Named.from_json(fields["model"]), fields["store"], fields["texts_hash"],
            tuple(map(tuple, fields["shares"])), Tried.from_json(fields["tried"]),
        )  # fmt: skip

    @property
    def world(self) -> int:
        return len(self.shares)

    @cached_property
    def source(self) -> LibrarySource:
        return self.tried.source(self.model, held_store(self.store, self.texts_hash).meta.mask)

    def part(self, rank: int, world: int) -> Part:
        store, tried = held_store(self.store, self.texts_hash), self.tried
        return as_part(
            of_stored(store, self.source, self.shares[rank], tried.assigned, tried.patterns)
        )


def on_texts_by_workers(
    sharing: Sharing,
    found: Sequence[Passage],
    shares: Sequence[Sequence[int]],
    programs: Sequence[Program],
    assigned: Sequence[int],
    constants: Constants | None,
) -> list[Pair]:
    """What `of_passages` gives of each share."""
    texts = tuple((one.ids.tolist(), one.text) for one in found)
    tried = Tried.of(programs, assigned, constants)
    return pairs_of(
        OnTexts(sharing.workers.model, texts, tuple(map(tuple, shares)), tried), sharing
    )


def on_store_by_workers(
    sharing: Sharing,
    store: HeadStore,
    shares: Sequence[Sequence[int]],
    programs: Sequence[Program],
    assigned: Sequence[int],
    constants: Constants | None,
) -> list[Pair]:
    """What `of_stored` gives of each share."""
    tried = Tried.of(programs, assigned, constants)
    task = OnStore(
        sharing.workers.model, str(store.folder), store.meta.texts_hash,
        tuple(map(tuple, shares)), tried,
    )  # fmt: skip
    return pairs_of(task, sharing)


def pairs_of(task: Task, sharing: Sharing) -> list[Pair]:
    with shared_out(task, sharing.folder, sharing.workers.executor, sharing.tell) as parts:
        return [
            (measures(part, "own"), measures(part, "beside")) for part in parts if part is not None
        ]


def as_part(pair: Pair) -> Part:
    return {
        f"{side}_{name}": getattr(one, name)
        for side, one in zip(("own", "beside"), pair, strict=True)
        for name in FIGURES
    }


def measures(part: Part, side: str) -> Measures:
    return Measures(*(part[f"{side}_{name}"] for name in FIGURES))
