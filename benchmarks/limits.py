"""What limits the programs that `explain` finds: content lost by stage, from all factors to few.

    python -m benchmarks.limits --store STORE [--every 3] [--pairs] [--json FILE]

STORE is the folder `heads` of a run of `benchmarks.explain`, with its probes. Of every third head
programs are fitted as that command does with its first effort: with all factors, with the 28 that
are missed most, cut to 13, 8 and 5, and shared by as many heads as 80 programs are by 270. What
each stage reaches is measured on texts of the selection that nothing was fitted to; nothing is read
of texts to report on. Of two keys: how often a program says which one its head looks at more, as
readers are asked, and how often its strongest key is the head's. `--pairs` also tries products of
two factors (a relation for one kind of query, a class among the last tokens), those that promise
most to each head, and cuts again.
"""

import argparse
import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from attndsl.explain.parts import MOST_LOSS, InParts
from attndsl.explain.pipeline import opened
from attndsl.explain.run import Run
from attndsl.explain.texts import three_sets
from attndsl.language.mask import CAUSAL
from attndsl.models import load
from attndsl.synthesis.parts.blocks import Batch
from attndsl.synthesis.parts.cutting import cut, regrown
from attndsl.synthesis.parts.efforts import EFFORTS, Cut
from attndsl.synthesis.parts.fitting import (
    ALL,
    Weights,
    fit,
    measured,
    one_a_head,
    pattern,
    with_content,
)
from attndsl.synthesis.parts.likeliest import SIZES as FOUND
from attndsl.synthesis.parts.likeliest import likeliest
from attndsl.synthesis.parts.proposer import MORE, RATE, shared_out
from attndsl.synthesis.parts.rows import Source, batched, evenly_wanted
from attndsl.synthesis.parts.vocabulary import factors
from benchmarks.asked import Made, answered, distances
from benchmarks.explain import settings_of
from benchmarks.measure import Figures, finish, machine, table
from benchmarks.pairs import paired

EFFORT = EFFORTS[0]
DENSE_STEPS = 120  # with all factors
PROGRAMS = 80 / 270  # of them for each head, as the default has
RUNGS = (1, 2, 3, 5, 8)
DISTANCE = [one.name for one in factors(CAUSAL)].index("distance")
SHOWN = (13, 8, 5, 3, 2, 1)
NOTES = {
    "content_all": "all factors, a program a head: what this form can reach",
    "content_own_5": "five factors, a program a head",
    "content_shared_5": "five factors, shared as the default shares",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="what limits the programs of explain")
    parser.add_argument("--store", metavar="DIR", type=Path, required=True, help="heads of a run")
    parser.add_argument("--every", type=int, default=3, help="every n-th head; default 3")
    parser.add_argument("--pairs", action="store_true", help="products of two factors too")
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    chosen = parser.parse_args()
    print(machine())
    to_fit, apart = texts_of(chosen.store, chosen.every)
    rows, figures = [], Figures()
    for name, weights, batch, seconds in stages(to_fit, apart, chosen.pairs):
        _, content, iou, rest, output = measured(weights, batch, with_content([batch]))
        of_content = content[with_content([batch]) > 0]
        found = [float(one.mean()) for one in (of_content, iou, rest, output)]
        found += answered(made_by(weights), len(weights.owner), batch, distances(batch, DISTANCE))
        rows.append([name, *(f"{one:.4f}" for one in found), f"{seconds:.0f}"])
        print("  ".join(rows[-1]), flush=True)
        key = name.replace(" ", "_")
        figures |= {f"content_{key}": found[0], f"iou_{key}": found[1]}
        figures |= {f"pairs_{key}": found[4], f"strongest_{key}": found[5]}
    head = ["stage", "content IoU", "IoU", "rest error", "output explained", "of two keys",
            "strongest key", "seconds"]  # fmt: skip
    table(head, rows)
    finish("limits", figures, NOTES, chosen.json)


