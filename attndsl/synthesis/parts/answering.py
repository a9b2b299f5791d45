"""Programs by what the model then says: numbers by its output, and which parts that needs least.

A model over symbols is small enough that all its heads' programs are fitted at once, with more
parts than will be shown, to the very numbers that it gives out. Then parts are left out of all
programs together, those first that the output and the heads' own rows miss least once all others
make up for them, and what is left is fitted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.synthesis.joint import (
    Against,
    Fitted,
    Installed,
    JointEffort,
    Loss,
    Task,
    agreeing,
    swapped,
)
from attndsl.synthesis.parts.blocks import Batch
from attndsl.synthesis.parts.fitting import Weights, one_a_head
from attndsl.synthesis.parts.likeliest import SIZES, likeliest
from attndsl.synthesis.parts.together import Together

CUTS = (18, 12)  # parts of programs between where they begin and what may be shown
BATCH = 16  # texts
AGREES = 1.0  # as how many times less error full agreement with the heads' own patterns counts
DECIDES = 1e-4  # of how the output varies: an error that makes no other answer
DRAWS = 4  # directions of the output along which its slopes are taken, for each text
RIDGE = 1e-4  # on the squares of numbers, so that what does nothing costs something
WORSE = 1.25  # times the least error, that a shorter program may have
TINY = 1e-12


@dataclass(frozen=True)
class Answers:
    """What the model itself gives out on a batch, where it is asked [B, n], and how much that
    varies."""

    task: Task
    own: torch.Tensor
    asked: torch.Tensor
    varies: float

    def apart(self, output: torch.Tensor) -> torch.Tensor:
        """How far an output is from the model's own, of how much that varies."""
        return (((output - self.own) ** 2)[self.asked]).mean() / self.varies


def widest(heads: int, factors: int, rows: Sequence[Batch]) -> Weights:
    """Where it begins: of every head its own program, the likeliest of many parts."""
    return likeliest(one_a_head(heads, factors), rows)[SIZES[-1]]


def answers_of(task: Task, parting: NDArray[np.bool_]) -> Answers:
    """Where a text has a symbol that is `parting` (by id), what follows it is the answer, else
    everything is."""
    with torch.no_grad():
        own = task.trial.run({}).float()
    ids, valid = task.trial.ids, task.trial.valid.bool()
    after = torch.from_numpy(parting)[ids].cumsum(1) > 0
    asked = (valid & (after | ~after.any(1, keepdim=True))).to(own.device)
    return Answers(task, own, asked, max(float(own[asked].var(0).mean()), TINY))


@dataclass(frozen=True)
class ByOutput:
    """What the joint fit makes as small as can be: the logarithm of the error, so that programs
    that are nearly right still get better, down to one that decides nothing, less agreement."""

    answers: Sequence[Answers]

    def __call__(
        self, task: Task, basis: Fitted, installed: Installed, effort: JointEffort, turn: int,
        free: torch.Tensor, against: Against,
    ) -> tuple[torch.Tensor, Loss]:  # fmt: skip
        (mine,) = (one for one in self.answers if one.task is task)
        made = basis.patterns(basis.numbers(free), task.cells)
        apart = mine.apart(task.trial.run(swapped(task, installed, made, turn)))
        agreement, iou = agreeing(task, made)
        return (apart + DECIDES).log() - AGREES * agreement, Loss(apart, agreement, iou)


@dataclass(frozen=True, slots=True)
class Reached:
    """With all programs in place: the error of the output, and the share of texts whose answers all
    stay, of two kinds of answer together: the strongest symbol, and which symbols are marked."""

    error: float
    kept: float


@torch.no_grad()
def reached(answers: Sequence[Answers], basis: Together, installed: Installed) -> Reached:
    errors, kept = [], []
    for one in answers:
        made = basis.patterns(basis.free, one.task.cells)
        output = one.task.trial.run(swapped(one.task, installed, made, 0))
        errors.append(one.apart(output))
        strongest = output.argmax(-1) == one.own.argmax(-1)
        marked = ((output > 0) == (one.own > 0)).all(-1)
        kept += [(same | ~one.asked).all(1).float() for same in (strongest, marked)]
    return Reached(float(torch.stack(errors).mean()), float(torch.cat(kept).mean()))


def shorter(
    weights: Weights, size: int, answers: Sequence[Answers], basis: Together, installed: Installed
) -> Weights:
    """Every program with so many parts at most; the others make up for what is left out, as far as
    the curvature tells."""
    used, heads = basis.columns, len(weights.rest)
    bends = curvature(answers, basis, installed).numpy()
    head, part = weights.kept[:, used].nonzero(as_tuple=True)
    width = len(used) + 1
    chosen = torch.cat([head * width + part, torch.arange(heads) * width + len(used)]).numpy()
    numbers = torch.cat([weights.powers[:, used][head, part], weights.rest]).double().numpy()
    left, numbers = left_over(bends[np.ix_(chosen, chosen)], numbers, head.numpy(), size)
    powers, kept = torch.zeros_like(weights.powers), torch.zeros_like(weights.kept)
    at = (head[left], used[part[left]])
    powers[at] = torch.from_numpy(numbers[left]).float()
    kept[at] = 1.0
    rest = torch.from_numpy(numbers[len(head) :]).float()
    return replace(weights, powers=powers, kept=kept, rest=rest)


