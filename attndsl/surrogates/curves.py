"""The curve of an evaluation: what each fraction of replaced heads costs, with intervals."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.intervals import CHUNK, FEW, RESAMPLES, SEED
from attndsl.surrogates.evaluation import Evaluation, Measured

F64 = NDArray[np.float64]
Range = tuple[float | None, float | None, float | None]  # value, low, high


@dataclass(frozen=True, slots=True)
class Point:
    """One setting. Intervals are 95% percentiles of a bootstrap over texts, paired with the
    unmodified model on the same texts; a value that the kind of model lacks is None."""

    by: str
    order: str  # in which heads were taken
    fraction: float
    heads: int
    texts: int
    perplexity: float | None
    perplexity_low: float | None
    perplexity_high: float | None
    ratio: float | None  # to the unmodified model's perplexity
    ratio_low: float | None
    ratio_high: float | None
    divergence: float | None  # mean KL from the unmodified model, in nats
    divergence_low: float | None
    divergence_high: float | None
    cosine: float | None  # mean cosine of the last hidden states
    cosine_low: float | None
    cosine_high: float | None
    sees_ahead: bool
    few_texts: bool

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Point:
        values: dict[str, Any] = {part.name: given.get(part.name) for part in fields(cls)}
        return cls(**{**values, "order": values["order"] or ""})


def curve(evaluation: Evaluation) -> tuple[Point, ...]:
    """The unmodified model first, then every setting in order."""
    own = Measured("unmodified", "", 0.0, 0, False, evaluation.own)
    shares = resamples(len(evaluation.own))
    return tuple(point(evaluation, shares, one) for one in (own, *evaluation.measured))


def point(evaluation: Evaluation, shares: F64, of: Measured) -> Point:
    texts = of.texts
    positions = np.array([text.positions for text in texts], dtype=np.float64)
    loss = np.array([text.loss for text in texts])
    own = np.array([text.loss for text in evaluation.own])
    apart = np.array([text.divergence for text in texts])
    none: Range = (None, None, None)
    perplexity, ratio, divergence, cosine = none, none, none, none
    mean, low, high = interval(apart, positions, shares)
    if evaluation.kind == "words":
        perplexity = exp3(interval(loss, positions, shares))
        ratio = exp3(interval(loss - own, positions, shares))
    if evaluation.kind == "states":
        cosine = (1 - mean, 1 - high, 1 - low)
    else:
        divergence = (mean, low, high)
    return Point(
        of.by,
        of.order,
        of.fraction,
        of.heads,
        len(texts),
        *perplexity,
        *ratio,
        *divergence,
        *cosine,
        sees_ahead=of.sees_ahead and evaluation.kind == "words",  # an encoder itself sees ahead
        few_texts=len(texts) < FEW,
    )


def resamples(texts: int) -> F64:
    """How often each text is drawn in each resample; the same draws for every setting."""
    generator = np.random.default_rng(SEED)
    counts = [
        np.bincount(draw, minlength=texts)
        for _ in range(0, RESAMPLES, CHUNK)
        for draw in generator.integers(0, texts, (CHUNK, texts))
    ]
    return np.asarray(counts, dtype=np.float64)


def interval(sums: F64, positions: F64, shares: F64) -> tuple[float, float, float]:
    """The mean over positions with its 95% interval, texts resampled whole."""
    drawn = (shares @ sums) / (shares @ positions)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(sums.sum() / positions.sum()), float(low), float(high)


def exp3(values: tuple[float, float, float]) -> tuple[float, float, float]:
    mean, low, high = (float(np.exp(min(value, 700.0))) for value in values)
    return mean, low, high


def as_csv(points: Sequence[Point]) -> str:
    """All points as CSV, one a line, empty cells where a value has no meaning."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(Point.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    for one in points:
        writer.writerow(asdict(one))
    return out.getvalue()
