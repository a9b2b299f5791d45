"""The one schema of run folders: their files, what stands in summary.json, and its version.

A later version may add keys, not change what one means. What an older run lacks is named.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from attndsl.files.places import Place
from attndsl.files.reading import (
    Shape,
    expect,
    many,
    number,
    one_of,
    optional,
    read_json,
    record,
    table,
    text,
    whole,
)
from attndsl.fit.assignment import ASSIGNMENT, LIBRARY
from attndsl.fit.constants import CALLED
from attndsl.fit.medians import KEPT as CONSTANTS
from attndsl.fit.medians import PROGRAMS as CONSTANT_PROGRAMS
from attndsl.fit.selection import SELECTION
from attndsl.language.diagnostics import AttndslError

SCHEMA = 2
SUMMARY, CARD, PAGE = "summary.json", "README.md", "report.html"
DATA, MAPS = "report.json", "maps.safetensors"
CENSUS = "census.json"
NEUTRAL = "neutral.json"  # what ablating each head alone costs, whatever the programs
# Lines of a report's settings: in what order heads are replaced, and why no curve of it is there.
ORDER, CURVE = "order of replacing", "heads replaced"
NO_REPORT = "no_report"  # of a summary: why a run that was merged has no report
# What a run is without: all else of its folder (heads, journals, prompts) stays where it was made.
PACKAGE = (
    LIBRARY,
    ASSIGNMENT,
    SUMMARY,
    CARD,
    PAGE,
    DATA,
    MAPS,
    CENSUS,
    CONSTANTS,
    CONSTANT_PROGRAMS,
    SELECTION,
)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of summary.json: since which schema, what it must be, what it says."""

    since: int
    shape: Shape
    says: str


ESTIMATE = record({"mean": number(), "low": number(), "high": number()})
KEYS = {
    "schema": Key(2, whole(1), "the version of this schema"),
    "state": Key(2, text(), "the last phase that was written, `done` at the end"),
    "model": Key(1, text(), "the model's name, never a path"),
    "model_hash": Key(1, text(), "names its weights"),
    "texts_hash": Key(1, text(), "names the texts"),
    "text_hashes": Key(1, table(text()), "names each set of texts: selection, validation, report"),
    "heads": Key(1, whole(), "how many heads have a program"),
    "programs": Key(1, whole(), "how many programs the library has"),
    "mean_iou": Key(1, ESTIMATE, "mean IoU of the heads on the report texts, with its interval"),
    "iou": Key(1, table(ESTIMATE), "the same by head"),
    "streaming_share": Key(2, number(0), "share of the heads whose programs stream in generation"),
    "versions": Key(1, table(text()), "of attndsl, Python and what figures hang on"),
    "forecast": Key(2, table(number(0)), "seconds that each phase was forecast to take"),
    "seconds": Key(2, table(number(0)), "seconds that each phase took"),
    "forecast_worst": Key(
        2, number(0), "the largest ratio of a phase's time and its forecast, either way"
    ),
    "budget": Key(2, optional(number(0)), "seconds for the whole run; null without a limit"),
    "origin": Key(2, optional(text()), "where the texts come from, as given"),
    "licence": Key(2, optional(text()), "the texts' licence, as given"),
}

# A program beside its head's best constant pattern, and the kind of that.
BELOW = record({"of": text(), "program": number(), "constant": number(), "kind": one_of(*CALLED)})
# Figures that a run has where they were measured.
FIGURES = {
    "mean_content_iou": ESTIMATE, "mean_rest_error": ESTIMATE, "effects": table(number()),
    "content_iou": table(optional(ESTIMATE)), "rest_error": table(ESTIMATE),
    "mean_sharing_cost": number(), "sharing_cost": table(number()),
    "sharing_costs_much": many(text()), "below_constant": table(BELOW),
    "made_by": many(text()),  # versions of attndsl with their code, in order
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A summary that was read, and in words what the run lacks."""

    summary: dict[str, Any]
    missing: tuple[str, ...]


def read_summary(folder: Place) -> Said:
    """A run's summary, whatever version wrote it; refused where a value isn't what it must be."""
    path = folder / SUMMARY
    if not path.exists():
        return Said({}, (f"{SUMMARY}: no figures (the run was stopped before any were written)",))
    summary = read_json(path)
    if not isinstance(summary, dict):
        raise AttndslError(f"{path} is no summary of a run")
    schema = summary.get("schema", 1)
    if isinstance(schema, int) and schema > SCHEMA:
        raise AttndslError(
            f"{folder} is of schema {schema}; this version of attndsl reads up to {SCHEMA}. "
            "Update attndsl"
        )
    shapes = FIGURES | {name: key.shape for name, key in KEYS.items()}
    held = {name: shape for name, shape in shapes.items() if summary.get(name) is not None}
    expect(summary, record(held), str(path))
    lacking = [f"{name}: {key.says}" for name, key in KEYS.items()
               if name not in summary and (key.since > schema or name not in OPTIONAL)]  # fmt: skip
    return Said(summary, tuple(lacking))


OPTIONAL = {"origin", "licence", "budget", "streaming_share"}


def unfinished(summary: dict[str, Any]) -> str:
    """The phase that a run got to, where it isn't done: its own, or that of a run merged into it.

    >>> unfinished({"state": "done"}), unfinished({"state": "merged", "merged": [{"state": "fit"}]})
    ('', 'fit')
    """
    merged = [one.get("state") or "done" for one in summary.get("merged", [])]
    states = [summary.get("state", "done"), *merged]
    return next((str(state) for state in states if state not in ("done", "merged")), "")


def unfinished_note(name: str, summary: dict[str, Any]) -> str:
    """A line for who goes on with what there is so far; nothing where the run is done."""
    state = unfinished(summary)
    return f"the run {name} isn't finished: its programs are those after {state}" if state else ""


def portable(name: str) -> str:
    """A model's name as a run keeps it: of a path its last part.

    >>> portable("/home/me/models/tiny"), portable("org/model"), portable("smollm2")
    ('tiny', 'org/model', 'smollm2')
    """
    for kind in (PurePosixPath, PureWindowsPath):
        path = kind(name)
        if path.is_absolute():
            return path.name or name
    return name


def portable_command(command: str) -> str:
    """A command line as a run keeps it.

    >>> portable_command("attndsl explain /models/tiny --text='/data/my stories.txt' -o out")
    "attndsl explain tiny '--text=my stories.txt' -o out"
    """
    words = []
    for word in shlex.split(command):
        option, equals, value = word.partition("=")
        named = word.startswith("--") and equals
        words.append(f"{option}={portable(value)}" if named else portable(word))
    return shlex.join(words)
