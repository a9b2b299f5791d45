"""The steps of the joint fit, stage by stage, kept so that a run that was killed goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from attndsl.explain.kept import keep_arrays, kept_arrays
from attndsl.synthesis.joint import output_and_agreement

if TYPE_CHECKING:
    from attndsl.explain.run import Run
    from attndsl.files.places import Place
    from attndsl.synthesis.joint import Installed, JointEffort, Loss, Lost, State, Task
    from attndsl.synthesis.parts.fitting import Moves, Weights
    from attndsl.synthesis.parts.together import Probed, Together
    from attndsl.synthesis.parts.vocabulary import Factor

KEPT = ("free", "mean", "square", "late")
STEP = "step"
EVERY = 5  # steps, after which the state is kept


@dataclass(frozen=True, eq=False)
class Stages:
    """What stays the same from stage to stage: the texts, which heads stand replaced, what probes
    ask, and the factors `used` in the texts' cells, by number among those that are known."""

    work: Run
    key: str
    tasks: Sequence[Task]
    installed: Installed
    effort: JointEffort
    asked: Probed | None
    known: Sequence[Factor]
    used: tuple[int, ...]
    lost: Lost = output_and_agreement

    def moved(self, stage: str, weights: Weights, moves: Moves, part: float = 1.0) -> Weights:
        """The weights after a part of the steps."""
        from attndsl.synthesis.joint import fit_jointly

        place = self.work.settings.folder / f"fit-{stage}.npz"
        effort = replace(self.effort, steps=round(part * self.effort.steps))
        basis, recent = self.basis(weights, moves), list[float]()

        def keep(state: State) -> None:
            if state.step % EVERY == 0 or state.step == effort.steps:
                keep_state(place, self.key, state)

        def say(done: int, of: int, loss: Loss) -> None:
            recent.append(float(loss.divergence.detach()))
            turns = recent[-len(self.installed.replaced) :]
            mean = sum(turns) / len(turns)
            self.work.tell("fit", done, of, f"divergence {mean:.3f} nats over the last turns")

        numbers = fit_jointly(self.tasks, basis, self.installed, effort, say,
                              kept_state(place, self.key), keep,
                              self.against(basis), self.lost)  # fmt: skip
        return basis.with_numbers(numbers)

    def basis(self, weights: Weights, moves: Moves) -> Together:
        from attndsl.synthesis.parts.together import Together

        return Together.of(weights, self.known, self.used, moves)

    def against(self, basis: Together) -> partial[torch.Tensor] | None:
        """What is said against numbers, where there are probes that may choose."""
        device = self.work.loaded.device
        asked = self.asked
        return None if asked is None else partial(asked.to(device).against, basis.to(device))


def tasks_of(
    work: Run, numbers: Sequence[int], basis: Together, installed: Installed, effort: JointEffort
) -> list[Task]:
    from attndsl.synthesis.joint import task_of

    starts = range(0, len(numbers), effort.batch)
    found = []
    for at, start in enumerate(starts):
        work.tell("fit", at, len(starts), "texts")
        part = numbers[start : start + effort.batch]
        found.append(task_of(work.loaded, work.store, part, basis, installed))
    return found


def keep_state(place: Place, key: str, state: State) -> None:
    tensors = {name: getattr(state, name).cpu().numpy() for name in KEPT}
    keep_arrays(place, key, {STEP: np.array(state.step), **tensors})


def kept_state(place: Place, key: str) -> State | None:
    """The state of this fit that an earlier process kept; None where it kept none."""
    from attndsl.synthesis.joint import State

    found = kept_arrays(place, key)
    if found is None or not {STEP, *KEPT} <= found.keys():
        return None
    return State(int(found[STEP]), *(torch.from_numpy(found[name]) for name in KEPT))
