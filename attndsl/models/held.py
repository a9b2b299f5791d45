"""A model by its name, as a task carries it, and the one that a process holds between ranks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from attndsl.executors.task import Executor
from attndsl.language.diagnostics import AttndslError
from attndsl.models.loading import LoadedModel, load
from attndsl.models.vocabulary import named, standing_in

_HELD: dict[Named, LoadedModel] = {}


@dataclass(frozen=True, slots=True)
class Named:
    """How to load a model again, and the hash that it must have then.

    With it goes how many threads it computes in: another number rounds sums differently.
    """

    name: str
    hash: str
    dtype: str | None = None
    device: str | None = None
    device_map: str | None = None
    vocabulary: str | None = None
    threads: int = 1

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Named:
        return cls(**fields)


def known_as(loaded: LoadedModel, name: str, placing: Mapping[str, str | None]) -> Named:
    """How other processes load a model that was loaded here by `name`; this one holds it."""
    where = Path(name).expanduser()
    file = named()
    elsewhere = Named(
        str(where.resolve()) if where.exists() else name, loaded.hash, **placing,
        vocabulary=None if file is None else str(file.resolve()), threads=torch.get_num_threads(),
    )  # fmt: skip
    _HELD.clear()
    _HELD[elsewhere] = loaded
    return elsewhere


@dataclass(frozen=True, slots=True)
class Workers:
    """Who does the work of a model that was loaded here, and how they load it."""

    executor: Executor
    model: Named


def by_workers(
    executor: Executor | None, loaded: LoadedModel, name: str, placing: Mapping[str, str | None]
) -> Workers | None:
    """Workers with the model; none without an executor."""
    return None if executor is None else Workers(executor, known_as(loaded, name, placing))


def held(wanted: Named) -> LoadedModel:
    """The model, loaded once in each process; refused where it has other weights here."""
    if torch.get_num_threads() != wanted.threads:
        torch.set_num_threads(wanted.threads)
    if wanted not in _HELD:
        _HELD.clear()
        with standing_in(wanted.vocabulary):
            model = load(wanted.name, wanted.dtype, wanted.device, wanted.device_map)
        if model.hash != wanted.hash:
            raise AttndslError(
                f"a worker finds another model under the name {wanted.name}: its hash is "
                f"{model.hash}, not {wanted.hash}"
            )
        _HELD[wanted] = model
    return _HELD[wanted]
