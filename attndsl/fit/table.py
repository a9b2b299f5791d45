"""The result of scoring: every program's fit to every head, and the best program of each head."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attndsl.files.whole import write_text
from attndsl.fit.divergence import js_of_pairs
from attndsl.fit.intervals import Estimate, estimates
from attndsl.fit.scoring import MEMORY, Progress, Source, Sums, TextScores, partial_sums
from attndsl.fit.split import Split, kept_split, split_texts
from attndsl.heads.probes import refuse_probes
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError

F64 = NDArray[np.float64]
SAME = 1e-9  # mean IoUs no further apart are the same
COLUMNS = (
    "head", "program", "iou_selection", "iou", "low", "high", "texts", "js_distance", "second",
    "margin",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A program that could not be scored, and why: a level of the vocabulary that is missing."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fit:
    """The best program of one head: chosen on selection texts, all else from the report texts.

    `margin` is how much better it is than `second`, the runner-up of the selection, text by text.
    """

    head: str
    program: str
    program_number: int
    selection: float
    iou: Estimate
    js: float
    second: str | None
    margin: Estimate | None

    def as_json(self) -> dict[str, object]:
        return {
            "head": self.head,
            "program": self.program,
            "iou_selection": self.selection,
            "iou": self.iou.as_json(),
            "js_distance": self.js,
            "second": self.second,
            "margin": None if self.margin is None else self.margin.as_json(),
        }


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Mean IoU `[programs, heads]` on selection and on report texts, and what follows from it.

    `mean` is the best programs' IoU averaged over heads. `left_out` and the split's empty texts are
    what was not scored; everything else was.
    """

    model: str
    programs: tuple[str, ...]
    heads: tuple[str, ...]
    selection: F64
    report: F64
    fits: tuple[Fit, ...]
    mean: Estimate
    split: Split
    per_text: F64  # the best programs' IoU, [heads, report texts]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def coverage(self) -> float:
        """The share of the library's programs that were scored."""
        return len(self.programs) / (len(self.programs) + len(self.left_out))

    def as_json(self) -> dict[str, object]:
        return {
            "model": self.model,
            "programs": len(self.programs),
            "heads": len(self.heads),
            "coverage": self.coverage,
            "left_out": [{"program": out.name, "reason": out.reason} for out in self.left_out],
            "selection_texts": len(self.split.selection),
            "report_texts": len(self.split.report),
            "empty_texts": list(self.split.empty),
            "mean_iou": self.mean.as_json(),
            "mean_js_distance": float(np.mean([fit.js for fit in self.fits])),
            "fits": [fit.as_json() for fit in self.fits],
        }

    def _repr_html_(self) -> str:
        """For notebooks: the headline, and the IoU of every head by layer."""
        from attndsl.draw import Grid, html

        layers = [fit.head.split(".")[0] for fit in self.fits]
        names = list(dict.fromkeys(layers))
        values = np.array([fit.iou.mean for fit in self.fits]).reshape(len(names), -1)
        heads = [f"H{number}" for number in range(values.shape[1])]
        grid = Grid.of(values, names, heads, title="IoU by layer and head")
        about = f"mean IoU {self.mean} of {len(self.fits)} heads; programs: {len(self.programs)}"
        return f"<p><b>{escape(self.model)}</b>: {escape(about)}</p>{html(grid)}"

    def write_csv(self, path: Path | str) -> None:
        """One line a head."""
        text = io.StringIO()
        out = csv.writer(text)
        out.writerow(COLUMNS)
        for fit in self.fits:
            iou, margin = fit.iou, "" if fit.margin is None else fit.margin.mean
            figures = (fit.selection, iou.mean, iou.low, iou.high, iou.texts, fit.js)
            out.writerow((fit.head, fit.program, *figures, fit.second or "", margin))
        write_text(path, text.getvalue())


