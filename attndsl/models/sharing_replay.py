"""Figures by replay from many workers: a rank runs the model again over one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from attndsl.executors.shared import shared_out
from attndsl.executors.task import Part, Tell
from attndsl.files.places import Place
from attndsl.fit.library import LibrarySource
from attndsl.fit.medians import Constants
from attndsl.fit.passes import Numbers, Reported
from attndsl.fit.scoring import Sums
from attndsl.graph.carried import Carried
from attndsl.heads.store import HeadStore
from attndsl.models.held import Named, Workers, held
from attndsl.models.replaying import ByReplay, put_together, text_figures
from attndsl.models.scoring import held_store


@dataclass(frozen=True)
class Replays:
    """Programs against the heads on some texts of a store, by all rows; `best` numbers each head's
    own, `constants` are their constant patterns as JSON."""

    kind: ClassVar[str] = "replays"
    model: Named
    store: str
    texts_hash: str
    programs: Carried
    numbers: tuple[int, ...]
    memory: int
    best: tuple[int, ...]
    constants: Mapping[str, Any]

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Replays:
        return cls(**{
            **fields, "model": Named.from_json(fields["model"]),
            "programs": Carried.from_json(fields["programs"]),
            "numbers": tuple(fields["numbers"]), "best": tuple(fields["best"]),
        })  # fmt: skip

    @property
    def world(self) -> int:
        return len(self.numbers)

    @cached_property
    def source(self) -> LibrarySource:
        mask = held_store(self.store, self.texts_hash).meta.mask
        loaded = held(self.model)
        programs, device = self.programs.arrived(), str(loaded.device)
        return LibrarySource(programs, loaded.table, mask, self.memory, device=device)

    def part(self, rank: int, world: int) -> Part:
        found = text_figures(
            held(self.model), held_store(self.store, self.texts_hash), self.source,
            self.numbers[rank], np.array(self.best), Constants.from_json(self.constants),
        )  # fmt: skip
        return dict(found)


@dataclass(frozen=True)
class ReplaysByWorkers:
    """The passes of scoring over a store of sketches, the replays shared out."""

    workers: Workers
    here: ByReplay
    folder: Place
    tell: Tell

    @property
    def store(self) -> HeadStore:
        return self.here.store

    def sums(self, numbers: Sequence[int]) -> Sums:
        return self.here.sums(numbers)

    def reported(
        self, numbers: Sequence[int], best: Numbers, second: Numbers, constants: Constants
    ) -> Reported:
        source = self.here.source
        task = Replays(
            self.workers.model, str(self.store.folder), self.store.meta.texts_hash,
            Carried.of(source.programs), tuple(numbers), self.here.memory, tuple(best.tolist()),
            constants.as_json(),
        )  # fmt: skip
        with shared_out(task, self.folder, self.workers.executor, self.tell) as parts:
            every = [part for part in parts if part is not None]
        return put_together(every, best, second, constants)
