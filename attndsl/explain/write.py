"""What a run writes: library, assignment, summary and report; early, then refined in place."""

from __future__ import annotations

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import attndsl
from attndsl.explain.made_by import versions_of
from attndsl.explain.page import DONE, write_page
from attndsl.explain.plan import time_figures
from attndsl.explain.replace import increases
from attndsl.explain.sharing import sharing_figures
from attndsl.files.whole import write_json
from attndsl.fit.assignment import LIBRARY, Assigned, Assignment, write_assignment
from attndsl.fit.bases import of_bases
from attndsl.fit.below import below_constants
from attndsl.fit.best import score
from attndsl.fit.comparing import comparing_on
from attndsl.fit.contradictions import held_against
from attndsl.fit.library import LibrarySource
from attndsl.fit.medians import write_constants
from attndsl.fit.scoring import MEMORY
from attndsl.fit.split import Split
from attndsl.fit.table import ScoreTable, headline
from attndsl.graph.canonical import template_hash
from attndsl.graph.length import length, library_length
from attndsl.graph.literals import numbers
from attndsl.graph.program import Program
from attndsl.graph.streams import streaming_figures
from attndsl.models.scoring import scored_by
from attndsl.runs.card import write_card
from attndsl.runs.schema import SCHEMA, SUMMARY
from attndsl.surrogates.recovery import recovery_figures

if TYPE_CHECKING:
    from attndsl.explain.replace import Ordered
    from attndsl.explain.run import Found, Outcome, Run
    from attndsl.files.places import Place

Figures = dict[str, Any]


def written_as(programs: Sequence[Program], sources: Sequence[str]) -> Callable[[Program], str]:
    """How a program is written: under its own name, also where another has its canonical form."""
    pairs = list(zip(programs, sources, strict=True))
    by_name = {(program.hash, program.name): source for program, source in pairs}
    by_hash = {program.hash: source for program, source in pairs}
    return lambda one: by_name.get((one.hash, one.name), by_hash[one.hash])


def write_run(work: Run, found: Found, state: str) -> Figures:
    """Write what is known so far, library to report; gives the summary. `state` says how far."""
    folder, ordered = work.settings.folder, found.needed_order
    outcome = ordered.outcome
    table = scored(work, outcome, state)
    write_assignment(folder, assignment(work, ordered, table),
                     written_as(outcome.programs, outcome.sources))  # fmt: skip
    write_constants(folder, table.constants, work.store)
    points = found.points
    summary = {
        "schema": SCHEMA,
        "state": state,
        **about(work),
        **fit_figures(work, table),
        **output_figures(work, outcome, table, state),
        **(sharing_figures(work, outcome, found.parts) if state == DONE else {}),
        **probe_figures(work, table),
        **size_figures(outcome),
        **proposed(work),
        **dict(found.figures),
        **outcome.figures,
        **increases(points),
        **recovery_figures(found.recovered),
        **({"curve": [point.as_json() for point in points]} if points else {}),
        **({"recovered": [one.as_json() for one in found.recovered]} if points else {}),
        "effects": dict(ordered.effects),
        "notes": dict(ordered.notes),
        **time_figures(work),
        **minutes(work),
        "library_hash": digest((folder / LIBRARY).read_text(encoding="utf-8")),
    }
    write_json(folder / SUMMARY, summary)
    if "report" not in work.settings.skip:
        write_page(work, ordered, table, found, summary)
    write_card(folder)
    return summary


def with_times(work: Run) -> Figures:
    """The summary with what every phase took, the last one too."""
    summary = kept_summary(work.settings.folder) | time_figures(work)
    write_json(work.settings.folder / SUMMARY, summary)
    return summary


def kept_summary(folder: Place) -> Figures:
    """The summary as it was written."""
    found: Figures = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    return found


def minutes(work: Run) -> Figures:
    """To the library, and what was spent on effects, the joint fit and the curve after that."""
    marks = [line for line in work.journal.of_kind("begun") if line["of"] == "fit"]
    library = float(marks[-1]["clock"]) if marks else work.seconds
    return {"minutes": library / 60, "minutes_replace": (work.seconds - library) / 60}


def assignment(work: Run, ordered: Ordered, table: ScoreTable) -> Assignment:
    """Which head has which program, the first to be replaced first."""
    outcome, meta = ordered.outcome, work.store.meta
    fits = outcome.fits(work.heads)
    heads = tuple(
        Assigned(
            *work.place(head),
            outcome.programs[outcome.assigned[head]],
            fits[head],
            table.fits[head].selection_content,
            table.fits[head].selection_rest_error,
            tuple(str(one) for one in table.contradicted(table.heads[head])),
            outcome.rests.get(head, 1.0),
        )
        for head in ordered.heads
    )
    return Assignment(meta.model, meta.model_hash, heads, meta.mask.kind == "full")


