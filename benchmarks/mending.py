"""What mending does to programs that were found: how many probes contradict, and what it costs.

    python -m benchmarks.mending --run RUN [--json FILE]

RUN is a run of `benchmarks.explain`; its programs as the search found them, before any joint fit,
are mended as the joint fit would, and measured in readable numbers; the run stays as it is.
Contradicted are heads by the probes that may choose, and by those that check. Content IoU and IoU
are of rows that programs were fitted to, all kinds of text, but for the batch that mending goes by.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from attndsl.explain.doubted import contradicted
from attndsl.explain.pipeline import opened
from attndsl.explain.run import Run
from attndsl.explain.serving import judges_of, rows_of
from attndsl.explain.texts import three_sets
from attndsl.explain.together import probes_of
from attndsl.heads.store import HeadStore
from attndsl.models import load
from attndsl.synthesis.parts import mending, telling
from attndsl.synthesis.parts.blocks import Batch
from attndsl.synthesis.parts.fitting import Weights, measured, with_content
from attndsl.synthesis.parts.mending import Judges
from attndsl.synthesis.parts.undoing import undoing, without_undoing
from attndsl.synthesis.parts.vocabulary import Factor, factors
from attndsl.synthesis.parts.write import written
from benchmarks.explain import settings_of
from benchmarks.measure import Figures, finish, machine, table

NOTES = {
    "checks_found": "heads contradicted by probes that check, programs as found",
    "checks_parted": "the same once all is mended",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="what mending does to programs that were found")
    parser.add_argument("--run", metavar="RUN", type=Path, required=True, help="a run of explain")
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    chosen = parser.parse_args()
    print(machine())
    asked = argparse.Namespace(quick=False, full=False, final=False, store=None, minutes=None,
                               skip="")  # fmt: skip
    settings = settings_of(asked, chosen.run)
    loaded = load(settings.model)
    rows, figures = [], Figures()
    with opened(settings, loaded, lambda *_: None, time.monotonic()) as work:
        work.store = HeadStore.open(chosen.run / "heads")
        work.sets = three_sets(work.store, settings.shares)
        known = factors(work.store.meta.mask)
        batches = rows_of(work, known)
        judges = judges_of(batches[0], probes_of(work, known, None), known)
        for name, weights in stages(found_in(work, known), known, judges, work):
            said = told(work, weights, known, batches[1:] or batches)
            rows.append([name, *(f"{one:.4g}" for one in said.values())])
            print("  ".join(rows[-1]), flush=True)
            figures |= {f"{figure}_{name.replace(' ', '_')}": one for figure, one in said.items()}
    table(["stage", *said], rows)
    finish("mending", figures, NOTES, chosen.json)


def found_in(work: Run, known: Sequence[Factor]) -> Weights:
    """The programs that the search found, from the journal."""
    parts = work.journal.of_kind("generation")[-1]["state"]
    library = telling.from_json(parts["programs"], known)
    rests = torch.tensor(parts["rests"]).log()
    return telling.weights_of(library, torch.tensor(parts["owner"]), rests, known)


def stages(
    found: Weights, known: Sequence[Factor], judges: Judges, work: Run
) -> Iterator[tuple[str, Weights]]:
    yield "found", found
    apart = without_undoing(found, judges.texts, judges.worth)
    yield "without undoing", apart
    among, longest = range(len(known)), work.settings.mended
    better = mending.mended(apart, known, judges, among, longest)
    yield "mended", better
    yield "parted", mending.parted(better, known, judges, among, work.settings.programs)


def told(work: Run, weights: Weights, known: Sequence[Factor], batches: Sequence[Batch]) -> Figures:
    """By name what is told of programs at one stage, in readable numbers."""
    library, plain = telling.readable(weights, known)
    sources = [written(one, f"p{number}") for number, one in enumerate(library)]
    choices = dict(enumerate(zip(plain.owner.tolist(), telling.rests_of(plain), strict=True)))
    halves = [contradicted(work, work.trials(checks), sources, choices) for checks in (False, True)]
    some = with_content(batches) > 0
    each = [measured(plain, batch, with_content(batches)) for batch in batches]
    undone = sum(bool(undoing(plain, number, batches[0])) for number in range(len(library)))
    return {
        "chooses": float(len(halves[0])),
        "checks": float(len(halves[1])),
        "content": float(torch.stack([one[1][some].mean() for one in each]).mean()),
        "iou": float(torch.stack([one[2].mean() for one in each]).mean()),
        "undoing": float(undone),
        "programs": float(len(library)),
    }


if __name__ == "__main__":
    main()
