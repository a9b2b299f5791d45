"""`attndsl explain` on SmolLM2-135M, measured: search and polish only, no language model asked.

    python -m benchmarks.explain [--quick] [--final] [--minutes N] [--json FILE] [--run DIR]

TinyStories cut to 64 tokens: rows 1 to 200 to select and fit, 201 to 300 to report on; `--final`
reports on the last 100 rows instead, and each such reading is logged in RESULTS.md. `--quick` takes
32 and 32 texts. A run folder that was stopped goes on.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attndsl.explain import Settings, explain
from attndsl.synthesis.search.climb import Effort
from benchmarks.measure import finish, machine

SHARED = Path(os.environ.get("ATTNDSL_SHARED", Path(__file__).parents[2] / "shared"))
NOTES = {
    "mean_iou": "held-out texts; at least 0.60, aim 0.65; the rival's is 0.558",
    "programs": "at most 150",
    "recovered_kl_100": "all heads, against their mean by position; 0.62, aim 0.75",
    "ppl_increase_25_effect": "percent, in order of effect; at most 6",
    "ppl_increase_50_effect": "at most 20",
    "candidates_per_second": "at least 150, goal 300",
}
KEYS = (
    "median_iou", "programs", "templates", "median_terms", "recovered_kl_100",
    "recovered_kl_25_neutral", "recovered_kl_50_neutral", "area_kl", "ppl_increase_25_effect",
    "ppl_increase_50_effect", "ppl_increase_25_fit", "ppl_increase_100",
    "candidates_per_second", "minutes", "minutes_replace",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="attndsl explain on SmolLM2-135M")
    parser.add_argument("--quick", action="store_true", help="32 + 32 texts, 10 minutes")
    parser.add_argument("--final", action="store_true", help="report on the last 100 rows")
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    parser.add_argument("--run", metavar="DIR", help="keep the run here, or go on with it")
    parser.add_argument("--minutes", type=float, help="to search; default 60, or 10 with --quick")
    parser.add_argument("--skip", default="", metavar="PHASES", help="as attndsl explain has it")
    chosen = parser.parse_args()
    print(machine())
    with TemporaryDirectory() as folder:
        settings = settings_of(
            chosen.quick, chosen.final, chosen.minutes, Path(chosen.run or folder), chosen.skip
        )
        summary = explain(settings, shown)
    iou = summary["mean_iou"]
    figures = {"mean_iou": iou["mean"], "iou_ci_low": iou["low"], "iou_ci_high": iou["high"]}
    figures |= {key: float(summary[key]) for key in KEYS if key in summary}
    finish("explain", figures, NOTES, chosen.json)


def settings_of(
    quick: bool, final: bool, minutes: float | None, folder: Path, skip: str = ""
) -> Settings:
    lines = (SHARED / "data/text/tinystories.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line)["text"] for line in lines]
    select, report = (rows[:32], rows[200:232]) if quick else (rows[:200], rows[200:300])
    if final:
        report = rows[-100:]
    count = len(select) + len(report)
    fit = len(select) - (4 if quick else 20)
    return Settings(
        model="smollm2",
        texts=(*select, *report),
        folder=folder,
        minutes=minutes or (10 if quick else 60),
        fit_texts=fit,
        shares=(fit / count, (len(select) - fit) / count),
        effort=Effort(dense=40, pruned=8, regrown=0, merged=15, refit=15) if quick else Effort(),
        skip=frozenset(name for name in skip.split(",") if name),
        command="python -m benchmarks.explain",
    )


LAST: dict[str, Any] = {"phase": "", "at": 0.0}


def shown(phase: str, done: int, of: int, note: str) -> None:
    now = time.monotonic()
    if phase != LAST["phase"] or now - LAST["at"] > 15:
        print(f"{phase}: {done} of {of} {note}", file=sys.stderr, flush=True)
        LAST.update(phase=phase, at=now)


if __name__ == "__main__":
    main()
