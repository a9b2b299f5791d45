"""What each phase would take, by the rates that were measured on a sample.

The factors beside rates are of how much more a phase does than what the rate is of. They are set
by times that earlier runs took, not measured anew; a run's `forecast_worst` says how far they were
off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attndsl.explain.plan import Need
from attndsl.explain.texts import LONGER, LONGER_TEXTS
from attndsl.surrogates.evaluation import heads_of
from attndsl.surrogates.hanging import PASSES
from attndsl.surrogates.neutral import NEUTRAL_TEXTS, NEUTRAL_TOKENS
from attndsl.surrogates.orders import SHARES, TEXTS
from attndsl.synthesis.parts.efforts import EFFORTS, Effort

if TYPE_CHECKING:
    from attndsl.explain.run import Run

FEW, FEW_LONG = 24, 6  # texts, with fewer than which a run makes little sense; of long ones
SEEDS = 150  # programs of the examples, about
FEW_PROBES, MOST_PROBES = 6, 40  # texts of each kind
PROBE_TOKENS = 36_000  # of all probe texts, with a tokenizer of whole words
CENSUS_TEXTS = 24  # report texts, beside the probes that may choose
DETECTORS = 60.0  # programs that the detectors take as long as
DETECTING = 8.0  # seconds, that making them ready takes
PLAIN = 2.0  # forward passes that capturing a text takes whose maps are kept whole
AGAIN = 2.0  # times what a capture takes: a text's rows made anew beside all programs
SHOWN = 8  # texts whose maps are drawn
BELOW = 0.6  # of a forward pass: what a head's effect takes, layers below it not computed again
BESIDE = 2.5  # the same with others replaced too, over all rounds, for each of the heads in rounds
BACKWARD = 4.0  # forward passes that a step of the joint fit takes, a text
REPLACED = 2.0  # forward passes of a model with programs in it
OUTPUTS = 2.0  # forward passes for what of the outputs is explained
PAGE = 2e-7  # seconds a cell that is drawn: read, run, packed
PADDED = 1.7  # times what a step takes by the cells looked at: rows are padded
PROBE_CELLS = 30_000  # of the probe texts that may choose
PROBES_FITTED = 900_000  # of those that are asked around the joint fit, some of them twice
MENDED, WORDED = 4.0, 0.3  # steps' worth for each program beside each head; seconds a program
PARTS, PARTS_HEAD = 1.2e-5, 1e-7  # seconds that all parts take on a cell, and each head's rows
COMPILED = 10.0  # seconds
MORE = 0.2  # of the budget, for proposers that go on while there is time
REASONS = 1.2  # seconds a program: why cells of two texts have their weights, and how it was read
PROBES_ASKED = 600_000  # cells of the half of the probes that checks
PAGE_ALONE = 4.0  # seconds
REFINED, SPARED = 3, 0.1  # times that a run is written before its end; of the budget, at most
RUNGS, RUNG = 5, 0.03  # of a head's ladder; seconds that the map of one takes


def tokens(work: Run, part: float = 1.0) -> float:
    return part * sum(len(text.ids) for text in work.texts)


def cells(work: Run, part: float = 1.0) -> float:
    """Those that lie in the store: of texts that are sketched as many as their whole rows have."""
    meta = work.store.meta
    return part * sum(meta.most_cells(len(text.ids)) for text in work.texts)


def selection(work: Run) -> float:
    return work.settings.shares[0]


def reported(work: Run) -> float:
    return 1 - sum(work.settings.shares)


def programs(work: Run) -> int:
    """About how many the library will have."""
    return min(work.settings.programs, max(1, len(work.heads) // 2))


def capture(work: Run) -> Need:
    whole = tokens(work) * work.rates.capture
    again = longer_texts(work) * LONGER * work.rates.capture
    return Need(whole * min(1.0, fewest(work) / len(work.texts)) + again, whole + again)


def fewest(work: Run) -> int:
    """Texts that no budget goes below."""
    return FEW_LONG if work.settings.long else FEW


def longer_texts(work: Run) -> int:
    """About how many texts are read a second time at greater length."""
    return LONGER_TEXTS if work.settings.tokens < LONGER and work.settings.store is None else 0


def probes(work: Run) -> Need:
    """Probe texts are short: their maps are kept whole, also where long texts are sketched. Heads
    that a store brought were captured at a pace that nobody knows."""
    rates = work.rates
    each = rates.capture or PLAIN * rates.forward
    if work.settings.long:
        each = min(each, PLAIN * rates.forward)
    whole = PROBE_TOKENS * each
    return Need(whole * FEW_PROBES / MOST_PROBES, whole)


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
    fitted = PADDED * work.rates.fit * effort.passes * len(work.heads) * of_batch
    return fitted + work.rates.pace * (looking(work) * evaluated + COMPILED) + hung(work)


def looking(work: Run) -> float:
    """Seconds that all parts and the heads take on a cell."""
    return PARTS + PARTS_HEAD * len(work.heads)


def looked_at(work: Run, effort: Effort) -> tuple[float, float]:
    """Cells of texts that factors are evaluated on, and those of a batch of rows."""
    some = min(effort.texts, len(work.texts))
    each = cells(work) / len(work.texts)
    seen = some * each * min(1.0, effort.rows * len(work.texts) / tokens(work))
    longer = min(longer_texts(work), effort.texts)
    seen += longer * effort.rows * LONGER / 2 + PROBE_CELLS
    return some * each + longer * LONGER**2 / 2, seen / effort.batches


def hung(work: Run) -> float:
    """How much of the model's output hangs on each head: some passes there and back."""
    return BACKWARD * PASSES * tokens(work) / len(work.texts) * work.rates.forward


