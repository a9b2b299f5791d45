"""How far a run's programs explain SmolLM2-135M: the measures that judge explanations.

    python -m benchmarks.evidence [--run DIR] [--json FILE] [--rows N] [--questions]

Report rows 201 to 300 of TinyStories, and the second halves of the other files of the measuring
data; without a run it makes one, by `benchmarks.explain`. Each part is kept in build/ with the
commit that made it, so that a stopped benchmark goes on; heads are captured once for all runs of a
model. `--questions` asks the six sets too, a quarter of the heads replaced by effect (an hour or
so). Keys that there are no figures for are left out and named.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from attndsl.files.whole import write_json
from attndsl.fit.assignment import Assignment, read_assignment
from attndsl.fit.iou import iou
from attndsl.fit.measures import compare
from attndsl.fit.medians import read_constants
from attndsl.fit.places import places
from attndsl.heads.store import HeadStore
from attndsl.language.mask import CAUSAL
from attndsl.models.capture import capture_passages
from attndsl.models.loading import LoadedModel, load
from attndsl.models.passages import Passage, passages
from attndsl.models.transfer import Domain, on_store, on_texts
from benchmarks.explain import SHARED, figures_of
from benchmarks.induction import probe_figures
from benchmarks.measure import Figures, finish, machine, processor_ratio
from benchmarks.outputs import output_figures
from benchmarks.replacing import asked_figures, replaced_figures
from benchmarks.streamed_job import packed

BUILD = Path(__file__).parent.parent / "build" / "evidence"
TOKENS, LONG = 64, 256
DOMAINS = {"code": "mbpp.jsonl", "math": "math500.jsonl", "wiki": "wikitext2_valid.txt"}
SHORTEST = 300  # letters of a text of an encyclopedia; shorter ones are headings
ORDERS = ("neutral", "fit", "effect", "random")
# What the run says of itself, and what is measured here but can be missing.
TAKEN = ("programs", "median_lines", "most_lines", "median_numbers", "median_bits",
         "ladder_2_of_8", "forecast_worst", "minutes", "minutes_replace")  # fmt: skip
WANTED = (
    *TAKEN, "recovered_kl_100", "area_kl", "ppl_increase_100", "qa_drop_25", "qa_drop_25_low",
    *(f"{key}_{order}" for order in ORDERS
      for key in ("recovered_kl_25", "recovered_kl_50", "recovered_ce_25", "ppl_increase_25",
                  "ppl_increase_50")),
)  # fmt: skip
NOTES = {
    "content_iou": "heads with at least 2% of content; [0.436 of the first version]",
    "constant_content_iou": "best constant pattern of each head",
    "excess_iou": "(mean IoU - mean of constants) / (1 - mean of constants)",
    "output_explained": "mean over heads, through the output projection",
    "output_stand_in_rank": "of heads by what the search goes by: 16 directions of each output",
    "cells_per_second_ratio": "all figures against IoU alone, 64 tokens; at least 0.8",
    "induction_found": "of the heads that do induction on repeated random tokens",
    "qa_drop_25": "points of a hundred, mean over the sets; by effect, by acc_norm",
    "qa_sets_much_worse": "sets whose whole interval lies above 3 points lost",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="How far programs explain SmolLM2-135M")
    parser.add_argument("--run", metavar="DIR", help="the run; without one it is made")
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    parser.add_argument("--rows", type=int, default=100, help="texts of each kind; default 100")
    parser.add_argument("--questions", action="store_true", help="ask the six sets too")
    parser.add_argument("--limit", type=int, default=200, help="questions of a set; default 200")
    chosen = parser.parse_args()
    print(machine())
    run = Path(chosen.run) if chosen.run else made()
    figures = evidence(run, chosen.rows, chosen.limit if chosen.questions else None)
    missing = [key for key in WANTED if key not in figures]
    finish("evidence", figures, NOTES, chosen.json)
    if missing:
        print(f"not measured or not defined: {', '.join(missing)}")


def made() -> Path:
    """A run of today's `explain`, or the one that was begun."""
    run = BUILD / "run"
    command = [sys.executable, "-m", "benchmarks.explain", "--run", str(run)]
    subprocess.run(command, check=True)
    return run


def evidence(run: Path, rows: int, questions: int | None = None) -> Figures:
    """Every part, taken from build/ where it was made before; with so many questions a set."""
    assignment = read_assignment(run)
    kept = BUILD / f"{digest(run)}-{rows}"
    loaded = load(assignment.model)
    assignment.expect(loaded.hash, run)
    parts: dict[str, Callable[[], Figures]] = {
        "stories": lambda: stories(loaded, run, assignment, rows),
        "outputs": lambda: output_figures(loaded, run, assignment, heads_on(loaded, rows)),
        "longer": lambda: domain(loaded, run, assignment, "256", report_rows(rows), LONG),
        **{name: partial(_of_domain, loaded, run, assignment, name, rows) for name in DOMAINS},
        "probes": lambda: probe_figures(loaded, assignment, heads_on(loaded, rows)),
        "replaced": lambda: replaced_figures(
            loaded, run, assignment, kept, first_pieces(loaded, report_rows(rows), TOKENS)
        ),
        "speed": speed,
    }
    if questions is not None:
        parts["questions"] = lambda: asked_figures(
            loaded, run, assignment, kept, SHARED / "data/qa", questions
        )
    found: Figures = {}
    for name, make in parts.items():
        found |= part(kept / f"{name}.json", make)
        print(f"{name}: done", file=sys.stderr, flush=True)
    return found | taken(run)


