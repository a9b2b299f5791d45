"""Libraries on heads that they were not made for: file by file, kind by kind, model by model."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from attndsl.heads.store import HeadStore
from attndsl.models.loading import load
from attndsl.models.transfer import best_there, on_store
from benchmarks.paper.texts import Kind
from benchmarks.paper.work import CHOOSE, REPORT, Table, Work, opened_stores, part


def transfer(work: Work, onto: Sequence[str], kinds: Sequence[Kind], tokens: int) -> Table:
    """What each library is worth elsewhere, chosen on one half of the texts there.

    Each model's is a part of its own, so that what was stopped goes on with the next model.
    """
    models = {}
    for name in onto:
        one = part(work, f"onto-{letters(name)}", {"model": name},
                   partial(onto_model, work, name, kinds, tokens))  # fmt: skip
        models[name] = {**one.found, "commit": one.commit}
    return {"kinds": ours_by_kind(work), "files": files_here(work), "models": models}


def ours_by_kind(work: Work) -> Table:
    """The run's programs as they stand, on every kind."""
    found = {}
    for kind in work.kinds:
        store = work.stores[kind, REPORT]
        one = on_store(store, work.loaded, work.assignment, work.constants(kind), kind,
                       range(len(store)))  # fmt: skip
        found[kind] = one.as_json()
    return found


def files_here(work: Work) -> Table:
    """Published programs by file: those written for each model, on this one's heads."""
    found: Table = {}
    for side in work.sides:
        if side.kept is None:
            continue
        choose, report = (work.mean(side, work.first_kind, h).iou for h in (CHOOSE, REPORT))
        for file in dict.fromkeys(one.file for one in side.kept.programs):
            mine = [n for n, one in enumerate(side.kept.programs) if one.file == file]
            best = np.array(mine)[choose[mine].argmax(axis=0)]
            own = report[best, np.arange(report.shape[1])]
            found[file] = {"programs": len(mine), "iou": float(own.mean())}
    return found


def onto_model(work: Work, name: str, kinds: Sequence[Kind], tokens: int) -> Table:
    """Our programs on another model's heads: the best of the library for each there, beside the
    heads' own best constants."""
    other = load(name)
    folder = work.folder / "onto" / letters(name)
    kind = kinds[0]
    whole = Kind(kind.name, (*kind.choose, *kind.report), kind.report[:1])
    store: HeadStore = opened_stores(other, [whole], folder, tokens)[kind.name, CHOOSE]
    found = best_there(store, other, work.assignment, name)
    return {**found.as_json(), "heads": store.meta.total_heads}


def letters(name: str) -> str:
    """
    >>> letters("roneneldan/TinyStories-1M")
    'roneneldan-TinyStories-1M'
    """
    return "".join(c if c.isalnum() else "-" for c in name)
