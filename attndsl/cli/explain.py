"""`attndsl explain`: the whole pipeline for a model."""

import shlex
import sys
from typing import Any

import click

from attndsl.cli.headgrid import show_heads
from attndsl.cli.headline import show_headline
from attndsl.cli.llm import llm_of, llm_options, show_dry_run, told
from attndsl.cli.output import counting, print_json, say
from attndsl.cli.phases import shown
from attndsl.cli.placing import placing_options
from attndsl.cli.recovered import show_recovered
from attndsl.cli.refusing import refuse
from attndsl.cli.sharing import executor_of, sharing_option
from attndsl.cli.vocabulary import vocabulary_option
from attndsl.cli.whatnext import what_next
from attndsl.explain.phases import PHASES
from attndsl.explain.proposers import PROPOSERS
from attndsl.language.diagnostics import AttndslError


@click.command("explain")
@click.argument("model", metavar="MODEL")
@click.option(
    "--text",
    metavar="FILE",
    help="A .txt file (blank lines part texts) or a .jsonl file; default: built-in texts.",
)
@click.option(
    "-o",
    "--run",
    "folder",
    default="run",
    show_default=True,
    metavar="DIR",
    help="The run folder; a run that was stopped there goes on.",
)
@click.option(
    "--budget",
    default="10m",
    show_default=True,
    metavar="90s|10m|2h",
    help="How long the whole run may take.",
)
@click.option(
    "--heads",
    default="*",
    show_default=True,
    metavar="3.5,4.*",
    help="Only these heads, as layer.head.",
)
@click.option(
    "--proposers",
    default="parts",
    show_default=True,
    metavar="NAMES",
    help="Who proposes programs: "
    + ", ".join(f"{name} ({row.says})" for name, row in PROPOSERS.items())
    + ".",
)
@click.option(
    "--store",
    metavar="STORE",
    help="Take the heads that `attndsl capture` wrote there, and all of its texts.",
)
@click.option(
    "--texts",
    type=click.IntRange(1),
    metavar="N",
    help="Use the first N texts only; not with --store, of which all texts are used.",
)
@click.option(
    "--alone",
    is_flag=True,
    help="Choose programs by the texts of --text alone. Without it built-in texts of six kinds "
    "count as much as they do; what is reported is of the texts of --text either way.",
)
@click.option(
    "--tokens",
    default=64,
    show_default=True,
    type=click.IntRange(2),
    help="Split texts into pieces of at most so many tokens.",
)
@click.option("--seed", default=0, show_default=True, help="Draws rows of texts, and orders.")
@click.option(
    "--loss",
    default=0.01,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Mean IoU that a smaller library may cost.",
)
@click.option(
    "--parts",
    type=click.IntRange(1, 12),
    help="How many parts a program may have at most: what multiplies a key's weight, and what of a "
    "query lets more rest on the first token. Without it most have up to 5, one in four, where it "
    "brings most, up to 8, and some that probes spoke against up to 9; over symbols every one has "
    "up to 8.",
)
@click.option(
    "--simple", is_flag=True, help="Prefer the shortest programs that are nearly as good."
)
@click.option(
    "--programs",
    default=80,
    show_default=True,
    type=click.IntRange(1),
    help="How many programs the library may have; with few, heads lose more by sharing one.",
)
@click.option("--skip", default="", metavar="PHASES", help=f"Of {', '.join(PHASES)}.")
@click.option("--text-origin", metavar="WORDS", help="Where the texts come from, for the card.")
@click.option("--text-licence", metavar="WORDS", help="Their licence, for the card.")
@placing_options
@sharing_option("texts, probe texts, effects, ablations and curves (not the fits)")
@llm_options
@click.option("--quiet", is_flag=True, help="No progress.")
@vocabulary_option
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON.")
def explain_command(
    model: str,
    text: str | None,
    folder: str,
    budget: str,
    heads: str,
    proposers: str,
    store: str | None,
    texts: int | None,
    alone: bool,
    tokens: int,
    seed: int,
    loss: float,
    parts: int | None,
    simple: bool,
    programs: int,
    skip: str,
    text_origin: str | None,
    text_licence: str | None,
    on: str | None,
    quiet: bool,
    as_json: bool,
    dtype: str | None,
    device: str | None,
    device_map: str | None,
    **llm: Any,
) -> None:
    """Find the best readable program for every head of a model.

    MODEL is smollm2, a hub name, a folder or a .gguf file. The run folder holds library.attn,
    assignment.json, summary.json and report.html: a first look within the first minute, refined in
    place. The same command goes on with a run that was stopped; the time that it had spent counts.

    \b
    Example:
      attndsl explain smollm2 --text stories.jsonl --budget 30m -o stories-run
      attndsl explain smollm2 --proposers llm --llm-model NAME --heads 3.5 --dry-run
    """
    if store and text:
        raise click.UsageError("a store brings its own texts; give --store or --text")
    if store:
        refuse("--store, which brings its own texts, all of them", "texts")
    from attndsl.explain import Settings, explain
    from attndsl.explain.mixture import with_builtin
    from attndsl.files.places import place
    from attndsl.tokens.reading import read_texts

    names = tuple(name.strip() for name in proposers.split(",") if name.strip())
    given = () if text is None else read_texts(text)
    settings = Settings(
        model=model,
        texts=tuple(one.text for one in given)[:texts],
        folder=place(folder),
        store=place(store) if store else None,
        placing={"dtype": dtype, "device": device, "device_map": device_map},
        on=executor_of(on),
        heads=heads,
        proposers=names,
        llm=llm_of(llm, names),
        minutes=read_budget(budget),
        seed=seed,
        tokens=tokens,
        loss=loss,
        parts=parts,
        simple=simple,
        programs=programs,
        skip=frozenset(name.strip() for name in skip.split(",") if name.strip()),
        origin=text_origin,
        licence=text_licence,
        command=shlex.join(["attndsl", *sys.argv[1:]]),
    )
    if text is None or not alone:
        settings = with_builtin(settings, given=text is not None, most=texts)
    with shown(quiet or as_json) as tell:
        if llm["dry_run"]:
            show_dry_run(settings, tell, llm["prompts_to"], as_json)
            return
        summary = explain(settings, tell)
    if as_json:
        print_json(summary)
    else:
        show(summary, model, folder, store)


