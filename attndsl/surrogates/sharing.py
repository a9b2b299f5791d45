"""Curves by many workers: a rank measures one text under every setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from attndsl.executors.shared import shared_out
from attndsl.executors.task import Part
from attndsl.files.places import Place
from attndsl.graph.carried import Carried
from attndsl.graph.program import Program
from attndsl.models.held import Named, Workers, held
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage
from attndsl.surrogates.engine import engine_source
from attndsl.surrogates.evaluation import Setting, figures_of, name_of
from attndsl.surrogates.experiment import Experiment, ablations_of, settings_of
from attndsl.surrogates.figures import TextFigures, kind_of, question
from attndsl.surrogates.handle import MEMORY_MB, Head
from attndsl.surrogates.journal import read_journal, writing
from attndsl.surrogates.orders import Order

Heads = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Replacing:
    """An experiment as a value of JSON: programs with their heads, orders, selection texts."""

    programs: Carried
    heads: Heads
    orders: tuple[tuple[str, Heads, tuple[float, ...]], ...]
    selection: tuple[tuple[int, ...], ...]
    everything: bool
    offset: bool

    @classmethod
    def of(cls, made: Experiment) -> Replacing:
        return cls(
            Carried.of(tuple(made.programs.values())),
            tuple(made.programs),
            tuple((one.name, one.heads, one.shares) for one in made.orders),
            tuple(tuple(map(int, text)) for text in made.selection),
            made.everything,
            made.offset,
        )

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Replacing:
        return cls(
            Carried.from_json(fields["programs"]), heads_of(fields["heads"]),
            tuple((name, heads_of(heads), tuple(shares))
                  for name, heads, shares in fields["orders"]),
            tuple(map(tuple, fields["selection"])), fields["everything"], fields["offset"],
        )  # fmt: skip

    @property
    def assignment(self) -> dict[Head, Program]:
        return dict(zip(self.heads, self.programs.arrived(), strict=True))

    @property
    def texts(self) -> list[NDArray[np.int64]]:
        return [np.array(text, dtype=np.int64) for text in self.selection]

    def settings(self, loaded: LoadedModel) -> tuple[Setting, ...]:
        """The same settings as those of the process that asked."""
        return settings_of(
            loaded, self.assignment, self.texts, [Order(*one) for one in self.orders], self.offset,
            ablations_of(loaded, self.texts, self.everything),
            engine_source(loaded.table, loaded.device),
        )  # fmt: skip


def heads_of(pairs: Sequence[Sequence[int]]) -> Heads:
    """
    >>> heads_of([[0, 1], [2, 3]])
    ((0, 1), (2, 3))
    """
    return tuple((int(layer), int(head)) for layer, head in pairs)


@dataclass(frozen=True)
class Evaluate:
    """Texts under every setting of an experiment."""

    kind: ClassVar[str] = "evaluate"
    model: Named
    replacing: Replacing
    texts: tuple[tuple[int, ...], ...]
    memory_mb: int

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Evaluate:
        return cls(
            Named.from_json(fields["model"]), Replacing.from_json(fields["replacing"]),
            tuple(map(tuple, fields["texts"])), fields["memory_mb"],
        )  # fmt: skip

    @property
    def world(self) -> int:
        return len(self.texts)

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        return self.replacing.settings(held(self.model))

    def part(self, rank: int, world: int) -> Part:
        text = Passage(np.array(self.texts[rank], dtype=np.int64), "", rank, 0)
        figures = figures_of(held(self.model), text, self.settings, self.memory_mb)
        return {
            "keys": ["", *(setting.key for setting in self.settings)],
            "figures": [[one.positions, one.loss, one.divergence] for one in figures],
        }


def evaluate_shared(
    workers: Workers,
    loaded: LoadedModel,
    texts: Sequence[Passage],
    asked: Experiment,
    *,
    journal: Place,
    progress: Callable[[int, int], None] | None = None,
    memory_mb: int = MEMORY_MB,
) -> None:
    """Note the figures of all texts in the journal, from which `evaluate` then takes them; parts
    lie beside it meanwhile."""
    done, kind = read_journal(journal, loaded.hash), kind_of(loaded)
    keys = ["", *(setting.key for setting in asked.settings)]
    missing = {
        name_of(loaded, text): text
        for text in texts
        if question(loaded, text.ids, kind) is not None
        and not all((name_of(loaded, text), key) in done for key in keys)
    }
    if not missing:
        return
    task = Evaluate(
        workers.model, Replacing.of(asked),
        tuple(tuple(map(int, text.ids)) for text in missing.values()), memory_mb,
    )  # fmt: skip
    with (
        shared_out(task, journal.parent, workers.executor, progress or (lambda *_: None)) as parts,
        writing(journal, loaded.hash) as note,
    ):
        for name, part in zip(missing, parts, strict=True):
            assert part is not None, "an evaluation has no limit of time"
            for key, (positions, loss, divergence) in zip(
                part["keys"], part["figures"], strict=True
            ):
                if (name, key) not in done:
                    note(name, key, TextFigures(int(positions), loss, divergence))
