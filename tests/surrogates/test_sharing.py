"""What replacing heads costs is the same, bit for bit, whoever measures it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attndsl.executors.here import Here
from attndsl.executors.shared import Shared
from attndsl.executors.task import key_of, read, written
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.models import load
from attndsl.models.held import Workers, known_as
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import passages
from attndsl.surrogates.effects import effects_of
from attndsl.surrogates.engine import engine_source
from attndsl.surrogates.evaluation import Evaluation, evaluate
from attndsl.surrogates.experiment import KEPT, Asked, Experiment, experiment
from attndsl.surrogates.handle import Head
from attndsl.surrogates.sharing import Evaluate, Replacing, evaluate_shared
from attndsl.surrogates.sharing_effects import ablated_by, effects_shared
from tests.models.folders import model_folder

TEXTS = ["the cat sat on the mat .", "a dog ran and the cat sat", "the big dog , and the cat ."]
SOURCE = """\
def previous(q, k):
    return k == q.prev


def near(q, k):
    return 0.7 ** (q.i - k.i)
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load(str(model_folder(tmp_path_factory.mktemp("models") / "llama", "llama")))


@pytest.fixture(scope="module")
def programs() -> dict[Head, Program]:
    one, two = verify(SOURCE, "two.attn").programs
    return {(0, 0): one, (0, 2): two, (1, 1): two, (1, 3): one}


def asked_of(
    loaded: LoadedModel, programs: dict[Head, Program], folder: Path, workers: Workers | None
) -> Experiment:
    selection = [loaded.encode(text) for text in (*TEXTS, "the cat ran")]
    asked = Asked(tuple(programs), None, ("neutral", "random"), (0.25, 0.5), offset=True)
    return experiment(
        loaded, folder, programs, selection, asked, engine_source(loaded.table),
        ablate=ablated_by(workers, selection, folder),
    )  # fmt: skip


def figures(found: Evaluation) -> list[Any]:
    return [found.own, *(one.texts for one in found.measured)]


def test_curves_and_the_neutral_order(
    loaded: LoadedModel, programs: dict[Head, Program], tmp_path: Path
) -> None:
    workers = Workers(Here(), known_as(loaded, loaded.name, {}))
    texts, _ = passages(loaded, TEXTS)
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    alone.mkdir(), shared.mkdir()
    one = asked_of(loaded, programs, alone, None)
    two = asked_of(loaded, programs, shared, workers)
    assert (alone / KEPT).read_bytes() == (shared / KEPT).read_bytes()
    whole = evaluate(loaded, texts, one.settings, journal=alone / "replace.jsonl")
    told: list[tuple[int, int]] = []
    evaluate_shared(
        workers, loaded, texts, two, journal=shared / "replace.jsonl",
        progress=lambda *now: told.append(now),
    )  # fmt: skip
    assert told[-1] == (3, 3)
    again: list[tuple[int, int]] = []
    found = evaluate(
        loaded, texts, two.settings, journal=shared / "replace.jsonl",
        progress=lambda *now: again.append(now),
    )  # fmt: skip
    assert again == [(3, 3)], "all of it was in the journal"
    assert figures(found) == figures(whole)
    assert {path.name for path in shared.iterdir()} == {KEPT, "replace.jsonl"}


def test_what_the_journal_has_is_not_measured_again(
    loaded: LoadedModel, programs: dict[Head, Program], tmp_path: Path
) -> None:
    texts, _ = passages(loaded, TEXTS)
    asked = asked_of(loaded, programs, tmp_path, None)
    journal = tmp_path / "replace.jsonl"
    evaluate(loaded, texts[:2], asked.settings, journal=journal)
    worlds: list[int] = []

    class Looking(Here):
        def run(self, work: Shared, tell: Any, going: Any) -> None:
            worlds.append(work.world)
            super().run(work, tell, going)

    workers = Workers(Looking(), known_as(loaded, loaded.name, {}))
    evaluate_shared(workers, loaded, texts, asked, journal=journal)
    evaluate_shared(workers, loaded, texts, asked, journal=journal)
    assert worlds == [1]


def test_effects_of_groups_of_heads(
    loaded: LoadedModel, programs: dict[Head, Program], tmp_path: Path
) -> None:
    workers = Workers(Here(), known_as(loaded, loaded.name, {}))
    texts, _ = passages(loaded, TEXTS)
    groups = [{head: programs[head] for head in programs if head[0] == at} for at in (0, 1)]
    beside = {(0, 1): programs[0, 0]}
    alone = [effects_of(loaded, texts, group, beside=beside) for group in groups]
    assert effects_shared(workers, tmp_path, texts, groups, beside) == alone
    calls = iter([True, True, False, False, False, False])
    some = effects_shared(
        workers, tmp_path, texts, groups, beside, going=lambda: next(calls, False)
    )
    assert some in (alone[:1], alone)


def test_a_task_is_written_and_read_again(
    loaded: LoadedModel, programs: dict[Head, Program], tmp_path: Path
) -> None:
    asked = asked_of(loaded, programs, tmp_path, None)
    task = Evaluate(known_as(loaded, loaded.name, {}), Replacing.of(asked), ((1, 2, 3),), 1024)
    text = written(task)
    again = read(text, "here")
    assert again == task
    assert key_of(written(again)) == key_of(text)
    assert isinstance(again, Evaluate)
    assert [one.key for one in again.settings] == [one.key for one in asked.settings]
    assert np.array_equal(again.replacing.texts[0], asked.selection[0])
