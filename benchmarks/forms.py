"""Two forms of program at equal length: parts that multiply, and shares of named patterns.

    python -m benchmarks.forms --run RUN [--every 6] [--write DIR] [--json FILE]

RUN is a run of `benchmarks.explain` with its heads. Every sixth head gets programs of its own of
both forms, fitted to the same rows by the same objective and cut alike; measured on texts of the
selection that nothing was fitted to. A part is a factor with its number, or a pattern with its
share, or a kind of query for which more rests. Bits are what a row is told in, the program's own
not counted: both have as many numbers. `--write DIR` writes sheets for two readers, one a form, on
programs of five parts of the same heads, with the same questions of the run's report:
`python -m benchmarks.reading --answers DIR/multiplied` (`DIR/mixed`) scores them.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from attndsl.engines.batch import Library
from attndsl.engines.batch.opened import patterns_at
from attndsl.files.whole import make_folder, write_json, write_text
from attndsl.fit.codelength import EVEN
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.formatter import format_source
from attndsl.language.mask import CAUSAL
from attndsl.models import load
from attndsl.report.data import Report
from attndsl.runs.kept import kept_report
from attndsl.synthesis.parts.blocks import Batch
from attndsl.synthesis.parts.cutting import cut, regrown
from attndsl.synthesis.parts.fitting import Weights, figures, fit, given, sums, with_content
from attndsl.synthesis.parts.likeliest import SIZES, likeliest
from attndsl.synthesis.parts.proposer import MORE, RATE, begun
from attndsl.synthesis.parts.vocabulary import factors
from attndsl.synthesis.parts.weighing import read
from attndsl.synthesis.parts.write import written
from attndsl.tokens.tokenizer import from_ids
from benchmarks import mixtures
from benchmarks.asked import Made, answered, distances
from benchmarks.limits import DISTANCE, EFFORT, RUNGS, made_by, texts_of
from benchmarks.measure import Figures, finish, machine, table
from benchmarks.reading.scores import KEY, TASKS
from benchmarks.reading.sheets import codes, sheet_of
from benchmarks.reading.tasks import Asked, Maps, drawn

MODEL = "smollm2"
KNOWN = factors(CAUSAL)
AT_ONCE = 15  # heads
WIDE, FEWER = 28, (20, 16, 13, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)  # parts of mixtures, cut in turn
SHOWN = (8, 5, 3, 2)
AGAIN = (8, 5, 3)  # for which the best others are tried in turn
READ, HEADS, EACH = 5, 20, 10  # parts that readers see; heads, and heads on a sheet
NOTES = {
    "bits_multiplied_5": "bits a row, parts that multiply, five a head",
    "bits_mixed_5": "bits a row, shares of named patterns, five a head",
}
Own = dict[int, Weights]
Mixed = dict[int, mixtures.Mixtures]


def main() -> None:
    parser = argparse.ArgumentParser(description="two forms of program at equal length")
    parser.add_argument("--run", metavar="RUN", type=Path, required=True)
    parser.add_argument("--every", type=int, default=6, help="every n-th head; default 6")
    parser.add_argument("--write", metavar="DIR", type=Path, help="write sheets for readers")
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    chosen = parser.parse_args()
    print(machine())
    to_fit, apart = texts_of(chosen.run / "heads", chosen.every)
    rows, found = [], Figures()
    own, shares = Own(), Mixed()
    both = chain(multiplied(to_fit, apart, own), mixed(to_fit, apart, shares))
    for name, of_stage, seconds in both:
        rows.append([name, *(f"{one:.4f}" for one in of_stage), f"{seconds:.0f}"])
        print("  ".join(rows[-1]), flush=True)
        key = name.replace(" ", "_")
        found |= {f"bits_{key}": of_stage[-1], f"content_{key}": of_stage[0]}
    table(["form, parts", "content IoU", "IoU", "rest error", "output explained", "of two keys",
           "strongest key", "bits a row", "seconds"], rows)  # fmt: skip
    if chosen.write:
        write(chosen.write, chosen.run, chosen.every, own[READ], shares[READ])
    finish("forms", found, NOTES, chosen.json)


Stage = tuple[str, list[float], float]


def multiplied(to_fit: Sequence[Batch], apart: Batch, own: Own) -> Iterator[Stage]:
    """Of each size, kept in `own` too; figures on the texts apart, and seconds so far."""
    started, contents = time.monotonic(), with_content(to_fit)

    def stage(name: str, weights: Weights) -> Stage:
        of_stage = reached(made_by(weights), apart, distances(apart, DISTANCE))
        return f"multiplied {name}", of_stage, time.monotonic() - started

    start = likeliest(begun(len(contents), KNOWN), to_fit)[SIZES[-1]]
    dense = fit(start, to_fit, contents, EFFORT.first, RATE)
    yield stage("28", dense)
    own |= cut(dense, to_fit, contents, EFFORT.cuts(RUNGS), RATE)
    for size in SHOWN:
        yield stage(f"{size} cut", own[size])
    for size in AGAIN:
        for _ in range(EFFORT.regrown):
            own[size] = regrown(own[size], to_fit, contents, MORE, EFFORT.steps, RATE)
        yield stage(f"{size}", own[size])


def mixed(to_fit: Sequence[Batch], apart: Batch, own: Mixed) -> Iterator[Stage]:
    """The same of the other form."""
    started, contents = time.monotonic(), with_content(to_fit)
    away = distances(apart, DISTANCE)
    batches, beside = [mixtures.mixed(one) for one in to_fit], mixtures.mixed(apart)

    def stage(name: str, some: mixtures.Mixtures) -> Stage:
        def made(heads: torch.Tensor, block: Any) -> torch.Tensor:
            return mixtures.pattern(mixtures.of(some, heads), block)

        return f"mixed {name}", reached(made, beside, away), time.monotonic() - started

    now = mixtures.likeliest(batches, len(contents))
    now = mixtures.fit(now, batches, contents, mixtures.DENSE)
    yield stage("all", now)
    for size in (WIDE, *FEWER):
        own[size] = now = mixtures.cut(now, size, batches, contents)
        if size in (WIDE, *SHOWN):
            yield stage(f"{size} cut", now)
    for size in AGAIN:
        for _ in range(EFFORT.regrown):
            own[size] = mixtures.regrown(own[size], batches, contents)
        yield stage(f"{size}", own[size])


def reached(made: Made, batch: Batch, away: Sequence[torch.Tensor]) -> list[float]:
    """Content IoU, IoU, error of the rest, output explained; of two keys, strongest key; bits a
    row."""
    heads, contents = len(batch.varies), with_content([batch]) > 0
    each, bits = [], torch.zeros(heads)
    a_row = batch.weight / batch.rows.clamp_min(1)
    for at in range(0, heads, AT_ONCE):
        some = torch.arange(at, min(at + AT_ONCE, heads))
        patterns = [made(some, block) for block in batch.blocks]
        found = sums(batch, patterns, some, given(batch, some))
        each.append(torch.stack(figures(batch, found, some)))
        for block, one in zip(batch.blocks, patterns, strict=True):
            expected = (1 - EVEN) * one + EVEN / block.seen.sum(1)[:, None]
            told = (block.heads[some] * torch.log2(expected) * block.seen).sum(2)
            bits[some] -= told @ a_row[block.text]
    content, *others = torch.cat(each, 1)
    means = [float(content[contents].mean()), *(float(one.mean()) for one in others)]
    return [*means, *answered(made, heads, batch, away), float(bits.mean())]


def write(
    folder: Path, run: Path, every: int, own: Weights, shares: mixtures.Mixtures
) -> None:  # fmt: skip
    """Sheets on programs of both forms; the same questions, other codes."""
    report, store = kept_report(run), HeadStore.open(run / "heads")
    number = {head: at for at, head in enumerate(range(0, len(report.heads), every))}
    some, _ = drawn(report, len(report.heads), 1)
    asked = [one for one in some if one.head in number][:HEADS]
    names = [f"program_{at}" for at in range(len(asked))]
    heads = [number[one.head] for one in asked]
    by_form = {
        "multiplied": [written(read(own, head, KNOWN), name)
                       for head, name in zip(heads, names, strict=True)],
        "mixed": [format_source(mixtures.written(shares, head, name), name)
                  for head, name in zip(heads, names, strict=True)],
    }  # fmt: skip
    table_of = load(MODEL).table
    texts = [from_ids(table_of, store[one.number].ids, "") for one in report.texts]
    for seed, (form, sources) in enumerate(by_form.items()):
        programs = [verify(source).programs[0] for source in sources]
        of_form = with_programs(report, asked, sources, programs, texts)
        fresh, key = codes(np.random.default_rng(seed)), {}
        make_folder(folder / form / TASKS)
        for part in range(0, len(asked), EACH):
            few = [(one, "own") for one in asked[part : part + EACH]]
            sheet = sheet_of(Maps(of_form), "fuzz", f"fuzz-1-{part // EACH + 1:02}", few, fresh)
            write_text(folder / form / TASKS / f"{sheet.name}.md", sheet.text)
            key[sheet.name] = sheet.key
        about = {"model": report.model, "heads": len(asked), "seed": seed}
        write_json(folder / form / KEY, {**about, "sheets": key})


def with_programs(
    report: Report, asked: Sequence[Asked], sources: Sequence[str], programs: Sequence[Program],
    texts: Sequence[Any],
) -> Report:  # fmt: skip
    """The report with these programs of these heads in place of its own."""
    made = patterns_at(Library(list(programs), CAUSAL), texts, [None] * len(texts))
    entries = tuple(
        replace(report.programs[0], name=program.name, source=source, docstring="")
        for program, source in zip(programs, sources, strict=True)
    )
    place = {one.head: at for at, one in enumerate(asked)}
    heads = tuple(
        replace(head, program=place.get(at, 0), map=place.get(at, 0))
        for at, head in enumerate(report.heads)
    )
    shown = zip(report.texts, made, strict=True)
    after = tuple(replace(text, predicted=np.asarray(one)) for text, one in shown)
    return replace(report, programs=entries, heads=heads, texts=after)


if __name__ == "__main__":
    main()
