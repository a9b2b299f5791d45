"""Answers of a replaced model beside the model's own to the same questions: tests and intervals."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.intervals import RESAMPLES, SEED
from attndsl.surrogates.tasks import TaskResult

F64 = NDArray[np.float64]
ALL = "mean"  # over the tasks


@dataclass(frozen=True, slots=True)
class Paired:
    """What replacing heads changes of a task's `metric`, in points of a hundred.

    `lost` and `won` are questions that only the model itself, or only the replaced one, answers
    rightly; `p` is McNemar's exact test on them. The interval of the change is a 95% bootstrap over
    questions in pairs; over several tasks each counts alike, and questions are drawn within each.
    """

    task: str
    by: str
    fraction: float
    metric: str
    questions: int
    own: float
    own_low: float
    own_high: float
    ours: float
    ours_low: float
    ours_high: float
    change: float
    change_low: float
    change_high: float
    lost: int
    won: int
    p: float | None  # None over several tasks


def paired(results: Sequence[TaskResult]) -> tuple[Paired, ...]:
    """Every task and setting beside the unmodified model, then the mean over the tasks."""
    own = {one.task: one for one in results if one.by == "unmodified"}
    settings = dict.fromkeys((r.by, r.fraction) for r in results if r.by != "unmodified")
    rows: list[Paired] = []
    for metric, name in (("acc", "right"), ("acc_norm", "right_norm")):
        for by, fraction in settings:
            mine = [r for r in results if (r.by, r.fraction) == (by, fraction)]
            pairs = [
                (one.task, bits(getattr(own[one.task], name)), bits(getattr(one, name)))
                for one in mine
                if getattr(one, name)
                and len(getattr(one, name)) == len(getattr(own[one.task], name))
            ]
            rows += [compared((task,), by, fraction, metric, [(a, b)]) for task, a, b in pairs]
            if len(pairs) > 1:
                both = [(a, b) for _, a, b in pairs]
                rows.append(compared((ALL,), by, fraction, metric, both))
    return tuple(rows)


def bits(answers: str) -> F64:
    return np.array([float(one) for one in answers])


def compared(
    task: tuple[str], by: str, fraction: float, metric: str, pairs: Sequence[tuple[F64, F64]]
) -> Paired:
    """One task, or several of which each counts alike."""
    lost = sum(int((a > b).sum()) for a, b in pairs)
    won = sum(int((b > a).sum()) for a, b in pairs)
    return Paired(
        *task,
        by,
        fraction,
        metric,
        sum(len(a) for a, _ in pairs),
        *points([a for a, _ in pairs]),
        *points([b for _, b in pairs]),
        *points([b - a for a, b in pairs]),
        lost,
        won,
        mcnemar(lost, won) if len(pairs) == 1 else None,
    )


def points(samples: Sequence[F64]) -> tuple[float, float, float]:
    """The mean of the samples' means in points of a hundred, with its interval.

    >>> [round(value, 1) for value in points([np.array([1.0, 0, 1, 1]), np.array([1.0, 1])])]
    [87.5, 62.5, 100.0]
    """
    from scipy.stats import bootstrap

    def mean(*drawn: F64, axis: int = -1) -> F64:
        return np.asarray(np.mean([one.mean(axis=axis) for one in drawn], axis=0))

    value = 100 * float(mean(*samples))
    if all(len(np.unique(one)) == 1 for one in samples):  # nothing that a draw could change
        return value, value, value
    drawn = bootstrap(
        tuple(samples), mean, n_resamples=RESAMPLES, method="percentile", rng=SEED, vectorized=True
    ).confidence_interval
    return value, 100 * float(drawn.low), 100 * float(drawn.high)


def mcnemar(lost: int, won: int) -> float:
    """McNemar's exact test: how likely so uneven a split of the changed answers is by chance.

    >>> mcnemar(0, 0), round(mcnemar(9, 1), 4)
    (1.0, 0.0215)
    """
    from scipy.stats import binomtest

    return float(binomtest(lost, lost + won, 0.5).pvalue) if lost + won else 1.0


def as_csv(rows: Sequence[Paired]) -> str:
    """One comparison a line."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(Paired.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    for one in rows:
        writer.writerow(asdict(one))
    return out.getvalue()
