"""IoU of fitted scores with heads, row by row: what the search's slopes are slopes of."""

from collections.abc import Sequence

import numpy as np

from attndsl.synthesis.search.batches import Batch
from attndsl.synthesis.search.kinds import LEAVES
from attndsl.synthesis.search.scores import Scores, exponentials


def ious(scores: Scores, batches: Sequence[Batch]) -> np.ndarray:
    """Mean IoU of each head with its program over the texts."""
    by_batch = []
    for batch in batches:
        shared = np.zeros((len(scores.owner), len(batch.rows)))
        for leaf in range(len(LEAVES)):
            weights = scores.of_leaf(scores.weights, leaf)
            powers = exponentials(weights, batch.features[leaf]).numpy()
            heads, starts = batch.heads[leaf].numpy(), batch.starts[leaf]
            for row, text in enumerate(batch.text[leaf].tolist()):
                cells = slice(starts[row], starts[row + 1])
                made = powers[:, cells] / powers[:, cells].sum(1, keepdims=True)
                shared[:, text] += np.minimum(made, heads[:, cells]).sum(1)
        by_batch.append(shared / (2 * batch.rows.numpy() - shared))
    return np.concatenate(by_batch, 1).mean(1)
