"""The ladder: for each head the best mixture of one part, of two, and so on, grown part by part."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attndsl.engines.workers import share_out
from attndsl.synthesis.parts import kernels
from attndsl.synthesis.parts.efforts import Growing
from attndsl.synthesis.parts.mixture import REST, Mixture, Term
from attndsl.synthesis.parts.rows import Rows
from attndsl.synthesis.parts.vocabulary import SPREAD, Part

F64 = NDArray[np.float64]
Say = Callable[[int, int], None]
Jobs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], F64, NDArray[np.int64]]
LITTLE = 0.02  # of its rows that a head's content must have for content IoU to be defined
LEAST = 0.005  # share under which no part is fitted


@dataclass(frozen=True, slots=True)
class Aims:
    """How much content IoU, IoU and the error of the rest count in the objective."""

    content: float = 1.0
    iou: float = 0.5
    rest: float = 0.5


@dataclass
class Fitter:
    """Sampled rows, and for each head what counts there."""

    rows: Rows
    parts: Sequence[Part]
    aims: Aims = field(default_factory=Aims)

    def __post_init__(self) -> None:
        self.factors = np.array([bool(part.test) for part in self.parts])
        self.spread = [part.name for part in self.parts].index(SPREAD)
        rows = self.rows
        weights = rows.weight[rows.text] / np.bincount(rows.text)[rows.text]
        by_row = np.add.reduceat(rows.heads * ~rows.resting, rows.start[:-1], axis=1)
        content = (by_row * weights).sum(axis=1) / weights.sum()
        self.aim = np.tile([self.aims.content, self.aims.iou, self.aims.rest],
                           (len(rows.heads), 1))  # fmt: skip
        self.aim[content < LITTLE, 0] = 0.0
        resting = np.flatnonzero(rows.resting)
        self.data = (
            rows.start, rows.text, rows.weight, rows.kinds, rows.found, rows.parts,
            np.searchsorted(resting, rows.start), resting, rows.heads,
        )  # fmt: skip

    def jobs(self, mixtures: Sequence[Mixture]) -> Jobs:
        shape = (len(mixtures), max((len(one.terms) for one in mixtures), default=0))
        chosen, gates = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        times, values = np.zeros(shape, np.bool_), np.zeros(shape)
        for at, one in enumerate(mixtures):
            for place, term in enumerate(one.terms):
                chosen[at, place], gates[at, place] = term.part, term.kind
                times[at, place], values[at, place] = term.times, term.value
        return chosen, gates, times, values, np.array([len(one.terms) for one in mixtures])

    def fit(
        self, heads: Sequence[int], mixtures: Sequence[Mixture], steps: int
    ) -> tuple[list[Mixture], F64]:
        """Each mixture with shares fitted to its head, and the objective; no steps: as it is."""
        if not mixtures:  # nothing promises anything
            return [], np.zeros(0)
        jobs = self.jobs(mixtures)
        found = np.zeros(len(mixtures))
        which = np.asarray(heads, np.int64)
        share_out(
            lambda begin, end: kernels.fitted(
                self.data, which, *jobs, self.aim, steps, LEAST, found,
                begin, end,
            ),
            len(mixtures), self.work(len(mixtures) * (steps + 1)),
        )  # fmt: skip
        values = jobs[3]
        fitted = [one.with_values(values[at, : len(one.terms)].tolist())
                  for at, one in enumerate(mixtures)]  # fmt: skip
        return fitted, found

    def promise(
        self, heads: Sequence[int], mixtures: Sequence[Mixture], allowed: NDArray[np.bool_]
    ) -> F64:
        """What a little of each part would bring, added and as a factor.

        [mixtures, 2, parts, kinds]
        """
        jobs = self.jobs(mixtures)
        promises = np.zeros((len(mixtures), 2, len(self.rows.parts), len(self.rows.kinds)))
        which = np.asarray(heads, np.int64)
        share_out(
            lambda begin, end: kernels.promised(
                self.data, which, *jobs, self.aim, allowed, promises,
                begin, end,
            ),
            len(mixtures), self.work(len(mixtures) * len(self.rows.parts)),
        )  # fmt: skip
        return promises

    def compare(self, heads: Sequence[int], mixtures: Sequence[Mixture]) -> F64:
        """The objective of every mixture for every head, [mixtures, heads]."""
        jobs = self.jobs(mixtures)
        values = np.zeros((len(mixtures), len(heads)))
        which = np.asarray(heads, np.int64)
        share_out(
            lambda begin, end: kernels.compared(
                self.data, which, *jobs, self.aim, values, begin, end
            ),
            len(mixtures), self.work(len(mixtures) * len(heads)),
        )  # fmt: skip
        return values

    def work(self, passes: int) -> int:
        return passes * int(self.rows.start[-1])


def grown(
    fitter: Fitter,
    heads: Sequence[int],
    allowed: NDArray[np.bool_],
    sizes: Sequence[int],
    effort: Growing,
    say: Say = lambda *_: None,
) -> list[dict[int, tuple[Mixture, float]]]:
    """For each head its mixtures by size, with the objective of each.

    `allowed` [heads, parts] says which parts a head may have. After each term that is added, the
    least useful one may be changed for a better one.
    """
    now = [REST for _ in heads]
    worth = fitter.fit(heads, now, 0)[1]
    found: list[dict[int, tuple[Mixture, float]]] = [{} for _ in heads]
    for size in range(1, max(sizes) + 1):
        say(size - 1, max(sizes))
        more, value = with_one_more(fitter, heads, allowed, now, effort)
        now = [new if yes else old for new, old, yes in zip(more, now, value > worth, strict=True)]
        worth = np.maximum(worth, value)
        for _ in range(effort.swaps if size > 1 else 0):
            less, _ = without_one(fitter, heads, now)
            other, value = with_one_more(fitter, heads, allowed, less, effort)
            better = value > worth
            now = [new if yes else old for new, old, yes in zip(other, now, better, strict=True)]
            worth = np.where(better, value, worth)
        for at, one in enumerate(now):
            if size in sizes:
                found[at][size] = (one, float(worth[at]))
    return found


def with_one_more(
    fitter: Fitter,
    heads: Sequence[int],
    allowed: NDArray[np.bool_],
    now: Sequence[Mixture],
    effort: Growing,
) -> tuple[list[Mixture], F64]:
    """Each head's mixture with the term that serves it best, all values fitted again."""
    promises = fitter.promise(heads, now, allowed)
    owners: list[int] = []
    tries: list[Mixture] = []
    for at, one in enumerate(now):
        # A part stands once for a kind of query: what adds is not undone by what multiplies.
        known = {(term.part, term.kind) for term in one.terms}
        for term in promising(promises[at], known, fitter, effort):
            owners.append(at)
            tries.append(one.with_term(term))
    fits, values = fitter.fit([heads[at] for at in owners], tries, effort.trial)
    best: dict[int, int] = {}
    for number, at in enumerate(owners):
        if at not in best or values[number] > values[best[at]]:
            best[at] = number
    chosen = [fits[best[at]] if at in best else one for at, one in enumerate(now)]
    return fitter.fit(heads, chosen, effort.steps)


