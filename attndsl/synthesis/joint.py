"""All installed programs' numbers fitted together to the model's own output, step by step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import numpy as np
import torch

from attndsl.fit.places import resting_keys, special_ids
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.models.loading import LoadedModel
from attndsl.surrogates.figures import kind_of, question
from attndsl.surrogates.handle import Head
from attndsl.surrogates.trial import Swap, Trial
from attndsl.synthesis.parts.rivals import LOOKING, pairs_of_heads, sure
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.tokenizer import from_ids

# Content IoU, IoU, the error of the rest and what is told of two keys, in how well patterns agree.
AIMS = (1.0, 0.5, 0.5, 0.5)
BETAS = (0.9, 0.98)
LATE = 0.3  # of the steps, over which the mean of the numbers is what is found
FALL = 0.1  # of the rate is left at the end
LITTLE = 0.02  # of its rows that a head's content must have for content IoU to be defined
TINY = 1e-8


class Fitted(Protocol):
    """Programs with numbers to be fitted: what is free, the numbers that it means, and patterns."""

    @property
    def free(self) -> torch.Tensor: ...

    def numbers(self, free: torch.Tensor) -> torch.Tensor: ...

    def within(self, free: torch.Tensor) -> torch.Tensor:
        """What is free, brought to the nearest that can be written."""
        ...

    def cells(self, texts: Sequence[Encoded], mask: Mask, width: int) -> Any: ...

    def patterns(self, numbers: torch.Tensor, cells: Any) -> torch.Tensor:
        """[programs, texts, n, n]"""
        ...

    def to(self, device: torch.device) -> Self: ...


@dataclass(frozen=True, slots=True)
class JointEffort:
    """Steps of the joint fit, texts in all and a step, and how much agreement with the heads' own
    patterns counts beside the divergence."""

    steps: int = 240
    texts: int = 96
    batch: int = 4
    rate: float = 0.08  # of what is free
    agreement: float = 30.0  # nats
    again: float = 0.3  # of the steps, made once more where numbers were rounded


@dataclass(frozen=True)
class Task:
    """One batch of texts: the model on them, the programs' cells, the heads' own patterns
    [heads, B, n, n], where these have content, and which keys rest [B, 1, n]; of each of their rows
    the strongest key and a rival [heads, B, n, 2], with how much it counts to tell them."""

    trial: Trial
    cells: Any
    target: torch.Tensor
    contents: torch.Tensor
    resting: torch.Tensor
    keys: torch.Tensor
    counts: torch.Tensor


@dataclass(frozen=True)
class Installed:
    """Which program each head has, `fitted` by number in the basis.

    `replaced` are the heads that stand replaced, in turns: a step has one of these sets. The others
    count by their agreement alone. `counts` says how much the divergence counts in each turn.
    """

    fitted: Mapping[Head, int]
    replaced: tuple[frozenset[Head], ...]
    counts: tuple[float, ...] = ()

    def count(self, turn: int) -> float:
        return self.counts[turn] if self.counts else 1.0


@dataclass(frozen=True, eq=False)
class State:
    """Where a fit is: steps made, what is free, the two means by which Adam goes, and the mean of
    what was free over the last steps, which a single batch moves little."""

    step: int
    free: torch.Tensor
    mean: torch.Tensor
    square: torch.Tensor
    late: torch.Tensor

    @classmethod
    def start(cls, free: torch.Tensor) -> State:
        nothing = torch.zeros_like(free)
        return cls(0, free.clone(), nothing, nothing.clone(), free.clone())

    def to(self, device: torch.device) -> State:
        """The same on a device."""
        each = (self.free, self.mean, self.square, self.late)
        return State(self.step, *(one.to(device) for one in each))

    def averaged(self, steps: int) -> State:
        """With this step in the mean over the last LATE of so many."""
        count = max(1, self.step - round((1 - LATE) * steps))
        return replace(self, late=self.late + (self.free - self.late) / count)


@dataclass(frozen=True)
class Loss:
    """The mean divergence with programs in place, how well the patterns of all fitted heads agree
    with their own, and their mean IoU."""

    divergence: torch.Tensor
    agreement: torch.Tensor
    iou: torch.Tensor


Against = Callable[[torch.Tensor], torch.Tensor] | None
Lost = Callable[
    [Task, Fitted, Installed, JointEffort, int, torch.Tensor, Against], tuple[torch.Tensor, Loss]
]


def task_of(
    loaded: LoadedModel,
    store: HeadStore,
    numbers: Sequence[int],
    basis: Fitted,
    installed: Installed,
) -> Task:
    """Everything about some texts that stays the same from step to step."""
    texts = [store[number] for number in numbers]
    asked = [
        found for text in texts if (found := question(loaded, np.array(text.ids), kind_of(loaded)))
    ]
    trial = Trial(loaded, kind_of(loaded), asked)
    trial.forget()
    width, mask = trial.ids.shape[1], store.meta.mask
    encoded = [from_ids(loaded.table, one.inputs[0].numpy()) for one in asked]
    special = special_ids(loaded.table)
    place = {layer.index: at for at, layer in enumerate(loaded.attention)}
    rows = [place[layer] * loaded.heads + head for layer, head in installed.fitted]
    target = torch.zeros(len(rows), len(texts), width, width)
    resting = torch.zeros(len(texts), 1, width, dtype=torch.bool)
    for at, text in enumerate(texts):
        square = unpack(np.asarray(text.patterns)[rows], mask, text.length)
        target[:, at, : text.length, : text.length] = torch.from_numpy(square.astype(np.float32))
        resting[at, 0, list(resting_keys(mask, text.ids, special))] = True
    content = (target * ~resting).sum((1, 2, 3)) / trial.valid.sum()
    keys, counts = told_keys(target, resting)
    least = LOOKING * float(trial.valid.sum())
    device = loaded.device
    return Task(
        trial,
        basis.cells(encoded, mask, width).to(device),
        target.to(device),
        (content >= LITTLE).float().to(device),
        resting.to(device),
        keys.to(device),
        (counts / counts.sum((1, 2), keepdim=True).clamp_min(least)).to(device),
    )


def told_keys(target: torch.Tensor, resting: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Two keys of each row of heads, [heads, B, n, 2], and how much each row counts."""
    heads, texts, width, _ = target.shape
    away = (torch.arange(width)[:, None] - torch.arange(width)).abs().float()
    seen = ((target > 0).any(0) & ~resting).flatten(0, 1)
    keys, counts = pairs_of_heads(target.flatten(1, 2), seen, away.repeat(texts, 1))
    return keys.view(heads, texts, width, 2), counts.view(heads, texts, width)


