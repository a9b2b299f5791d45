"""Heads on a terminal: a row a layer, a cell a head, with a figure of it in hundredths."""

import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attndsl.cli.output import console, wants_colour, width

if TYPE_CHECKING:
    from rich.text import Text

SHADES = " ·░▒▓█"
MARGIN, CELL, MEAN = 5, 3, 6  # columns


def show_heads(fits: Mapping[str, float | None], what: str) -> None:
    """The grid of heads named L0.H0 and so on, each with `what`, nothing where it isn't defined;
    where figures have no room, a shade for each."""
    from rich.text import Text

    layers: dict[str, dict[int, float | None]] = defaultdict(dict)
    for name, value in fits.items():
        layer, number = name.split(".H")
        layers[layer][int(number)] = value
    across = 1 + max(head for row in layers.values() for head in row)
    figures = MARGIN + CELL * across + MEAN <= width()
    out, colour = console(), wants_colour(sys.stdout)
    if figures:
        numbers = "".join(f"{f'H{head}':>{CELL}}" for head in range(across))
        out.print(Text(" " * MARGIN + numbers + "  mean", "dim"), soft_wrap=True)
    for name, row in layers.items():
        line = Text(f"{name:>{MARGIN - 1}} ", "dim")
        for head in range(across):
            line.append_text(_cell(row.get(head), figures, colour))
        known = [value for value in row.values() if value is not None]
        if known:
            line.append(f"  .{_hundredths(sum(known) / len(known)):02}", "dim")
        out.print(line, soft_wrap=True)
    if figures:
        out.print(Text(f"{'':{MARGIN}} {what} in hundredths", "dim"), soft_wrap=True)
    elif not colour:
        key = "  ".join(
            f"{2 * shade} from .{int(100 * i / 6):02}" for i, shade in enumerate(SHADES)
        )
        out.print(Text(f"{'':{MARGIN}}{key}", "dim"), soft_wrap=True)


def _cell(value: float | None, figures: bool, colour: bool) -> "Text":
    from rich.text import Text

    from attndsl.draw.terminal import shade

    size = CELL if figures else 2
    if value is None:
        return Text(" " * size)
    shown = f"{_hundredths(value):>{size}}" if figures else " " * size
    if colour:
        return Text(shown, shade(value))
    return Text(shown if figures else 2 * SHADES[min(5, int(6 * value))])


def _hundredths(value: float) -> int:
    """Whole hundredths; 1.00 would be too wide.

    >>> _hundredths(0.628), _hundredths(0.999)
    (63, 99)
    """
    return min(99, round(100 * value))
