"""What each phase would take, by the rates that were measured on a sample.

The factors beside rates are of how much more a phase does than what the rate is of. They are set
by times that earlier runs took, not measured anew; a run's `forecast_worst` says how far they were
off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attndsl.explain.amounts import (
    cells,
    chosen_by,
    fewest,
    longer_chosen_by,
    longer_texts,
    probe_cells,
    probes_chosen_by,
    probes_part,
    programs,
    reported,
    selection,
    texts_part,
    tokens,
)
from attndsl.explain.plan import Need
from attndsl.explain.texts import LONGER
from attndsl.surrogates.evaluation import heads_of
from attndsl.surrogates.hanging import PASSES
from attndsl.surrogates.neutral import NEUTRAL_TEXTS, NEUTRAL_TOKENS
from attndsl.surrogates.orders import SHARES, TEXTS
from attndsl.synthesis.parts.efforts import EFFORTS, Effort

if TYPE_CHECKING:
    from attndsl.explain.run import Run

SEEDS = 150  # programs of the examples, about
LOOKED = 1.2  # seconds for choosing among them, and the page of the first look
PROBE_TOKENS = 36_000  # of all probe texts, with a tokenizer of whole words
CENSUS_TEXTS = 24  # report texts, beside the probes that may choose
DETECTORS = 60.0  # programs that the detectors take as long as, where that wasn't measured
DETECTING = 1.0  # seconds, that making them ready takes
ASKED = 0.15  # of the detectors, that are asked on probe texts
PLAIN = 2.0  # forward passes that capturing a text takes whose maps are kept whole
AGAIN = 2.0  # times what a capture takes: a text's rows made anew beside all programs
BOTH = 2  # programs of a head that what sharing costs is told by
SHOWN = 8  # texts whose maps are drawn
BELOW = 0.6  # of a forward pass: what a head's effect takes, layers below it not computed again
BESIDE = 2.5  # the same with others replaced too, over all rounds, for each of the heads in rounds
BACKWARD = 4.0  # forward passes that a step of the joint fit takes, a text
FEW_STEPS = 20  # of the joint fit, fewer than which bring nothing
ANSWERED = 4.0  # steps, for each of the fit of a model over symbols: more, of four times the texts
REPLACED = 2.0  # forward passes of a model with programs in it, where that wasn't measured
SHARED = 0.5  # of the heads, about, that stand replaced under the settings of a curve
OUTPUTS = 2.0  # forward passes for what of the outputs is explained
PAGE = 2e-7  # seconds a cell that is drawn: read, run, packed
PADDED = 1.7  # times what a step takes by the cells looked at: rows are padded
PROBE_CELLS = 30_000  # of so many probe texts that may choose, at the most thorough
PROBES_FITTED = 900_000  # of those that are asked around the joint fit, some of them twice
MENDED, WORDED = 5.5, 0.3  # steps' worth for each program beside each head; seconds a program
PARTS, PARTS_HEAD = 1.2e-5, 1e-7  # seconds that all parts take on a cell, and each head's rows
COMPILED = 5.0  # seconds
EXACTLY = 15.0  # steps' worth that the likeliest numbers of a model over symbols take
MORE = 0.2  # of the budget, for proposers that go on while there is time
REASONS = 1.2  # seconds a program: why cells of two texts have their weights, and how it was read
WHOLE = 2080  # cells of such a text; of a shorter one less is told
PAGE_ALONE = 4.0  # seconds
REFINED, SPARED = 3, 0.1  # times that a run is written before its end; of the budget, at most
RUNGS, RUNG = 5, 0.03  # of a head's ladder; seconds that the map of one takes


def capture(work: Run) -> Need:
    whole = tokens(work) * work.rates.capture
    again = longer_texts(work) * LONGER * work.rates.capture
    return Need(whole * min(1.0, fewest(work) / len(work.texts)) + again, whole + again)


def probes(work: Run) -> Need:
    """Probe texts are short: their maps are kept whole, also where long texts are sketched. Heads
    that a store brought were captured at a pace that nobody knows."""
    rates = work.rates
    each = rates.capture or PLAIN * rates.forward
    if work.settings.long:
        each = min(each, PLAIN * rates.forward)
    least, whole = (PROBE_TOKENS * each * part for part in probes_part(work))
    return Need(least, whole)


def propose(work: Run) -> Need:
    """The fit of the proposer parts, and a share of the budget for those that go on after it."""
    least = whole = 0.0
    if "parts" in work.settings.proposers:
        least, whole = (parts_seconds(work, EFFORTS[at]) for at in (-1, 0))
    alone = set(work.settings.proposers) == {"parts"}
    more = 0.0 if alone else MORE * 60 * (work.settings.minutes or 0.0)
    return Need(least, whole + more)


def parts_seconds(work: Run, effort: Effort) -> float:
    """All factors fitted to every head, cut and shared: steps by the cells looked at, and what
    evaluating the factors takes."""
    evaluated, of_batch = looked_at(work, effort)
    passes, compiled = (EXACTLY, 0.0) if work.exact else (effort.passes, COMPILED)
    fitted = PADDED * work.rates.fit * passes * len(work.heads) * of_batch
    return fitted + work.rates.pace * (looking(work) * evaluated + compiled) + hung(work)


def looking(work: Run) -> float:
    """Seconds that all parts and the heads take on a cell."""
    return PARTS + PARTS_HEAD * len(work.heads)


def looked_at(work: Run, effort: Effort) -> tuple[float, float]:
    """Cells of texts that factors are evaluated on, and those of a batch of rows."""
    count = chosen_by(work, effort)
    each = cells(work) / len(work.texts)
    seen = count * each * min(1.0, effort.rows * len(work.texts) / tokens(work))
    longer = longer_chosen_by(work, effort)
    seen += longer * effort.rows * LONGER / 2
    seen += PROBE_CELLS * probes_chosen_by(work, effort) * effort.rows / EFFORTS[0].rows
    return count * each + longer * LONGER**2 / 2, seen / effort.batches


def hung(work: Run) -> float:
    """How much of the model's output hangs on each head: some passes there and back."""
    return BACKWARD * PASSES * tokens(work) / len(work.texts) * work.rates.forward


