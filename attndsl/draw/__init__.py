"""Arrays and labels to terminal, PNG, SVG and HTML; knows no program.

A `Grid` is a matrix with a label for each row and column. `lines(grid, screen)` gives lines
of a terminal, `write_png(grid, path)` a file, `svg(grid)` and `html(grid)` markup.
"""

from typing import TYPE_CHECKING

from attndsl.handed import handing_out

if TYPE_CHECKING:
    from attndsl.draw.grid import Grid, clean
    from attndsl.draw.markup import html, svg
    from attndsl.draw.png import write_png
    from attndsl.draw.terminal import Screen, legend, lines

_HOMES = {
    "Grid": "grid",
    "clean": "grid",
    "html": "markup",
    "svg": "markup",
    "Screen": "terminal",
    "legend": "terminal",
    "lines": "terminal",
    "write_png": "png",
}
__all__ = ["Grid", "Screen", "clean", "html", "legend", "lines", "svg", "write_png"]

__getattr__ = handing_out(__name__, _HOMES)
