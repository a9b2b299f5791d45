"""Joint fitting: it brings the output nearer, and goes on where it was stopped."""

import pytest
import torch

from attndsl.heads.store import HeadStore
from attndsl.models.capture import capture
from attndsl.models.loading import LoadedModel, load
from attndsl.synthesis.joint import Installed, JointEffort, State, fit_jointly, losses, task_of
from tests.models.folders import model_folder
from tests.synthesis.parts.made import together_of, weighing

MADE = (weighing(5, distance=0.6), weighing(10, marks=8, far=-0.5))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[LoadedModel, HeadStore]:
    folder = tmp_path_factory.mktemp("joint")
    loaded = load(str(model_folder(folder / "model", "llama")))
    texts = ["the cat sat on the mat and ran", "a big dog ran on a mat .", "the dog and the cat"]
    capture(loaded, texts, folder / "heads")
    return loaded, HeadStore.open(folder / "heads")


def test_fitting_brings_the_output_nearer(model: tuple[LoadedModel, HeadStore]) -> None:
    loaded, store = model
    basis = together_of(MADE, [0, 0, 1])
    heads = {(0, 1): 0, (1, 1): 1, (1, 2): 2}
    installed = Installed(heads, (frozenset([(0, 1), (1, 2)]),))
    tasks = [task_of(loaded, store, (0, 1, 2), basis, installed)]
    with torch.no_grad():
        before = losses(tasks[0], basis, installed, basis.free)
    found = fit_jointly(tasks, basis, installed, JointEffort(steps=15, agreement=0.1))
    with torch.no_grad():
        after = losses(tasks[0], basis, installed, found)
    assert after.divergence < before.divergence
    assert 0 < before.iou < 1


def test_gradients_are_the_same_every_time(model: tuple[LoadedModel, HeadStore]) -> None:
    """A fit that a kill cut off is made again, and must come to the same numbers."""
    loaded, store = model
    basis = together_of(MADE, [0, 1])
    installed = Installed({(0, 1): 0, (1, 2): 1}, (frozenset([(0, 1), (1, 2)]),))
    task = task_of(loaded, store, (0, 1, 2), basis, installed)
    found = set()
    for _ in range(4):
        numbers = basis.free.clone().requires_grad_()
        losses(task, basis, installed, basis.numbers(numbers)).divergence.backward()
        assert numbers.grad is not None
        found.add(tuple(numbers.grad.tolist()))
    assert len(found) == 1


def test_a_fit_that_was_stopped_goes_on_to_the_same_numbers(
    model: tuple[LoadedModel, HeadStore],
) -> None:
    loaded, store = model
    basis = together_of(MADE, [0, 1])
    turns = (frozenset([(0, 1), (1, 2)]), frozenset([(0, 1)]))
    installed = Installed({(0, 1): 0, (1, 2): 1}, turns)
    tasks = [task_of(loaded, store, (0, 1, 2), basis, installed)]
    kept: list[State] = []
    whole = fit_jointly(tasks, basis, installed, JointEffort(steps=6), keep=kept.append)
    with torch.no_grad():  # as a caller's own program may have it
        again = fit_jointly(tasks, basis, installed, JointEffort(steps=6), begun=kept[2])
    assert [state.step for state in kept] == [1, 2, 3, 4, 5, 6]
    assert torch.equal(whole, again)
