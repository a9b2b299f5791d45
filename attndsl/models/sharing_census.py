"""The census by many workers: a rank weighs the heads on a batch of texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from attndsl.executors.shared import shared_out
from attndsl.executors.task import Part
from attndsl.files.places import Place, place
from attndsl.fit.constants import Constant
from attndsl.fit.sampling import Batch, Progress, Tables, Weigh, Weights, weights_of
from attndsl.heads.probes import ProbeStore
from attndsl.heads.store import HeadStore
from attndsl.models.held import Named, Workers, held
from attndsl.models.scoring import held_store


@dataclass(frozen=True)
class Censusing:
    """Batches of a store's texts and of its probes; `constants` are those of the heads as JSON."""

    kind: ClassVar[str] = "census"
    model: Named
    store: str
    texts_hash: str
    probes: str | None
    probes_hash: str
    batches: tuple[Batch, ...]
    constants: tuple[tuple[Mapping[str, Any], ...], ...]

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Censusing:
        return cls(**{
            **fields, "model": Named.from_json(fields["model"]),
            "batches": tuple(
                Batch(one["where"], tuple(one["numbers"]), tuple(one["mechanisms"]))
                for one in fields["batches"]
            ),
            "constants": tuple(map(tuple, fields["constants"])),
        })  # fmt: skip

    @property
    def world(self) -> int:
        return len(self.batches)

    @cached_property
    def tables(self) -> Tables:
        return tuple(
            tuple(Constant.from_json(dict(one)) for one in side) for side in self.constants
        )

    def part(self, rank: int, world: int) -> Part:
        probes = None if self.probes is None else held_probes(self.probes, self.probes_hash)
        found = weights_of(
            self.batches[rank], held_store(self.store, self.texts_hash), probes,
            held(self.model).table, self.tables,
        )  # fmt: skip
        return {"heads": found.heads, "constants": found.constants}


@lru_cache(maxsize=2)
def held_probes(name: str, texts_hash: str) -> ProbeStore:
    """The probes, opened once in each process; the hash keeps two of one name apart."""
    return ProbeStore.open(place(name))


def weighed_by(
    workers: Workers | None, store: HeadStore, probes: ProbeStore | None, folder: Place
) -> Weigh | None:
    """How the census looks at batches by workers, whose parts lie in `folder` meanwhile; None
    where this process does it."""
    if workers is None:
        return None

    def weigh(batches: Sequence[Batch], constants: Tables, tell: Progress) -> Iterable[Weights]:
        task = Censusing(
            workers.model, str(store.folder), store.meta.texts_hash,
            None if probes is None else str(probes.heads.folder),
            "" if probes is None else probes.heads.meta.texts_hash, tuple(batches),
            tuple(tuple(one.as_json() for one in side) for side in constants),
        )  # fmt: skip
        with shared_out(task, folder, workers.executor, tell) as parts:
            return [Weights(one["heads"], one["constants"]) for one in parts if one is not None]

    return weigh
