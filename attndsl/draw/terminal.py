"""A grid as lines of a terminal: coloured cells, or shaded ones where colour is not wanted."""

from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.text import Text

from attndsl.draw.grid import Grid

# From a dark to a bright colour: readable on dark and on light backgrounds.
_RAMP = ((59, 44, 110), (106, 60, 142), (176, 74, 120), (232, 120, 73), (250, 200, 90))
_COOL = ((30, 60, 100), (30, 90, 140), (40, 130, 180), (90, 180, 210), (180, 230, 240))
_SHADES = " ·░▒▓█"
_ASCII_SHADES = " .:=*#"
_FAINT = 0.1  # strengths below this (a hundredth of the top) are drawn as a dot
_LABEL = 14
_HEADER = 8


@dataclass(frozen=True, slots=True)
class Screen:
    """What the terminal can do."""

    width: int = 80
    colour: bool = True
    ascii: bool = False


def lines(grid: Grid, screen: Screen, numbers: bool = False) -> Text:
    """The grid as text: a header of vertical labels, then a line a row."""
    margin = _margin(grid, screen.width)
    room = max(4, screen.width - margin)
    if numbers:
        return _numbers(grid, screen, margin, room)
    wide = any(cell_len(letter) > 1 for label in grid.columns for letter in label[:_HEADER])
    size = 2 if 2 * len(grid.columns) <= room else 1
    factor = -(-len(grid.columns) * size // room)
    if wide and size == 1:
        grid = Grid(
            grid.values, grid.rows, tuple(map(_narrow, grid.columns)), "", grid.signed, grid.top
        )
    small = grid.pooled(factor)
    text = _header(small, margin, size, range(len(small.columns)))
    strengths = small.strengths()
    for row, label in enumerate(small.rows):
        line = _label(row * factor, label, margin)
        for column in range(len(small.columns)):
            symbol, style = _cell(
                strengths[row, column], float(small.values[row, column]), small.signed, screen
            )
            line.append(symbol * size, style)
        if not screen.colour:
            line.rstrip()
        text.append(line).append("\n")
    if factor > 1:
        text.append(f"each cell is the largest of {factor} x {factor}; a wider window shows all\n")
    text.rstrip()
    return text


def legend(grid: Grid, screen: Screen) -> Text:
    """One line that says what the cells stand for."""
    text = Text("scale ")
    for share in (0.0, 0.01, 0.05, 0.15, 0.3, 0.6, 1.0):
        symbol, style = _cell(share**0.5, share, False, screen)
        text.append(f" {grid.top * share:.2g} ")
        text.append(symbol * 2, style)
    if grid.signed:
        symbol, style = _cell(0.8, -1.0, True, screen)
        text.append("  below 0 ").append(symbol * 2, style)
    return text


def shade(share: float) -> str:
    """The style of a cell that shows a share of 1 as text on its colour."""
    red, green, blue = _blend(_RAMP, share)
    ink = "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 120 else "white"
    return f"{ink} on rgb({red},{green},{blue})"


def _margin(grid: Grid, width: int) -> int:
    """How wide a row's index and label are, with a space after them."""
    longest = max((cell_len(label) for label in grid.rows), default=0)
    index = len(str(max(len(grid.rows) - 1, 0)))
    return index + 1 + min(longest, _LABEL, max(3, width // 4)) + 1


def _label(row: int, label: str, margin: int) -> Text:
    index = str(row)
    room = margin - 2 - len(index)
    if cell_len(label) > room:
        label = set_cell_size(label, room - 1).rstrip() + "…"
    text = Text(index, "dim")
    text.append(" " * (margin - 1 - len(index) - cell_len(label)))
    text.append(label, "not dim")
    text.append(" ")
    return text


def _narrow(label: str) -> str:
    """The label with each wide letter as a small square, for columns one character wide."""
    return "".join(letter if cell_len(letter) == 1 else "▫" for letter in label)


def _header(grid: Grid, margin: int, size: int, columns: range) -> Text:
    """Column labels written downwards, ending just above their cells."""
    labels = [grid.columns[column] for column in columns]
    labels = [label if len(label) <= _HEADER else label[: _HEADER - 1] + "…" for label in labels]
    height = max((len(label) for label in labels), default=0)
    text = Text()
    for line in range(height):
        letters = (label.rjust(height)[line] for label in labels)
        row = " " * margin + "".join(set_cell_size(letter, size) for letter in letters)
        text.append(row.rstrip() + "\n")
    return text


def _cell(strength: float, value: float, signed: bool, screen: Screen) -> tuple[str, str]:
    """A cell's character and style; nothing for NaN, a dot for a value near 0."""
    if np.isnan(strength):
        return " ", ""
    shades = _ASCII_SHADES if screen.ascii else _SHADES
    if strength < _FAINT:
        return shades[1], "dim"
    if screen.colour:
        red, green, blue = _blend(_COOL if signed and value < 0 else _RAMP, strength)
        return " ", f"on rgb({red},{green},{blue})"
    if signed and value < 0:
        return "-", ""
    return shades[2 + min(3, int(strength * 4))], ""


def _blend(ramp: tuple[tuple[int, int, int], ...], strength: float) -> tuple[int, int, int]:
    place = min(max(strength, 0.0), 1.0) * (len(ramp) - 1)
    low = min(int(place), len(ramp) - 2)
    share = place - low
    red, green, blue = (
        round(a + (b - a) * share) for a, b in zip(ramp[low], ramp[low + 1], strict=True)
    )
    return red, green, blue


def _numbers(grid: Grid, screen: Screen, margin: int, room: int) -> Text:
    """Values in hundredths of the top, in panels of as many columns as fit."""
    size = 5 if grid.signed else 4
    strengths = grid.strengths()
    panel = max(1, room // size)
    text = Text()
    for start in range(0, len(grid.columns), panel):
        columns = range(start, min(start + panel, len(grid.columns)))
        text.append(" " * margin + "".join(f"{column:>{size}}" for column in columns) + "\n")
        text.append(" " * margin)
        for column in columns:
            label = set_cell_size(grid.columns[column], min(size - 1, len(grid.columns[column])))
            text.append(" " * (size - cell_len(label)) + label)
        text.append("\n")
        for row, label in enumerate(grid.rows):
            if np.isnan(grid.values[row, columns.start : columns.stop]).all():
                continue
            line = _label(row, label, margin)
            for column in columns:
                value = float(grid.values[row, column])
                shown = "" if np.isnan(value) else "." if value == 0 else f"{100 * value:.0f}"
                _, style = _cell(strengths[row, column], value, grid.signed, screen)
                plain = not style.startswith("on")
                line.append(shown.rjust(size), "" if plain else "bold")
            line.rstrip()
            text.append(line).append("\n")
        text.append("\n")
    text.append("numbers are hundredths; '.' is exactly 0")
    return text
