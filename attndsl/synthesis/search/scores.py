"""Sums of features fitted to all heads at once, as scores of a softmax, branch by branch.

A score is what all queries share (`base`) and what its branch adds (`extra`). With p the softmax
of a row and a the head's, the overlap is s = sum of min(p, a), and IoU is s / (2 n - s) for n rows;
the slope of s by a score is p times (1 where p < a, else 0, less the sum of p where p < a).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from attndsl.synthesis.search.batches import Batch
from attndsl.synthesis.search.kernels import score_slopes
from attndsl.synthesis.search.kinds import LEAVES

BETAS = (0.9, 0.99)
HIGH = 60.0  # scores are held to +-60, so that no exponential leaves float32


@dataclass(frozen=True, slots=True)
class Scores:
    """Programs, and which of them each head has.

    `base` [P, J], `extra` [P, B, J], `branch` int64 [P, leaves], `owner` int64 [H]. Where `of_base`
    and `of_extra` are 0 a number stays 0.
    """

    base: torch.Tensor
    extra: torch.Tensor
    branch: torch.Tensor
    owner: torch.Tensor
    of_base: torch.Tensor
    of_extra: torch.Tensor

    @property
    def weights(self) -> torch.Tensor:
        """[P, B, J]: what counts in each branch."""
        return self.base[:, None] + self.extra

    def of_leaf(self, weights: torch.Tensor, leaf: int) -> torch.Tensor:
        """[H, J]: the weights for each head's queries of a leaf."""
        return weights[self.owner, self.branch[self.owner, leaf]]


def one_a_head(heads: int, features: int) -> Scores:
    """Every head its own program, every leaf its own branch; the first token stands out."""
    count = len(LEAVES)
    base, extra = torch.zeros(heads, features), torch.zeros(heads, count, features)
    base[:, 0] = 2.0
    branch = torch.arange(count).repeat(heads, 1)
    ones = (torch.ones_like(base), torch.ones_like(extra))
    return Scores(base, extra, branch, torch.arange(heads), *ones)


@torch.no_grad()
def fit(
    scores: Scores,
    batches: Sequence[Batch],
    steps: int,
    rate: float,
    say: Callable[[int], None] = lambda step: None,
) -> Scores:
    """Adam on the summed minima, a batch of texts a step, in turn."""
    base, extra = scores.base.clone(), scores.extra.clone()
    moments = [torch.zeros_like(one) for one in (base, base, extra, extra)]
    for step in range(1, steps + 1):
        slope = _slope(replace(scores, base=base, extra=extra), batches[step % len(batches)])
        slope /= slope.abs().amax((1, 2), keepdim=True) + 1e-12
        fall = 0.5 * (1 + np.cos(np.pi * step / (steps + 1)))  # slower and slower
        now = rate * (0.05 + 0.95 * fall)
        base += now * _adam(slope.sum(1) * scores.of_base, moments[0], moments[1], step)
        extra += now * _adam(slope * scores.of_extra, moments[2], moments[3], step)
        say(step)
    return replace(scores, base=base, extra=extra)


def _adam(slope: torch.Tensor, mean: torch.Tensor, square: torch.Tensor, step: int) -> torch.Tensor:
    mean.lerp_(slope, 1 - BETAS[0])
    square.lerp_(slope * slope, 1 - BETAS[1])
    unbiased = (square / (1 - BETAS[1] ** step)).sqrt_().add_(1e-3)
    return mean / (1 - BETAS[0] ** step) / unbiased


def _slope(scores: Scores, batch: Batch) -> torch.Tensor:
    """[P, B, J]: the slope of the batch's summed minima."""
    weights = scores.weights
    slope = torch.zeros_like(weights)
    for leaf, values in enumerate(batch.features):
        if values.shape[1]:
            powers = exponentials(scores.of_leaf(weights, leaf), values)
            score_slopes(powers.numpy(), batch.heads[leaf].numpy(), batch.starts[leaf])
            at = (scores.owner, scores.branch[scores.owner, leaf])
            slope.index_put_(at, powers @ values.T, accumulate=True)
    return slope


def exponentials(weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """[H, cells] of a leaf: the exponentials of the scores."""
    return (weights @ values).clamp_(-HIGH, HIGH).exp_()
