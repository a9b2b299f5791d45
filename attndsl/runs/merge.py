"""Two runs of one model made one: the heads of both, and where both have one the better program."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from attndsl.files.places import Place, place
from attndsl.files.whole import make_folder, write_json
from attndsl.fit.assignment import Assigned, write_assignment
from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.language.parser import parse
from attndsl.runs.card import write_card
from attndsl.runs.opened import OpenedRun
from attndsl.runs.schema import SCHEMA, SUMMARY
from attndsl.synthesis.standalone import standalone

BY_HEAD = ("iou", "content_iou", "rest_error")  # keys of a summary that hold figures by head


def merge(one: OpenedRun, other: OpenedRun, folder: Place | str) -> OpenedRun:
    """Write the runs' union to a new folder.

    Where both have a head, the program with the better IoU on the selection texts stays; runs of
    other texts can't be compared so: then those of the first run stay.
    """
    target = place(folder)
    if one.assignment.model_hash != other.assignment.model_hash:
        raise AttndslError(
            f"{one.folder} is of {one.model} ({one.assignment.model_hash}), {other.folder} of "
            f"{other.model} ({other.assignment.model_hash}): only runs of one model merge"
        )
    if target.exists() and any(target.iterdir()):
        raise AttndslError(f"{folder} is not empty; name a new folder")
    texts = [run.summary.get("text_hashes", {}).get("selection") for run in (one, other)]
    alike = texts[0] is not None and texts[0] == texts[1]
    chosen: dict[tuple[int, int], tuple[Assigned, OpenedRun]] = {}
    for run in (one, other):
        for assigned in run.assignment.heads:
            head = (assigned.layer, assigned.head)
            if head not in chosen or (alike and assigned.iou > chosen[head][0].iou):
                chosen[head] = (assigned, run)
    order = sorted(chosen.values(), key=lambda pair: (-pair[0].iou, pair[0].layer, pair[0].head))
    heads = tuple(assigned for assigned, _ in order)
    original = {assigned.program.hash: assigned.program for assigned in heads}

    def written(program: Program) -> str:
        mine = original[program.hash]
        return standalone(parse(mine.source)[0], mine.name, program.name)

    make_folder(target)
    write_assignment(target, replace(one.assignment, model=one.model, heads=heads), written)
    write_json(target / SUMMARY, _summary(one, other, chosen, alike))
    write_card(target)
    return OpenedRun(target)


def _summary(
    one: OpenedRun,
    other: OpenedRun,
    chosen: dict[tuple[int, int], tuple[Assigned, OpenedRun]],
    alike: bool,
) -> dict[str, Any]:
    """What stays true of both: figures by head, from the run whose program stayed."""
    names = {place: f"L{place[0]}.H{place[1]}" for place in sorted(chosen)}
    by_head = {
        key: {
            name: figure
            for place, name in names.items()
            if (figure := chosen[place][1].summary.get(key, {}).get(name)) is not None
        }
        for key in BY_HEAD
        if any(isinstance(run.summary.get(key), dict) for run in (one, other))
    }
    return {
        "schema": SCHEMA,
        "state": "merged",
        "model": one.model,
        "model_hash": one.assignment.model_hash,
        "heads": len(chosen),
        "programs": len({figure.program.hash for figure, _ in chosen.values()}),
        "versions": one.summary.get("versions", {}),
        "compared": "by IoU on the selection texts" if alike else "not: of other texts",
        "merged": [
            {key: run.summary.get(key) for key in ("texts_hash", "library_hash", "state")}
            for run in (one, other)
        ],
        **by_head,
    }
