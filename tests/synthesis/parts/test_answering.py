"""Programs found by what a model answers: nearer to its output, and of no more parts than asked."""

import numpy as np
import pytest
import torch

from attndsl.heads.store import HeadStore
from attndsl.models.capture import capture
from attndsl.models.loading import LoadedModel, load
from attndsl.synthesis.joint import Installed, JointEffort, Task, fit_jointly, task_of
from attndsl.synthesis.parts.answering import (
    ByOutput,
    Reached,
    answers_of,
    better,
    left_over,
    reached,
    shorter,
)
from attndsl.synthesis.parts.together import Together
from tests.models.folders import model_folder
from tests.synthesis.parts.made import FACTORS, weighing, weights_of

HEADS = {(0, 1): 0, (1, 2): 1}
INSTALLED = Installed(HEADS, (frozenset(HEADS),))
MADE = weights_of([weighing(5, distance=0.6, marks=3, copies=4),
                   weighing(10, marks=8, far=-0.5, previous=2)], [0, 1])  # fmt: skip
USED = tuple(MADE.kept.sum(0).nonzero().flatten().tolist())


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[LoadedModel, Task]:
    folder = tmp_path_factory.mktemp("answering")
    loaded = load(str(model_folder(folder / "model", "llama")))
    texts = ["the cat sat on the mat and ran", "a big dog ran on a mat .", "the dog and the cat"]
    capture(loaded, texts, folder / "heads")
    store = HeadStore.open(folder / "heads")
    return loaded, task_of(loaded, store, (0, 1, 2), basis_of(MADE), INSTALLED)


def basis_of(weights):  # type: ignore[no-untyped-def]
    return Together.of(weights, FACTORS, USED, (True, True, False))


def nothing(loaded: LoadedModel) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.zeros(loaded.table.size, dtype=np.bool_)


def test_steps_bring_the_output_nearer_and_parts_are_left_out_of_every_program(
    fitted: tuple[LoadedModel, Task],
) -> None:
    loaded, task = fitted
    answers = [answers_of(task, nothing(loaded))]
    before = reached(answers, basis_of(MADE), INSTALLED)
    effort = JointEffort(steps=20)
    numbers = fit_jointly([task], basis_of(MADE), INSTALLED, effort, lost=ByOutput(answers))
    moved = basis_of(MADE).with_numbers(numbers)
    after = reached(answers, basis_of(moved), INSTALLED)
    assert after.error < before.error
    few = shorter(moved, 1, answers, basis_of(moved), INSTALLED)
    assert few.kept.sum(1).tolist() == [1, 1]
    assert bool((few.powers != 0).eq(few.kept > 0).all())


def test_what_the_output_needs_is_left(fitted: tuple[LoadedModel, Task]) -> None:
    """A part whose number is nothing goes before those that do something."""
    loaded, task = fitted
    place = {FACTORS[one].name: one for one in USED}
    powers = MADE.powers.clone()
    powers[0, place["marks"]] = powers[1, place["far"]] = 1e-6
    weights = basis_of(MADE).with_numbers(basis_of(MADE).free)
    weights = type(weights)(powers, weights.kept, weights.rest, weights.own, weights.owner)
    found = shorter(weights, 2, [answers_of(task, nothing(loaded))], basis_of(weights), INSTALLED)
    assert not found.kept[0, place["marks"]]
    assert not found.kept[1, place["far"]]


def test_answers_follow_the_parting_symbol_where_there_is_one(
    fitted: tuple[LoadedModel, Task],
) -> None:
    loaded, task = fitted
    parting = nothing(loaded)
    symbol = int(task.trial.ids[0, 3])
    parting[symbol] = True
    asked = answers_of(task, parting).asked
    for ids, valid, mine in zip(task.trial.ids, task.trial.valid, asked, strict=True):
        length, has = int(valid.sum()), ids == symbol
        first = int(has[:length].float().argmax()) if bool(has[:length].any()) else 0
        assert mine.nonzero().flatten().tolist() == list(range(first, length))


def test_what_is_left_makes_up_for_what_depends_on_it() -> None:
    """Of two numbers that do the same thing one takes over what the other did."""
    bends = np.array([[1.0, 0.999, 0], [0.999, 1.0, 0], [0, 0, 1]])
    left, numbers = left_over(bends, np.array([1.0, 1.1, 3.0]), np.array([0, 0]), 1)
    assert left == [1]
    assert numbers[left] == pytest.approx([2.1], abs=0.01)
    assert torch.tensor(numbers)[2] == 3


def test_answers_that_are_kept_count_before_the_error() -> None:
    before = Reached(0.01, 0.8)
    assert better(Reached(0.02, 0.9), before)
    assert better(Reached(0.005, 0.8), before)
    assert not better(Reached(0.005, 0.7), before)
