"""Questions by many workers: a rank answers one task under one setting."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from attndsl.executors.shared import shared_out
from attndsl.executors.task import Part
from attndsl.files.journal import append
from attndsl.files.places import Place
from attndsl.models.held import Named, Workers, held
from attndsl.models.loading import LoadedModel
from attndsl.surrogates.evaluation import Setting
from attndsl.surrogates.experiment import Experiment
from attndsl.surrogates.handle import MEMORY_MB
from attndsl.surrogates.sharing import Replacing
from attndsl.surrogates.tasks import BATCH, answered, read_results, source_of, task_name


@dataclass(frozen=True)
class Questions:
    """Tasks under settings of an experiment; the `rows` are (task, number of the setting), -1 for
    the unmodified model."""

    kind: ClassVar[str] = "questions"
    model: Named
    replacing: Replacing
    rows: tuple[tuple[str, int], ...]
    sources: tuple[str, ...]
    limit: int | None
    memory_mb: int

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Questions:
        return cls(**{
            **fields, "model": Named.from_json(fields["model"]),
            "replacing": Replacing.from_json(fields["replacing"]),
            "rows": tuple(map(tuple, fields["rows"])), "sources": tuple(fields["sources"]),
        })  # fmt: skip

    @property
    def world(self) -> int:
        return len(self.rows)

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        return self.replacing.settings(held(self.model))

    def part(self, rank: int, world: int) -> Part:
        task, number = self.rows[rank]
        setting = self.settings[number] if number >= 0 else None
        with tempfile.TemporaryDirectory() as scratch:
            name = task_name(task, Path(scratch))
            results = answered(
                held(self.model), task, name, scratch, setting, self.limit, BATCH, self.memory_mb
            )
        return {"result": asdict(results)}


def answer_shared(
    workers: Workers,
    loaded: LoadedModel,
    tasks: Sequence[str],
    asked: Experiment,
    wanted: Sequence[Setting],
    *,
    limit: int | None,
    journal: Place,
    progress: Callable[[int, int], None] | None = None,
    memory_mb: int = MEMORY_MB,
) -> None:
    """Note the answers in the journal, from which `answer_tasks` then takes them."""
    sources = {task: source_of(loaded, task, limit) for task in tasks}
    done = read_results(journal, sources)
    number = {setting.key: at for at, setting in enumerate(asked.settings)}
    rows = tuple(
        (task, number[key] if key else -1)
        for key in ("", *(setting.key for setting in wanted))
        for task in tasks
        if (task, key) not in done
    )
    if not rows:
        return
    whole = {task: str(Path(task).resolve()) if Path(task).exists() else task for task in tasks}
    task = Questions(
        workers.model, Replacing.of(asked), tuple((whole[name], at) for name, at in rows),
        tuple(sources.values()), limit, memory_mb,
    )  # fmt: skip
    tell = progress or (lambda *_: None)
    with shared_out(task, journal.parent, workers.executor, tell) as parts:
        for (name, _), part in zip(rows, parts, strict=True):
            assert part is not None, "questions have no limit of time"
            append(journal, {"source": sources[name], **part["result"], "task": name})
