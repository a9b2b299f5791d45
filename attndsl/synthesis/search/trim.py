"""From dense scores to readable ones: few features a program, few branches, few terms a branch.

Every head has a program of its own here. What goes is what the other numbers make up for best, and
they are moved at once as far as the curvature says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.synthesis.search.batches import Batch
from attndsl.synthesis.search.curvature import curvature
from attndsl.synthesis.search.kernels import drop
from attndsl.synthesis.search.kinds import LEAVES
from attndsl.synthesis.search.scores import Scores

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Head:
    """One head: its features by number, numbers [leaves, A], and their curvature by leaf."""

    number: int
    used: I64
    numbers: F64
    curvature: F64


def heads_of(scores: Scores, batches: Sequence[Batch]) -> Iterator[Head]:
    for number, branch in enumerate(scores.branch):
        weights = scores.weights[number, branch]
        used = np.flatnonzero(scores.of_base[number].numpy())
        yield Head(number, used, weights.numpy()[:, used].astype(np.float64),
                   curvature(weights, used, batches))  # fmt: skip


def keep_features(scores: Scores, batches: Sequence[Batch], count: int) -> Scores:
    """Leave each program `count` features, whose leaves have numbers of their own."""
    base, extra = torch.zeros_like(scores.base), torch.zeros_like(scores.extra)
    kept = torch.zeros_like(scores.base)
    for head in heads_of(scores, batches):
        fitted, one_part = head.numbers.copy(), np.zeros(len(head.used), dtype=np.int64)
        stays = drop(fitted, np.linalg.inv(head.curvature), one_part, np.array([count]))
        numbers = torch.from_numpy(fitted).float()
        base[head.number, head.used] = numbers.mean(0)
        at = scores.branch[head.number][:, None], torch.from_numpy(head.used)[None]
        extra[head.number][at] = numbers - numbers.mean(0)
        kept[head.number, head.used] = torch.from_numpy(stays).float()
    return replace(
        scores, base=base * kept, extra=extra * kept[:, None],
        of_base=kept, of_extra=kept[:, None].expand_as(extra).clone(),
    )  # fmt: skip


def opened(scores: Scores) -> Scores:
    """All features free again, from the numbers that are there."""
    every = (torch.ones_like(scores.of_base), torch.ones_like(scores.of_extra))
    return replace(scores, of_base=every[0], of_extra=every[1])


@dataclass(frozen=True, slots=True)
class BranchGroup:
    """Leaves that share a branch, its numbers [A], and the sum of their curvatures."""

    leaves: tuple[int, ...]
    numbers: F64
    curvature: F64

    def joined(self, other: "BranchGroup") -> "BranchGroup":
        both = self.curvature + other.curvature
        pull = self.curvature @ self.numbers + other.curvature @ other.numbers
        numbers = np.asarray(np.linalg.solve(both, pull), dtype=np.float64)
        return BranchGroup((*self.leaves, *other.leaves), numbers, both)

    def cost(self, other: "BranchGroup") -> float:
        """What both lose, in nats, if they have the same numbers, the best for both."""
        apart = self.numbers - other.numbers
        pull = np.linalg.solve(self.curvature + other.curvature, other.curvature @ apart)
        return float(apart @ self.curvature @ pull) / 2


def merge(
    scores: Scores, batches: Sequence[Batch], rows: torch.Tensor, most: int, least: float
) -> Scores:
    """Join branches that cost least to join, to at most `most`, and on while one costs too little.

    The branch with most of the `rows` becomes number 0 and the base; `least` is what a branch must
    save, in nats over the mean row, to be kept.
    """
    programs, features = scores.base.shape
    branch = torch.zeros_like(scores.branch)
    base, extra = torch.zeros_like(scores.base), torch.zeros(programs, most, features)
    count = rows.numpy()
    for head in heads_of(scores, batches):
        groups = [
            BranchGroup((leaf,), head.numbers[leaf], head.curvature[leaf])
            for leaf in range(len(LEAVES))
        ]
        groups = fewer(groups, most, least * float(count.sum()))
        groups.sort(key=lambda group: -float(count[list(group.leaves)].sum()))
        first = groups[0].numbers
        base[head.number, head.used] = torch.from_numpy(first).float()
        for number, group in enumerate(groups):
            branch[head.number, list(group.leaves)] = number
            change = torch.from_numpy(group.numbers - first).float()
            extra[head.number, number, head.used] = change
    allowed = scores.of_base[:, None].expand_as(extra).clone()
    allowed[:, 0] = 0.0
    return replace(scores, base=base, extra=extra * allowed, branch=branch, of_extra=allowed)


def fewer(groups: list[BranchGroup], most: int, least: float) -> list[BranchGroup]:
    """The groups after the joins that cost least; a join changes the costs of its own pairs."""
    costs = {(b, a): groups[a].cost(groups[b]) for a in range(len(groups)) for b in range(a)}
    left = dict(enumerate(groups))
    while len(left) > 1:
        (a, b), cost = min(costs.items(), key=lambda item: item[1])
        if len(left) <= most and cost > least:
            break
        left[a] = left[a].joined(left.pop(b))
        costs = {pair: one for pair, one in costs.items() if not {a, b} & set(pair)}
        costs |= {(min(a, c), max(a, c)): left[a].cost(left[c]) for c in left if c != a}
    return list(left.values())


def keep_extras(scores: Scores, batches: Sequence[Batch], count: int) -> Scores:
    """Leave each branch but the first the `count` additions that would be missed most."""
    branches = scores.extra.shape[1]
    base, extra = torch.zeros_like(scores.base), torch.zeros_like(scores.extra)
    kept = torch.zeros_like(scores.extra)
    for head in heads_of(scores, batches):
        mine, width = scores.branch[head.number].numpy(), len(head.used)
        bowl = jointly(head.curvature, mine, branches)
        start = torch.cat([scores.base[head.number, None], scores.extra[head.number, 1:]])
        numbers = start[:, head.used].double().numpy().reshape(1, -1)
        part = np.arange(branches * width) // width
        most = np.where(np.isin(np.arange(branches), mine), count, 0)
        most[0] = width
        stays = drop(numbers, np.linalg.inv(bowl)[None], part, most)
        kept_numbers = torch.from_numpy(numbers.reshape(branches, width)).float()
        base[head.number, head.used] = kept_numbers[0]
        extra[head.number, 1:, head.used] = kept_numbers[1:]
        stay = torch.from_numpy(stays.reshape(branches, width)).float()
        kept[head.number, 1:, head.used] = stay[1:]
    return replace(scores, base=base, extra=extra, of_extra=kept)


def jointly(curvature: F64, branch: I64, branches: int) -> F64:
    """[n, n] of the base's numbers and then of each branch's additions to them.

    A branch that no leaf is of has additions that change nothing; they are held by 1.
    """
    width = curvature.shape[1]
    of_branch = np.zeros((branches, width, width))
    np.add.at(of_branch, branch, curvature)
    matrix = np.zeros((branches, width, branches, width))
    matrix[0, :, 0] = of_branch.sum(0)
    for number in range(1, branches):
        own = of_branch[number] if of_branch[number].any() else np.eye(width)
        matrix[number, :, number] = own
        matrix[0, :, number] = matrix[number, :, 0] = of_branch[number]
    ridge = 1e-6 * float(np.trace(matrix[0, :, 0])) / width
    joint: F64 = matrix.reshape(branches * width, -1) + ridge * np.eye(branches * width)
    return joint
