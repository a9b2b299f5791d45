"""Two runs of one model made one: the heads of both, and where both have one the better program.

Runs on the same texts have their reports joined too, from what they keep: no heads are needed.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from attndsl.files.places import Place, place
from attndsl.files.reading import expect, many, number, read_json, record, text
from attndsl.files.whole import make_folder, write_bytes, write_json
from attndsl.fit.assignment import Assigned, write_assignment
from attndsl.fit.medians import KEPT as CONSTANTS
from attndsl.fit.medians import PROGRAMS as CONSTANT_PROGRAMS
from attndsl.fit.selection import SELECTION
from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.language.parser import parse
from attndsl.report.data import Report
from attndsl.report.joined import joined
from attndsl.report.write import write
from attndsl.runs.card import write_card
from attndsl.runs.kept import keep_report
from attndsl.runs.opened import OpenedRun
from attndsl.runs.schema import (
    CENSUS,
    CURVE,
    DATA,
    MAPS,
    NEUTRAL,
    NO_REPORT,
    ORDER,
    PAGE,
    SCHEMA,
    SUMMARY,
    portable,
)
from attndsl.runs.shortfalls import shortfalls
from attndsl.synthesis.standalone import standalone

# Keys of a summary that hold figures by head; that say what a run is of, kept where both say the
# same; and files that are of the model and the texts, whatever the programs.
BY_HEAD = (
    "iou", "content_iou", "rest_error", "content", "constant_iou_by_head", "excess_iou_by_head",
    "output_explained_by_head", "sharing_cost", "below_constant",
)  # fmt: skip
EFFECTS = "effects"  # by head too, of the selection texts: of others they can't stand side by side
OF_BOTH = ("texts_hash", "text_hashes", "texts", "tokenizer", "origin", "licence")
OF_THE_TEXTS = (CENSUS, CONSTANTS, CONSTANT_PROGRAMS, SELECTION)
NOT_JOINED = (
    "each of the merged runs replaced heads of its own; what programs in place of all of them cost "
    "and give back neither measured (attndsl replace MODEL --run DIR does)"
)
Chosen = dict[tuple[int, int], tuple[Assigned, OpenedRun]]


def merge(one: OpenedRun, other: OpenedRun, folder: Place | str) -> OpenedRun:
    """Write the runs' union to a new folder.

    Where both have a head, the program with the better IoU on the selection texts stays; runs of
    other texts can't be compared so: then those of the first run stay, and there is no report
    (`missing` of the merged run says why).
    """
    target = place(folder)
    if one.assignment.model_hash != other.assignment.model_hash:
        raise AttndslError(
            f"{one.folder} is of {one.model} ({one.assignment.model_hash}), {other.folder} of "
            f"{other.model} ({other.assignment.model_hash}): only runs of one model merge"
        )
    if target.exists() and any(target.iterdir()):
        raise AttndslError(f"{folder} is not empty; name a new folder")
    chosen_by = [run.summary.get("text_hashes", {}).get("selection") for run in (one, other)]
    alike = chosen_by[0] is not None and chosen_by[0] == chosen_by[1]
    same = alike and all(_same(one, other, key) for key in ("texts_hash", "text_hashes"))
    chosen: Chosen = {}
    for run in (one, other):
        for assigned in run.assignment.heads:
            head = (assigned.layer, assigned.head)
            if head not in chosen or (alike and assigned.iou > chosen[head][0].iou):
                chosen[head] = (assigned, run)
    summary = _summary(one, other, chosen, alike)
    heads = _in_order(chosen, summary.get(EFFECTS, {}))
    original = {assigned.program.hash: assigned.program for assigned in heads}

    def written(program: Program) -> str:
        mine = original[program.hash]
        return standalone(parse(mine.source)[0], mine.name, program.name)

    make_folder(target)
    write_assignment(target, replace(one.assignment, model=one.model, heads=heads), written)
    write_json(target / SUMMARY, summary)
    if same:
        _keep_ablated((one, other), target)
        for name in OF_THE_TEXTS:
            _keep(name, (one, other), target)
    try:
        report = _report(one, other, chosen, OpenedRun(target), same)
        report = replace(report, shortfalls=shortfalls(summary))
    except AttndslError as fault:
        write_json(target / SUMMARY, summary | {NO_REPORT: str(fault)})
    else:
        write_json(target / SUMMARY, summary | _means(report))
        write(report, target / PAGE)
        keep_report(report, target)
    write_card(target)
    return OpenedRun(target)


def _same(one: OpenedRun, other: OpenedRun, key: str) -> bool:
    said = one.summary.get(key)
    return said is not None and said == other.summary.get(key)


def _in_order(chosen: Chosen, effects: Mapping[str, float]) -> tuple[Assigned, ...]:
    """The heads whose programs cost least alone first, where that is known of all; else by fit."""
    heads = [assigned for assigned, _ in chosen.values()]
    known = len(effects) == len(heads)

    def place_of(one: Assigned) -> tuple[float, int, int]:
        first = effects[f"L{one.layer}.H{one.head}"] if known else -one.iou
        return first, one.layer, one.head

    return tuple(sorted(heads, key=place_of))


def _keep_ablated(runs: tuple[OpenedRun, OpenedRun], target: Place) -> None:
    """What ablating each head alone costs: of both, where that was measured by the same texts."""
    files = [run.folder / NEUTRAL for run in runs if (run.folder / NEUTRAL).exists()]
    kept = [read_json(file) for file in files]
    for file, one in zip(files, kept, strict=True):
        expect(one, record({"of": text(), "heads": many(many(number()))}), str(file))
    if kept:
        alike = [one for one in kept if one["of"] == kept[0]["of"]]
        heads = {tuple(line[:2]): line for one in reversed(alike) for line in one["heads"]}
        write_json(target / NEUTRAL, kept[0] | {"heads": [heads[head] for head in sorted(heads)]})


def _keep(name: str, runs: tuple[OpenedRun, OpenedRun], target: Place) -> None:
    """A file of the first run that has it."""
    for run in runs:
        if (run.folder / name).exists():
            write_bytes(target / name, (run.folder / name).read_bytes())
            return


def _report(
    one: OpenedRun, other: OpenedRun, chosen: Chosen, both: OpenedRun, same: bool
) -> Report:
    """The joined report; where there can be none, an error that says why."""
    if not same:
        raise AttndslError(
            f"the runs are of other texts ({_texts(one)} and {_texts(other)}), so their figures "
            "can't be joined; two runs with one --store are of the same"
        )
    for run in (one, other):
        if not all((run.folder / name).exists() for name in (DATA, MAPS)):
            raise AttndslError(f"{run.folder.name} keeps no report to join")
    reports = one.report(), other.report()
    taken = {f"L{layer}.H{head}": int(run is other) for (layer, head), (_, run) in chosen.items()}
    told = [{each.name: report.programs[each.program].hash for each in report.heads if each.asked}
            for report in reports]  # fmt: skip
    for name, (assigned, run) in zip(taken, chosen.values(), strict=True):
        if told[taken[name]].get(name) != assigned.program.hash:
            raise AttndslError(f"the report of {run.folder.name} has another program for {name}")
    names = {each.program.hash: each.program.name for each in both.assignment.heads}
    notes = {ORDER: _said_of_order(both)}
    if any(report.curve or CURVE in dict(report.settings) for report in reports):
        notes[CURVE] = NOT_JOINED
    words = ("attndsl", "merge", *(portable(str(run.folder)) for run in (one, other)))
    command = shlex.join([*words, "-o", portable(str(both.folder))])
    return joined(reports, taken, names, command, notes)


def _said_of_order(both: OpenedRun) -> str:
    if len(both.summary.get(EFFECTS, {})) == len(both):
        return "the least effect when replaced alone first, as each run measured it"
    return "best fit first: the effect of replacing it alone isn't known of every head"


def _texts(run: OpenedRun) -> str:
    """How many texts a run is of, where it says so."""
    counts = run.summary.get("texts")
    return f"{sum(counts.values()):,}" if isinstance(counts, dict) else "not said how many"


def _means(report: Report) -> dict[str, Any]:
    """The headline of the heads of both, on the texts that nothing was chosen by."""
    return dict(report.measured.as_json()) if report.measured else {}


def _summary(one: OpenedRun, other: OpenedRun, chosen: Chosen, alike: bool) -> dict[str, Any]:
    """What stays true of both: figures by head, from the run whose program stayed."""
    names = {place: f"L{place[0]}.H{place[1]}" for place in sorted(chosen)}
    by_head = {
        key: {
            name: figure
            for place, name in names.items()
            if (figure := _figures(chosen[place][1].summary, key).get(name)) is not None
        }
        for key in (*BY_HEAD, *((EFFECTS,) if alike else ()))
        if any(isinstance(run.summary.get(key), dict) for run in (one, other))
    }
    return {
        "schema": SCHEMA,
        "state": "merged",
        "model": one.model,
        "model_hash": one.assignment.model_hash,
        **{key: one.summary[key] for key in OF_BOTH if _same(one, other, key)},
        "heads": len(chosen),
        "programs": len({figure.program.hash for figure, _ in chosen.values()}),
        "versions": one.summary.get("versions", {}),
        "compared": "by IoU on the selection texts" if alike else "not: of other texts",
        "merged": [
            {key: run.summary.get(key) for key in ("texts_hash", "library_hash", "state")}
            for run in (one, other)
        ],
        **by_head,
        **_contradicted(one, other, chosen),
    }


def _contradicted(one: OpenedRun, other: OpenedRun, chosen: Chosen) -> dict[str, Any]:
    """What probes say against the programs that stayed, where both runs asked them."""
    if not all("contradictions" in run.summary for run in (one, other)):
        return {}
    stays = {f"L{layer}.H{head}": run for (layer, head), (_, run) in chosen.items()}
    held = [found for run in (one, other) for found in run.summary["contradictions"]
            if stays.get(found["head"]) is run]  # fmt: skip
    return {"contradictions": held, "contradicted": len({found["head"] for found in held})}


def _figures(summary: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    figures = summary.get(key)
    return figures if isinstance(figures, dict) else {}
