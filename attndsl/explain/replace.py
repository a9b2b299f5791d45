"""What replacing heads costs: each head's own effect, then growing fractions in two orders."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from attndsl.explain.fitting import fitted
from attndsl.explain.run import Outcome, Run
from attndsl.graph.program import Program
from attndsl.models.passages import passages
from attndsl.surrogates.curves import Point, curve
from attndsl.surrogates.effects import Effect, effects_of
from attndsl.surrogates.engine import engine_source
from attndsl.surrogates.evaluation import Setting, evaluate, heads_of, settings
from attndsl.surrogates.handle import Head

ROUGH_TEXTS, EFFECT_TEXTS = 4, 8  # to choose the heads to fit for, and for the order
ROUNDS = 4  # in which effects are measured beside the heads replaced in those before
ORDER = "order of replacing"
Figures = dict[str, Any]


@dataclass(frozen=True)
class Ordered:
    """The outcome with its heads in the order of replacing.

    `effects` is what each head costs alone, by name: perplexity over the unmodified model's, or
    where there is none 1 + the divergence. `notes` are lines for the report.
    """

    outcome: Outcome
    heads: tuple[int, ...]
    begun: float  # seconds into the run
    effects: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


def replaced(work: Run, outcome: Outcome) -> Ordered:
    """The outcome fitted to the model's output, and the order in which heads are replaced.

    The order goes by measured effect on selection texts. The heads that the programs were fitted
    for come first, by what they cost with fitted programs.
    """
    begun, skip = first_clock(work, "replacing"), work.settings.skip
    first, total = by_fit(work, outcome), work.loaded.layers * work.loaded.heads
    count = min(len(first), heads_of(work.settings.fit_fraction, total))
    if not {"effects", "fit"} & skip:
        rough = measured_effects(work, outcome, work.heads, (), ROUGH_TEXTS)
        first = in_rounds(work, outcome, rough, count, ROUGH_TEXTS)
    if "fit" not in skip:
        outcome = fitted(work, outcome, first)
    if "effects" in skip:
        return Ordered(outcome, by_fit(work, outcome), begun, notes={ORDER: "best fit first"})
    alone = measured_effects(work, outcome, work.heads, (), EFFECT_TEXTS)
    texts = len(work.sets.selection[:EFFECT_TEXTS])
    heads, said = by_effect(alone), "when replaced alone first"
    if "fit" in outcome.figures:
        chosen = {head: alone[head] for head in first[:count]}
        order = in_rounds(work, outcome, chosen, count, EFFECT_TEXTS)
        heads = (*order, *(head for head in heads if head not in chosen))
        said = f"beside those before first, in {ROUNDS} rounds"
    name = work.store.meta.head_name
    effects = {name(head): alone[head].ratio for head in sorted(alone)}
    said = f"the least effect {said}, by {texts} selection texts"
    return Ordered(outcome, heads, begun, effects, {ORDER: said})


def in_rounds(
    work: Run, outcome: Outcome, alone: Mapping[int, Effect], count: int, texts: int
) -> tuple[int, ...]:
    """The heads of `alone` in the order of replacing them, the first `count` in rounds.

    A head that others can stand in for costs little alone, and much once they are replaced too; so
    each round measures what the heads left cost beside those of the rounds before.
    """
    order: tuple[int, ...] = ()
    left = by_effect(alone)
    for turn in range(1, ROUNDS + 1):
        if order:
            left = by_effect(measured_effects(work, outcome, left, order, texts))
        more = min(count, len(alone)) * turn // ROUNDS - len(order)
        order, left = (*order, *left[:more]), left[more:]
    return (*order, *left)


def by_effect(found: Mapping[int, Effect]) -> tuple[int, ...]:
    return tuple(sorted(found, key=lambda head: (found[head].divergence, head)))


def first_clock(work: Run, kind: str) -> float:
    """The seconds into the run at which it first came here."""
    if not work.journal.of_kind(kind):
        work.note({"kind": kind})
    return float(work.journal.of_kind(kind)[0]["clock"])


def by_fit(work: Run, outcome: Outcome) -> tuple[int, ...]:
    """Heads in descending IoU on the selection texts."""
    fits = outcome.fits(work.heads)
    return tuple(sorted(work.heads, key=lambda head: (-fits[head], head)))


def assignment(work: Run, outcome: Outcome) -> dict[Head, Program]:
    return {work.place(head): outcome.programs[outcome.assigned[head]] for head in work.heads}


def measured_effects(
    work: Run, outcome: Outcome, heads: Sequence[int], beside: Sequence[int], count: int
) -> dict[int, Effect]:
    """Each head replaced beside others, on selection texts; from the journal where it is there."""
    programs = assignment(work, outcome)
    hashes = [(head, programs[work.place(head)].hash) for head in sorted({*heads, *beside})]
    said = f"{count} {sorted(beside)} {hashes}"
    key = hashlib.sha256(said.encode()).hexdigest()[:16]
    for line in work.journal.of_kind("effects"):
        if line["of"] == key:
            return {int(head): Effect(*found) for head, found in line["found"].items()}
    texts = [work.store[number].text for number in work.sets.selection[:count]]
    found, _ = passages(work.loaded, texts, work.settings.tokens)
    asked, there = (
        {work.place(head): programs[work.place(head)] for head in some} for some in (heads, beside)
    )
    by_place = effects_of(work.loaded, found, asked, partial(told, work, "effects", ""), there)
    effects = {head: by_place[work.place(head)] for head in heads}
    line = {str(head): [one.divergence, one.ratio] for head, one in effects.items()}
    work.note({"kind": "effects", "of": key, "found": line})
    return effects


def measured(work: Run, ordered: Ordered) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """The curve on the report texts in the run's order, with baselines, and in order of fit."""
    loaded, outcome = work.loaded, ordered.outcome
    total = loaded.layers * loaded.heads
    within = [f for f in work.settings.fractions if heads_of(f, total) <= len(work.heads)]
    source = engine_source(loaded.table)
    programs = assignment(work, outcome)
    orders = [ordered.heads, by_fit(work, outcome)]
    wanted: list[tuple[Setting, ...]] = []
    for number, heads in enumerate(orders):
        order = [(work.place(head), programs[work.place(head)]) for head in heads]
        made = settings(order, total, within, source)
        wanted.append(tuple(one for one in made if not number or one.by == "programs"))
    texts = [work.store[number].text for number in work.sets.report]
    found, _ = passages(loaded, texts, work.settings.tokens)
    journal = work.settings.folder / "replace.jsonl"
    both = [one for some in wanted for one in some]
    say = partial(told, work, "replace", "what is lost on the report texts")
    done = evaluate(loaded, found, both, journal=journal, progress=say)
    split = len(wanted[0])
    first = curve(dataclasses.replace(done, measured=done.measured[:split]))
    second = curve(dataclasses.replace(done, measured=done.measured[split:]))
    return first, second


def increases(points: Sequence[Point], suffix: str) -> Figures:
    """Perplexity increases in percent by fraction; divergence where there is no perplexity."""
    found: Figures = {}
    for point in points:
        if point.by != "programs":
            continue
        name = f"{round(100 * point.fraction)}{suffix}"
        if point.ratio is not None:
            found[f"ppl_increase_{name}"] = 100 * (point.ratio - 1)
            found[f"ppl_interval_{name}"] = [
                100 * (bound - 1) for bound in (point.ratio_low, point.ratio_high) if bound
            ]
        elif point.cosine is not None:
            found[f"cosine_{name}"] = point.cosine
        else:
            found[f"divergence_{name}"] = point.divergence
    return found


def told(work: Run, phase: str, note: str, done: int, of: int) -> None:
    work.tell(phase, done, of, note)