def part(path: Path, make: Callable[[], Figures]) -> Figures:
    """A part's figures, from its file or made now and kept with the commit."""
    if path.exists():
        kept: Figures = json.loads(path.read_text(encoding="utf-8"))["figures"]
        return kept
    found = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"commit": COMMIT, "figures": found})
    return found


def stories(loaded: LoadedModel, run: Path, assignment: Assignment, rows: int) -> Figures:
    """The headline measures on report rows, by the run's own constants."""
    store = heads_on(loaded, rows)
    constants = read_constants(run)
    if constants is None:
        raise SystemExit(f"{run} keeps no constant patterns yet: attndsl score {run} fits them")
    found = on_store(store, loaded, assignment, constants, "stories", range(len(store)))
    head = found.headline
    figures = {
        "iou": head.iou.mean, "rest_error": head.rest_error.mean,
        "constant_iou": head.constant_iou.mean, "heads_with_content": float(head.defined),
    }  # fmt: skip
    for name, one in {
        "content_iou": head.content_iou, "content_iou_weighted": head.content_iou_weighted,
        "constant_content_iou": head.constant_content_iou, "excess_iou": head.excess,
        "excess_content_iou": head.content_excess,
    }.items():  # fmt: skip
        if one is not None:
            figures |= {name: one.mean, f"{name}_low": one.low, f"{name}_high": one.high}
    return figures


def _of_domain(
    loaded: LoadedModel, run: Path, assignment: Assignment, name: str, rows: int
) -> Figures:
    """At the length of most figures the heads are kept, for the next run."""
    texts = second_half(DOMAINS[name], rows)
    store = captured(loaded, first_pieces(loaded, texts, TOKENS), f"{name}-{loaded.hash}-{rows}")
    constants = read_constants(run)
    every = range(len(store))
    return of_domain(name, on_store(store, loaded, assignment, constants, name, every, TOKENS))


def domain(
    loaded: LoadedModel,
    run: Path,
    assignment: Assignment,
    name: str,
    texts: Sequence[str],
    tokens: int,
) -> Figures:
    """The assignment, as it stands, on another kind of text or at another length."""
    constants = read_constants(run)
    return of_domain(name, on_texts(loaded, assignment, constants, name, texts, tokens))


def of_domain(name: str, found: Domain) -> Figures:
    head = found.headline
    figures = {f"iou_{name}": head.iou.mean, f"rest_error_{name}": head.rest_error.mean}
    if head.content_iou is not None:
        figures[f"content_iou_{name}"] = head.content_iou.mean
    if found.constants and head.excess is not None:
        figures |= {f"constant_iou_{name}": head.constant_iou.mean}
        figures |= {f"excess_iou_{name}": head.excess.mean}
    return figures


def speed() -> Figures:
    """Cells a second with all measures against IoU alone: 1,000 programs, 270 heads."""
    rng, figures = np.random.default_rng(1), dict[str, float]()
    for tokens in (TOKENS, 22):
        programs, heads = packed(rng, 1000, tokens), packed(rng, 270, tokens).astype(np.float16)
        where = places(CAUSAL, list(range(tokens)))
        pair = partial(compare, programs, heads, where), partial(iou, programs, heads)
        name = "" if tokens == TOKENS else f"_{tokens}"
        figures[f"cells_per_second_ratio{name}"] = processor_ratio(*pair, pairs=15)
    return figures


def taken(run: Path) -> Figures:
    """What the run measured itself: sizes, the ladder, and how right its forecasts were."""
    path = run / "summary.json"
    if not path.exists():
        return {}
    summary = json.loads(path.read_text(encoding="utf-8"))
    figures = figures_of(summary) if "ladder" in summary and "mean_iou" in summary else {}
    figures |= {key: float(summary[key]) for key in TAKEN
                if isinstance(summary.get(key), int | float)}  # fmt: skip
    return {key: figures[key] for key in TAKEN if key in figures}


def heads_on(loaded: LoadedModel, rows: int) -> HeadStore:
    """The heads on the report rows, captured once for all runs."""
    pieces = first_pieces(loaded, report_rows(rows), TOKENS)
    return captured(loaded, pieces, f"stories-{loaded.hash}-{rows}")


def captured(loaded: LoadedModel, pieces: Sequence[Passage], name: str) -> HeadStore:
    capture_passages(loaded, list(pieces), BUILD / name)
    return HeadStore.open(BUILD / name)


def first_pieces(loaded: LoadedModel, texts: Sequence[str], tokens: int) -> list[Passage]:
    """Each text cut to its first tokens."""
    pieces, _ = passages(loaded, texts, tokens)
    first = {piece.source: piece for piece in reversed(pieces)}
    return [first[source] for source in sorted(first)]


def report_rows(rows: int) -> list[str]:
    return texts_of("tinystories.jsonl")[200 : 200 + rows]


def second_half(file: str, rows: int) -> list[str]:
    every = texts_of(file)
    if file.endswith(".txt"):
        every = [text for text in every if len(text) > SHORTEST]
    return every[len(every) // 2 :][:rows]


def texts_of(file: str) -> list[str]:
    from attndsl.tokens.reading import read_texts

    return [one.text for one in read_texts(SHARED / "data/text" / file)]


def digest(run: Path) -> str:
    """A name for what a run says: its library and who has what."""
    parts = [(run / name).read_bytes() for name in ("library.attn", "assignment.json")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def commit() -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


COMMIT = commit()  # of the code that was loaded, whatever the working tree becomes


if __name__ == "__main__":
    main()
