"""`attndsl replace`: what it costs to put programs in place of heads; `attndsl generate`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attndsl.cli.output import print_json, print_table, say, styled
from attndsl.cli.progress import progress
from attndsl.language.diagnostics import AttndslError

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from attndsl.fit.assignment import Assignment
    from attndsl.models.loading import LoadedModel
    from attndsl.surrogates.curves import Point
    from attndsl.surrogates.tasks import TaskResult

    Order = Sequence[tuple[tuple[int, int], Hashable]]

BOUNDS = ("", "_low", "_high")  # how a point names a value and its interval

RUN = click.option("--run", "run", required=True, metavar="DIR",
                   help="What `attndsl score -o DIR` or `attndsl explain` wrote.")  # fmt: skip

MEMORY = click.option("--memory", default=1024, show_default=True, type=click.IntRange(1),
                      metavar="MB",
                      help="What patterns may take; longer texts go by blocks.")  # fmt: skip


@click.command("replace")
@click.argument("model", metavar="MODEL")
@RUN
@click.option("--fraction", "fractions", multiple=True, type=click.FloatRange(0, 1),
              default=(0.1, 0.25, 0.5), show_default=True,
              help="Which share of the heads to replace; may be given again.")  # fmt: skip
@click.option("--text", required=True, metavar="FILE",
              help="A .txt file (blank lines part texts), a .jsonl file, -, or words.")  # fmt: skip
@click.option("--tokens", "longest", type=click.IntRange(2), metavar="N",
              help="Split texts into pieces of at most so many tokens.")  # fmt: skip
@click.option("--tasks", metavar="NAME|FILE,...",
              help="Question answering too: names of lm-eval, or .jsonl files.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="At most so many questions a task.")
@click.option("--order", type=click.Choice(("run", "iou")), default="run", show_default=True,
              help="Heads as the run has them, or by IoU on its selection texts.")  # fmt: skip
@click.option("--journal", metavar="FILE",
              help="Where results are noted for going on; default: in DIR.")  # fmt: skip
@click.option("--csv", "csv_file", metavar="FILE",
              help="One line a setting, to a file; tasks to one beside it.")  # fmt: skip
@MEMORY
@click.option("--dtype", metavar="NAME", help="How the model computes, such as bfloat16.")
@click.option("--device", metavar="NAME", help="Where it computes; default: a GPU if there is one.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def replace_command(
    model: str,
    run: str,
    fractions: tuple[float, ...],
    text: str,
    longest: int | None,
    tasks: str | None,
    limit: int | None,
    order: str,
    journal: str | None,
    csv_file: str | None,
    memory: int,
    dtype: str | None,
    device: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Measure a model with programs in place of growing shares of its heads.

    Beside them stand the same heads looking at all tokens evenly, and at the first token alone.
    Heads are replaced in the order of the run: best fit first, unless it found a better one. A run
    that was stopped goes on when the same command is given again.

    \b
    Example:
      attndsl replace smollm2 --run runs/stories --fraction 0.25 --text stories.txt
    """
    from attndsl.files.whole import write_text
    from attndsl.models.passages import passages
    from attndsl.surrogates.curves import as_csv, curve
    from attndsl.surrogates.engine import engine_source
    from attndsl.surrogates.evaluation import evaluate, settings
    from attndsl.surrogates.tasks import answer_tasks, need_lm_eval
    from attndsl.surrogates.tasks import as_csv as tasks_csv
    from attndsl.tokens.reading import texts_of

    texts = [one.text for one in texts_of(text)]
    if tasks:
        need_lm_eval()
    loaded, heads = opened(model, run, dtype, device, order)
    factory = engine_source(loaded.table, loaded.device)
    wanted = settings(heads, loaded.layers * loaded.heads, fractions, factory)
    found, notes = passages(loaded, texts, longest)
    notes_at = Path(journal) if journal else Path(run) / "replace.jsonl"
    with progress("replace", quiet or as_json) as tell:
        done = evaluate(loaded, found, wanted, journal=notes_at, progress=tell, memory_mb=memory)
    points = curve(done)
    if csv_file:
        write_text(csv_file, as_csv(points))
    answers: tuple[TaskResult, ...] = ()
    if tasks:
        beside = notes_at.with_name(f"{notes_at.stem}-tasks.jsonl")
        with progress("tasks", quiet or as_json) as tell:
            answers = answer_tasks(
                loaded, tasks.split(","), wanted, limit=limit, journal=beside, progress=tell,
                memory_mb=memory,
            )  # fmt: skip
        if csv_file:
            table = Path(csv_file)
            beside = table.with_name(f"{table.stem}-tasks{table.suffix}")
            write_text(beside, tasks_csv(answers))
    if as_json:
        curve_json = [point.as_json() for point in points]
        print_json({"model": model, "run": run, "curve": curve_json,
                    "tasks": [asdict(one) for one in answers], "notes": list(notes)})  # fmt: skip
        return
    for note in notes:
        say(f"note: {note}")
    show_curve(points)
    if answers:
        say()
        show_answers(answers)


