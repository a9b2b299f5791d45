"""All installed programs' shares fitted together to the model's own output, then rounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.engines.library import Library
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.models.loading import LoadedModel
from attndsl.surrogates.effects import patterns_of
from attndsl.surrogates.figures import kind_of, question
from attndsl.surrogates.handle import Head
from attndsl.surrogates.trial import Swap, Trial
from attndsl.synthesis.shares import Shares
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.tokenizer import from_ids

EMPTY = 1e-6  # a row's sum under which it counts as empty

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Basis:
    """The patterns and branches of some programs, each once, and where each share belongs.

    A share's `place` is (program * branches + branch) * patterns + pattern.
    """

    shares: tuple[Shares, ...]
    patterns: tuple[Program, ...]
    tests: tuple[Program, ...]
    test_of: NDArray[np.int64]  # [programs, branches], -1 where there is none
    place: torch.Tensor
    start: torch.Tensor  # the shares as they are written

    @classmethod
    def of(cls, shares: Sequence[Shares]) -> Basis:
        patterns: dict[str, tuple[int, Program]] = {}
        tests: dict[str, tuple[int, Program]] = {}
        most = max(len(one.branches) for one in shares)
        test_of = np.full((len(shares), most), -1)
        spots, start = [], []
        for number, one in enumerate(shares):
            at = {text: _number(patterns, source) for text, source in one.patterns.items()}
            for branch, (terms, test) in enumerate(zip(one.branches, one.tests, strict=True)):
                test_of[number, branch] = _number(tests, test)
                spots += [(number * most + branch, at[term.pattern]) for term in terms]
                start += [term.share for term in terms]
        place = torch.tensor([row * len(patterns) + column for row, column in spots])
        return cls(
            tuple(shares),
            tuple(program for _, program in patterns.values()),
            tuple(program for _, program in tests.values()),
            test_of,
            place,
            torch.tensor(start),
        )

    def cells(self, texts: Sequence[Encoded], mask: Mask, width: int) -> Cells:
        """Everything that a batch of texts needs, padded on the right to `width`."""
        marks: tuple[Any, ...] = ("first", "self")
        every = (*self.patterns, *self.tests)
        first, own = (
            Library([replace(p, fallback=mark) for p in every], mask).patterns(texts)
            for mark in marks
        )
        count, most = len(self.patterns), self.test_of.shape[1]
        patterns = torch.zeros(len(texts), count, width, width)
        branch = torch.zeros(len(texts), len(self.shares), width, dtype=torch.int64)
        for row, (text, one, other) in enumerate(zip(texts, first, own, strict=True)):
            square, same = unpack(one, mask, text.n), unpack(other, mask, text.n)
            empty = np.abs(square - same).sum(2) > 0.5
            found = np.where(empty[:, :, None], 0, square)
            patterns[row, :, : text.n, : text.n] = torch.from_numpy(found[:count])
            on = ~empty[count:]  # a test that fails finds nothing
            for number, tests in enumerate(self.test_of):
                mine = np.stack([on[t] if t >= 0 else np.zeros_like(on[0]) for t in tests])
                branch[row, number, : text.n] = torch.from_numpy(mine.argmax(0))
        branch += torch.arange(len(self.shares))[None, :, None] * most
        return Cells(patterns, branch)

    def mixed(self, shares: torch.Tensor, cells: Cells) -> torch.Tensor:
        """[programs, texts, n, n]: the programs' patterns with these shares."""
        count = len(self.patterns)
        rows = self.test_of.size
        table = torch.zeros(rows * count).index_add(0, self.place, shares).reshape(rows, count)
        weights = table[cells.branch]  # [texts, programs, n, patterns]
        raw = torch.einsum("bpqj,bjqk->pbqk", weights, cells.patterns)
        total = raw.sum(-1, keepdim=True)
        first = torch.zeros_like(raw[0, 0])
        first[:, 0] = 1
        return torch.where(total > EMPTY, raw / total.clamp(min=EMPTY), first)


@dataclass(frozen=True, slots=True)
class Cells:
    """A batch of texts: patterns [texts, patterns, n, n], 0 in rows that find nothing, and the row
    of the table of shares that each query of each program reads [texts, programs, n]."""

    patterns: torch.Tensor
    branch: torch.Tensor


def _number(known: dict[str, tuple[int, Program]], source: str) -> int:
    """The number of a program by what it means; a new one is kept."""
    (program,) = verify(source).programs
    return known.setdefault(program.hash, (len(known), program))[0]


