"""What replacing heads costs, share by share: our programs, theirs, baselines, random programs.

As in the published work heads go by IoU, the best first (chosen on texts that choose), and beside
that at random. What counts is how much of the cost of ablating the same heads (their mean output
by position) the programs give back.
"""

import random
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

import numpy as np

from attndsl.heads.packing import unpack
from attndsl.language.mask import Mask
from attndsl.models.recorded import record_outputs
from attndsl.surrogates.ablations import BY_POSITION, Ablation, by_position
from attndsl.surrogates.curves import Point, curve, resamples
from attndsl.surrogates.engine import engine_source
from attndsl.surrogates.evaluation import (
    Evaluation,
    Measured,
    Setting,
    evaluate,
    heads_of,
    remember,
)
from attndsl.surrogates.numbering import identity
from attndsl.surrogates.orders import at_random
from attndsl.surrogates.recovery import one_recovered
from attndsl.surrogates.sources import (
    Ids,
    Pattern,
    PatternSource,
    SourceFactory,
    first_token,
    rules,
    visible_rows,
)
from benchmarks.each_alone import each_alone
from benchmarks.paper.published import Foreign, Kept
from benchmarks.paper.work import CHOOSE, REPORT, Side, Table, Work

Head = tuple[int, int]
FIT, RANDOM = "by IoU", "at random"
SELECTION = 100  # texts that means of outputs are taken from, at most


def evenly(ids: Ids, first_row: int, mask: Mask) -> Pattern:
    """Each visible key alike: the baseline that knows nothing."""
    seen = visible_rows(len(ids), first_row, mask)
    return np.asarray(seen / seen.sum(1, keepdims=True), dtype=np.float32)


class KeptPatterns:
    """Some published programs' patterns for texts that they were run on."""

    def __init__(self, kept: Kept, programs: Sequence[Hashable], mask: Mask) -> None:
        number = {one: at for at, one in enumerate(kept.programs)}
        # `only` sorts, so the programs' own order is kept here.
        wanted = [number[one] for one in programs if isinstance(one, Foreign)]
        self.kept = kept.only(wanted)
        self.order = [sorted(wanted).index(one) for one in wanted]
        if mask != kept.mask:
            self.kept = self.kept.under(mask)
        self.mask = mask

    def patterns(self, ids: Sequence[Ids], first_rows: Sequence[int]) -> list[Pattern]:
        whole = (unpack(self.kept.of(text)[self.order], self.mask, len(text)) for text in ids)
        return [one[:, row:] for one, row in zip(whole, first_rows, strict=True)]


def factory_of(work: Work, side: Side) -> SourceFactory:
    """Where the patterns of a side's programs come from inside the model."""
    if side.kept is None:
        return engine_source(work.loaded.table, work.loaded.device)
    kept = side.kept

    def make(programs: tuple[Hashable, ...], mask: Mask) -> PatternSource:
        return KeptPatterns(kept, programs, mask)

    return make


def programs_of(work: Work, side: Side) -> Mapping[Head, Hashable]:
    """Each head's program: as the run assigned them, else the best of the library by IoU."""
    numbers = list(side.assigned)
    if side.kept is not None or min(numbers) < 0:
        numbers = work.best(side, work.first_kind).tolist()
    return {head: of_side(side)[number] for head, number in zip(work.heads, numbers, strict=True)}


def of_side(side: Side) -> Sequence[Hashable]:
    """A side's programs, as they are put into a model."""
    return side.source.programs


def by_fit(work: Work, side: Side) -> list[Head]:
    """Heads by the IoU of their programs on texts that choose, the best first."""
    worth = own_iou(work, side, CHOOSE)
    return sorted(work.heads, key=lambda head: (-worth[head], head))


def own_iou(work: Work, side: Side, half: str) -> dict[Head, float]:
    """The mean IoU of each head with its own program on a half of the texts."""
    figures = work.mean(side, work.first_kind, half).iou
    place = {identity(one): at for at, one in enumerate(of_side(side))}
    return {head: float(figures[place[identity(program)], at])
            for at, (head, program) in enumerate(programs_of(work, side).items())}  # fmt: skip


def settings(work: Work, shares: Sequence[float], seeds: int) -> list[Setting]:
    ablation = ablation_of(work)
    found: list[Setting] = []

    def add(by: str, order: str, heads: Sequence[Head], of: Mapping[Head, Hashable],
            factory: SourceFactory) -> None:  # fmt: skip
        held = remember(factory)
        for share in shares:
            chosen = heads[: heads_of(share, len(work.heads))]
            mine = {head: of[head] for head in chosen}
            found.append(Setting(by, order, share, mine, held))

    for side in work.sides:
        own, factory = programs_of(work, side), factory_of(work, side)
        order = f"{FIT} of {side.name}"
        for name, heads in ((order, by_fit(work, side)), (RANDOM, at_random(work.heads, 1).heads)):
            add(side.name, name, heads, own, factory)
            if not (name == RANDOM and side is not work.sides[0]):
                add(BY_POSITION, name, heads, dict.fromkeys(work.heads, ablation), rules)
        for seed in range(1, 1 + seeds):
            drawn = at_random_program(own, of_side(side), seed)
            add(f"{side.name}: random programs {seed}", order, by_fit(work, side), drawn, factory)
    ours = work.sides[0]
    for name, rule in (("evenly (lower diagonal)", evenly), ("first token", first_token)):
        every = dict.fromkeys(work.heads, rule)
        add(name, f"{FIT} of {ours.name}", by_fit(work, ours), every, rules)
    return found


