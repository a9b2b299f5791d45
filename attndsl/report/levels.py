"""Weights as bytes: how finely a page shows them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HALF = 128  # of the scale; a quarter of a weight


@dataclass(frozen=True, slots=True)
class Levels:
    """Of the 255 levels of a square-root scale every `low`-th in its lower half and every `high`-th
    above, where levels lie further apart; weights under `least` are 0.

    `within` is how far off a map may be that is worked out from another one.
    """

    low: int
    high: int
    least: float
    within: float


FINE = Levels(1, 1, 0.0, 0.006)
COARSE = Levels(4, 2, 0.006, 0.01)  # of pages that would be too large


def quantised(weights: NDArray[np.floating], levels: Levels = FINE) -> NDArray[np.uint8]:
    """A byte a weight: 255 times its square root, so within 0.004 of it; coarsely within 0.008.

    >>> quantised(np.array([0.0, 0.0001, 0.25, 1.0]))
    array([  0,   3, 128, 255], dtype=uint8)
    >>> quantised(np.array([0.0, 0.0001, 0.04, 0.3, 1.0]), COARSE)
    array([  0,   0,  52, 140, 255], dtype=uint8)
    """
    scale = 255 * np.sqrt(np.where(weights < levels.least, 0, np.clip(weights, 0, 1)))
    low, high = (step * np.rint(scale / step) for step in (levels.low, levels.high))
    return np.asarray(np.minimum(np.where(scale < HALF, low, high), 255), dtype=np.uint8)


def weights_of(quantised: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The weights that bytes stand for."""
    return np.asarray((quantised / 255.0) ** 2)
