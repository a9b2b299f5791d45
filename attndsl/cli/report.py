"""`attndsl report`: a scored library and the heads it was scored against, as one HTML file."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attndsl.cli.headline import show_headline
from attndsl.cli.output import counting, print_json, say
from attndsl.cli.placing import placing_options
from attndsl.cli.programs import programs_of
from attndsl.cli.progress import Tell, progress
from attndsl.cli.refusing import refuse
from attndsl.cli.vocabulary import vocabulary_option
from attndsl.files.places import is_address
from attndsl.language.diagnostics import AttndslError

if TYPE_CHECKING:
    from attndsl.report.data import Report

MEGABYTE = 2**20
CENSUS_TEXTS = 24  # held-out texts that heads are looked at on for known mechanisms, with probes


@click.command("report")
@click.argument("files", nargs=-1, required=True, metavar="LIBRARY...|DIR")
@click.option("--store", metavar="STORE",
              help="What `attndsl capture` wrote.")  # fmt: skip
@click.option("-o", "--output", default="report.html", show_default=True, metavar="FILE",
              help="The page, in the current folder unless FILE names another.")  # fmt: skip
@click.option("--model", metavar="MODEL", help="The store's model, where it has moved.")
@click.option("--texts", default=8, show_default=True, type=click.IntRange(1),
              help="How many held-out texts to show maps of.")  # fmt: skip
@click.option("--tokens", default=64, show_default=True, type=click.IntRange(2),
              help="Show each text up to so many tokens.")  # fmt: skip
@click.option("--memory", default=512, show_default=True, type=click.IntRange(16), metavar="MB",
              help="How much to hold at once.")  # fmt: skip
@placing_options
@click.option("--quiet", is_flag=True, help="No progress.")
@vocabulary_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def report_command(
    files: tuple[str, ...],
    store: str | None,
    output: str,
    model: str | None,
    texts: int,
    tokens: int,
    memory: int,
    quiet: bool,
    as_json: bool,
    **placing: Any,
) -> None:
    """Write what a library says of a model's heads as one HTML file.

    The file holds everything: it opens from disk and loads nothing from the network. Of a run's
    folder DIR the report is made again from what the run keeps; no heads are needed. The page
    goes where -o says, by default into the current folder, not into DIR; the last line says where.

    \b
    Example:
      attndsl report library.attn --store stories.attnstore -o report.html
      attndsl report runs/stories -o report.html
    """
    from attndsl.report.write import write

    if store is None:
        scored = ("model", "texts", "tokens", "memory", "dtype", "device", "device_map")
        refuse("a run's DIR, whose report is made of what it keeps", *scored)
        made = _kept(files)
        _show(made, write(made, output), output, as_json)
        return
    words = ["attndsl", "report", *files, "--store", store, "--texts", str(texts)]
    command = shlex.join([*words, "--tokens", str(tokens), "-o", output])
    with progress("score", quiet or as_json) as tell:
        made = _report(
            files, store, model, texts, tokens, memory * MEGABYTE, command, tell, **placing
        )
    _show(made, write(made, output), output, as_json)


def _kept(files: tuple[str, ...]) -> "Report":
    """The report of a run's folder, from what it keeps."""
    from attndsl.runs import open_run

    gone = [file for file in files if ".attn" not in file and not Path(file).exists()]
    if gone:
        raise AttndslError(f"{gone[0]}: there is no such folder, nor such a library (FILE.attn)")
    if len(files) > 1 or not Path(files[0]).is_dir():
        raise click.UsageError(
            "a library is reported on beside heads: --store STORE (or a run DIR)"
        )
    return open_run(files[0]).report()


def _show(report: "Report", size: int, output: str, as_json: bool) -> None:
    told = report.measured
    figures = {"mean_iou": report.mean.as_json()} if told is None else told.as_json()
    if as_json:
        print_json({"report": output, "bytes": size, **figures})
        return
    show_headline(figures, counting(sum(head.asked for head in report.heads), "head"))
    where = output if is_address(output) else Path(output).absolute()
    say(f"written to {where}: {size / 1e6:.1f} MB, open it in a browser")


def _report(
    files: tuple[str, ...],
    store: str,
    model: str | None,
    texts: int,
    tokens: int,
    memory: int,
    command: str,
    tell: Tell,
    **placing: Any,
) -> "Report":
    """Score, and look at the held-out texts again for their maps."""
    from attndsl.fit.census import census
    from attndsl.fit.comparing import comparing_on
    from attndsl.fit.library import score_library
    from attndsl.heads.store import HeadStore
    from attndsl.models import load
    from attndsl.report.gather import from_scores

    programs = [program for file in files for program in programs_of(file)]
    heads = HeadStore.open(store)
    loaded = load(model or heads.meta.model, **placing)
    heads.expect(model_hash=loaded.hash, tokenizer=loaded.tokenizer_hash)
    table = score_library(
        programs, heads, loaded.table, memory=memory, progress=tell,
        comparing=comparing_on(loaded.device),
    )  # fmt: skip
    known = census(heads, loaded.table, table.split.report[:CENSUS_TEXTS], tell)
    return from_scores(
        table, programs, heads, loaded.table, texts=texts, tokens=tokens, command=command,
        census=known,
    )  # fmt: skip