def ablation_of(work: Work) -> Ablation:
    """Each head's mean output by position, over texts that choose."""
    store = work.stores[work.first_kind, CHOOSE]
    ids = [np.array(store[n].ids, dtype=np.int64) for n in range(min(SELECTION, len(store)))]
    return by_position(record_outputs(work.loaded, ids))


def at_random_program(
    own: Mapping[Head, Hashable], programs: Sequence[Hashable], seed: int
) -> dict[Head, Hashable]:
    """A program of the library for each head, any but its own."""
    rng = random.Random(2026 + seed)
    found = {}
    for head in sorted(own):
        others = [one for one in programs if one is not own[head]] or list(programs)
        found[head] = rng.choice(others)
    return found


def curves(work: Work, shares: Sequence[float], texts: int, seeds: int) -> Table:
    """Every setting's cost, and what it gives back of what ablating the same heads costs."""
    journal = journal_of(work, "curves")
    asked = work.passages(work.first_kind, REPORT, texts)
    done = evaluate(work.loaded, asked, settings(work, shares, seeds), journal=journal)
    points = curve(done)
    shown = [line(done, one, point) for one, point in zip(done.measured, points[1:], strict=True)]
    return {
        "kind": work.first_kind, "texts": len(asked), "own": points[0].as_json(), "points": shown,
        "spearman_along_the_curve": along(work, shown),
    }  # fmt: skip


def line(done: Evaluation, one: Measured, point: Point) -> Table:
    other = next((o for o in done.measured if o.by == BY_POSITION and o.order == one.order
                  and o.fraction == one.fraction), None)  # fmt: skip
    found: Table = {
        "by": one.by, "order": one.order, "share": one.fraction, "heads": one.heads,
        "perplexity_increase": None if point.ratio is None else 100 * (point.ratio - 1),
        "low": None if point.ratio_low is None else 100 * (point.ratio_low - 1),
        "high": None if point.ratio_high is None else 100 * (point.ratio_high - 1),
        "kl": point.divergence, "sees_ahead": point.sees_ahead,
    }  # fmt: skip
    if other is not None and one.by != BY_POSITION:
        kl = one_recovered(done, one, other, resamples(len(done.own))).kl
        found["recovered_kl"] = {"mean": kl.mean, "low": kl.low, "high": kl.high, "why": kl.why}
    return found


def along(work: Work, points: Sequence[Table]) -> Table:
    """As the published work has it: the mean IoU of the heads replaced against their cost.

    Both change with the share of heads, so this says little of single heads; see `alone`.
    """
    from scipy.stats import spearmanr

    found: Table = {}
    for side in work.sides:
        worth = own_iou(work, side, REPORT)
        values = [worth[head] for head in by_fit(work, side)]
        mine = [one for one in points if one["by"] == side.name and one["order"] != RANDOM
                and one["perplexity_increase"] is not None]  # fmt: skip
        if len(mine) > 2:
            means = [float(np.mean(values[: one["heads"]])) for one in mine]
            costs = [one["perplexity_increase"] for one in mine]
            found[side.name] = {"iou": means, "perplexity_increase": costs,
                                "spearman": float(spearmanr(means, costs).statistic)}  # fmt: skip
    return found


def alone(work: Work, texts: int) -> Table:
    """Each head replaced alone by our program: its IoU and content IoU against what it costs."""
    from scipy.stats import spearmanr

    side = work.sides[0]
    own = programs_of(work, side)
    asked = work.passages(work.first_kind, REPORT, texts)
    journal = journal_of(work, "alone")
    effects = each_alone(work.loaded, asked, own, journal)  # type: ignore[arg-type]  # ours are programs
    iou = list(own_iou(work, side, REPORT).values())
    cost = [100 * (effects[head].ratio - 1) for head in work.heads]
    kl = [effects[head].divergence for head in work.heads]
    found: Table = {"texts": len(asked), "iou": iou, "perplexity_increase": cost, "kl": kl}
    for name, values in (("perplexity", cost), ("kl", kl)):
        found[f"spearman_{name}"] = float(spearmanr(iou, values).statistic)
    return found


def journal_of(work: Work, name: str) -> Path:
    return work.folder / f"{name}-{work.digest}.jsonl"
