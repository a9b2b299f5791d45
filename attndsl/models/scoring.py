"""Scoring by many workers: a rank takes a share of the texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np

from attndsl.executors.shared import shared_out
from attndsl.executors.task import Part, Tell
from attndsl.files.places import Place, place
from attndsl.fit.comparing import comparing_on
from attndsl.fit.excess import constants_on
from attndsl.fit.library import LibrarySource
from attndsl.fit.measures import Measures
from attndsl.fit.medians import Constants
from attndsl.fit.passes import KeptFigures, Numbers, OneProcess, Passes, Reported
from attndsl.fit.scoring import Progress, Sums, shares
from attndsl.graph.carried import Carried
from attndsl.heads.store import HeadStore
from attndsl.models.held import Named, Workers, held
from attndsl.models.loading import LoadedModel
from attndsl.models.replaying import ByReplay


@dataclass(frozen=True)
class Score:
    """Programs against the heads of a store on some texts; of the heads' `best` and `second`
    programs, where they are given, each text's figures are kept."""

    kind: ClassVar[str] = "score"
    model: Named
    store: str
    texts_hash: str
    programs: Carried
    shares: tuple[tuple[int, ...], ...]
    memory: int
    best: tuple[int, ...] = ()
    second: tuple[int, ...] = ()

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Score:
        return cls(**{
            **fields, "model": Named.from_json(fields["model"]),
            "programs": Carried.from_json(fields["programs"]),
            "shares": tuple(map(tuple, fields["shares"])),
            "best": tuple(fields["best"]), "second": tuple(fields["second"]),
        })  # fmt: skip

    @property
    def world(self) -> int:
        return len(self.shares)

    @cached_property
    def passes(self) -> OneProcess:
        store = held_store(self.store, self.texts_hash)
        loaded = held(self.model)
        comparing = comparing_on(loaded.device)
        source = LibrarySource(
            self.programs.arrived(), loaded.table, store.meta.mask, self.memory,
            device=comparing.device,
        )  # fmt: skip
        return OneProcess(store, source, self.memory, comparing=comparing)

    def part(self, rank: int, world: int) -> Part:
        numbers = self.shares[rank]
        if not self.best:
            return _arrays(self.passes.sums(numbers))
        sums, kept = self.passes.kept(numbers, np.array(self.best), np.array(self.second))
        return {**_arrays(sums), **{f"kept{at}": one for at, one in enumerate(kept.arrays)}}


@lru_cache(maxsize=2)
def held_store(name: str, texts_hash: str) -> HeadStore:
    """The store, opened once in each process; the hash keeps two of one name apart."""
    return HeadStore.open(place(name))


def _arrays(sums: Sums) -> Part:
    total = sums.total
    names = ("iou", "content_iou", "rest_error", "content")
    return {"texts": sums.texts, **{name: getattr(total, name) for name in names}}


@dataclass(frozen=True)
class ByWorkers:
    """The passes of scoring, shared out; parts lie in `folder` meanwhile."""

    workers: Workers
    store: HeadStore
    source: LibrarySource
    memory: int
    folder: Place
    tell: Tell

    def sums(self, numbers: Sequence[int]) -> Sums:
        total = Sums(Measures.zeros(len(self.source.names), self.store.meta.total_heads), 0)
        with shared_out(
            self._task(numbers), self.folder, self.workers.executor, self.tell
        ) as parts:
            for part in parts:
                assert part is not None, "scoring has no limit of time"
                total += _sums(part)
        return total

    def reported(
        self, numbers: Sequence[int], best: Numbers, second: Numbers, constants: Constants
    ) -> Reported:
        beside = constants_on(self.store, numbers, constants, self.source.special)
        heads = self.store.meta.total_heads
        total, kept = (
            Sums(Measures.zeros(len(self.source.names), heads), 0),
            KeptFigures.zeros(len(numbers), heads),
        )
        task = self._task(numbers, tuple(best.tolist()), tuple(second.tolist()))
        row_of = {number: row for row, number in enumerate(numbers)}
        with shared_out(task, self.folder, self.workers.executor, self.tell) as parts:
            for share, part in zip(task.shares, parts, strict=True):
                assert part is not None, "scoring has no limit of time"
                total += _sums(part)
                rows = [row_of[number] for number in share]
                for at, into in enumerate(kept.arrays):
                    into[rows] = part[f"kept{at}"]
        return Reported(total, kept, beside)

    def _task(
        self, numbers: Sequence[int], best: tuple[int, ...] = (), second: tuple[int, ...] = ()
    ) -> Score:
        return Score(
            self.workers.model, str(self.store.folder), self.store.meta.texts_hash,
            Carried.of(self.source.programs), tuple(map(tuple, shares(self.store, numbers))),
            self.memory, best, second,
        )  # fmt: skip


def _sums(part: Part) -> Sums:
    total = Measures(part["iou"], part["content_iou"], part["rest_error"], part["content"])
    return Sums(total, part["texts"])


def scored_by(
    workers: Workers | None,
    loaded: LoadedModel,
    store: HeadStore,
    folder: Place,
    tell: Progress,
) -> Callable[[LibrarySource, int], Passes] | None:
    """How `score_library` goes over the texts by workers, or by running the model again where the
    store keeps sketches; None where this process has all that it takes."""
    if store.meta.sketched:
        return lambda source, memory: replays(
            workers, ByReplay(loaded, store, source, memory, tell), folder
        )
    if workers is None:
        return None
    return lambda source, memory: ByWorkers(workers, store, source, memory, folder, tell)


def replays(workers: Workers | None, here: ByReplay, folder: Place) -> Passes:
    """The model run again, here or by workers."""
    from attndsl.models.sharing_replay import ReplaysByWorkers

    return here if workers is None else ReplaysByWorkers(workers, here, folder, here.tell)
