"""Two runs side by side, of two checkpoints, a base and a fine-tune, or two models of one shape.

What changed is told three ways: how far the heads' own maps are apart (where both reports show the
same texts), whether the programs are others, and how the figures differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from attndsl.files.places import Place
from attndsl.heads.packing import row_starts
from attndsl.language.diagnostics import AttndslError
from attndsl.report.data import Report
from attndsl.runs.kept import kept_report
from attndsl.runs.opened import HeadOfRun, OpenedRun, open_run
from attndsl.runs.schema import DATA, MAPS

FIGURES = ("content_iou", "rest_error", "iou", "effect")


@dataclass(frozen=True, slots=True)
class Changed:
    """One head in two runs. `map` is how much of a row's weight lies elsewhere, on average over
    rows after the first; None where no texts are shown by both reports."""

    head: str
    one: str  # programs by name
    other: str
    same_program: bool
    map: float | None
    figures: dict[str, float]  # other minus one

    def as_json(self) -> dict[str, object]:
        return {
            "head": self.head, "one": self.one, "other": self.other,
            "same_program": self.same_program, "map": self.map, "figures": self.figures,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, head by head, what changed most first."""

    one: str
    other: str
    heads: tuple[Changed, ...]
    texts: int  # that both reports show
    only_one: tuple[str, ...]
    only_other: tuple[str, ...]
    shapes: str = ""  # of models that differ in it, as far as their reports tell
    unsure: tuple[str, ...] = ()  # what else keeps a change from saying something of the heads

    @property
    def moved(self) -> float | None:
        """The mean of how far maps are apart."""
        maps = [head.map for head in self.heads if head.map is not None]
        return float(np.mean(maps)) if maps else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before any change is believed."""
        return tuple(filter(None, (self.shapes, *self.unsure)))

    def as_json(self) -> dict[str, object]:
        return {
            "one": self.one, "other": self.other, "texts": self.texts, "moved": self.moved,
            "other_programs": sum(not head.same_program for head in self.heads),
            "only_one": list(self.only_one), "only_other": list(self.only_other),
            "shapes": self.shapes, "notes": list(self.notes),
            "heads": [head.as_json() for head in self.heads],
        }  # fmt: skip

    def __repr__(self) -> str:
        other = sum(not head.same_program for head in self.heads)
        moved = "" if self.moved is None else f", {self.moved:.1%} of a row's weight moved"
        return f"<{self.one} and {self.other}: {len(self.heads)} heads, {other} changed{moved}>"

    def _repr_html_(self) -> str:
        names = [name for name in FIGURES if any(name in head.figures for head in self.heads)]
        top = "".join(
            f"<th>{name}</th>"
            for name in ("head", "map", "before", "after", *(f"{name} changed" for name in names))
        )
        rows = "".join(
            f"<tr><td>{head.head}</td><td>{'' if head.map is None else f'{head.map:.3f}'}</td>"
            f"<td><code>{escape(head.one)}</code></td>"
            f"<td><code>{'the same' if head.same_program else escape(head.other)}</code></td>"
            + "".join(f"<td>{_signed(head.figures.get(name))}</td>" for name in names)
            + "</tr>"
            for head in self.heads
        )
        return f"<table><thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table>"


def compare(run: OpenedRun | Place | str, against: OpenedRun | Place | str) -> Comparison:
    """Which heads changed between two runs, opened or by their folders, of those that both have by
    name."""
    one, other = (
        each if isinstance(each, OpenedRun) else open_run(each) for each in (run, against)
    )
    first, second = ({head.name: head for head in run} for run in (one, other))
    both = [name for name in first if name in second]
    if not both:
        raise AttndslError(f"{one.folder} and {other.folder} have no head in common")
    reports = _reports(one, other)
    maps, texts = _maps(*reports) if reports else ({}, 0)
    heads = [_changed(name, first[name], second[name], maps.get(name)) for name in both]
    order = sorted(
        heads,
        key=lambda head: (-(head.map or 0.0), head.same_program, -_most(head.figures), head.head),
    )
    return Comparison(
        f"{one.model} ({one.folder.name})",
        f"{other.model} ({other.folder.name})",
        tuple(order),
        texts,
        tuple(name for name in first if name not in second),
        tuple(name for name in second if name not in first),
        _shapes(*reports) if reports else "",
        (*_unfinished(one), *_unfinished(other), *(() if texts else _other_texts(one, other))),
    )


def page(comparison: Comparison) -> str:
    """The comparison as one HTML file that loads nothing."""
    moved = (
        ""
        if comparison.moved is None
        else f" On average {comparison.moved:.1%} of the weight of the heads' own rows moved."
    )
    changed = sum(not head.same_program for head in comparison.heads)
    said = (
        f"{len(comparison.heads)} heads in both; {changed} have another program.{moved} Maps are "
        f"of {comparison.texts} texts that both reports show."
        if comparison.texts
        else f"{len(comparison.heads)} heads in both; {changed} have another program. The reports "
        "show no text in common, so maps are not compared."
    )
    said += "".join(f" {note[0].upper()}{note[1:]}." for note in comparison.notes)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(comparison.one)} and {escape(comparison.other)}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; width: fit-content; max-width: 100%; margin: 0 auto;
  padding: 12px 16px; box-sizing: border-box; overflow-wrap: anywhere; }}
.scroll {{ overflow-x: auto; }}
td, th {{ overflow-wrap: normal; }}
h1 {{ font-size: 24px; }}
table {{ border-collapse: collapse; }}
th, td {{ text-align: left; padding: 3px 12px 3px 0; font-variant-numeric: tabular-nums; }}
thead th {{ border-bottom: 1px solid; }}
</style>
</head>
<body>
<h1>{escape(comparison.one)} and {escape(comparison.other)}</h1>
<p>{escape(said)}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Heads, most changed first">
{comparison._repr_html_()}
</div>
</body>
</html>
"""


