"""What replacing heads costs: each head's own effect, then growing shares in several orders."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from attndsl.explain.choose import chosen
from attndsl.explain.effects import ROUNDS, assignment, by_effect, in_rounds, measured_effects
from attndsl.explain.forecasts import (
    FEW_STEPS,
    before_fit,
    effect_text,
    fit_step,
    made_ready,
    neutral_order,
    replace_text,
    steps_each,
)
from attndsl.explain.run import Found, Outcome, Run
from attndsl.explain.texts import stored
from attndsl.explain.together import parts_fitted
from attndsl.fit.selection import MOST, keep_selection
from attndsl.surrogates.curves import Point, curve
from attndsl.surrogates.engine import engine_source
from attndsl.surrogates.evaluation import evaluate, heads_of
from attndsl.surrogates.experiment import Asked, experiment
from attndsl.surrogates.orders import NEUTRAL, SHARES
from attndsl.surrogates.orders import TEXTS as REPORTED
from attndsl.surrogates.recovery import recovered
from attndsl.surrogates.sharing import evaluate_shared
from attndsl.surrogates.sharing_effects import ablated_by

ROUGH_TEXTS, EFFECT_TEXTS = 4, 8  # to choose the heads to fit for, and for the order, at most
HALF = 0.5  # of the time there is for measuring at most goes into the neutral order
# What is decided in these phases, and is nothing where there was no time for them.
STEPS, EFFECTS_OF, ANY_TEXT = "fit: steps", "effects: texts", "replace: any"
ORDER, CURVE, FIT = "order of replacing", "heads replaced", "programs fitted together"
Figures = dict[str, Any]


@dataclass(frozen=True)
class Ordered:
    """The outcome with its heads in the order of replacing.

    `effects` is what each head costs alone, by name: perplexity over the unmodified model's, or
    where there is none 1 + the divergence. `notes` are lines for the report.
    """

    outcome: Outcome
    heads: tuple[int, ...]
    effects: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


def best_fit_first(work: Run, outcome: Outcome) -> Ordered:
    """Where no effect is measured."""
    return Ordered(outcome, by_fit(work, outcome), notes={ORDER: "best fit first"})


def fitted_together(work: Run, found: Found, until: float) -> Found:
    """The phase `fit`: the library of parts fitted to the model's output."""
    outcome = found.needed_outcome
    if "fit" in work.settings.skip or found.parts is None:
        return found
    if len(set(work.loaded.masks)) > 1:  # a program's rows are worked out under one mask
        return found
    if work.store.meta.sketched:  # whole maps of many long texts don't fit the memory
        return found
    count = heads_in_rounds(work)
    cost, step = effect_text(work), fit_step(work)
    texts = affordable(work, "fit: texts", ROUGH_TEXTS, cost, until, 0.3)
    order = by_fit(work, outcome)
    first: tuple[int, ...] = ()
    if texts and "effects" not in work.settings.skip:
        late = until - step * work.settings.joint.steps * steps_each(work)
        rough = measured_effects(work, outcome, work.heads, (), texts, late)
        first = in_rounds(work, outcome, rough, count, texts, late)
        order = (*first, *(head for head in order if head not in rough))
    most = work.settings.joint.steps
    each = step * steps_each(work)
    least = min(FEW_STEPS, most)
    before = before_fit(work)
    until = at_once_where_it_comes(work, until, before + (least + 0.5) * each)
    steps = affordable(work, STEPS, most, each, until - before, least=least)
    if not steps:
        notes = {FIT: "left out: the budget had no time for its first steps"}
        return replace(found, ordered=Ordered(outcome, order, notes=notes))
    effort = replace(work.settings.joint, steps=steps)
    parts = parts_fitted(work, found.parts, by_fit(work, outcome), first, effort)
    outcome = chosen(work, found.entries, parts)
    outcome.figures["fit"] = parts["figures"]
    said = f"in {effort.steps} of {most} steps, as the budget allowed"
    notes = {FIT: said} if effort.steps < most else {}
    return replace(
        found, outcome=outcome, parts=parts, ordered=Ordered(outcome, order, notes=notes)
    )


def at_once_where_it_comes(work: Run, until: float, seconds: float) -> float:
    """Until when the joint fit has time: for its first steps all that nothing is forecast for.

    Else it would come at the end, when the effects measured meanwhile are of other programs. Where
    there is no such time now they are measured all the same: whether any will be left isn't known.
    """
    if math.isinf(until):
        return until
    needed = time.monotonic() + seconds
    return max(until, needed) if needed <= work.latest else until


