"""`attndsl replace`: what it costs to put programs in place of heads."""

import json
from typing import TYPE_CHECKING, Any

import click

from attndsl.cli.output import print_json, say
from attndsl.cli.placing import placing_options
from attndsl.cli.progress import Tell, progress
from attndsl.cli.questions import (
    Answers,
    ask,
    asked_with,
    beside,
    check_tasks,
    show_answers,
    show_texts,
    write_answers,
)
from attndsl.cli.recovered import show_recovered
from attndsl.cli.replaced import MEMORY, RUN, opened
from attndsl.cli.sharing import executor_of, sharing_option
from attndsl.cli.vocabulary import vocabulary_option
from attndsl.files.whole import write_text
from attndsl.language.diagnostics import AttndslError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attndsl.fit.assignment import Assignment
    from attndsl.models.held import Workers
    from attndsl.models.loading import LoadedModel
    from attndsl.surrogates.experiment import Experiment

ORDERS = ("neutral", "fit", "effect", "random")


@click.command("replace")
@click.argument("model", metavar="MODEL")
@RUN
@click.option("--fraction", "fractions", multiple=True, type=click.FloatRange(0, 1),
              help="Which share of the heads to replace, in every order; may be given again. "
              "Default: ten shares up to all heads in neutral order, 25, 50 and 100% in the "
              "others.")  # fmt: skip
@click.option("--text", required=True, metavar="FILE",
              help="A .txt file (blank lines part texts), a .jsonl file, -, or words.")  # fmt: skip
@click.option("--tokens", "longest", type=click.IntRange(2), metavar="N",
              help="Split texts into pieces of at most so many tokens.")  # fmt: skip