def made_by(weights: Weights) -> Made:
    """Patterns of some heads by these programs."""
    return lambda heads, block: pattern(weights.of(heads), block)


def texts_of(store: Path, every: int) -> tuple[list[Batch], Batch]:
    """What `explain` fits to, of every n-th head; and the texts of its selection beside."""
    asked = argparse.Namespace(quick=False, full=False, final=False, store=store, minutes=None,
                               skip="")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(settings_of(asked, Path(folder)), effort=EFFORT)
        loaded = load(settings.model)
        with opened(settings, loaded, lambda *_: None, time.monotonic()) as work:
            work.sets = three_sets(work.store, settings.shares)
            parts = InParts(work, math.inf)
            known, heads = factors(work.store.meta.mask), work.heads[::every]
            sources = [parts.giving(one) for one in parts.sources()]
            fitted = {one.number for one in sources[0].wanted}
            beside = parts.giving(beside_these(work, fitted))

            def rows(some: Sequence[Source], count: int) -> list[Batch]:
                return batched(some, loaded.table, heads, known, work.store.meta.mask,
                               settings.seed, count)  # fmt: skip

            return rows(sources, EFFORT.batches), rows([beside], 1)[0]


def beside_these(work: Run, fitted: set[int]) -> Source:
    """Texts to select and to validate that nothing is fitted to, the kinds as they count there."""
    numbers = [n for n in (*work.sets.selection, *work.sets.validation) if n not in fitted]
    kinds = [work.settings.kinds[work.texts[number].source] for number in numbers]
    more = replace(EFFORT, texts=len(numbers), rows=2 * EFFORT.rows)
    return Source(work.store, evenly_wanted(numbers, kinds, more), 1.0)


Stage = tuple[str, Weights, Batch, float]


def stages(to_fit: list[Batch], apart: Batch, pairs: bool) -> Iterator[Stage]:
    """Every stage by name, the programs, the texts to measure them on, and seconds so far."""
    begun, contents = time.monotonic(), with_content(to_fit)
    heads, count = len(contents), to_fit[0].blocks[0].factors.shape[0]

    def stage(name: str, weights: Weights, batch: Batch = apart) -> Stage:
        return name, weights, batch, time.monotonic() - begun

    start = likeliest(one_a_head(heads, count), to_fit)[FOUND[-1]]
    every = replace(start, kept=torch.ones_like(start.kept))
    yield stage("all", fit(every, to_fit, contents, DENSE_STEPS, RATE))
    dense = fit(start, to_fit, contents, EFFORT.first, RATE)
    yield stage("own 28", dense)
    own = cut(dense, to_fit, contents, EFFORT.cuts(RUNGS), RATE)
    for size in SHOWN:
        if size in own:
            yield stage(f"own {size} cut", own[size])
    for size in (5, 8):
        for _ in range(EFFORT.regrown):
            own[size] = regrown(own[size], to_fit, contents, MORE, EFFORT.steps, RATE)
        yield stage(f"own {size}", own[size])
    if pairs:
        more, beside, wide = paired(own[8], to_fit, apart, contents)
        cuts = [Cut(size, EFFORT.steps) for size in range(int(wide.kept.sum(1).max()), 4, -1)]
        found = cut(wide, more, contents, cuts, RATE)
        for size in (8, 5):
            yield stage(f"own {size} with pairs", found[size], beside)
    programs = round(PROGRAMS * heads)
    wide = shared_out(own, 5, programs, MOST_LOSS, to_fit, contents, EFFORT, lambda *_: None)
    yield stage("shared wide", wide)
    few = cut(wide, to_fit, contents, EFFORT.cuts((5,)), RATE, ALL)[5]
    for _ in range(EFFORT.regrown):
        few = regrown(few, to_fit, contents, MORE, EFFORT.steps, RATE, ALL)
    yield stage("shared 5", few)


if __name__ == "__main__":
    main()
