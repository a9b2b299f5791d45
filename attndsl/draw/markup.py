"""A grid as SVG, and as an HTML fragment that needs nothing else and runs no script."""

from html import escape

import numpy as np

from attndsl.draw.grid import Grid

_PLUS, _MINUS = "#1f62b0", "#c85a11"
_CELL = 14
_LETTER = 6.2
_FAINT = 0.03  # strengths below this (a thousandth of the top) are left out


def svg(grid: Grid) -> str:
    """The grid as one SVG element; each cell says its row, column and value on hover."""
    left = 10 + _LETTER * max((len(label) for label in map(_short, grid.rows)), default=0)
    above = 10 + _LETTER * max((len(label) for label in map(_short, grid.columns)), default=0)
    above += 18 if grid.title else 0
    height, width = grid.values.shape
    across = max(left + _CELL * width, 7.4 * len(grid.title)) + 4
    down = above + _CELL * height + 4
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{across:.0f}" '
        f'height="{down:.0f}" viewBox="0 0 {across:.0f} {down:.0f}" '
        'font-family="ui-monospace, monospace" font-size="10" fill="currentColor">',
        f"<title>{escape(grid.title or 'attention by query (row) and key (column)')}</title>",
    ]
    if grid.title:
        parts.append(f'<text x="2" y="13" font-size="12">{escape(grid.title)}</text>')
    for column, label in enumerate(grid.columns):
        x, y = left + _CELL * (column + 0.75), above - 4
        parts.append(
            f'<text transform="translate({x:.1f} {y:.1f}) rotate(-90)">'
            f"{escape(_short(label))}</text>"
        )
    parts.append(_backdrop(grid, left, above))
    strengths = grid.strengths()
    for row, label in enumerate(grid.rows):
        y = above + _CELL * row
        parts.append(
            f'<g class="row"><text x="{left - 5:.1f}" y="{y + 10.5:.1f}" '
            f'text-anchor="end">{escape(_short(label))}</text>'
        )
        parts.extend(
            _cell(grid, row, int(column), float(strengths[row, column]), left, y)
            for column in np.flatnonzero(strengths[row] >= _FAINT)
        )
        parts.append("</g>")
    parts.append("</svg>")
    return "".join(parts)


def html(grid: Grid) -> str:
    """The grid as a figure for notebooks; it takes the page's own text colour."""
    return (
        '<figure class="attndsl-grid" style="margin:0;overflow-x:auto">'
        "<style>.attndsl-grid .row:hover text{font-weight:bold}"
        ".attndsl-grid rect.c:hover{stroke:currentColor}</style>"
        f"{svg(grid)}</figure>"
    )


def _backdrop(grid: Grid, left: float, above: float) -> str:
    """A light bar a row under the cells that are there, so hidden ones show as empty."""
    bars = []
    for row, there in enumerate(~np.isnan(grid.values)):
        columns = np.flatnonzero(there)
        if columns.size:
            first, count = int(columns[0]), int(columns[-1] - columns[0] + 1)
            bars.append(
                f"M{left + _CELL * first:.1f} {above + _CELL * row:.1f}h{_CELL * count}"
                f"v{_CELL}h-{_CELL * count}z"
            )
    return f'<path d="{"".join(bars)}" fill-opacity="0.06"/>'


def _cell(grid: Grid, row: int, column: int, strength: float, left: float, y: float) -> str:
    value = float(grid.values[row, column])
    colour = _MINUS if grid.signed and value < 0 else _PLUS
    label = escape(f"{grid.rows[row]} → {grid.columns[column]}: {value:.3f}")
    return (
        f'<rect class="c" x="{left + _CELL * column:.1f}" y="{y:.1f}" width="{_CELL}" '
        f'height="{_CELL}" fill="{colour}" fill-opacity="{strength:.3f}">'
        f"<title>{label}</title></rect>"
    )


def _short(label: str) -> str:
    return label if len(label) <= 16 else label[:15] + "…"
