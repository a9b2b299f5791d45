"""Lines, dots, boxes and grids as SVG that needs nothing else."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

import numpy as np

from attndsl.draw import Grid, svg

INKS = ("#1f62b0", "#c85a11", "#2a8a4a", "#8a3fa0", "#777777", "#b8860b", "#c02050", "#008b8b")
WIDTH, HEIGHT, LEFT, UNDER = 620, 300, 64, 40
Series = Mapping[str, Sequence[tuple[float, float]]]


def lines(series: Series, across: str, up: str, logarithmic: bool = False) -> str:
    """Points joined by lines, one colour a series."""
    if not any(series.values()):
        return ""
    parts, at = _axes([point for one in series.values() for point in one], across, up, logarithmic)
    for ink, (name, one) in zip(_inks(len(series)), series.items(), strict=True):
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in one))
        parts.append(f'<polyline points="{way}" fill="none" stroke="{ink}" stroke-width="1.6">'
                     f"<title>{escape(name)}</title></polyline>")  # fmt: skip
    return _drawn(parts, HEIGHT) + legend(list(series))


def dots(points: Sequence[tuple[float, float, str]], across: str, up: str) -> str:
    """A dot for each point, the third of which is its name; up the page by powers of ten."""
    parts, at = _axes([point[:2] for point in points], across, up, True)
    for *point, name in points:
        x, y = at(*point)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{INKS[0]}" '
                     f'fill-opacity="0.6"><title>{escape(name)}</title></circle>')  # fmt: skip
    return _drawn(parts, HEIGHT)


def _axes(
    points: Sequence[tuple[float, float]], across: str, up: str, logarithmic: bool
) -> tuple[list[str], Callable[[float, float], tuple[float, float]]]:
    """A frame with marks, and where in it a point lies; what is 0 or less lies on the lowest power
    of ten."""
    xs, ys = ([point[at] for point in points] for at in (0, 1))
    if logarithmic:
        ys = [y for y in ys if y > 0] or [1.0]
    low, high = _range(ys, logarithmic)
    left, right = min(xs), max(xs) if max(xs) > min(xs) else min(xs) + 1

    def at(x: float, y: float) -> tuple[float, float]:
        if logarithmic:
            y = float(np.log10(max(y, 10**low)))
        return (LEFT + (x - left) / (right - left) * (WIDTH - LEFT - 10),
                HEIGHT - UNDER - (y - low) / (high - low) * (HEIGHT - UNDER - 10))  # fmt: skip

    parts = [_frame(across, up)]
    for mark in marks(left, right):
        x, _ = at(mark, 1.0)
        parts.append(f'<text x="{x:.0f}" y="{HEIGHT - UNDER + 14}" text-anchor="middle">'
                     f"{mark:g}</text>")  # fmt: skip
    powers = [10.0**power for power in range(int(low), int(high) + 1)]
    for mark in powers if logarithmic else marks(low, high):
        _, y = at(left, mark)
        parts.append(f'<text x="{LEFT - 4}" y="{y + 3:.0f}" text-anchor="end">{mark:,g}</text>')
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - 10}" stroke="currentColor" '
                     'stroke-opacity="0.12"/>')  # fmt: skip
    return parts, at


def marks(low: float, high: float) -> list[float]:
    """Up to seven round numbers between two ends.

    >>> marks(0, 29), marks(1, 5)
    ([0.0, 5.0, 10.0, 15.0, 20.0, 25.0], [1.0, 2.0, 3.0, 4.0, 5.0])
    >>> marks(0, 0.6)
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    """
    power = 10.0 ** np.floor(np.log10((high - low) / 6))
    step = next(power * by for by in (1, 2, 5, 10) if (high - low) / (power * by) <= 6 + 1e-9)
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return [round(float(step * at), 12) + 0.0 for at in np.arange(first, last + 1)]


def boxes(rows: Mapping[str, tuple[float, float, float, float, float]]) -> str:
    """Least, quartiles and most of each row, between 0 and 1."""
    height = 22 * len(rows) + UNDER
    parts, left, wide = [], 240, WIDTH - 250

    def x(value: float) -> float:
        return left + wide * max(0.0, min(1.0, value))

    for mark in (0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts.append(f'<text x="{x(mark):.0f}" y="{height - 22}" text-anchor="middle">{mark:g}'
                     f'</text><path d="M{x(mark):.1f} 4V{height - 34}" stroke="currentColor" '
                     'stroke-opacity="0.12"/>')  # fmt: skip
    for row, (name, (least, low, middle, high, most)) in enumerate(rows.items()):
        y = 14 + 22 * row
        parts.append(
            f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{escape(name)}</text>'
            f'<path d="M{x(least):.1f} {y}H{x(most):.1f}" stroke="currentColor"/>'
            f'<rect x="{x(low):.1f}" y="{y - 7}" width="{max(1.0, x(high) - x(low)):.1f}" '
            f'height="14" fill="{INKS[0]}" fill-opacity="0.55"/>'
            f'<path d="M{x(middle):.1f} {y - 7}v14" stroke="currentColor" stroke-width="2"/>'
        )
    parts.append(f'<text x="{x(0.5):.0f}" y="{height - 6}" text-anchor="middle">IoU</text>')
    return _drawn(parts, height)


def heat(values: Sequence[Sequence[float]], rows: Sequence[str]) -> str:
    """A row a layer, its heads from the least to the most."""
    table = np.array([sorted(row) for row in values])
    return svg(Grid.of(table, list(rows), [str(n) for n in range(table.shape[1])]))


def legend(names: Sequence[str]) -> str:
    spans = (f'<span><i style="background:{ink}"></i>{escape(name)}</span>'
             for ink, name in zip(_inks(len(names)), names, strict=True))  # fmt: skip
    return f'<p class="legend">{" ".join(spans)}</p>'


def _inks(count: int) -> list[str]:
    return [INKS[at % len(INKS)] for at in range(count)]


def _range(values: Sequence[float], logarithmic: bool) -> tuple[float, float]:
    low, high = min(values), max(values)
    if logarithmic:
        low, high = float(np.floor(np.log10(low))), float(np.ceil(np.log10(high)))
    else:
        low = min(low, 0.0)
    return (low, high) if high > low else (low, low + 1)


def _frame(across: str, up: str) -> str:
    return (
        f'<path d="M{LEFT} 10V{HEIGHT - UNDER}H{WIDTH - 10}" fill="none" stroke="currentColor"/>'
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(across)}</text>'
        f'<text transform="translate(12 {HEIGHT / 2 - 10:.0f}) rotate(-90)" text-anchor="middle">'
        f"{escape(up)}</text>"
    )


def _drawn(parts: Sequence[str], height: int) -> str:
    return (f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" font-size="11" fill="currentColor">'
            f'{"".join(parts)}</svg>')  # fmt: skip