def put_in_order(work: Run, found: Found, until: float) -> Found:
    """The phase `effects`: the order in which heads are replaced, by effect on selection texts.

    The heads that the programs were fitted for come first, by what they cost with fitted programs.
    """
    outcome = found.needed_outcome
    before = found.ordered.notes if found.ordered else {}
    by_fit_alone = best_fit_first(work, outcome)
    notes = {**before, **by_fit_alone.notes}
    plain = replace(found, ordered=replace(by_fit_alone, notes=notes))
    texts = affordable(work, EFFECTS_OF, EFFECT_TEXTS, effect_text(work), until)
    if "effects" in work.settings.skip or not texts:
        return plain
    alone = measured_effects(work, outcome, work.heads, (), texts, until)
    if len(alone) < len(work.heads):
        return plain
    heads, said = by_effect(alone), "when replaced alone first"
    if "fit" in outcome.figures and found.ordered is not None:
        count = heads_in_rounds(work)
        chosen = {head: alone[head] for head in found.ordered.heads[:count]}
        order = in_rounds(work, outcome, chosen, count, texts, until)
        heads = (*order, *(head for head in heads if head not in chosen))
        said = f"beside those before first, in {ROUNDS} rounds"
    name = work.store.meta.head_name
    effects = {name(head): alone[head].ratio for head in sorted(alone)}
    of = min(texts, len(work.sets.selection))
    said = f"the least effect {said}, by {of} selection {'text' if of == 1 else 'texts'}"
    return replace(found, ordered=Ordered(outcome, heads, effects, {**before, ORDER: said}))


def affordable(
    work: Run, what: str, most: int, each: float, until: float, part: float = 1.0, least: int = 1
) -> int:
    """How many of `most` there is time for, at `each` seconds, none where fewer than `least`;
    decided once, if there is time for any."""

    def choose() -> int:
        if math.isinf(until):
            return most if until > 0 else 0
        count = min(most, int(part * (until - time.monotonic()) / max(each, 1e-9)))
        return count if count >= least else 0

    return work.afforded(what, choose)


def heads_in_rounds(work: Run) -> int:
    """For how many heads the programs are fitted together."""
    total = work.loaded.layers * work.loaded.heads
    return min(len(work.heads), heads_of(work.settings.fit_fraction, total))


def by_fit(work: Run, outcome: Outcome) -> tuple[int, ...]:
    """Heads in descending IoU on the selection texts."""
    fits = outcome.fits(work.heads)
    return tuple(sorted(work.heads, key=lambda head: (-fits[head], head)))


def measured(work: Run, found: Found, until: float) -> Found:
    """The phase `replace`: what replacing heads costs in every order, beside the same heads
    ablated, and how much of what ablating costs the programs give back.

    It is of report texts, fewer where there is no time for all, and left out where there is for
    none. Ablations are those of selection texts, and so is the neutral order, which is left out
    where there is no time for it.
    """
    if "replace" in work.settings.skip:
        return found
    loaded, ordered, folder = work.loaded, found.needed_order, work.settings.folder
    selection = [np.array(work.store[n].ids) for n in work.sets.selection[:MOST]]
    keep_selection(folder, selection)
    fit, effect = (
        tuple(work.place(head) for head in heads)
        for heads in (by_fit(work, ordered.outcome), ordered.heads)
    )
    most = min(REPORTED, len(work.sets.report))
    until -= made_ready(work)
    if not affordable(work, ANY_TEXT, most, replace_text(work), until):
        notes = {**ordered.notes, CURVE: "left out: the budget had no time for one text of it"}
        return replace(found, ordered=replace(ordered, notes=notes))
    neutral = affordable(work, "replace: neutral", 1, neutral_order(work), until, HALF)
    orders = tuple(name for name in SHARES if neutral or name != NEUTRAL)
    wanted = experiment(
        loaded,
        folder,
        assignment(work, ordered.outcome),
        selection,
        Asked(fit, effect if ordered.effects else None, orders),
        engine_source(loaded.table, loaded.device),
        partial(told, work, "replace", "each head ablated alone"),
        ablated_by(work.workers, selection, folder),
    )
    count = max(1, affordable(work, "replace: texts", most, replace_text(work), until))
    texts = stored(work.store, work.sets.report[:count])
    say = partial(told, work, "replace", "what is lost on the report texts")
    journal = folder / "replace.jsonl"
    if work.workers is not None:
        evaluate_shared(work.workers, loaded, texts, wanted, journal=journal, progress=say)
    done = evaluate(loaded, texts, wanted.settings, journal=journal, progress=say)
    return replace(found, points=curve(done), recovered=recovered(done))


def increases(points: Sequence[Point]) -> Figures:
    """Perplexity increases in percent by fraction and order; divergence where there is none."""
    found: Figures = {}
    for point in points:
        if point.by != "programs":
            continue
        share = round(100 * point.fraction)
        name = str(share) if share == 100 else f"{share}_{point.order}"
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
