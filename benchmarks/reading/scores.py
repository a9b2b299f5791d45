"""Answers scored: shares that are right, with intervals over heads, and who read how long."""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from attndsl.fit.intervals import Estimate, estimates
from attndsl.language.diagnostics import AttndslError

KEY, TASKS, ANSWERS = "key.json", "tasks", "answers"
LINE = re.compile(r"^[\s`*-]*([a-z]{5})[`*]*[\s:=]+[`*]*([AB]|\d+)[`*.]*\s*$")
NAMED = re.compile(r"^\W*(reader|minutes)\W*:\s*(.+?)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Answers:
    """A sheet's answers by code, who gave them, and how many minutes it took, where said."""

    sheet: str
    given: dict[str, str]
    reader: str
    minutes: float | None


@dataclass(frozen=True)
class Scores:
    """Figures by name, of how many questions each is, and how many of them had no answer."""

    figures: dict[str, Estimate]
    questions: dict[str, int]
    missing: dict[str, int]


def read_key(folder: Path) -> dict[str, dict[str, Any]]:
    """Of each sheet by name its questions by code."""
    path = folder / KEY
    if not path.exists():
        raise AttndslError(f"{folder} has no {KEY}; --write {folder} writes tasks with their key")
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["sheets"]
    return found


def read_answers(folder: Path, key: dict[str, dict[str, Any]]) -> list[Answers]:
    """Every sheet's answers; a code that the sheet doesn't have is refused."""
    found = []
    for path in sorted((folder / ANSWERS).glob("*.txt")):
        if path.stem not in key:
            raise AttndslError(f"{path} answers no sheet of {folder / TASKS}")
        one = parsed(path.stem, path.read_text(encoding="utf-8"))
        if strange := sorted(one.given.keys() - key[path.stem].keys()):
            raise AttndslError(f"{path}: the sheet has no question {strange[0]}")
        found.append(one)
    if not found:
        raise AttndslError(
            f"{folder / ANSWERS} has no answers: those to {TASKS}/NAME.md go to {ANSWERS}/NAME.txt"
        )
    return found


def parsed(sheet: str, text: str) -> Answers:
    """What a reader wrote: lines of a code and an answer, the last one counts.

    >>> parsed("none-01", "reader: Ann\\nbcdfg A\\nbcdfh: 12\\nI think so.\\nminutes: 3").given
    {'bcdfg': 'A', 'bcdfh': '12'}
    """
    given: dict[str, str] = {}
    said: dict[str, str] = {}
    for line in text.splitlines():
        if answer := LINE.match(line):
            given[answer[1]] = answer[2]
        elif named := NAMED.match(line):
            said[named[1].lower()] = named[2]
    try:
        minutes = float(said["minutes"].split()[0])
    except (KeyError, ValueError, IndexError):
        minutes = None
    return Answers(sheet, given, said.get("reader", "unknown"), minutes)


def scored(key: dict[str, dict[str, Any]], answers: list[Answers]) -> Scores:
    """Figures of the sheets that were answered; a question left out counts as wrong.

    An interval is over heads, as the questions on one head stand or fall together.
    """
    marks: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    missing: dict[str, int] = defaultdict(int)
    for one in answers:
        for code, item in key[one.sheet].items():
            given = one.given.get(code)
            for name, mark in _marks(item, given):
                marks[name][item["head"]].append(mark)
                missing[name] += given is None and not name.startswith("engine")
    figures, counts = {}, {}
    means = {name: {head: float(np.mean(got)) for head, got in by.items()}
             for name, by in marks.items()}  # fmt: skip
    for name, by_head in sorted(means.items()):
        figures[name] = estimates(np.array([list(by_head.values())]))[0]
        counts[name] = sum(len(got) for got in marks[name].values())
    for name, own in sorted(means.items()):
        other = means.get(name.removesuffix("own") + "other", {}) if name.endswith("own") else {}
        if both := sorted(own.keys() & other.keys()):
            apart = np.array([[own[head] - other[head] for head in both]])
            figures[f"{name}_less_other"] = estimates(apart)[0]
    return Scores(figures, counts, dict(missing))


def _marks(item: dict[str, Any], given: str | None) -> list[tuple[str, float]]:
    """The figures that a question counts for, each with how right the answer is."""
    kind, shown = item["kind"], item["shown"]
    head = float(given in item["right"])
    program = float(given in item["program"])
    if kind == "simulate":
        if shown == "other":
            return [("simulate_head_other", head)]
        return [("simulate_engine", program), ("simulate_head", head),
                ("engine_simulate_head", item["engine"])]  # fmt: skip
    if kind == "intruder":
        return [(f"intruder_{shown}", head), (f"engine_intruder_{shown}", item["engine"])]
    found = [(f"fuzz_{shown}", head)]
    if kind == "fuzz":
        found += [(f"engine_{shown}", item["engine"])]
        if shown == "own" and len(item["program"]) == 1:
            found += [("fuzz_own_as_engine", program)]
    return found
