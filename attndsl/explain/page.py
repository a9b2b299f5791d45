"""The report of a run: the figures of its summary and its programs, as a page and as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from attndsl.explain.gained import told_gained
from attndsl.explain.made_by import told_versions
from attndsl.explain.mixture import said
from attndsl.fit.intervals import Estimate
from attndsl.fit.table import ScoreTable
from attndsl.runs.kept import keep_report, kept_census
from attndsl.runs.ladders import ladder_from
from attndsl.runs.schema import PAGE, portable_command
from attndsl.runs.shortfalls import shortfalls
from attndsl.surrogates.ablations import BY_POSITION
from attndsl.surrogates.experiment import KEPT, kept_effects
from attndsl.surrogates.orders import NEUTRAL
from attndsl.surrogates.recovery import PROGRAMS

if TYPE_CHECKING:
    from attndsl.explain.replace import Ordered
    from attndsl.explain.run import Found, Outcome, Run
    from attndsl.report.data import GivenBack

# What a head's effect is of, by what the model gives.
EFFECTS = {"words": "perplexity", "masked": "divergence", "states": "1 - cosine"}
DONE = "done"  # the state of a run that is finished; only then reasons of weights are worked out
DRAWN = 256  # tokens of a text, at most: maps of more are more than a page holds
SHOWN = 8  # held-out texts of which the report draws maps
Figures = Mapping[str, Any]


def write_page(
    work: Run, ordered: Ordered, table: ScoreTable, found: Found, figures: Figures
) -> None:
    """report.html and its data; `figures` are those of the summary."""
    from attndsl.report.curve import curve_of, measure_of
    from attndsl.report.gather import from_scores
    from attndsl.report.write import write
    from attndsl.surrogates.figures import kind_of

    outcome, settings = ordered.outcome, work.settings
    about_run = {
        "heads": "all" if settings.heads == "*" else settings.heads,
        "proposers": f"{', '.join(settings.proposers)}; seed {settings.seed}",
        **({"made by": made} if (made := told_versions(work.journal.lines)) else {}),
        **({"programs chosen": whose} if (whose := told_gained(figures)) else {}),
        **({"texts taken": taken} if (taken := _taken(work)) else {}),
        **({"texts to choose by": mixed} if (mixed := said(settings)) else {}),
    }
    shown = [point for point in found.points if point.order in ("", NEUTRAL)]
    measure = measure_of(shown)
    outputs = figures.get("output_explained_by_head", {})
    costs = figures.get("sharing_cost", {})
    report = from_scores(
        table,
        outcome.programs,
        work.store,
        work.loaded.table,
        own=outcome.own,
        texts=SHOWN,
        tokens=min(settings.tokens, DRAWN),
        settings={**about_run, **ordered.notes},
        command=portable_command(settings.command),
        curve=curve_of(shown, measure),
        measure=measure,
        effects=ordered.effects,
        effect_of=EFFECTS[kind_of(work.loaded)],
        ablated=ablated_alone(work),
        histories=histories(outcome),
        asked=work.heads,
        census=kept_census(settings.folder),
        outputs={name: estimate_from(one) for name, one in outputs.items()},
        reasoned=figures["state"] == DONE,
        ladders={
            name: ladder_from(one, figures["state"] == DONE, costs.get(name))
            for name, one in figures.get("ladder", {}).items()
        },
    )
    report = replace(report, recovered=given_back(found), shortfalls=shortfalls(figures))
    write(report, settings.folder / PAGE)
    keep_report(report, settings.folder)


def _taken(work: Run) -> str:
    """Where the budget had no time for all texts, of how many some were taken."""
    count = len(work.store)
    if count >= work.read or not work.journal.of_kind("captured"):
        return ""
    return f"{count} of {work.read} passages, as the budget had time for"


def ablated_alone(work: Run) -> dict[str, float]:
    """What ablating each head alone costs, where the neutral order was measured."""
    found = kept_effects(work.settings.folder / KEPT)
    return {f"L{layer}.H{head}": one.ratio for (layer, head), one in found.items()}


def histories(outcome: Outcome) -> Mapping[str, Sequence[str]]:
    """Of each program by name where it came from."""
    return {
        program.name: origin
        for program, origin in zip(outcome.programs, outcome.origins, strict=True)
    }


def estimate_from(figures: Figures | None) -> Estimate | None:
    """An estimate from what its JSON says."""
    if figures is None:
        return None
    return Estimate(figures["mean"], figures["low"], figures["high"], figures["texts"])


def given_back(found: Found) -> tuple[GivenBack, ...]:
    """What programs recover of the KL of mean-by-position ablation, by order and share of heads."""
    from attndsl.report.data import GivenBack

    return tuple(
        GivenBack(one.order, one.fraction, one.kl.mean, one.kl.low, one.kl.high)
        for one in found.recovered
        if one.against == BY_POSITION and one.by == PROGRAMS
    )