def promising(
    promises: F64, known: Collection[tuple[int, int]], fitter: "Fitter", effort: Growing
) -> Iterator[Term]:
    """The terms that promise most, of each way a few; `promises` is [2, parts, kinds]."""
    added, times = promises[0], np.abs(promises[1]) * fitter.factors[:, None]
    everything, rest = np.zeros(times.shape[1]), times[fitter.spread].copy()
    everything[0], rest[0] = 1, 0
    times[fitter.spread] = 0
    ways = (
        (added * everything, False, effort.tried),
        (times * everything, True, effort.tried if effort.factors else 0),
        (np.where(np.arange(len(times))[:, None] == fitter.spread, rest, 0), True, effort.rests),
        (added * (1 - everything), False, effort.gated),
        (times * (1 - everything), True, effort.gated),
    )
    for promise, multiplies, count in ways:
        for at in np.argsort(-promise, axis=None)[:count].tolist():
            part, kind = divmod(at, promise.shape[1])
            if promise[part, kind] > 0 and (part, kind) not in known:
                up = promises[1, part, kind] > 0
                value = (2.0 if up else 0.5) if multiplies else 0.15
                yield Term(part, value, kind, multiplies)


def without_one(
    fitter: Fitter, heads: Sequence[int], now: Sequence[Mixture]
) -> tuple[list[Mixture], F64]:
    """Each mixture without the term that it loses least by; the first term stays."""
    owners = [at for at, one in enumerate(now) for _ in range(len(one))]
    tries = [one.without(place) for one in now for place in range(1, len(one.terms))]
    if not tries:
        return list(now), fitter.fit(heads, now, 0)[1]
    _, values = fitter.fit([heads[at] for at in owners], tries, 0)
    best: dict[int, int] = {}
    for number, at in enumerate(owners):
        if at not in best or values[number] > values[best[at]]:
            best[at] = number
    less = [tries[best[at]] if at in best else one for at, one in enumerate(now)]
    return less, np.array([values[best[at]] if at in best else 0.0 for at in range(len(now))])
