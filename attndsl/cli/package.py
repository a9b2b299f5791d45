"""`attndsl push`, `pull`, `merge` and `export`: runs as packages."""

import sys
from pathlib import Path

import click

from attndsl.cli.output import counting, print_json, print_table, say


@click.command("push")
@click.argument("run", metavar="DIR")
@click.argument("repo", metavar="REPO")
@click.option("--private", is_flag=True, help="Where the repository is made: for you alone.")
def push_command(run: str, repo: str, private: bool) -> None:
    """Put a run on the Hugging Face hub, with a card.

    Programs, figures and report go, the captured heads stay.

    \b
    Example:
      attndsl push runs/stories me/stories-heads
    """
    from attndsl.runs.hub import push

    say(push(run, repo, private=private))


@click.command("pull")
@click.argument("repo", metavar="REPO")
@click.option("-o", "--output", required=True, metavar="DIR", help="The folder to write.")
@click.option("--revision", metavar="NAME", help="A branch, tag or commit.")
def pull_command(repo: str, output: str, revision: str | None) -> None:
    """Bring a run from the Hugging Face hub.

    \b
    Example:
      attndsl pull me/stories-heads -o runs/theirs
    """
    from attndsl.runs.hub import pull

    run = pull(repo, output, revision=revision)
    say(repr(run)[1:-1])
    for line in run.missing:
        say(f"  it lacks {line}")


@click.command("merge")
@click.argument("one", metavar="DIR")
@click.argument("other", metavar="DIR")
@click.option("-o", "--output", required=True, metavar="DIR", help="The folder to write.")
def merge_command(one: str, other: str, output: str) -> None:
    """Make one run of two of the same model.

    Where both have a head, the program that fits better on the selection texts stays; where these
    differ, the first run's. The reports of runs on the same texts are joined as well, from what the
    runs keep.

    \b
    Example:
      attndsl merge runs/low runs/high -o runs/whole
    """
    from attndsl.runs.merge import merge
    from attndsl.runs.opened import open_run
    from attndsl.runs.schema import NO_REPORT

    runs = open_run(one), open_run(other)
    both = merge(*runs, output)
    say(repr(both)[1:-1])
    for note in filter(None, (run.note for run in runs)):
        say(f"note: {note}")
    if why := both.summary.get(NO_REPORT):
        say(f"note: it has no report: {why}")


@click.command("export")
@click.argument("run", metavar="DIR")
@click.option("--csv", "table", metavar="FILE", help="One line a head: layer, head, figures.")
@click.option("--maps", metavar="FILE", help="Predicted and real maps, as safetensors.")
@click.option("--headvis", "data", metavar="DIR", help="The folder data/ that HeadVis reads.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def export_command(
    run: str, table: str | None, maps: str | None, data: str | None, as_json: bool
) -> None:
    """Write a run's figures and maps for other tools.

    \b
    Example:
      attndsl export runs/stories --csv heads.csv --maps maps.safetensors
    """
    from attndsl.runs.export import write_csv, write_maps
    from attndsl.runs.headvis import write_headvis
    from attndsl.runs.opened import open_run

    if table is None and maps is None and data is None:
        raise click.UsageError("say what to write: --csv FILE, --maps FILE, --headvis DIR")
    opened = open_run(run)
    heads = write_csv(opened, table) if table else 0
    texts = write_maps(opened, maps) if maps else 0
    shown = write_headvis(opened, data) if data else 0
    if as_json:
        print_json({"csv": table, "heads": heads, "maps": maps, "texts": texts,
                    "headvis": data, "shown": shown})  # fmt: skip
        return
    if table:
        say(f"{Path(table)}: {counting(heads, 'head')}")
    if maps:
        say(f"{Path(maps)}: maps of {counting(texts, 'text')}")
    if data:
        say(f"{Path(data)}: {counting(shown, 'head')}; serve it beside HeadVis's pages as data/")


@click.command("compare")
@click.argument("one", metavar="DIR")
@click.argument("other", metavar="DIR")
@click.option("--top", default=20, show_default=True, type=click.IntRange(0), help="Heads to list.")
@click.option("--html", "page", metavar="FILE", help="Write the whole comparison as a page.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def compare_command(one: str, other: str, top: int, page: str | None, as_json: bool) -> None:
    """Say which heads changed between two runs.

    The runs are of two checkpoints, of a base and a fine-tune, or of two models of one shape; made
    on the same texts their maps are compared too.

    \b
    Example:
      attndsl compare runs/base runs/tuned
    """
    from attndsl.files.whole import write_text
    from attndsl.runs.compare import FIGURES, compare
    from attndsl.runs.compare import page as page_of
    from attndsl.runs.opened import open_run

    comparison = compare(open_run(one), open_run(other))
    if page is not None:
        write_text(page, page_of(comparison))
        say(f"wrote {page}", file=sys.stderr)
    if as_json:
        print_json(comparison.as_json())
        return
    changed = sum(not head.same_program for head in comparison.heads)
    say(f"{comparison.one} and {comparison.other}")
    maps = "no text shown by both reports, so maps are not compared"
    if comparison.moved is not None:
        texts = counting(comparison.texts, "text")
        maps = f"{comparison.moved:.1%} of the weight of the heads' own rows moved, on {texts}"
    heads = counting(len(comparison.heads), "head")
    say(f"{heads} in both, {changed} with another program; {maps}")
    for note in comparison.notes:
        say(f"note: {note}")
    for names, where in ((comparison.only_one, one), (comparison.only_other, other)):
        if names:
            say(f"only in {where}: {', '.join(names[:8])}{', ...' if len(names) > 8 else ''}")
    shown = [name for name in FIGURES if any(name in head.figures for head in comparison.heads)]
    print_table(
        ("head", "map", "before", "after", *(f"{name} changed" for name in shown)),
        [
            (
                head.head,
                "" if head.map is None else f"{head.map:.3f}",
                head.one,
                "the same" if head.same_program else head.other,
                *(f"{head.figures[name]:+.3f}" if name in head.figures else "" for name in shown),
            )
            for head in comparison.heads[:top]
        ],
    )
