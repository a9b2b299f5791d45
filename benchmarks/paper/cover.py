"""How few programs do: libraries grown program by program, and mixtures of programs for a head."""

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.intervals import estimates
from attndsl.fit.medians import measured, under
from attndsl.fit.places import places, special_ids
from attndsl.heads.packing import cells_within, row_starts
from benchmarks.paper.published import normalised
from benchmarks.paper.work import CHOOSE, REPORT, Side, Table, Work

F64 = NDArray[np.float64]


def cover(work: Work, most: int) -> Table:
    """Mean IoU of a library of 1, 2, ... programs, each time the one more that brings most.

    Which programs, and which of them a head takes, is decided on texts that choose; so is which of
    the rests that heads have a head rests by, where a program leaves that to them.
    """
    kind, found = work.first_kind, {}
    for side in work.sides:
        choose, report = by_base(
            side, *(work.mean(side, kind, half).iou for half in (CHOOSE, REPORT))
        )
        taken = greedy(choose, most)
        means = []
        for count in range(1, len(taken) + 1):
            own = choose[taken[:count]].argmax(axis=0)
            means.append(float(report[np.array(taken)[own], np.arange(report.shape[1])].mean()))
        found[side.name] = {"programs": [side.programs[at] for at in taken], "iou": means,
                            "of": len(choose)}  # fmt: skip
    return {"kind": kind, **found}


def by_base(side: Side, choose: F64, report: F64) -> tuple[F64, F64]:
    """Figures of the library's own programs with heads, each by the rest that chooses best."""
    bases, heads = np.array(side.bases), np.arange(choose.shape[1])
    best = []
    for name in side.programs:
        mine = np.flatnonzero(bases == name)
        best.append(mine[choose[mine].argmax(axis=0)])
    return choose[np.array(best), heads], report[np.array(best), heads]


def greedy(worth: F64, most: int) -> list[int]:
    """Rows of `[programs, heads]`, each time that which raises the heads' best the most.

    >>> greedy(np.array([[0.5, 0.5], [0.9, 0.0], [0.0, 0.8]]), 5)
    [0, 1, 2]
    """
    held, taken = np.full(worth.shape[1], -np.inf), list[int]()
    while len(taken) < min(most, len(worth)):
        means = np.maximum(worth, held).mean(axis=1)
        at = int(means.argmax())
        if at in taken or (taken and means[at] - held.mean() < 1e-9):
            break
        taken.append(at)
        held = np.maximum(held, worth[at])
    return taken


def mixtures(work: Work, most: int) -> Table:
    """Each head by shares of 1, 2, ... programs: the first is its best by IoU, then greedily by
    least squares, shares not negative and summing to 1; found on texts that choose."""
    kind, found = work.first_kind, {}
    for side in work.sides:
        gram, cross = products(work, side, kind)
        best = work.best(side, kind)
        shares = [
            [mixed(gram, cross[:, head], count, int(best[head])) for count in range(1, most + 1)]
            for head in range(cross.shape[1])
        ]
        per_text = np.stack([
            on_report(work, side, kind, np.stack([own[count] for own in shares]))
            for count in range(most)
        ])  # fmt: skip
        found[side.name] = [one.as_json() for one in estimates(per_text)]
    return {"kind": kind, **found}


def products(work: Work, side: Side, kind: str) -> tuple[F64, F64]:
    """Sums of products of programs with programs, and with heads, rows from the second on."""
    store = work.stores[kind, CHOOSE]
    count, mask = len(side.source.names), store.meta.mask
    gram, cross = np.zeros((count, count)), np.zeros((count, store.meta.total_heads))
    for number in range(len(store)):
        text = store[number]
        start = int(row_starts(mask, text.length)[1])
        programs = side.source.patterns([text])[0][:, start:].astype(np.float32)
        gram += programs @ programs.T
        cross += programs @ np.asarray(text.patterns[:, start:], np.float32).T
    return gram, cross


def mixed(gram: F64, cross: F64, count: int, first: int) -> F64:
    """The shares of so many programs.

    >>> mixed(np.eye(3), np.array([0.2, 0.9, 0.3]), 2, 1).round(3).tolist()
    [0.0, 0.75, 0.25]
    """
    taken, weights = [first], np.ones(1)
    scale = np.sqrt(np.maximum(np.diag(gram), 1e-12))
    while len(taken) < count:
        left = (cross - gram[:, taken] @ weights) / scale
        left[taken] = -np.inf
        at = int(left.argmax())
        if left[at] <= 1e-9:
            break
        taken.append(at)
        weights = not_negative(gram[np.ix_(taken, taken)], cross[taken])
    shares = np.zeros(len(cross))
    shares[taken] = weights
    return shares / max(float(shares.sum()), 1e-12)


def not_negative(gram: F64, cross: F64) -> F64:
    """Least squares with weights of 0 or more: negative ones are left out until none is."""
    kept = list(range(len(cross)))
    while kept:
        some = gram[np.ix_(kept, kept)] + 1e-9 * np.eye(len(kept))
        weights = np.linalg.solve(some, cross[kept])
        if (weights >= 0).all():
            break
        kept.pop(int(weights.argmin()))
    found = np.zeros(len(cross))
    found[kept] = weights if kept else 0
    return found if kept and found.sum() > 0 else np.eye(len(cross))[0]


def on_report(work: Work, side: Side, kind: str, shares: F64) -> F64:
    """The mean IoU over heads of each text that is reported on, by `[heads, programs]`."""
    store = work.stores[kind, REPORT]
    special, found = special_ids(work.loaded.table), np.zeros(len(store))
    for number in range(len(store)):
        text = store[number]
        (programs,) = side.source.patterns([text])
        whole = (shares.astype(np.float32) @ programs).astype(np.float32)
        for group in store.meta.groups([text.length]):
            mine = whole[list(group.heads)]
            if group.mask != store.meta.mask:
                mine = mine[:, cells_within(store.meta.mask, group.mask, text.length)]
            mine = normalised(mine, group.mask, text.length)
            where = places(group.mask, text.ids, special)
            one = measured(mine, under(store, group, text), where)
            found[number] += one.iou.sum() / store.meta.total_heads
    return found
