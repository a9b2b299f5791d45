"""`attndsl run`: a program's attention on a text, as a heat map."""

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from attndsl.cli.files import STANDARD_INPUT, split_name
from attndsl.cli.output import console, print_json, say, styled, wants_colour
from attndsl.cli.programs import programs_of
from attndsl.cli.room import check_room, memory_option
from attndsl.cli.texts import reading, text_options
from attndsl.cli.watch import watch
from attndsl.cli.why import Cell, lines_of
from attndsl.language.mask import Mask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from attndsl.draw import Grid
    from attndsl.graph.program import Program
    from attndsl.tokens.encoded import Encoded


@click.command("run")
@click.argument("file", metavar="FILE[:NAME]")
@text_options
@click.option("--values", is_flag=True, help="Numbers instead of shades.")
@click.option("--png", metavar="FILE", help="Write the picture to a PNG file (needs matplotlib).")
@click.option("--svg", metavar="FILE", help="Write the picture to an SVG file.")
@click.option(
    "--why",
    "cell",
    type=Cell(),
    metavar="Q,K",
    help="Which parts of the program make the weight of query Q and key K.",
)
@memory_option
@click.option("--watch", "watching", is_flag=True, help="Show again whenever the file changes.")
@click.option("--json", "as_json", is_flag=True, help="Tokens and matrix, or the parts, as JSON.")
def run_command(
    file: str,
    values: bool,
    png: str | None,
    svg: str | None,
    cell: tuple[int, int] | None,
    memory: int,
    watching: bool,
    as_json: bool,
    **words: Any,
) -> None:
    """Show a program's attention on a text: a row a query, a column a key.

    Without --text a built-in text is taken; of a file with several texts, the first.

    \b
    Example:
      attndsl run previous.attn
      attndsl run previous.attn:previous_token --text "The cat sat on the mat." --values
      attndsl run previous.attn --mask window:4 --svg previous.svg
      attndsl run previous.attn --why 3,2
      attndsl run previous.attn --watch
    """

    def show() -> None:
        _once(file, values, png, svg, cell, memory, as_json, words)

    if not watching:
        show()
        return
    if file == STANDARD_INPUT:
        raise click.UsageError("standard input can't be watched; name a file")
    text = words["text"]
    watch([split_name(file)[0], *([text] if text and os.path.exists(text) else [])], show)


def _once(
    file: str,
    values: bool,
    png: str | None,
    svg: str | None,
    cell: tuple[int, int] | None,
    memory: int,
    as_json: bool,
    words: dict[str, Any],
) -> None:
    """Read, run and show."""
    programs = programs_of(file)
    if (png or svg) and len(programs) > 1:
        raise click.UsageError(f"a picture shows one program; name it, {file}:{programs[0].name}")
    read = reading(**words)
    encoded, mask = read.texts[0], read.mask
    # A matrix a program and what draws it; as JSON each cell becomes a number and its digits.
    check_room(programs, encoded.n, len(programs) + (16 if as_json else 4), memory)
    if cell is not None:
        _explain(programs, encoded, mask, cell, as_json)
        return
    drawings = [(program, matrix(program, encoded, mask)) for program in programs]
    for path, write in ((png, _write_png), (svg, _write_svg)):
        if path:
            write(grid_of(drawings[0][0].name, drawings[0][1], encoded, mask), path)
    if as_json:
        results = [_as_json(program, cells, encoded, read.mask_name) for program, cells in drawings]
        print_json(results[0] if len(results) == 1 else results)
    elif not (png or svg):
        for program, cells in drawings:
            _show(program, grid_of(program.name, cells, encoded, mask), values)
        note_similarity(programs, encoded)


def _explain(
    programs: "tuple[Program, ...]",
    encoded: "Encoded",
    mask: Mask,
    cell: tuple[int, int],
    as_json: bool,
) -> None:
    """The parts that make one weight, program by program."""
    from attndsl.engines.why import why

    whys = [why(program, encoded, *cell, mask) for program in programs]
    if as_json:
        print_json(whys[0].as_json() if len(whys) == 1 else [one.as_json() for one in whys])
        return
    for one in whys:
        for line in lines_of(one):
            say(line)
        say()


def matrix(program: "Program", encoded: "Encoded", mask: Mask) -> "NDArray[np.float64]":
    """The program's attention, [queries, keys]."""
    from attndsl.engines.reference import pattern

    return pattern(program, encoded, mask, lowered=True)


def grid_of(
    title: str,
    cells: "NDArray[np.float64]",
    encoded: "Encoded",
    mask: Mask,
    signed: bool = False,
) -> "Grid":
    """A matrix with the text's tokens beside it; hidden cells are left empty."""
    import numpy as np

    from attndsl.draw import Grid

    shown = np.full_like(cells, np.nan)
    for query in range(encoded.n):
        first, last = mask.visible(query, encoded.n)
        shown[query, first : last + 1] = cells[query, first : last + 1]
    return Grid.of(shown, encoded.labels(), title=title, signed=signed)


def show_grid(grid: "Grid", values: bool) -> None:
    """The grid on standard output, in colour or shades as the terminal wants."""
    from attndsl.draw import Screen, legend, lines

    out = console()
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    screen = Screen(out.width, wants_colour(sys.stdout), ascii=encoding not in ("utf8", "utf16"))
    out.print(lines(grid, screen, values), soft_wrap=True)
    if not values:
        out.print(legend(grid, screen), soft_wrap=True)


def note_similarity(programs: "tuple[Program, ...]", encoded: "Encoded") -> None:
    """Say so where a similarity was made from letters, without a model."""
    needed = any("model" in program.needs for program in programs)
    if needed and encoded.table.similarity.source == "letters":
        say("similarity here compares letters; --model takes a model's embeddings")


def _show(program: "Program", grid: "Grid", values: bool) -> None:
    say(styled(program.name, "bold"))
    if program.docstring:
        say(" ".join(program.docstring.split()))
    say()
    show_grid(grid, values)
    say()


def _as_json(
    program: "Program", cells: "NDArray[np.float64]", encoded: "Encoded", mask: str
) -> dict[str, object]:
    return {
        "program": program.name,
        "hash": program.hash,
        "mask": mask,
        "tokenizer": encoded.table.name,
        "similarity": encoded.table.similarity.source,
        "tokens": list(encoded.labels()),
        "ids": encoded.ids.tolist(),
        "pattern": cells.tolist(),
    }


def _write_png(grid: "Grid", path: str) -> None:
    from attndsl.draw import write_png

    write_png(grid, path)
    say(f"wrote {path}", file=sys.stderr)


def _write_svg(grid: "Grid", path: str) -> None:
    from attndsl.draw import svg
    from attndsl.files.whole import write_text

    write_text(path, svg(grid))
    say(f"wrote {path}", file=sys.stderr)
