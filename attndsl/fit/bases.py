"""A table of programs with heads' own rests, told as one of the programs that they are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.library import program_names
from attndsl.fit.measures import RULES, Measures
from attndsl.fit.table import Fit, ScoreTable
from attndsl.graph.program import Program


def of_bases(table: ScoreTable, base: Sequence[int], programs: Sequence[Program]) -> ScoreTable:
    """The same heads and figures, each program by its base's name and number.

    `base` numbers each scored program's base among `programs`. For a head that has another program
    a base counts as the best of those made of it.
    """
    names = tuple(program_names(programs))
    best = _best_of(RULES[table.by](table.selection), np.asarray(base), len(programs))
    heads = np.arange(best.shape[1])

    def told(measures: Measures) -> Measures:
        iou, content_iou, rest_error = (values[best, heads] for values in measures.pairs)
        return Measures(iou, content_iou, rest_error, measures.content)

    named = dict(zip(table.programs, (names[at] for at in base), strict=True))
    fits = tuple(_told(fit, base[fit.program_number], names, named) for fit in table.fits)
    against = table.contradictions
    return replace(
        table, programs=names, fits=fits, selection=told(table.selection),
        report=told(table.report),
        contradictions=None if against is None else tuple(
            replace(one, program=named[one.program]) for one in against
        ),
    )  # fmt: skip


def _told(fit: Fit, base: int, names: Sequence[str], named: Mapping[str, str]) -> Fit:
    """A head's fit under its base's name; no base is the runner-up of itself."""
    second = named.get(fit.second or "")
    if second == names[base]:
        second = None
    margin = None if second is None else fit.margin
    return replace(fit, program=names[base], program_number=base, second=second, margin=margin)


def _best_of(worth: NDArray[np.float64], base: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Which scored program stands for each base and head, [bases, heads]."""
    best = np.zeros((count, worth.shape[1]), dtype=np.int64)
    for at in range(count):
        mine = np.flatnonzero(base == at)
        if len(mine):
            best[at] = mine[worth[mine].argmax(axis=0)]
    return best