def left_over(
    bends: NDArray[np.float64], numbers: NDArray[np.float64], head: NDArray[np.int64], size: int
) -> tuple[list[int], NDArray[np.float64]]:
    """Which of the first numbers are left, each of a `head`, when none has more than `size`, left
    out one by one, and all numbers as they then are; those past the last `head` stay.

    >>> left_over(np.eye(4), np.array([1.0, 0.1, 2.0, 5.0]), np.array([0, 0, 1]), 1)
    ([0, 2], array([1., 0., 2., 5.]))
    """
    inverse, numbers = np.linalg.inv(bends), numbers.copy()
    left, counts = list(range(len(head))), np.bincount(head)
    while able := [one for one in left if counts[head[one]] > size]:
        cost = numbers[able] ** 2 / np.maximum(np.diag(inverse)[able], TINY)
        one = able[int(cost.argmin())]
        numbers -= numbers[one] / inverse[one, one] * inverse[:, one]
        inverse -= np.outer(inverse[:, one], inverse[one]) / inverse[one, one]
        left.remove(one)
        counts[head[one]] -= 1
    return left, numbers


def curvature(
    answers: Sequence[Answers], basis: Together, installed: Installed
) -> torch.Tensor:  # fmt: skip
    """How what is fitted bends with the numbers of all heads: of each the used factors and its
    rest. Slopes of the output are taken along a few directions drawn at random for each text."""
    heads, width = len(basis.weights.rest), len(basis.used) + 1
    output = torch.zeros(heads * width, heads * width, dtype=torch.float64)
    rows = torch.zeros(heads, width, width, dtype=torch.float64)
    random = torch.Generator().manual_seed(0)
    for one in answers:
        cells = one.task.cells
        made = basis.patterns(basis.free, cells).detach()
        values = torch.cat([cells.factors, cells.resting[:, None].float()], 1)
        share = 1 / (DRAWS * int(one.asked.sum()) * one.own.shape[-1] * one.varies)
        for slope in _slopes(one, installed, made, random):
            by_number = torch.einsum("hbqk,bjqk->bhj", slope, values).flatten(1).double()
            output += by_number.T @ by_number * share
        rows += _of_rows(made, values, one.task.trial.valid)
    rows /= len(answers) * heads
    now = reached(answers, basis, installed).error
    whole = output / len(answers) / (now + DECIDES)
    for at, bends in enumerate(AGREES * rows):
        mine = slice(at * width, (at + 1) * width)
        whole[mine, mine] += bends
    whole.diagonal().add_(RIDGE)
    return whole


def _slopes(
    one: Answers, installed: Installed, made: torch.Tensor, random: torch.Generator
) -> list[torch.Tensor]:
    """How the output moves along each direction with the logarithms of all weights."""
    with torch.enable_grad():
        free = made.clone().requires_grad_()
        output = one.task.trial.run(swapped(one.task, installed, free, 0))
        found = []
        for _ in range(DRAWS):
            drawn = torch.randn(output.shape, generator=random).to(output) * one.asked[..., None]
            (slope,) = torch.autograd.grad((output * drawn).sum(), [free], retain_graph=True)
            found.append(made * (slope - (made * slope).sum(-1, keepdim=True)))
    return found


def _of_rows(made: torch.Tensor, values: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """How the likelihood of each head's own rows bends, mean over them, [heads, J, J]."""
    found = []
    for mine in made * valid.to(made)[None, :, :, None]:
        mean = torch.einsum("bqk,bjqk->jbq", mine, values).flatten(1)
        weighed = (values * mine[:, None]).transpose(0, 1).flatten(1)
        found.append((weighed @ values.transpose(0, 1).flatten(1).T - mean @ mean.T).double())
    return torch.stack(found) / valid.sum()


def shown(found: dict[int, Reached]) -> int:
    """The size of program that is shown: of those that keep most answers the least whose error is
    nearly the least.

    >>> some = {8: (0.011, 0.9), 6: (0.005, 1.0), 5: (0.006, 1.0), 4: (0.005, 0.9)}
    >>> shown({size: Reached(*one) for size, one in some.items()})
    5
    """
    most = max(one.kept for one in found.values())
    keeping = {size: one.error for size, one in found.items() if one.kept >= most}
    enough = WORSE * min(keeping.values()) + DECIDES
    return min(size for size, error in keeping.items() if error <= enough)


def better(one: Reached, before: Reached) -> bool:
    """Whether it keeps more answers, or as many and errs less."""
    return (one.kept, -one.error) > (before.kept, -before.error)
