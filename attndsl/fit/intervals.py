"""How sure a mean over texts is: bootstrap intervals, the same resamples for everything."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
CHUNK = 100  # resamples held at a time
SEED = 2026
FEW = 20

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over texts with its 95% interval; under 20 texts the interval says little.

    >>> str(Estimate(0.5, 0.4, 0.6, 100)), str(Estimate(0.5, 0.4, 0.6, 7))
    ('0.500 (0.400 to 0.600)', '0.500 (0.400 to 0.600, few texts)')
    >>> str(Estimate(0.5, 0.5, 0.5, 1))
    '0.500 (one text)'
    """

    mean: float
    low: float
    high: float
    texts: int

    @property
    def few(self) -> bool:
        return self.texts < FEW

    def __str__(self) -> str:
        if self.texts == 1:
            return f"{self.mean:.3f} (one text)"  # which says nothing of others
        note = ", few texts" if self.few else ""
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f}{note})"

    def as_json(self) -> dict[str, object]:
        record: dict[str, object] = {
            "mean": self.mean,
            "low": self.low,
            "high": self.high,
            "texts": self.texts,
        }
        return record | ({"note": "few texts"} if self.few else {})


def estimates(values: F64) -> list[Estimate]:
    """One estimate a row of `[rows, texts]`: 2,000 resamples of the texts, 95% percentile.

    Texts are drawn with replacement, the same draws for every row and every call with as many
    texts, so differences of rows can be estimated as rows of differences.
    """
    low, high = np.percentile(_resampled(values), [2.5, 97.5], axis=1)
    return [
        Estimate(float(mean), float(lo), float(hi), values.shape[1])
        for mean, lo, hi in zip(values.mean(axis=1), low, high, strict=True)
    ]


def estimates_of(function: Callable[[F64], F64], values: F64) -> list[Estimate]:
    """Estimates of what a function makes of the means of `[rows, texts]`, such as ratios.

    The function is given means `[rows, any]` and gives `[figures, any]`.
    """
    low, high = np.percentile(function(_resampled(values)), [2.5, 97.5], axis=1)
    means = function(values.mean(axis=1, keepdims=True))[:, 0]
    return [
        Estimate(float(mean), float(lo), float(hi), values.shape[1])
        for mean, lo, hi in zip(means, low, high, strict=True)
    ]


def estimate_of(function: Callable[[F64], F64], values: F64) -> Estimate:
    """The same of one figure: the function gives `[any]`.

    >>> str(estimate_of(lambda means: means[0] / means[1], np.array([[1.0, 3.0], [4.0, 4.0]])))
    '0.500 (0.250 to 0.750, few texts)'
    """
    return estimates_of(lambda means: function(means)[None], values)[0]


def _resampled(values: F64) -> F64:
    """The means over each resample of the texts, `[rows, resamples]`."""
    texts = values.shape[1]
    generator = np.random.default_rng(SEED)
    resampled = np.empty((len(values), RESAMPLES))
    for start in range(0, RESAMPLES, CHUNK):
        draws = generator.integers(0, texts, (CHUNK, texts))
        shares = np.stack([np.bincount(draw, minlength=texts) for draw in draws]) / texts
        resampled[:, start : start + CHUNK] = values @ shares.T
    return resampled
