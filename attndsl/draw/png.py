"""A grid as a PNG file, through matplotlib."""

import warnings
from pathlib import Path

import numpy as np

from attndsl.draw.grid import Grid
from attndsl.files.whole import replacing
from attndsl.language.diagnostics import AttndslError

_WEIGHT = ("#ffffff", "#c6dbf2", "#6ea6dc", "#2a6fb8", "#0b2e63")
_SIGNED = ("#8a3b00", "#e07b28", "#ffffff", "#4c8fd0", "#0b2e63")


def write_png(grid: Grid, path: str | Path) -> None:
    """Write the grid to `path`; every label is shown up to 100 a side, then every few."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.colors import LinearSegmentedColormap
        from matplotlib.figure import Figure
    except ImportError as missing:
        raise AttndslError(
            "a PNG needs matplotlib: attndsl doctor --get plot (SVG and the terminal do without)"
        ) from missing
    height, width = grid.values.shape
    cell = min(0.28, 14.0 / max(height, width, 1))
    figure = Figure(figsize=(max(width * cell, 2.0) + 2.2, max(height * cell, 1.6) + 1.6))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    colours = LinearSegmentedColormap.from_list("grid", _SIGNED if grid.signed else _WEIGHT)
    shown = np.ma.masked_invalid(np.copysign(grid.strengths(), grid.values))
    axes.set_facecolor("#f1f1f1")  # hidden cells are left transparent
    image = axes.imshow(
        shown, cmap=colours, vmin=-1.0 if grid.signed else 0.0, vmax=1.0, interpolation="nearest"
    )
    axes.xaxis.tick_top()
    axes.set_xticks(*_ticks(grid.columns), rotation=90)
    axes.set_yticks(*_ticks(grid.rows))
    axes.tick_params(length=0, labelsize=max(4.0, min(9.0, cell * 34)))
    axes.set_xlabel("key")
    axes.set_ylabel("query")
    for spine in axes.spines.values():
        spine.set_color("#c8c8c8")
    if grid.title:
        axes.set_title(_plain(grid.title), fontsize=10, pad=12)
    bar = figure.colorbar(image, ax=axes, fraction=0.035, pad=0.02)
    bar.outline.set_edgecolor("#c8c8c8")
    shares = (-1.0, -0.25, 0.0, 0.25, 1.0) if grid.signed else (0.0, 0.05, 0.25, 0.5, 1.0)
    bar.set_ticks([float(np.copysign(abs(share) ** 0.5, share)) for share in shares])
    bar.set_ticklabels([f"{share * grid.top:.2g}" for share in shares])
    bar.ax.tick_params(labelsize=7)
    with warnings.catch_warnings(), replacing(path) as out:
        warnings.simplefilter("ignore")  # a letter no font has is drawn as a box, that is enough
        figure.savefig(out, format="png", dpi=130, bbox_inches="tight")


def _ticks(labels: tuple[str, ...]) -> tuple[list[int], list[str]]:
    step = -(-len(labels) // 100)
    places = list(range(0, len(labels), step or 1))
    return places, [_plain(labels[place]) for place in places]


def _plain(label: str) -> str:
    """Shortened; a dollar sign would start matplotlib's mathematics."""
    return (label if len(label) <= 20 else label[:19] + "…").replace("$", r"\$")
