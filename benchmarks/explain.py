"""`attndsl explain` on SmolLM2-135M, measured: no language model asked.

    python -m benchmarks.explain [--quick] [--full] [--final] [--minutes N] [--json FILE]
        [--run DIR] [--store STORE] [--skip PHASES]

TinyStories cut to 64 tokens, rows 1 to 200, with first halves of the files of code, mathematics,
encyclopedia text and novels to select and fit; rows 201 to 300 to report on. `--final` reports on
the last 100 rows instead, and each such reading is logged in RESULTS.md. The default setting is for
reading; `--full` is for fit: programs of up to 8 parts, up to 150 of them. `--quick` takes fewer
texts. The run is kept in build/ and goes on where it was stopped. Other texts and lengths are
measured by `attndsl score RUN --on FILE`.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from attndsl.explain import Settings, explain
from benchmarks.measure import finish, machine

SHARED = Path(os.environ.get("ATTNDSL_SHARED", Path(__file__).parents[2] / "shared"))
NOTES = {
    "mean_iou": "held-out stories; default 0.60, aim 0.63; full 0.655, aim 0.68",
    "content_iou": "default 0.40, aim 0.44; full 0.46, aim 0.50",
    "excess_iou": "default 0.14, aim 0.20; full 0.22, aim 0.28",
    "mean_rest_error": "default at most 0.15; full 0.13",
    "programs": "default at most 80, aim 60; full 150",
    "median_lines": "default at most 10, aim 8; full 18",
    "most_lines": "default at most 16, aim 14; full 22",
    "median_numbers": "default at most 6, aim 4; full 12",
    "ladder_2_of_8": "content IoU of 2 parts over that of the most; at least 0.85",
    "forecast_worst": "at most 2",
}
KEYS = (
    "median_iou", "mean_rest_error", "excess_iou", "output_explained", "programs", "templates",
    "median_lines", "most_lines", "median_numbers", "median_bits", "forecast_worst", "minutes",
    "minutes_replace",
)  # fmt: skip
OTHERS = {"mbpp.jsonl": "code", "math500.jsonl": "mathematics", "lambada.jsonl": "novels"}
ABOUT = "mixed texts"  # stories, code, mathematics, novels and encyclopedia text
EACH = 40  # texts of every other kind


def main() -> None:
    parser = argparse.ArgumentParser(description="attndsl explain on SmolLM2-135M")
    parser.add_argument("--quick", action="store_true", help="32 + 32 stories, 10 minutes")
    parser.add_argument("--full", action="store_true", help="8 parts, 150 programs")
    parser.add_argument("--final", action="store_true", help="report on the last 100 rows")
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    parser.add_argument("--run", metavar="DIR", help="keep the run here, or go on with it")
    parser.add_argument("--store", metavar="DIR", help="heads captured before, on the same texts")
    parser.add_argument("--minutes", type=float, help="for all; default 120, or 10 with --quick")
    parser.add_argument("--skip", default="", metavar="PHASES", help="as attndsl explain has it")
    chosen = parser.parse_args()
    print(machine())
    name = "-".join(["explain", *(one for one in ("quick", "full", "final") if vars(chosen)[one])])
    summary = explain(settings_of(chosen, Path(chosen.run or f"build/{name}")), shown)
    finish("explain", figures_of(summary), NOTES, chosen.json)


def figures_of(summary: dict[str, Any]) -> dict[str, float]:
    """The keys that are followed, as flat numbers."""
    iou = summary["mean_iou"]
    figures = {"mean_iou": iou["mean"], "iou_ci_low": iou["low"], "iou_ci_high": iou["high"]}
    contents = [one["mean"] for one in summary["content_iou"].values() if one is not None]
    figures["content_iou"] = sum(contents) / len(contents)
    rests = [one["mean"] for one in summary["rest_error"].values()]
    figures["mean_rest_error"] = sum(rests) / len(rests)
    ladders = list(summary.get("ladder", {}).values())
    if ladders and all("2" in one["rungs"] for one in ladders):
        rungs = [[rung["content_iou"] for rung in one["rungs"].values()] for one in ladders]
        two = sum(one["rungs"]["2"]["content_iou"] for one in ladders)
        figures["ladder_2_of_8"] = two / sum(map(max, rungs))
    for key in KEYS:
        value = summary.get(key)
        if isinstance(value, dict):
            value = value.get("mean")
        if value is not None:
            figures.setdefault(key, float(value))
    return figures


def settings_of(chosen: argparse.Namespace, folder: Path) -> Settings:
    select, kinds = texts_to_select(quick=chosen.quick)
    rows = stories()
    report = rows[200:232] if chosen.quick else rows[200:300]
    if chosen.final:
        report = rows[-100:]
    count, held = len(select) + len(report), max(3, len(select) // 10)
    return Settings(
        model="smollm2",
        texts=(*select, *report),
        kinds=(*kinds, *("stories",) * len(report)),
        about=ABOUT,
        folder=folder,
        store=None if chosen.store is None else Path(chosen.store),
        minutes=chosen.minutes or (10 if chosen.quick else 120),
        shares=((len(select) - held) / count, held / count),
        parts=8 if chosen.full else None,
        programs=150 if chosen.full else 80,
        skip=frozenset(name for name in chosen.skip.split(",") if name),
        command="python -m benchmarks.explain" + " --full" * chosen.full,
    )


def stories() -> list[str]:
    lines = (SHARED / "data/text/tinystories.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


def texts_to_select(quick: bool) -> tuple[list[str], list[str]]:
    """Texts and their kinds: stories first, then some of every other kind, the last validate."""
    folder, each = SHARED / "data/text", 8 if quick else EACH
    found = {"stories": stories()[: 32 if quick else 200]}
    for name, kind in OTHERS.items():
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        found[kind] = [json.loads(line)["text"] for line in lines[: len(lines) // 2]][:each]
    lines = (folder / "wikitext2_valid.txt").read_text(encoding="utf-8").splitlines()
    found["encyclopedia"] = [line.strip() for line in lines[: len(lines) // 2]
                             if len(line) > 300][:each]  # fmt: skip
    # Kinds in turns, a story first, so that the last texts, which validate, are of every kind.
    turns = [(at / len(all_of), number, text, kind)
             for number, (kind, all_of) in enumerate(found.items())
             for at, text in enumerate(all_of)]  # fmt: skip
    turns.sort(key=lambda one: one[:2])
    return [text for _, _, text, _ in turns], [kind for *_, kind in turns]


LAST: dict[str, Any] = {"phase": "", "at": 0.0}


def shown(phase: str, done: int, of: int, note: str) -> None:
    now = time.monotonic()
    if phase != LAST["phase"] or now - LAST["at"] > 15:
        print(f"{phase}: {done} of {of} {note}", file=sys.stderr, flush=True)
        LAST.update(phase=phase, at=now)


if __name__ == "__main__":
    main()