def opened(
    model: str, run: str, dtype: str | None, device: str | None, order: str = "run"
) -> "tuple[LoadedModel, Order]":
    """The model, and the run's heads with their programs in the order of replacing."""
    from attndsl.fit.assignment import read_assignment
    from attndsl.models import load

    assignment: Assignment = read_assignment(run)
    loaded = load(model, dtype, device)
    assignment.expect(loaded.hash, run)
    heads = list(assignment.heads)
    if order == "iou":
        heads.sort(key=lambda one: (-one.iou, one.layer, one.head))
    return loaded, [((one.layer, one.head), one.program) for one in heads]


def show_answers(answers: "Sequence[TaskResult]") -> None:
    """Questions answered rightly, by task and setting, each with its standard error."""
    rows = [
        (
            one.task.rsplit("/", 1)[-1],
            f"{one.fraction:.0%}",
            one.by,
            str(one.questions),
            _share(one.acc, one.acc_error),
            _share(one.acc_norm, one.acc_norm_error),
            "sees ahead" if one.sees_ahead else "",
        )
        for one in answers
    ]
    print_table(("task", "share", "by", "questions", "acc", "acc_norm", ""), rows)


def _share(value: float | None, error: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:.3f}" + (f" +- {error:.3f}" if error is not None else "")


def show_curve(points: "Sequence[Point]") -> None:
    """Perplexity (or what the model has instead) by share of heads, baselines beside it."""
    words, states = points[0].perplexity is not None, points[0].cosine is not None
    heads = ["heads", "share", "by"]
    heads += ["perplexity", "change", "95%"] if words else []
    heads += ["cosine" if states else "KL", "95%", ""]
    rows = []
    for point in points:
        row, values = [str(point.heads), f"{point.fraction:.0%}", point.by], point.as_json()
        if not point.heads:
            own = [f"{point.perplexity:.2f}", "", ""] if words else []
            rows.append([*row, *own, "", "", ""])
            continue
        if words:
            row.append(f"{point.perplexity:.2f}")
            row += _range("{:+.1%}", *(values[f"ratio{bound}"] - 1 for bound in BOUNDS))
        name = "cosine" if states else "divergence"
        row += _range("{:.4f}", *(values[f"{name}{bound}"] for bound in BOUNDS))
        rows.append([*row, "sees ahead" if point.sees_ahead else ""])
    print_table(heads, rows)
    say(styled(_footer(points[0]), "dim"))


def _range(form: str, value: float, low: float, high: float) -> tuple[str, str]:
    """A figure and its interval."""
    return form.format(value), f"{form.format(low)} to {form.format(high)}"


def _footer(own: "Point") -> str:
    texts = "1 text, which says nothing of others" if own.texts == 1 else f"{own.texts} texts"
    few = ", which are few" if own.few_texts and own.texts > 1 else ""
    what = (
        "cosine: of the last hidden states with the unmodified model's"
        if own.cosine is not None
        else "KL: of the distributions from the unmodified model's, in nats"
    )
    return f"{texts}{few}; 95%: paired intervals over texts\n{what}"


@click.command("generate")
@click.argument("model", metavar="MODEL")
@RUN
@click.option("--fraction", default=0.25, show_default=True, type=click.FloatRange(0, 1),
              help="Which share of the heads to replace.")  # fmt: skip
@click.option("--prompt", required=True, metavar="TEXT", help="What to go on from.")
@click.option("--tokens", default=64, show_default=True, type=click.IntRange(1), metavar="N",
              help="How many tokens to write.")  # fmt: skip
@click.option("--temperature", default=0.0, show_default=True, type=click.FloatRange(0),
              help="0 takes the likeliest token each time.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="For temperatures above 0.")
@MEMORY
@click.option("--dtype", metavar="NAME", help="How the model computes, such as bfloat16.")
@click.option("--device", metavar="NAME", help="Where it computes; default: a GPU if there is one.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def generate_command(
    model: str,
    run: str,
    fraction: float,
    prompt: str,
    tokens: int,
    temperature: float,
    seed: int,
    memory: int,
    dtype: str | None,
    device: str | None,
    as_json: bool,
) -> None:
    """Write text with programs in place of heads, beside the unmodified model's.

    \b
    Example:
      attndsl generate smollm2 --run runs/stories --prompt 'Once upon a time'
    """
    from attndsl.surrogates.engine import engine_source
    from attndsl.surrogates.evaluation import heads_of
    from attndsl.surrogates.generation import generate
    from attndsl.surrogates.handle import generation_refusal, install

    loaded, order = opened(model, run, dtype, device)
    count = heads_of(fraction, loaded.layers * loaded.heads)
    if count > len(order):
        raise AttndslError(
            f"a fraction of {fraction:g} is {count} heads, but only {len(order)} have a program"
        )
    chosen = dict(order[:count])
    if refusal := generation_refusal(chosen, loaded.attention):
        raise AttndslError(refusal)

    def write(title: str) -> str:
        if not as_json:
            say(styled(title, "bold") + "\n" + styled(prompt, "dim"), end="", flush=True)
        found = generate(
            loaded, prompt, tokens=tokens, temperature=temperature, seed=seed,
            on_text=None if as_json else lambda piece: say(piece, end="", flush=True),
        )  # fmt: skip
        if not as_json:
            say("\n")
        return found

    own = write("the unmodified model")
    with install(loaded.model, chosen, engine_source(loaded.table, loaded.device), memory):
        replaced = write(f"{count} of {loaded.layers * loaded.heads} heads by programs")
    if as_json:
        print_json({"prompt": prompt, "heads": count, "unmodified": own, "replaced": replaced})