def score(
    store: HeadStore,
    source: Source,
    split: Split | None = None,
    left_out: Sequence[LeftOut] = (),
    memory: int = MEMORY,
    progress: Progress | None = None,
    assigned: Sequence[int] | None = None,
) -> ScoreTable:
    """Score every program of the source against every head of the store.

    Without a split the texts go as the store's folder says, else half and half, equal texts to the
    same side. `progress` is told how
    many texts of how many are done. `assigned` numbers each head's program, -1 for the best of the
    selection.
    """
    if not source.names:
        why = f": {left_out[0].name} {left_out[0].reason}" if left_out else ""
        raise AttndslError(f"the library has no program to score ({len(left_out)} left out{why})")
    refuse_probes(store)
    split = split or kept_split(store) or split_texts(store)
    of = len(split.selection) + len(split.report)
    tick = _Ticker(progress, of, len(source.names) * store.meta.total_heads)
    chosen = partial_sums(store, split.selection, source, memory, tick)
    return _reported(store, source, split, chosen, tuple(left_out), memory, tick, assigned)


def _reported(
    store: HeadStore,
    source: Source,
    split: Split,
    chosen: Sums,
    left_out: tuple[LeftOut, ...],
    memory: int,
    tick: "_Ticker",
    assigned: Sequence[int] | None,
) -> ScoreTable:
    """Pass over the report texts, keeping each text's figures for the programs that were chosen."""
    best, second = best_two(chosen.mean, source.sizes, assigned)
    heads = store.meta.total_heads
    of_text = {number: column for column, number in enumerate(split.report)}
    values = np.zeros((2, heads, len(split.report)))
    distance = np.zeros(heads)

    def keep(scores: TextScores) -> None:
        tick(scores)
        column, here = of_text[scores.text.number], np.array(scores.group.heads)
        for rank, chosen_program in enumerate((best[here], second[here])):
            mine = (chosen_program >= scores.first) & (chosen_program < scores.stop)
            program, head = chosen_program[mine] - scores.first, np.flatnonzero(mine)
            values[rank, here[mine], column] = scores.iou[program, head]
            if rank == 0:
                used, row = np.unique(program, return_inverse=True)
                distance[here[mine]] += js_of_pairs(
                    scores.programs[used], scores.patterns, row.astype(np.int64), head,
                    scores.group.mask, scores.text.length,
                )  # fmt: skip

    report = partial_sums(store, split.report, source, memory, keep)
    names = tuple(source.names)
    ious, margins = estimates(values[0]), estimates(values[0] - values[1])
    alone = len(names) == 1
    fits = tuple(
        Fit(
            store.meta.head_name(head),
            names[best[head]],
            int(best[head]),
            float(chosen.mean[best[head], head]),
            ious[head],
            float(distance[head] / len(split.report)),
            None if alone else names[second[head]],
            None if alone else margins[head],
        )
        for head in range(heads)
    )
    return ScoreTable(
        store.meta.model,
        names,
        tuple(fit.head for fit in fits),
        chosen.mean,
        report.mean,
        fits,
        estimates(values[0].mean(axis=0, keepdims=True))[0],
        split,
        values[0],
        left_out,
    )


def best_two(
    means: F64, sizes: Sequence[int] = (), assigned: Sequence[int] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each head's best (or assigned, unless -1) program and the best of the others.

    Of equals it is the smallest, then the earliest.

    >>> best_two(np.array([[0.1, 0.9], [0.5, 0.2], [0.5, 0.3]]))
    (array([1, 0]), array([2, 2]))
    >>> best_two(np.array([[0.1, 0.9], [0.5, 0.2], [0.5, 0.3]]), sizes=[9, 7, 4])
    (array([2, 0]), array([1, 2]))
    """
    best = _first_of_best(means, sizes)
    if assigned is not None:
        best = np.where(np.array(assigned) < 0, best, assigned)
    rest = means.copy()
    rest[best, np.arange(means.shape[1])] = -1.0
    return best, _first_of_best(rest, sizes)


def _first_of_best(means: F64, sizes: Sequence[int]) -> NDArray[np.int64]:
    order = np.argsort(np.asarray(sizes), kind="stable") if len(sizes) else np.arange(len(means))
    sorted_means = means[order]
    return np.asarray(order[(sorted_means >= means.max(axis=0) - SAME).argmax(axis=0)])


class _Ticker:
    """Counts texts as the last of their pairs are done."""

    def __init__(self, progress: Progress | None, texts: int, pairs: int) -> None:
        self.progress, self.texts, self.pairs, self.done, self.open = progress, texts, pairs, 0, 0

    def __call__(self, scores: TextScores) -> None:
        self.open += scores.iou.size
        finished, self.open = divmod(self.open, self.pairs)
        self.done += finished
        if finished and self.progress is not None:
            self.progress(self.done, self.texts)
