"""The bowl around fitted numbers: what rows change by when some numbers go and the others adapt.

To the second order, numbers that are off by d change the rows of a head by d F d / 2 nats, where F
sums over rows the covariance of the features under the row (Fisher information). If a number goes,
the others can make up for part of it: what is then lost is its square over twice the diagonal of
the inverse of F, and F says by how much the others move ("optimal brain surgeon").
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.synthesis.search.batches import Batch
from attndsl.synthesis.search.kinds import LEAVES
from attndsl.synthesis.search.scores import exponentials

RIDGE = 0.01  # of the mean curvature, added to all: numbers move no further than the texts say
TINY = 1e-9

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@torch.no_grad()
def curvature(weights: torch.Tensor, used: I64, batches: Sequence[Batch]) -> F64:
    """[leaves, A, A] for the features `used`, A in number, of a head with `weights` [leaves, J]."""
    sums = np.zeros((len(LEAVES), len(used), len(used)))
    which = torch.from_numpy(used)
    for batch in batches:
        for leaf, values in enumerate(batch.features):
            if values.shape[1]:
                mine = values if len(used) == len(values) else values[which]
                starts = batch.starts[leaf][:-1]
                row = exponentials(weights[leaf][None], values)[0].numpy()
                row /= np.repeat(np.add.reduceat(row, starts), np.diff(batch.starts[leaf]))
                weighed = mine * torch.from_numpy(row)
                means = torch.from_numpy(np.add.reduceat(weighed.numpy(), starts, axis=1))
                sums[leaf] += (weighed @ mine.T - means @ means.T).double().numpy()
    return sums + RIDGE * ridge(sums) * np.eye(len(used))


def ridge(matrix: F64) -> float:
    return max(TINY, float(np.diagonal(matrix, axis1=1, axis2=2).mean()))
