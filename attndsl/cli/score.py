"""`attndsl score`: every program of a library against every head of a store."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from attndsl.cli.domains import TOKENS, hand_on_domains, is_run, score_on, score_run
from attndsl.cli.headgrid import show_heads
from attndsl.cli.headline import show_headline
from attndsl.cli.output import counting, print_json, print_table, say, styled
from attndsl.cli.placing import placing_options
from attndsl.cli.programs import programs_of
from attndsl.cli.progress import Tell, progress
from attndsl.cli.refusing import refuse
from attndsl.cli.sharing import apart
from attndsl.cli.vocabulary import again, vocabulary_option

if TYPE_CHECKING:
    from attndsl.executors.task import Executor
    from attndsl.files.places import Place
    from attndsl.fit.table import Fit, ScoreTable
    from attndsl.graph.program import Program
    from attndsl.heads.store import HeadStore
    from attndsl.models.outputs import OutputsExplained

MEGABYTE = 2**20


@click.command("score")
@click.argument("files", nargs=-1, required=True, metavar="LIBRARY|RUN...")
@click.option("--store", "store", metavar="STORE",
              help="What `attndsl capture` wrote; of a run its own.")  # fmt: skip
@click.option("--on", "places", multiple=True, metavar="FILE[:NAME]|local:N|...",
              help="Measure a run, as it stands, on the texts of a file or of `builtin`, or on a "
                   "store (of another model: the best of the library there). One of local:4, "
                   "ray[:N], ray://HOST:PORT or slurm:partition=NAME beside them, or alone, "
                   "shares the texts out: the same bits as without.")  # fmt: skip
@click.option("--tokens", metavar="N,...",
              help="With --on: cut texts to so many tokens; several make a line each. "
                   "Default 64.")  # fmt: skip
@click.option("--outputs", is_flag=True,
              help="Also how much of the heads' outputs is explained: two passes of the "
                   "model.")  # fmt: skip
@click.option("--model", metavar="MODEL", help="The store's model, where it has moved.")
@click.option("--memory", default=512, show_default=True, type=click.IntRange(16), metavar="MB",
              help="How much to hold at once.")  # fmt: skip
@click.option("--by", type=click.Choice(("content", "iou")), default="content", show_default=True,
              help="Choose each head's program by content and rest, or by IoU.")  # fmt: skip
@click.option("--top", default=12, show_default=True, type=click.IntRange(0),
              help="How many of the best and worst heads to list; 0 for none.")  # fmt: skip
@click.option("-o", "--output", metavar="DIR",
              help="Write the run: library.attn and which program each head has.")  # fmt: skip
@click.option("--csv", "csv_file", metavar="FILE", help="One line a head, to a file.")
@placing_options
@click.option("--quiet", is_flag=True, help="No progress.")
@vocabulary_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def score_command(
    files: tuple[str, ...],
    store: str | None,
    places: tuple[str, ...],
    tokens: str | None,
    outputs: bool,
    model: str | None,
    memory: int,
    by: str,
    top: int,
    output: str | None,
    csv_file: str | None,
    quiet: bool,
    as_json: bool,
    **placing: Any,
) -> None:
    """Find the best program of a library for every head of a model.

    The best is chosen on some of the store's texts and its figures come from the others, with 95%
    intervals: content IoU (intersection over union of what doesn't rest on the first token), rest
    error (how far off the resting share of a row is) and IoU of the whole patterns. Of a run's
    heads those texts are the run's own, else half of them each. LIBRARY is FILE or FILE:NAME for
    one program. Beside stands the best constant pattern of each head, which doesn't look at words.

    Of a RUN each head's own program is measured, as it stands, and figures that the run lacks are
    written to it.

    \b
    Example:
      attndsl score library.attn --store stories.attnstore -o runs/stories
      attndsl score library.attn:first_token --store stories.attnstore --top 3
      attndsl score runs/stories --on news.txt --on code.jsonl:code --tokens 64,256
      attndsl score runs/stories --on news.txt --on local:4
    """
    executor, places = apart(places)
    if places:
        if len(files) != 1 or not is_run(files[0]):
            raise click.UsageError("--on takes one RUN, the folder that explain or score -o wrote")
        refuse("--on FILE", "store", "outputs", "output", "csv_file", "memory", "by", "top")
        with progress("score", quiet or as_json) as tell:
            domains = score_on(files[0], places, tokens or TOKENS, model, tell, executor, **placing)
        hand_on_domains(files[0], domains, as_json)
        return
    if tokens:
        raise click.UsageError("--tokens goes with --on; a store's texts have their length")
    if len(files) == 1 and is_run(files[0]):
        run = files[0]
        refuse("a RUN, whose heads have their programs", "output", "by")
        with progress("score", quiet or as_json) as tell:
            table, explained = score_run(
                run, store, model, memory * MEGABYTE, outputs, tell, executor, **placing
            )
        hand_on(table, explained, csv_file, top, as_json)
        return
    if store is None:
        raise click.UsageError("a library is scored against heads: --store STORE")
    from attndsl.files.places import place
    from attndsl.fit.assignment import best_assignment, write_assignment
    from attndsl.fit.medians import write_constants
    from attndsl.fit.selection import MOST, keep_selection
    from attndsl.heads.store import HeadStore

    programs = [program for file in files for program in programs_of(file)]
    heads = HeadStore.open(store)
    with progress("score", quiet or as_json) as tell:
        folder = place(output) if output else heads.folder
        table = scored(
            programs, heads, model, memory * MEGABYTE, tell, by, executor, folder, **placing
        )
        explained = outputs_of(table, programs, heads, model, **placing) if outputs else None
    if output:
        best = best_assignment(table, programs, heads.meta)
        write_assignment(output, best)
        write_constants(output, table.constants, heads)
        keep_selection(output, [heads[number].ids for number in table.split.selection[:MOST]])
    hand_on(table, explained, csv_file, top, as_json)
    if output and not as_json:
        say(f"\nNext: attndsl replace {table.model} --run {output} --text FILE" + again())


def hand_on(
    table: "ScoreTable",
    explained: "OutputsExplained | None",
    csv_file: str | None,
    top: int,
    as_json: bool,
) -> None:
    """The figures to where they were asked for."""
    if csv_file:
        table.write_csv(csv_file, {} if explained is None else explained.columns)
    if as_json:
        shown = {} if explained is None else explained.as_json(table.heads)
        print_json({**table.as_json(), **shown})
        return
    show(table, top, explained)


def outputs_of(
    table: "ScoreTable",
    programs: "Sequence[Program]",
    heads: "HeadStore",
    model: str | None,
    **placing: Any,
) -> "OutputsExplained":
    """Output explained by the table's best programs, on its report texts."""
    from attndsl.fit.assignment import scored_programs
    from attndsl.models import load
    from attndsl.models.explained import library_outputs

    chosen = [fit.program_number for fit in table.fits]
    loaded = load(model or heads.meta.model, **placing)
    return library_outputs(loaded, heads, table.split, scored_programs(table, programs), chosen)


def scored(
    programs: "Sequence[Program]",
    heads: "HeadStore",
    model: str | None,
    memory: int,
    tell: Tell,
    by: str,
    executor: "Executor | None" = None,
    folder: "Place | None" = None,
    **placing: Any,
) -> "ScoreTable":
    """The programs against the heads of the store, read with the store's model."""
    from attndsl.fit.comparing import comparing_on
    from attndsl.fit.library import score_library
    from attndsl.models import load
    from attndsl.models.held import by_workers
    from attndsl.models.scoring import scored_by

    loaded = load(model or heads.meta.model, **placing)
    heads.expect(model_hash=loaded.hash, tokenizer=loaded.tokenizer_hash)
    workers = by_workers(executor, loaded, model or heads.meta.model, placing)
    passes = scored_by(workers, loaded, heads, folder or heads.folder, tell)
    return score_library(
        programs, heads, loaded.table, memory=memory, progress=tell, by=by, passes=passes,
        comparing=comparing_on(loaded.device),
    )  # fmt: skip


def show(table: "ScoreTable", top: int, explained: "OutputsExplained | None" = None) -> None:
    """The headline, a grid of layers and heads, the best and the worst heads, the library's use."""
    counted = f"{counting(len(table.heads), 'head')}, {counting(len(table.programs), 'program')}"
    texts = counting(len(table.split.report), "held-out text")
    figures = table.headline.as_json()
    if table.contradictions is not None:
        figures["contradicted"] = len({one.head for one in table.contradictions})
    if explained is not None:
        figures |= explained.as_json(table.heads)
    show_headline(figures, f"{counted}, {texts}")
    if table.undefined:
        say(f"without content (under 2% of their rows), not in content IoU: "
              f"{', '.join(table.undefined)}")  # fmt: skip
    for out in table.left_out:
        say(f"left out: {out.name}, which {out.reason}")
    if table.split.empty:
        say(f"of one token or none, not scored: texts {', '.join(map(str, table.split.empty))}")
    say()
    what = "IoU" if table.by == "iou" else "content IoU"
    shown = {fit.head: figure_of(fit, table.by) for fit in table.fits}
    show_heads(shown, what)
    defined = [fit for fit in table.fits if shown[fit.head] is not None]
    ranked = sorted(defined, key=lambda fit: -(shown[fit.head] or 0.0))
    for title, fits in (("best", ranked[:top]), ("worst", ranked[-top:][::-1])) if top else ():
        say(f"\n{styled(title, 'bold')}")
        print_fits(fits)
    if table.contradictions and top:
        say(f"\n{styled('contradicted', 'bold')}")
        print_table(
            ("head", "program", "why"),
            [(one.head, one.program, str(one)) for one in table.contradictions[:top]],
        )
    fitted = defaultdict(list)
    for fit in (*ranked, *(fit for fit in table.fits if shown[fit.head] is None)):
        fitted[fit.program].append(fit)
    say(f"\n{styled('programs', 'bold')} in use: {len(fitted)} of {len(table.programs)}")
    most = sorted(fitted.items(), key=lambda one: -len(one[1]))[:top]
    if not most:
        return
    print_table(
        ("program", "heads", f"mean {what}", "best"),
        [
            (name, str(len(fits)), mean_of([shown[fit.head] for fit in fits]), fits[0].head)
            for name, fits in most
        ],
    )


def figure_of(fit: "Fit", by: str) -> float | None:
    """What heads are listed by: content IoU, where it is defined, or IoU if that chose."""
    if by == "iou":
        return fit.iou.mean
    return None if fit.content_iou is None else fit.content_iou.mean


def mean_of(figures: "Sequence[float | None]") -> str:
    """
    >>> mean_of([0.25, None, 0.5]), mean_of([None])
    ('0.375', '-')
    """
    known = [value for value in figures if value is not None]
    return f"{sum(known) / len(known):.3f}" if known else "-"


def print_fits(fits: "Sequence[Fit]") -> None:
    """A line a head; what came second, too, where there was more than one program."""
    columns = ["head", "content IoU", "rest error", "IoU", "constant", "program"]
    rows = [
        [
            fit.head,
            "-" if fit.content_iou is None else f"{fit.content_iou.mean:.3f}",
            f"{fit.rest_error.mean:.3f}",
            f"{fit.iou.mean:.3f}",
            f"{fit.against.iou.mean:.3f}",
            fit.program,
        ]
        for fit in fits
    ]
    if any(fit.second for fit in fits):
        columns += ["second", "ahead by"]
        for row, fit in zip(rows, fits, strict=True):
            row += [fit.second or "", "" if fit.margin is None else f"{fit.margin.mean:.3f}"]
    print_table(columns, rows)