def _changed(name: str, one: HeadOfRun, other: HeadOfRun, moved: float | None) -> Changed:
    figures = {
        key: float(after) - float(before)
        for key in FIGURES
        if isinstance(before := one.figures.get(key), float)
        and isinstance(after := other.figures.get(key), float)
    }
    same = one.own.hash == other.own.hash
    return Changed(name, one.program.name, other.program.name, same, moved, figures)


def _most(figures: dict[str, float]) -> float:
    return max(map(abs, figures.values()), default=0.0)


def _reports(one: OpenedRun, other: OpenedRun) -> tuple[Report, Report] | None:
    """Where both runs keep one, with its maps."""
    if not all((run.folder / name).exists() for run in (one, other) for name in (DATA, MAPS)):
        return None
    return kept_report(one.folder), kept_report(other.folder)


def _unfinished(run: OpenedRun) -> Iterator[str]:
    if run.note:
        yield run.note


def _other_texts(one: OpenedRun, other: OpenedRun) -> Iterator[str]:
    hashes = {run.summary.get("texts_hash") for run in (one, other)} - {None}
    if len(hashes) == 2:
        yield "the figures of the two are of other texts, which change them too"


def _shapes(first: Report, second: Report) -> str:
    """What is said where heads of one name stand in other places of their models."""
    one, other = (f"{made.layers} layers of {made.heads_per_layer}" for made in (first, second))
    if one == other:
        return ""
    return (
        f"the models are of other shapes, {one} heads and {other}: a head's name says nothing "
        "about what the head of that name in the other does"
    )


def _maps(first: Report, second: Report) -> tuple[dict[str, float], int]:
    """How far the heads' maps are apart, on the texts that both reports show, and how many."""
    if first.mask != second.mask:
        return {}, 0
    theirs = {tuple(text.tokens): text for text in second.texts}
    pairs = [
        (text.real, theirs[tuple(text.tokens)].real, len(text.tokens))
        for text in first.texts
        if tuple(text.tokens) in theirs
    ]
    mine, others = _rows(first), _rows(second)
    names = [name for name in mine if name in others]
    total = dict.fromkeys(names, 0.0)
    for a, b, length in pairs:
        for name in names:
            apart = np.abs(a[mine[name]] - b[others[name]])
            rows = np.add.reduceat(apart, row_starts(first.mask, length)[:-1])
            total[name] += float(rows[1:].mean() / 2) if length > 1 else 0.0
    count = len(pairs)
    return ({name: value / count for name, value in total.items()} if count else {}), count


def _rows(report: Report) -> dict[str, int]:
    """The place of each head in a text's maps."""
    return {head.name: number for number, head in enumerate(report.heads)}


def _signed(value: Any) -> str:
    return "" if value is None else f"{value:+.3f}"