@dataclass(frozen=True, slots=True)
class Effort:
    """Steps of the joint fit, texts in all and a step, and how much IoU counts beside the KL."""

    steps: int = 120
    texts: int = 48
    batch: int = 8
    rate: float = 0.08  # of the logarithm of a share
    iou: float = 1.0  # nats that a mean IoU of 1 is worth


@dataclass(frozen=True)
class Task:
    """One batch of texts: the model on them, the patterns, and the heads' own [heads, B, n, n]."""

    trial: Trial
    cells: Cells
    target: torch.Tensor
    fixed: Mapping[Head, torch.Tensor]


@dataclass(frozen=True)
class Installed:
    """Which program each head has: `fitted` by number in the basis, `fixed` those of other forms.

    `replaced` are the heads that stand replaced while fitting; the others count by IoU alone.
    """

    fitted: Mapping[Head, int]
    fixed: Mapping[Head, Program]
    replaced: frozenset[Head]


def task_of(
    loaded: LoadedModel,
    store: HeadStore,
    numbers: Sequence[int],
    basis: Basis,
    installed: Installed,
) -> Task:
    """Everything about some texts that stays the same from step to step."""
    texts = [store[number] for number in numbers]
    asked = [found for text in texts if (found := question(loaded, text.ids, kind_of(loaded)))]
    trial = Trial(loaded, kind_of(loaded), asked)
    trial.forget()
    width, mask = trial.ids.shape[1], store.meta.mask
    encoded = [from_ids(loaded.table, one.inputs[0].numpy()) for one in asked]
    place = {layer.index: at for at, layer in enumerate(loaded.attention)}
    rows = [place[layer] * loaded.heads + head for layer, head in installed.fitted]
    target = torch.zeros(len(rows), len(texts), width, width)
    for at, text in enumerate(texts):
        square = unpack(np.asarray(text.patterns)[rows], mask, text.length)
        target[:, at, : text.length, : text.length] = torch.from_numpy(square.astype(np.float32))
    fixed = {head: p for head, p in installed.fixed.items() if head in installed.replaced}
    return Task(trial, basis.cells(encoded, mask, width), target, patterns_of(loaded, trial, fixed))


def losses(
    task: Task, basis: Basis, installed: Installed, shares: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean divergence with the programs in place, and the mean IoU of the fitted heads."""
    found = basis.mixed(shares, task.cells)
    swaps: dict[int, list[Swap]] = {}
    for at, layer in enumerate(task.trial.loaded.attention):
        mine = sorted(head for head in installed.replaced if head[0] == layer.index)
        if mine:
            patterns = [
                found[installed.fitted[head]][:, None]
                if head in installed.fitted
                else task.fixed[head]
                for head in mine
            ]
            swaps[at] = [Swap(0, tuple(head for _, head in mine), torch.cat(patterns, 1))]
    divergence, _, positions = task.trial.figures(task.trial.run(swaps))
    of_head = found[torch.tensor(list(installed.fitted.values()))]
    valid = task.trial.valid[None, :, :, None]
    least = (torch.minimum(of_head, task.target) * valid).sum((2, 3))
    rows = task.trial.valid.sum(1)
    return divergence / positions, (least / (2 * rows - least)).mean()


def fit_jointly(
    tasks: Sequence[Task],
    basis: Basis,
    installed: Installed,
    effort: Effort,
    say: Callable[[int, int, float, float], None] = lambda *_: None,
) -> torch.Tensor:
    """The shares after some steps of gradient on one batch after the other."""
    logs = basis.start.log().requires_grad_()
    optimizer = torch.optim.Adam([logs], lr=effort.rate, betas=(0.9, 0.98))
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, effort.steps, effort.rate / 10)
    for step in range(effort.steps):
        optimizer.zero_grad()
        divergence, iou = losses(tasks[step % len(tasks)], basis, installed, logs.exp())
        (divergence - effort.iou * iou).backward()  # type: ignore[no-untyped-call]
        if logs.grad is None or not torch.isfinite(logs.grad).all():
            break
        optimizer.step()
        rate.step()
        say(step + 1, effort.steps, float(divergence), float(iou))
    return logs.detach().exp()


def rounded(basis: Basis, shares: torch.Tensor, digits: int) -> list[list[list[float]]]:
    """By program and branch: shares that sum to 1 in each branch, to so many digits, none 0."""
    values, found = iter(shares.tolist()), []
    for one in basis.shares:
        branches = []
        for terms in one.branches:
            mine = [next(values) for _ in terms]
            total = sum(mine)
            least = 10.0**-digits
            branches.append([max(least, round(value / total, digits)) for value in mine])
        found.append(branches)
    return found