def reduce(work: Run) -> Need:
    """The library scored, each head's program with its own rest; where others than the proposer
    parts made programs, all of theirs."""
    score = cells(work, selection(work)) * work.rates.score
    alone = set(work.settings.proposers) == {"parts"}
    many = (1 if alone else 3) * len(work.heads)
    least, whole = (part * many * score for part in texts_part(work))
    return Need(least, whole + 2 * work.rates.pace)


def effect_text(work: Run) -> float:
    """The effects of all heads on one text, and in rounds of those that are replaced first."""
    total = work.loaded.layers * work.loaded.heads
    count = min(len(work.heads), heads_of(work.settings.fit_fraction, total))
    passes = BELOW * len(work.heads) + BESIDE * BELOW * count
    return passes * tokens(work) / len(work.texts) * work.rates.forward


def fit_step(work: Run) -> float:
    """One step of the joint fit."""
    text = tokens(work) / len(work.texts) * work.rates.forward
    return BACKWARD * work.settings.joint.batch * text


def steps_each(work: Run) -> float:
    """How many steps are made for each that is asked for."""
    return ANSWERED if work.exact else 1 + work.settings.joint.again


def before_fit(work: Run) -> float:
    """What is the same however many steps are made: a step or less for each batch, to fit to and to
    check; rows and probes looked at anew, programs mended beside all heads and told in words."""
    joint, rates = work.settings.joint, work.rates
    batches = 1.5 * joint.texts / joint.batch * fit_step(work)
    if work.exact:  # nothing is asked of probes, nor mended
        return batches
    evaluated, of_batch = looked_at(work, work.settings.effort or EFFORTS[0])
    beside = PADDED * rates.fit * MENDED * programs(work) * len(work.heads) * of_batch
    asked = PROBES_FITTED * probes_part(work)[1]
    told = looking(work) * (evaluated + asked) + WORDED * programs(work)
    return batches + beside + rates.pace * told


def fit(work: Run) -> Need:
    if "parts" not in work.settings.proposers:
        return Need(0.0, 0.0)
    steps = work.settings.joint.steps * steps_each(work)
    rough = 4 * effect_text(work)
    whole = rough + steps * fit_step(work) + before_fit(work)
    return Need(0.0, whole, min(whole, rough + least_fit(work)))


def least_fit(work: Run) -> float:
    """What the joint fit takes with as few steps as bring anything."""
    steps = min(FEW_STEPS, work.settings.joint.steps) * steps_each(work)
    return before_fit(work) + steps * fit_step(work)


def effects(work: Run) -> Need:
    return Need(0.0, 8 * effect_text(work))


def settings_measured() -> int:
    """Of replaced heads: shares in every order, all heads once."""
    return sum(len(shares) for shares in SHARES.values()) - len(SHARES) + 1


def replace_text(work: Run) -> float:
    """One report text under all settings, in every order: programs, and ablations beside them."""
    rates = work.rates
    ablated = REPLACED * rates.forward
    programs = SHARED * rates.replaced + (1 - SHARED) * rates.forward if rates.replaced else ablated
    each = rates.forward + settings_measured() * (ablated + programs)
    return each * tokens(work) / len(work.texts)


def made_ready(work: Run) -> float:
    """The programs of every setting made ready to stand in for heads."""
    return settings_measured() * SHARED * work.rates.made


def neutral_order(work: Run) -> float:
    """Each head ablated alone on some selection texts."""
    count = NEUTRAL_TEXTS * min(NEUTRAL_TOKENS, tokens(work) / len(work.texts))
    return len(work.heads) * count * BELOW * work.rates.forward


def replace(work: Run) -> Need:
    count = max(1, min(TEXTS, round(reported(work) * len(work.texts))))
    once = neutral_order(work) + made_ready(work)
    return Need(0.0, once + count * replace_text(work))


def census(work: Run) -> Need:
    """The detectors on some texts, and those that are asked on the probes."""
    rates = work.rates
    each = rates.look or DETECTORS * rates.score
    texts = min(CENSUS_TEXTS, max(1, round(reported(work) * len(work.texts))))
    plain = texts * cells(work) / len(work.texts)
    ready = rates.pace * DETECTING
    least, whole = (ready + each * (plain + ASKED * asked) for asked in probe_cells(work))
    return Need(least, whole)


def known_so_far(work: Run) -> tuple[float, float]:
    """Writing what is known: every head's program scored on texts and probes, and the page; of as
    few texts and probes as there may be, and of all."""
    drawn = SHOWN * cells(work) / len(work.texts)
    page = PAGE * drawn * (len(work.heads) + programs(work)) + PAGE_ALONE
    texts = cells(work, selection(work) + reported(work))
    amounts = zip(texts_part(work), probe_cells(work), strict=True)
    least, whole = (
        len(work.heads) * (part * texts + asked / 2) * work.rates.score + work.rates.pace * page
        for part, asked in amounts
    )
    return least, whole


def between(work: Run, budget: float | None) -> float:
    """Seconds for what is written after phases, while the run goes on."""
    return min(REFINED * known_so_far(work)[1], SPARED * (budget or 0.0))


def report(work: Run) -> Need:
    """What is known, what of outputs is explained, and how programs come to do what they do."""
    outputs = OUTPUTS * tokens(work, selection(work) + reported(work)) * work.rates.forward
    told = work.rates.pace * (REASONS * programs(work) + RUNGS * RUNG * len(work.heads))
    told *= min(1.0, cells(work) / len(work.texts) / WHOLE)
    again = 0.0
    if work.store.meta.sketched:  # reported by running the model again
        again = tokens(work, reported(work)) * work.rates.capture * AGAIN
    if "parts" in work.settings.proposers and not work.exact:
        again += BOTH * len(work.heads) * cells(work, reported(work)) * work.rates.score
    least, whole = (
        so_far + told + part * (outputs + again)
        for so_far, part in zip(known_so_far(work), texts_part(work), strict=True)
    )
    return Need(least, whole)


def look(work: Run) -> Need:
    sample = sum(work.store.cells(n) for n in range(len(work.store)))
    whole = 2 * SEEDS * sample * work.rates.score + LOOKED * work.rates.pace
    return Need(whole, whole)