def reduce(work: Run) -> Need:
    """The library scored, each head's program with its own rest; where others than the proposer
    parts made programs, all of theirs."""
    score = cells(work, selection(work)) * work.rates.score
    alone = set(work.settings.proposers) == {"parts"}
    many = (1 if alone else 3) * len(work.heads)
    return Need(many * score, many * score + 2 * work.rates.pace)


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


def before_fit(work: Run) -> float:
    """What is the same however many steps are made: a step or less for each batch, to fit to and to
    check; rows and probes looked at anew, programs mended beside all heads and told in words."""
    joint, rates = work.settings.joint, work.rates
    evaluated, of_batch = looked_at(work, work.settings.effort or EFFORTS[0])
    beside = PADDED * rates.fit * MENDED * programs(work) * len(work.heads) * of_batch
    told = looking(work) * (evaluated + PROBES_FITTED) + WORDED * programs(work)
    return 1.5 * joint.texts / joint.batch * fit_step(work) + beside + rates.pace * told


def fit(work: Run) -> Need:
    if "parts" not in work.settings.proposers:
        return Need(0.0, 0.0)
    joint = work.settings.joint
    steps = joint.steps * (1 + joint.again)
    return Need(0.0, 4 * effect_text(work) + steps * fit_step(work) + before_fit(work))


def effects(work: Run) -> Need:
    return Need(0.0, 8 * effect_text(work))


def replace_text(work: Run) -> float:
    """One report text under all settings, in every order."""
    pairs = sum(len(shares) for shares in SHARES.values()) - len(SHARES) + 1  # all heads once
    return (1 + 2 * pairs * REPLACED) * tokens(work) / len(work.texts) * work.rates.forward


def neutral_order(work: Run) -> float:
    """Each head ablated alone on some selection texts."""
    count = NEUTRAL_TEXTS * min(NEUTRAL_TOKENS, tokens(work) / len(work.texts))
    return len(work.heads) * count * BELOW * work.rates.forward


def replace(work: Run) -> Need:
    count = max(1, min(TEXTS, round(reported(work) * len(work.texts))))
    neutral = neutral_order(work)
    return Need(0.0, neutral + count * replace_text(work))


def census(work: Run) -> Need:
    """The detectors on some texts and half of the probes, about as long as these."""
    tokens_each = tokens(work) / len(work.texts)
    count = CENSUS_TEXTS + PROBE_TOKENS / 2 / max(tokens_each, 1.0)
    each = cells(work) / len(work.texts) * work.rates.score
    whole = count * each * DETECTORS + work.rates.pace * DETECTING
    return Need(whole, whole)


def known_so_far(work: Run) -> float:
    """Writing what is known: every head's program scored on texts and probes, and the page."""
    drawn = SHOWN * cells(work) / len(work.texts)
    scored = cells(work, selection(work) + reported(work)) + PROBES_ASKED
    page = PAGE * drawn * (len(work.heads) + programs(work)) + PAGE_ALONE
    return len(work.heads) * scored * work.rates.score + work.rates.pace * page


def between(work: Run, budget: float | None) -> float:
    """Seconds for what is written after phases, while the run goes on."""
    return min(REFINED * known_so_far(work), SPARED * (budget or 0.0))


def report(work: Run) -> Need:
    """What is known, what of outputs is explained, and how programs come to do what they do."""
    whole = known_so_far(work)
    whole += OUTPUTS * tokens(work, selection(work) + reported(work)) * work.rates.forward
    whole += work.rates.pace * (REASONS * programs(work) + RUNGS * RUNG * len(work.heads))
    if work.store.meta.sketched:  # reported by running the model again
        whole += tokens(work, reported(work)) * work.rates.capture * AGAIN
    return Need(whole, whole)


def look(work: Run) -> Need:
    sample = sum(work.store.cells(n) for n in range(len(work.store)))
    whole = 2 * SEEDS * sample * work.rates.score + 4
    return Need(whole, whole)
