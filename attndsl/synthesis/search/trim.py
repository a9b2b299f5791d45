"""From dense scores to readable ones: few features a program, few branches, few terms a branch."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.synthesis.search.batches import Batch
from attndsl.synthesis.search.kinds import LEAVES
from attndsl.synthesis.search.scores import Scores, exponentials, row_overlaps

F64 = NDArray[np.float64]


@torch.no_grad()
def spread(scores: Scores, batches: Sequence[Batch]) -> torch.Tensor:
    """[P, leaves, J]: the variance of each feature under a program's rows, summed over rows.

    A number's square times this is, to the second order, what leaving it out changes the rows by.
    """
    weights = scores.weights
    found = torch.zeros(len(scores.base), len(LEAVES), scores.base.shape[1])
    for batch in batches:
        for leaf, values in enumerate(batch.features):
            powers = exponentials(scores.of_leaf(weights, leaf), values)
            starts = batch.starts[leaf]
            for start, stop in pairwise(starts):
                row, part = powers[:, start:stop], values[:, start:stop]
                row = row / row.sum(1, keepdim=True)
                mean = row @ part.T
                change = row @ (part * part).T - mean * mean
                found[:, leaf].index_add_(0, scores.owner, change)
    return found


def keep_features(scores: Scores, spreads: torch.Tensor, count: int) -> Scores:
    """Leave each program the `count` features whose going would change its rows most."""
    used = torch.zeros_like(scores.base)
    every = torch.arange(len(used))
    for leaf in range(len(LEAVES)):
        of_leaf = scores.weights[every, scores.branch[:, leaf]]
        used += of_leaf**2 * spreads[:, leaf]
    kept = torch.zeros_like(used)
    kept.scatter_(1, used.topk(min(count, used.shape[1]), dim=1).indices, 1.0)
    return masked(scores, kept, kept[:, None, :])


def keep_extras(scores: Scores, spreads: torch.Tensor, count: int, least: float) -> Scores:
    """Leave each branch the `count` additions that change most, and none that change too little.

    `least` is a change a row of all the program's rows.
    """
    change = torch.zeros_like(scores.extra)
    every = torch.arange(len(change))
    for leaf in range(len(LEAVES)):
        at = (every, scores.branch[:, leaf])
        change.index_put_(at, scores.extra[at] ** 2 * spreads[:, leaf], accumulate=True)
    kept = torch.zeros_like(change)
    kept.scatter_(2, change.topk(min(count, change.shape[2]), dim=2).indices, 1.0)
    kept *= change >= least
    return masked(scores, torch.ones_like(scores.base), kept)


def masked(scores: Scores, base: torch.Tensor, extra: torch.Tensor) -> Scores:
    of_base, of_extra = scores.of_base * base, scores.of_extra * extra
    return replace(
        scores, base=scores.base * of_base, extra=scores.extra * of_extra,
        of_base=of_base, of_extra=of_extra,
    )  # fmt: skip


def opened(scores: Scores) -> Scores:
    """All features free again, from the numbers that are there."""
    every = (torch.ones_like(scores.of_base), torch.ones_like(scores.of_extra))
    return replace(scores, of_base=every[0], of_extra=every[1])


@torch.no_grad()
def swaps(scores: Scores, batch: Batch) -> F64:
    """[H, leaves, leaves]: the minima that a leaf's cells share with the weights of another."""
    weights = scores.weights
    found = np.zeros((len(scores.owner), len(LEAVES), len(LEAVES)))
    for leaf in range(len(LEAVES)):
        for other in range(len(LEAVES)):
            least = row_overlaps(scores.of_leaf(weights, other), batch, leaf)
            found[:, leaf, other] = least.sum(1).numpy()
    return found


def merge(scores: Scores, shared: F64, rows: torch.Tensor, most: int, least: float) -> Scores:
    """Join branches that cost least to join, to at most `most`, and on while one costs too little.

    The branch with most rows becomes number 0 and the base; `least` is the fall of a head's overlap
    a row that is too little to keep a branch for. Every head has a program of its own here.
    """
    heads, features = scores.base.shape
    weights = scores.weights
    branch = torch.zeros_like(scores.branch)
    extra = torch.zeros(heads, most, features)
    base, total = torch.zeros_like(scores.base), float(rows.sum())
    for head in range(heads):
        groups = [([leaf], leaf) for leaf in range(len(LEAVES))]
        while len(groups) > 1:
            cost, a, b, speaker = _cheapest(shared[head], groups)
            if len(groups) <= most and cost > least * total:
                break
            groups[a] = (sorted(groups[a][0] + groups[b][0]), speaker)
            del groups[b]
        groups.sort(key=lambda group: -float(rows[group[0]].sum()))
        base[head] = weights[head, scores.branch[head, groups[0][1]]]
        for number, (members, speaker) in enumerate(groups):
            branch[head, members] = number
            extra[head, number] = weights[head, scores.branch[head, speaker]] - base[head]
    allowed = scores.of_base[:, None].expand_as(extra).clone()
    allowed[:, 0] = 0.0
    return replace(scores, base=base, extra=extra * allowed, branch=branch, of_extra=allowed)


def _cheapest(shared: F64, groups: list[tuple[list[int], int]]) -> tuple[float, int, int, int]:
    """The two groups that lose least under one of their mixtures, and whose that is."""
    best = (np.inf, 0, 0, 0)
    own = [shared[members, speaker].sum() for members, speaker in groups]
    for b in range(len(groups)):
        for a in range(b):
            members = groups[a][0] + groups[b][0]
            for speaker in (groups[a][1], groups[b][1]):
                cost = own[a] + own[b] - shared[members, speaker].sum()
                if cost < best[0]:
                    best = (float(cost), a, b, speaker)
    return best