def scored(work: Run, outcome: Outcome, state: str) -> ScoreTable:
    """The library on the report texts, by which nothing is chosen. Of long texts until the run is
    done by the rows that their sketches keep, then by all rows."""
    sets, total = work.sets, work.store.meta.total_heads
    own = {outcome.program_of(head).hash: outcome.program_of(head) for head in work.heads}
    placed = list(own.values())
    number = {name: at for at, name in enumerate(own)}
    device = str(work.loaded.device)
    source = LibrarySource(placed, work.loaded.table, work.store.meta.mask, device=device)
    own_number = [
        number[outcome.program_of(head).hash] if head in outcome.assigned else -1
        for head in range(total)
    ]

    def tell(done: int, of: int) -> None:
        work.tell("report", done, of, "texts scored")

    workers = work.workers if work.store.meta.sketched else None
    by = scored_by(workers, work.loaded, work.store, work.settings.folder, tell)
    passes = by if state == DONE else None
    table = score(
        work.store,
        source,
        Split(sets.selection, sets.report),
        progress=tell,
        assigned=own_number,
        passes=None if passes is None else passes(source, MEMORY),
        comparing=comparing_on(work.loaded.device),
    )
    found = held_against(table, source, work.trials(checks=True))
    of_library = {head: outcome.assigned[head] for head in work.heads}
    bases = {number[outcome.program_of(head).hash]: at for head, at in of_library.items()}
    return of_bases(found, [bases[at] for at in range(len(placed))], outcome.programs)


def about(work: Run) -> Figures:
    """What the figures are of."""
    meta, sets = work.store.meta, work.sets
    return {
        "model": meta.model,
        "model_hash": meta.model_hash,
        "tokenizer": meta.tokenizer,
        "texts_hash": meta.texts_hash,
        "heads": len(work.heads),
        "texts": {name: len(getattr(sets, name)) for name in ("selection", "validation", "report")},
        "text_hashes": {
            name: digest("\0".join(work.store[n].text for n in getattr(sets, name)))
            for name in ("selection", "validation", "report")
        },
        "settings": work.journal.lines[0]["settings"],
        "origin": work.settings.origin,
        "licence": work.settings.licence,
        "skipped": sorted(work.settings.skip),
        "versions": versions(),
        **({"made_by": made} if (made := versions_of(work.journal.lines)) else {}),
    }


def fit_figures(work: Run, table: ScoreTable) -> Figures:
    """The measures on the report texts, of the heads that the run was asked for."""
    fits = [table.fits[head] for head in work.heads]
    return {
        **headline(table.texts.of(work.heads), table.constant_texts.of(work.heads)).as_json(),
        "median_iou": float(np.median([fit.iou.mean for fit in fits])),
        "mean_iou_selection": float(np.mean([fit.selection for fit in fits])),
        "iou": {fit.head: fit.iou.as_json() for fit in fits},
        "content_iou": {
            fit.head: None if fit.content_iou is None else fit.content_iou.as_json() for fit in fits
        },
        "rest_error": {fit.head: fit.rest_error.as_json() for fit in fits},
        "content": {fit.head: fit.content for fit in fits},
        "constant_iou_by_head": {fit.head: fit.against.iou.as_json() for fit in fits},
        "excess_iou_by_head": {fit.head: fit.against.excess for fit in fits},
        "below_constant": below_constants(table, work.heads),
    }


def output_figures(work: Run, outcome: Outcome, table: ScoreTable, state: str) -> Figures:
    """How much of the heads' outputs the programs explain: two passes, so only in the end."""
    if state != DONE:
        return {}
    from attndsl.models.explained import library_outputs

    work.tell("score", 0, 1, "outputs of heads")
    programs = outcome.programs
    chosen = [fit.program_number for fit in table.fits]
    own = {head: outcome.program_of(head) for head in outcome.own}
    placed = (*programs, *own.values())
    for at, head in enumerate(own):
        chosen[head] = len(programs) + at
    found = library_outputs(work.loaded, work.store, table.split, placed, chosen)
    return found.of(work.heads).as_json([table.heads[head] for head in work.heads])


def probe_figures(work: Run, table: ScoreTable) -> Figures:
    """What probes say against the programs of the heads that the run was asked for."""
    if table.contradictions is None:
        return {}
    asked = {table.heads[head] for head in work.heads}
    own = [one for one in table.contradictions if one.head in asked]
    return {
        "contradictions": [one.as_json() for one in own],
        "contradicted": len({one.head for one in own}),
    }


def size_figures(outcome: Outcome) -> Figures:
    """How large the library is, and how readable its programs."""
    programs = outcome.programs
    lines = [len(source.strip().splitlines()) for source in outcome.sources]
    terms = [len(p.graph.reachable([p.canonical])) for p in programs]
    return {
        "programs": len(programs),
        "most_used": programs[Counter(outcome.assigned.values()).most_common(1)[0][0]].name,
        "templates": len({template(program) for program in programs}),
        "median_terms": float(np.median(terms)),
        "most_terms": max(terms),
        "most_lines": max(lines),
        "median_lines": float(np.median(lines)),
        "median_numbers": float(np.median([numbers(program) for program in programs])),
        "median_bits": float(np.median([length(program) for program in programs])),
        "library_bits": library_length(programs),
        **streaming_figures(programs[number] for number in outcome.assigned.values()),
        "causal_programs": sum(program.causal for program in programs),
    }


def proposed(work: Run) -> Figures:
    """How many programs were scored, in how many generations."""
    lines = work.journal.of_kind("generation")
    return {"candidates": sum(line["scored"] for line in lines), "generations": len(lines)}


def template(program: Program) -> str:
    marks = f"softmax={program.softmax} fallback={program.fallback}"
    return template_hash(program.graph, program.canonical, marks)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def versions() -> dict[str, str]:
    from importlib.metadata import version

    names = ("numpy", "numba", "torch", "transformers")
    return {
        "attndsl": attndsl.__version__,
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }
