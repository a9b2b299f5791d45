"""`attndsl playground`: a static page on which the compiler runs, in whoever's browser."""

from pathlib import Path

import click

from attndsl.cli.output import say


@click.command("playground")
@click.argument("out", metavar="OUT")
@click.option(
    "--pyodide",
    metavar="ADDRESS|DIR",
    help="Where the page finds Pyodide: an address (the default is its own), or a folder such as"
    " npm's node_modules/pyodide, which is copied, so that the page loads nothing from afar.",
)
def playground_command(out: str, pyodide: str | None) -> None:
    """Write a static page on which the compiler runs.

    OUT becomes a folder of plain files for any server of such files; a browser opens no worker from
    a disk. The page checks as one types, formats, shows where a program looks on a text, what is
    proved of it and its canonical tree, and has a tutorial and the vocabulary. Its links hold the
    program: nothing is sent anywhere.

    \b
    Example:
      attndsl playground site
      attndsl playground site --pyodide https://example.org/pyodide/
    """
    from attndsl.authoring.playground.folder import ADDRESS, write_playground

    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise click.UsageError(f"{out} is a file; OUT is a folder")
    names = write_playground(folder, pyodide or ADDRESS)
    size = sum((folder / name).stat().st_size for name in names)
    say(f"{out}: {len(names)} files, {size / 1e6:.1f} MB")
    say(f"Next: python -m http.server --directory {out} --bind 127.0.0.1 8000")
