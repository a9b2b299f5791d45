"""Scoring: the best program of each head, chosen on selection texts and measured on others."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.codelength import gain
from attndsl.fit.comparing import KERNELS, Comparing
from attndsl.fit.excess import Against, Beside, excess
from attndsl.fit.intervals import Estimate, estimates
from attndsl.fit.measures import LEAST_CONTENT, RULES, Measures
from attndsl.fit.medians import Constants, fit_constants
from attndsl.fit.passes import OneProcess, Passes, Ticker
from attndsl.fit.scoring import MEMORY, ProgramSource, Progress, Sums
from attndsl.fit.split import Split, kept_split, split_texts
from attndsl.fit.table import Fit, LeftOut, ScoreTable, headline
from attndsl.heads.probes import refuse_probes
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError

F64 = NDArray[np.float64]
SAME = 1e-9  # means no further apart are the same


def score(
    store: HeadStore,
    source: ProgramSource,
    split: Split | None = None,
    left_out: Sequence[LeftOut] = (),
    memory: int = MEMORY,
    progress: Progress | None = None,
    assigned: Sequence[int] | None = None,
    by: str = "content",
    constants: Constants | None = None,
    passes: Passes | None = None,
    comparing: Comparing = KERNELS,
) -> ScoreTable:
    """Score every program of the source against every head of the store.

    Without a split the texts go as the store's folder says, else half and half, equal texts to the
    same side. `progress` is told how many texts of how many are done. `assigned` numbers each
    head's program, -1 for the best of the selection, by a rule of `measures.RULES`. The heads'
    constant patterns are fitted on the selection texts, unless they are given. The passes over the
    texts are made in this process, where `comparing` compares, or by those who are given.
    """
    if not source.names:
        why = f": {left_out[0].name} {left_out[0].reason}" if left_out else ""
        raise AttndslError(f"the library has no program to score ({len(left_out)} left out{why})")
    if by not in RULES:
        raise AttndslError(f"programs are chosen by {' or '.join(RULES)}, not by {by!r}")
    refuse_probes(store)
    split = split or kept_split(store) or split_texts(store)
    of = len(split.selection) + len(split.report)
    tick = Ticker(progress, of, len(source.names) * store.meta.total_heads)
    done = passes or OneProcess(store, source, memory, tick, comparing)
    chosen = done.sums(split.selection)
    constants = constants or fit_constants(store, split.selection, source.special)
    return _reported(store, source, split, chosen, tuple(left_out), done, assigned, by, constants)


def _reported(
    store: HeadStore,
    source: ProgramSource,
    split: Split,
    chosen: Sums,
    left_out: tuple[LeftOut, ...],
    done: Passes,
    assigned: Sequence[int] | None,
    by: str,
    constants: Constants,
) -> ScoreTable:
    """Pass over the report texts, keeping each text's figures for the programs that were chosen."""
    selection = chosen.mean
    best, second = best_two(RULES[by](selection), source.sizes, assigned)
    found = done.reported(split.report, best, second, constants)
    report, kept, beside = found.sums.mean, found.kept, found.beside
    for rank in kept.ranks:
        rank.content[:] = report.content
    first, other = (RULES[by](rank) for rank in kept.ranks)
    spared = (beside.bits - kept.told.sum(axis=0)) / max(1, len(split.report))
    ahead = first - other
    fits = _fits(store, source, selection, RULES[by](selection), kept.ranks[0], ahead, best, second,
                 kept.distance.sum(axis=0), beside, spared)  # fmt: skip
    return ScoreTable(
        store.meta.model,
        tuple(source.names),
        tuple(fit.head for fit in fits),
        selection,
        report,
        fits,
        headline(kept.ranks[0], beside.texts),
        split,
        kept.ranks[0],
        beside.constants,
        beside.texts,
        left_out,
        by,
    )


def _fits(
    store: HeadStore,
    source: ProgramSource,
    selection: Measures,
    worth: F64,
    texts: Measures,
    ahead: F64,
    best: NDArray[np.int64],
    second: NDArray[np.int64],
    distance: F64,
    beside: Beside,
    spared: F64,
) -> tuple[Fit, ...]:
    """Each head's best program with its figures; `texts` and `ahead` are `[texts, heads]`."""
    names = source.names
    constant = beside.texts
    iou, content, rest, margin, plain, plain_content = (
        estimates(np.ascontiguousarray(values.T))
        for values in (*texts.pairs, ahead, constant.iou, constant.content_iou)
    )
    alone = len(names) == 1

    def chosen_by(figures: F64, head: int) -> float:
        return float(figures[best[head], head])

    def defined(estimate: Estimate, measures: Measures, head: int) -> Estimate | None:
        return estimate if measures.content[head] >= LEAST_CONTENT else None

    return tuple(
        Fit(
            head=store.meta.head_name(head),
            program=names[best[head]],
            program_number=int(best[head]),
            selection=chosen_by(selection.iou, head),
            selection_content=(
                chosen_by(selection.content_iou, head) if selection.defined[head] else None
            ),
            selection_rest_error=chosen_by(selection.rest_error, head),
            selection_worth=chosen_by(worth, head),
            iou=iou[head],
            content=float(texts.content[head]),
            content_iou=defined(content[head], texts, head),
            rest_error=rest[head],
            against=Against(
                kind=beside.constants.by_iou[head].kind,
                iou=plain[head],
                content_iou=defined(plain_content[head], texts, head),
                excess=excess(iou[head].mean, plain[head].mean),
                content_excess=(
                    excess(content[head].mean, plain_content[head].mean)
                    if texts.defined[head]
                    else None
                ),
                bits=float(spared[head]),
                gain=gain(spared[head], source.lengths[best[head]]) if source.lengths else None,
            ),
            js=float(distance[head] / len(texts.iou)),
            second=None if alone else names[second[head]],
            margin=None if alone else margin[head],
        )
        for head in range(store.meta.total_heads)
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
    rest[best, np.arange(means.shape[1])] = -2.0  # below the least agreement
    return best, _first_of_best(rest, sizes)


def _first_of_best(means: F64, sizes: Sequence[int]) -> NDArray[np.int64]:
    order = np.argsort(np.asarray(sizes), kind="stable") if len(sizes) else np.arange(len(means))
    sorted_means = means[order]
    return np.asarray(order[(sorted_means >= means.max(axis=0) - SAME).argmax(axis=0)])
