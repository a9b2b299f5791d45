"""The points of an evaluation as the report's curve."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from attndsl.fit.intervals import Estimate
from attndsl.report.data import CurvePoint

if TYPE_CHECKING:
    from attndsl.surrogates.curves import Point

MEASURES = ("perplexity", "cosine", "divergence")


def measure_of(points: Iterable[Point]) -> str:
    """What an evaluation's points have, the first of these; causal models' have divergence too."""
    point = next(iter(points), None)
    return next((name for name in MEASURES if getattr(point, name, None) is not None), MEASURES[0])


def curve_of(points: Iterable[Point], measure: str) -> tuple[CurvePoint, ...]:
    """The points of an evaluation by one of its measures."""
    lines = []
    for point in points:
        ratio = None
        if point.ratio is not None and point.ratio_low is not None and point.ratio_high is not None:
            ratio = Estimate(point.ratio, point.ratio_low, point.ratio_high, point.texts)
        value, low, high = (getattr(point, f"{measure}{end}") for end in ("", "_low", "_high"))
        by, fraction, heads = point.by, point.fraction, point.heads
        lines.append(CurvePoint(by, fraction, heads, value, low, high, point.sees_ahead, ratio))
    return tuple(lines)
