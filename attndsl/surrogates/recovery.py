"""How much of what ablating heads costs their programs give back, with paired intervals."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attndsl.surrogates.ablations import BY_POSITION
from attndsl.surrogates.curves import resamples
from attndsl.surrogates.evaluation import Evaluation, Measured
from attndsl.surrogates.figures import TextFigures
from attndsl.surrogates.orders import WITH_OFFSET

PROGRAMS = "programs"
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a cost that is given back, with its 95% interval; None and a reason where the
    ablation costs less than its own interval is wide, so that there is nothing to divide by."""

    mean: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""

    def __str__(self) -> str:
        if self.mean is None:
            return "not defined"
        return f"{self.mean:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Recovered:
    """Of one order, share and ablation: (KL_ablated - KL_programs) / KL_ablated, and the same of
    the loss, (CE_ablated - CE_programs) / (CE_ablated - CE_model), where the model scores words.

    `left` is KL_programs / KL_ablated, the cost that stays.
    """

    order: str
    fraction: float
    heads: int
    against: str
    by: str  # programs, or programs with offset
    kl: Share
    ce: Share | None
    left: float | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Recovered:
        """What `as_json` gave."""
        ce = given["ce"]
        shares = {"kl": Share(**given["kl"]), "ce": Share(**ce) if ce else None}
        return cls(**{"by": PROGRAMS, **given, **shares})


def recovered(evaluation: Evaluation) -> tuple[Recovered, ...]:
    """Every setting with programs beside each ablation of the same heads."""
    shares = resamples(len(evaluation.own))
    ours = [m for m in evaluation.measured if m.by in (PROGRAMS, WITH_OFFSET)]
    return tuple(
        one_recovered(evaluation, mine, other, shares)
        for mine in ours
        for other in evaluation.measured
        if other.by not in (PROGRAMS, WITH_OFFSET)
        and (other.order, other.fraction) == (mine.order, mine.fraction)
    )


def one_recovered(
    evaluation: Evaluation, ours: Measured, other: Measured, shares: F64
) -> Recovered:
    positions = of_texts(evaluation.own, "positions")
    mine, theirs = (of_texts(one.texts, "divergence") for one in (ours, other))
    kl = given_back(mine, theirs, positions, shares)
    ce = None
    if evaluation.kind != "states":
        own = of_texts(evaluation.own, "loss")
        mine, theirs = (of_texts(one.texts, "loss") - own for one in (ours, other))
        ce = given_back(mine, theirs, positions, shares)
    left = None if kl.mean is None else 1 - kl.mean
    return Recovered(ours.order, ours.fraction, ours.heads, other.by, ours.by, kl, ce, left)


def of_texts(texts: Sequence[TextFigures], name: str) -> F64:
    return np.array([getattr(text, name) for text in texts], dtype=np.float64)


def given_back(ours: F64, ablated: F64, positions: F64, shares: F64) -> Share:
    """(ablated - ours) / ablated of the costs by text, texts resampled whole and in pairs.

    >>> shares = resamples(3)
    >>> round(given_back(np.array([1.0, 1, 2]), np.array([4.0, 4, 8]), np.ones(3), shares).mean, 2)
    0.75
    >>> given_back(np.zeros(3), np.array([-1.0, 1, 1]), np.ones(3), shares).why
    'ablating costs 0.3333, less than its interval is wide (-1.0000 to 1.0000)'
    >>> given_back(np.zeros(3), np.array([-1.0, 0, 0]), np.ones(3), shares).why
    'ablating costs nothing (-0.3333)'
    """
    drawn = (shares @ ablated) / (shares @ positions)
    low, high = np.percentile(drawn, [2.5, 97.5])
    cost = ablated.sum() / positions.sum()
    if cost <= 0:
        return Share(None, why=f"ablating costs nothing ({cost:.4f})")
    if cost <= high - low:
        why = f"ablating costs {cost:.4f}, less than its interval is wide ({low:.4f} to {high:.4f})"
        return Share(None, why=why)
    ratios = 1 - (shares @ ours) / (shares @ ablated)
    ratio_low, ratio_high = np.percentile(ratios, [2.5, 97.5])
    return Share(float(1 - ours.sum() / ablated.sum()), float(ratio_low), float(ratio_high))


def area(points: Sequence[Recovered], order: str, against: str = BY_POSITION) -> float | None:
    """The mean over the shares of an order of KL_programs / KL_ablated: lower is better."""
    left = [r.left for r in points if (r.order, r.against, r.by) == (order, against, PROGRAMS)]
    known = [value for value in left if value is not None]
    return sum(known) / len(known) if known else None


def recovery_figures(points: Sequence[Recovered], against: str = BY_POSITION) -> dict[str, float]:
    """By name as the benchmarks print them: `recovered_kl_100` (all heads, which have no order),
    `recovered_kl_25_neutral`, `recovered_ce_25_fit`, ..., `area_kl` (neutral); those of programs
    moved by a constant apart, as `recovered_kl_100_offset`. What is not defined is left out."""
    named: dict[str, float] = {}
    for one in points:
        if one.against != against:
            continue
        moved = "" if one.by == PROGRAMS else "_offset"
        share = round(100 * one.fraction)
        suffix = f"{share}" if share == 100 else f"{share}_{one.order.replace(' ', '_')}"
        for kind, value in (("kl", one.kl), ("ce", one.ce)):
            if value is None or value.mean is None or value.low is None or value.high is None:
                continue
            named |= {
                f"recovered_{kind}_{suffix}{moved}": value.mean,
                f"recovered_{kind}_{suffix}{moved}_low": value.low,
                f"recovered_{kind}_{suffix}{moved}_high": value.high,
            }
    if (whole := area(points, "neutral", against)) is not None:
        named["area_kl"] = whole
    return named


def as_csv(points: Sequence[Recovered]) -> str:
    """All of it as CSV, one order, share and ablation a line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    ends = ("", "_low", "_high", "_why")
    named = [f"recovered_{kind}{end}" for kind in ("kl", "ce") for end in ends]
    writer.writerow(["order", "fraction", "heads", "by", "against", *named])
    for one in points:
        values = [astuple(share) if share else ("",) * len(ends) for share in (one.kl, one.ce)]
        row = [one.order, one.fraction, one.heads, one.by, one.against]
        writer.writerow([*row, *values[0], *values[1]])
    return out.getvalue()