def show(summary: dict[str, Any], model: str, folder: str, store: str | None = None) -> None:
    """The figures of a run: its headline, every head, the curve; then what to do with it."""
    from attndsl.explain.finished import FINISHED, told_finished
    from attndsl.explain.gained import told_gained
    from attndsl.runs.shortfalls import shortfalls

    if FINISHED in summary:
        say(told_finished(summary[FINISHED], folder, summary))
        return
    counted = f"{counting(summary['heads'], 'head')} by {counting(summary['programs'], 'program')}"
    texts = counting(summary["mean_iou"]["texts"], "held-out text")
    show_headline(summary, f"{counted}, {texts}")
    say()
    contents = {name: one and one["mean"] for name, one in summary["content_iou"].items()}
    show_heads(contents, "content IoU")
    fits = {name: value for name, value in contents.items() if value is not None}
    ranked = sorted(fits, key=lambda name: -fits[name])
    for title, names in (("best", ranked[:3]), ("worst", ranked[:-4:-1])):
        if names:
            say(f"{title:>9}  " + ", ".join(f"{name} {fits[name]:.3f}" for name in names))
    if "streams" in summary:  # not in a first look
        from attndsl.graph.streams import told_share

        say(f"\n{told_share(summary)}")
    for about, note in summary.get("notes", {}).items():
        if note.startswith(("left out", "in ")):  # for want of time
            say(f"note: {about}: {note}")
    if whose := told_gained(summary):
        say(f"\nprograms chosen: {whose}")
    for line in shortfalls(summary):
        say(f"\n{line}")
    if "llm" in summary:
        say(f"\nlanguage model: {told(summary['llm'])}")
    points = [one for one in summary.get("curve", ()) if one["by"] == "programs"]
    if points:  # none where the run has fewer heads than the smallest share
        from attndsl.surrogates.curves import Point
        from attndsl.surrogates.recovery import Recovered

        say()
        show_recovered(
            [Point.from_json(point) for point in summary["curve"]],
            [Recovered.from_json(one) for one in summary["recovered"]],
        )
    share = max((one["fraction"] for one in points if one["fraction"] <= 0.25), default=0.0)
    page, writes = "report" not in summary["skipped"], any("perplexity" in one for one in points)
    told_next = what_next(model, folder, summary["most_used"], share, page, writes, store)
    say("\n" + "\n".join(told_next))


def read_budget(budget: str) -> float:
    """Minutes; anything else is wrong usage."""
    from attndsl.explain.settings import minutes_of

    try:
        return minutes_of(budget)
    except AttndslError as fault:
        raise click.BadParameter(str(fault)) from None
