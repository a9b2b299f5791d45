"""A run's card: README.md with what it is of, how good it is, and how to open and cite it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attndsl.files.places import Place
from attndsl.files.whole import write_text
from attndsl.runs.schema import CARD, PACKAGE, read_summary
from attndsl.runs.shortfalls import shortfalls

# By the key of summary.json, what a figure is called.
FIGURES = {
    "mean_iou": "mean IoU",
    "mean_content_iou": "content IoU",
    "mean_rest_error": "rest error",
    "excess_iou": "excess IoU over the best constant pattern",
    "output_explained": "output explained",
    "median_iou": "median IoU",
}
CITE = """@software{attndsl,
  title = {attndsl: a small language for attention programs},
  note = {version VERSION; see CITATION.cff of its repository}
}"""


def write_card(folder: Place) -> None:
    """Of a run whose other files are there."""
    files = [name for name in PACKAGE if name != CARD and (folder / name).exists()]
    write_text(folder / CARD, card(read_summary(folder).summary, files))


def card(summary: dict[str, Any], files: Sequence[str]) -> str:
    """The card of a run that has these files, from its summary."""
    model, version = summary.get("model", "unknown"), summary.get("versions", {}).get("attndsl", "")
    licence = summary.get("licence")
    texts = summary.get("texts", {})
    counts = ", ".join(f"{count} {name}" for name, count in texts.items())
    head = [
        "---", "library_name: attndsl", "tags:", "- interpretability", "- attention",
        *([f"base_model: {model}"] if "/" in model else []), "---", "",
    ]  # fmt: skip
    return "\n".join([
        *head,
        f"# {model}: attention heads as programs",
        "",
        f"{summary.get('programs', '?')} programs of the attndsl language stand for "
        f"{summary.get('heads', '?')} attention heads.",
        "",
        "| | |",
        "| --- | --- |",
        f"| model | {model} |",
        f"| hash of its weights | `{summary.get('model_hash', 'unknown')}` |",
        f"| texts | {counts or 'unknown'} |",
        f"| hash of the texts | `{summary.get('texts_hash', 'unknown')[:16]}` |",
        f"| origin of the texts | {cell(summary.get('origin'))} |",
        f"| licence of the texts | {cell(licence)} |",
        *(f"| {said} | {figure(summary[key])} |" for key, said in FIGURES.items()
          if figure(summary.get(key))),
        f"| state | {summary.get('state', 'done')} |",
        "",
        "Figures are of held-out texts, by which nothing was chosen; in brackets 95% intervals "
        "by a bootstrap over texts.",
        "",
        *(line for said in shortfalls(summary) for line in (sentence(said), "")),
        "## Files",
        "",
        *(f"- `{name}`" for name in files),
        "",
        "## How to open it",
        "",
        "```python",
        "import attndsl",
        'run = attndsl.open_run("DIR")',
        "run.heads, run.head(0, 0), run.report()",
        "```",
        "",
        "## Versions",
        "",
        ", ".join(f"{name} {number}" for name, number in summary.get("versions", {}).items()),
        "",
        "## How to cite",
        "",
        "```bibtex",
        CITE.replace("VERSION", version),
        "```",
        "",
    ])  # fmt: skip


def sentence(said: str) -> str:
    """
    >>> sentence("sharing costs 0.01")
    'Sharing costs 0.01.'
    """
    return f"{said[:1].upper()}{said[1:]}."


def cell(value: str | None) -> str:
    """One line of a table."""
    return "not given" if not value else " ".join(value.split()).replace("|", "\\|")


def figure(value: Any) -> str:
    """A figure with its interval where it has one; nothing where it is none.

    >>> figure({"mean": 0.5, "low": 0.4, "high": 0.6}), figure(0.25), figure(None), figure([1])
    ('0.500 (0.400 to 0.600)', '0.250', '', '')
    >>> figure({"mean": None, "low": 0.4, "high": 0.6})
    ''
    """
    if isinstance(value, dict):
        mean, low, high = (value.get(name) for name in ("mean", "low", "high"))
        there = all(isinstance(one, (int, float)) for one in (mean, low, high))
        return f"{mean:.3f} ({low:.3f} to {high:.3f})" if there else ""
    return f"{value:.3f}" if isinstance(value, float) else ""
