"""From the values of one row's visible keys to weights that sum to 1."""

import math
from collections.abc import Sequence

from attndsl.graph.arithmetic import HUGE, ROW_EMPTY
from attndsl.graph.program import Fallback


def attention(
    values: Sequence[float], softmax: bool, fallback: Fallback, query: int
) -> list[float]:
    """`query` is the query's own place among the visible keys.

    >>> attention([1.0, 3.0, -1.0], False, "first", 2), attention([0.0, 0.0], False, "self", 1)
    ([0.25, 0.75, 0.0], [0.0, 1.0])
    """
    weights = _exponentials(values) if softmax else [max(value, 0.0) for value in values]
    total = sum(weights)
    if total >= ROW_EMPTY:
        return [weight / total for weight in weights]
    if fallback == "uniform":
        return [1.0 / len(values)] * len(values)
    target = query if fallback == "self" else 0
    return [float(at == target) for at in range(len(values))]


def _exponentials(scores: Sequence[float]) -> list[float]:
    """A score of -1e30 or less hides its key."""
    shown = [score for score in scores if score > -HUGE]
    best = max(shown, default=0.0)
    return [math.exp(score - best) if score > -HUGE else 0.0 for score in scores]