@click.option("--tasks", metavar="NAME|FILE|DIR,...",
              help="Questions too: names of lm-eval, six for the six sets of the published work, "
              ".jsonl files (of choices, or of texts whose last words are asked for), a folder of "
              "them; a .txt file is read for its perplexity. Asked at the shares of --fraction, "
              "else at 25%.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="At most so many questions a task.")
@click.option("--texts", "most", default=32, show_default=True, type=click.IntRange(1),
              help="At most so many of the texts.")  # fmt: skip
@click.option("--order", "orders", multiple=True, type=click.Choice(ORDERS),
              help="Which heads first; may be given again. Default: all orders.")  # fmt: skip
@click.option("--all", "everything", is_flag=True,
              help="Every ablation, and five orders at random.")  # fmt: skip
@click.option("--offset", is_flag=True,
              help="Also with programs' outputs moved by what their means miss.")  # fmt: skip
@click.option("--selection", metavar="FILE",
              help="Texts that means of outputs are taken from; default: the run's.")  # fmt: skip
@click.option("--journal", metavar="FILE",
              help="Where results are noted for going on; default: in DIR.")  # fmt: skip
@click.option("--csv", "csv_file", metavar="FILE",
              help="One line a setting, to a file; tasks to one beside it.")  # fmt: skip
@MEMORY
@placing_options
@sharing_option("texts, ablated layers and questions")
@click.option("--quiet", is_flag=True, help="No progress.")
@vocabulary_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def replace_command(
    model: str,
    run: str,
    fractions: tuple[float, ...],
    text: str,
    longest: int | None,
    tasks: str | None,
    limit: int | None,
    most: int,
    orders: tuple[str, ...],
    everything: bool,
    offset: bool,
    selection: str | None,
    journal: str | None,
    csv_file: str | None,
    memory: int,
    on: str | None,
    quiet: bool,
    as_json: bool,
    **placing: Any,
) -> None:
    """Measure a model with programs in place of growing shares of its heads.

    Beside them stand the same heads ablated: each gives its mean output at the same position, of
    the run's selection texts. Orders: neutral (those whose ablation costs least first, in which no
    program has a say), fit, effect (of the programs: it favours them) and random. A run that was
    stopped goes on when the same command is given again.

    \b
    Example:
      attndsl replace smollm2 --run runs/stories --fraction 0.25 --text stories.txt
    """
    from attndsl.files.places import place
    from attndsl.graph.streams import streaming_figures, told_share
    from attndsl.models.held import by_workers
    from attndsl.models.passages import passages
    from attndsl.surrogates.curves import as_csv, curve
    from attndsl.surrogates.evaluation import evaluate
    from attndsl.surrogates.questions import named_tasks
    from attndsl.surrogates.recovery import as_csv as recovery_csv
    from attndsl.surrogates.recovery import recovered, recovery_figures
    from attndsl.surrogates.sharing import evaluate_shared
    from attndsl.tokens.reading import texts_of

    texts = [one.text for one in texts_of(text)]
    named = named_tasks(tasks) if tasks else ()
    check_tasks(named)
    executor = executor_of(on)
    loaded, assignment = opened(model, run, **placing)
    workers = by_workers(executor, loaded, model, placing)
    pieces, notes = passages(loaded, texts[:most], longest)
    if len(texts) > most:
        notes = (*notes, f"the first {most} of {len(texts)} texts; --texts takes more")
    with progress("ablate", quiet or as_json) as tell:
        wanted, more = wanted_settings(
            loaded, assignment, run, selection, orders, fractions, everything, offset, tell, workers
        )
    if not wanted.settings:
        have, total = len(assignment.heads), loaded.layers * loaded.heads
        raise AttndslError(
            f"{have} of {total} heads have a program, fewer than any share that is measured unless "
            f"one is named: --fraction {have / total:.3g}"
        )
    notes = (*notes, *more)
    notes_at = place(journal) if journal else place(run) / "replace.jsonl"
    with progress("replace", quiet or as_json) as tell:
        if workers is not None:
            evaluate_shared(
                workers, loaded, pieces, wanted, journal=notes_at, progress=tell, memory_mb=memory
            )
        done = evaluate(
            loaded, pieces, wanted.settings, journal=notes_at, progress=tell, memory_mb=memory
        )
    points, given_back = curve(done), recovered(done)
    if csv_file:
        write_text(csv_file, as_csv(points))
        write_text(beside(csv_file, "recovered"), recovery_csv(given_back))
    answers = Answers()
    if named:
        with progress("tasks", quiet or as_json) as tell:
            answers = ask(
                loaded, named, asked_with(wanted.settings, fractions), limit, longest,
                beside(notes_at, "tasks"), tell, memory, workers, wanted,
            )  # fmt: skip
        if csv_file:
            write_answers(csv_file, answers)
    streams = streaming_figures(one.program for one in assignment.heads)
    if as_json:
        curve_json = [point.as_json() for point in points]
        print_json({"model": model, "run": run, "curve": curve_json,
                    "recovered": [one.as_json() for one in given_back],
                    "figures": recovery_figures(given_back),
                    **answers.as_json(), **streams, "notes": list(notes)})  # fmt: skip
        return
    for note in notes:
        say(f"note: {note}")
    show_recovered(points, given_back)
    say(told_share(streams))
    if answers.questions:
        say()
        show_answers(answers.questions)
    if answers.texts:
        say()
        show_texts(answers)


def wanted_settings(
    loaded: "LoadedModel",
    assignment: "Assignment",
    run: str,
    selection: str | None,
    orders: "Sequence[str]",
    fractions: "Sequence[float]",
    everything: bool,
    offset: bool,
    tell: Tell,
    workers: "Workers | None" = None,
) -> "tuple[Experiment, list[str]]":
    """What to measure, and what to say of it."""
    from attndsl.files.places import place
    from attndsl.fit.selection import selection_of
    from attndsl.surrogates.engine import engine_source
    from attndsl.surrogates.experiment import Asked, experiment
    from attndsl.surrogates.sharing_effects import ablated_by
    from attndsl.tokens.reading import texts_of

    if selection is None:
        texts = selection_of(run)
    else:
        texts = tuple(loaded.encode(one.text)[: loaded.context] for one in texts_of(selection))
    programs = {(one.layer, one.head): one.own for one in assignment.heads}
    fit = sorted(assignment.heads, key=lambda one: (-one.iou, one.layer, one.head))
    effect = tuple(programs) if goes_by_effect(run) else None
    notes = []
    if effect is None:
        if "effect" in orders:
            raise AttndslError(
                f"{run} does not hold its programs' effects (attndsl explain measures them), so "
                "there is no order by effect"
            )
        notes.append("the run does not hold its programs' effects: no order by effect")
    asked = Asked(
        tuple((one.layer, one.head) for one in fit),
        effect,
        tuple(orders) or ORDERS,
        tuple(fractions) or None,
        everything,
        offset,
    )
    factory = engine_source(loaded.table, loaded.device)
    where = place(run)
    ablate = ablated_by(workers, texts, where)
    return experiment(loaded, where, programs, texts, asked, factory, tell, ablate), notes


def goes_by_effect(run: str) -> bool:
    """Whether the run's own order is by the measured effect of its programs: of a merged run not
    all may be known."""
    from attndsl.files.places import place

    path = place(run) / "summary.json"
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
        known = len(summary.get("effects") or ())
        return known > 0 and known >= summary.get("heads", 0)
    except (OSError, ValueError, TypeError, AttributeError):
        return False