def losses(
    task: Task, basis: Fitted, installed: Installed, numbers: torch.Tensor, turn: int = 0
) -> Loss:
    """With the heads of one turn replaced."""
    device = task.target.device
    found = basis.to(device).patterns(numbers.to(device), task.cells)
    output = task.trial.run(swapped(task, installed, found, turn))
    divergence, _, positions = task.trial.figures(output)
    of_head = found[torch.tensor(list(installed.fitted.values()), device=device)]
    agreement, iou = agreeing(task, of_head)
    return Loss(divergence / positions, agreement, iou)


def swapped(
    task: Task, installed: Installed, made: torch.Tensor, turn: int
) -> dict[int, list[Swap]]:
    """The patterns that programs make in place of the heads of one turn, by layer."""
    swaps: dict[int, list[Swap]] = {}
    for at, layer in enumerate(task.trial.loaded.attention):
        mine = sorted(head for head in installed.replaced[turn] if head[0] == layer.index)
        if mine:
            patterns = [made[installed.fitted[head]][:, None] for head in mine]
            swaps[at] = [Swap(0, tuple(head for _, head in mine), torch.cat(patterns, 1))]
    return swaps


def agreeing(task: Task, made: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Content IoU, IoU and the error of the rest together, mean over heads; and IoU alone."""
    valid = task.trial.valid.to(made.device)
    rows, shown, content = valid.sum(1), valid[None, :, :, None], ~task.resting
    low = torch.minimum(made, task.target) * shown
    whole, shared = low.sum((2, 3)), (low * content).sum((2, 3))
    both = ((made + task.target) * shown * content).sum((2, 3))
    rest = ((made - task.target) * shown * task.resting).sum(3).abs().sum(2) / rows
    iou = whole / (2 * rows - whole)
    of_content = (shared / (both - shared).clamp_min(TINY)).mean(1) * task.contents
    told = (sure(made, task.keys) * task.counts).sum((1, 2))
    agreement = AIMS[0] * of_content + (AIMS[1] * iou - AIMS[2] * rest).mean(1) + AIMS[3] * told
    return agreement.mean(), iou.mean()


def output_and_agreement(
    task: Task, basis: Fitted, installed: Installed, effort: JointEffort, turn: int,
    free: torch.Tensor, against: Against,
) -> tuple[torch.Tensor, Loss]:  # fmt: skip
    """What is made as small as can be, and what it is made of."""
    numbers = basis.numbers(free)
    loss = losses(task, basis, installed, numbers, turn)
    worth = loss.agreement if against is None else loss.agreement - against(numbers)
    return installed.count(turn) * loss.divergence - effort.agreement * worth, loss


@torch.enable_grad()  # whoever calls may have switched gradients off
def fit_jointly(
    tasks: Sequence[Task],
    basis: Fitted,
    installed: Installed,
    effort: JointEffort,
    say: Callable[[int, int, Loss], None] = lambda *_: None,
    begun: State | None = None,
    keep: Callable[[State], None] = lambda state: None,
    against: Against = None,
    lost: Lost = output_and_agreement,
) -> torch.Tensor:
    """The numbers after some steps of gradient on one batch after the other, by Adam.

    A fit that was stopped goes on from the state that was kept, to the same numbers. What is said
    `against` numbers counts as agreement does, mean over heads.
    """
    device = tasks[0].target.device
    basis = basis.to(device)
    now = (begun or State.start(basis.free)).to(device)
    for step in range(now.step, effort.steps):
        free = now.free.requires_grad_()
        turn, at = turn_and_task(step, len(installed.replaced), len(tasks))
        whole, loss = lost(tasks[at], basis, installed, effort, turn, free, against)
        (slope,) = torch.autograd.grad(whole, [free])
        if not torch.isfinite(slope).all():
            break
        rate = FALL + (1 - FALL) * (1 + math.cos(math.pi * step / effort.steps)) / 2
        moved = _moved(now, slope, effort.rate * rate)
        now = replace(moved, free=basis.within(moved.free)).averaged(effort.steps)
        keep(now)
        say(now.step, effort.steps, loss)
    return basis.numbers(now.late.detach()).cpu()


def turn_and_task(step: int, turns: int, tasks: int) -> tuple[int, int]:
    """Which heads stand replaced in a step, and on which batch: every turn meets every batch, also
    where there are as many of both.

    >>> [turn_and_task(step, 2, 2) for step in range(4)]
    [(0, 0), (1, 1), (0, 1), (1, 0)]
    """
    return step % turns, (step + step // turns) % tasks


def _moved(state: State, slope: torch.Tensor, rate: float) -> State:
    """One step of Adam."""
    step = state.step + 1
    mean = BETAS[0] * state.mean + (1 - BETAS[0]) * slope
    square = BETAS[1] * state.square + (1 - BETAS[1]) * slope**2
    size = (square / (1 - BETAS[1] ** step)).sqrt() + TINY
    free = state.free.detach() - rate * mean / (1 - BETAS[0] ** step) / size
    return State(step, free, mean, square, state.late)
