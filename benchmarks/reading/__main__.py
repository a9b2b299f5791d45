"""Tasks for blind readers, from a run, and their answers scored.

    python -m benchmarks.reading --write DIR --run RUN [--heads 40] [--each 10] [--seed 1]
    python -m benchmarks.reading --ask DIR --llm-model NAME [--base-url URL]
    python -m benchmarks.reading --answers DIR [--json FILE]

A reader, a person or a language model, is given sheets of DIR/tasks and nothing else of DIR: the
key is beside them. Answers to tasks/NAME.md go to answers/NAME.txt. Whoever reads fuzz-1 reads no
fuzz-2, no words and no none: they ask the same of the same heads.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from attndsl.files.whole import make_folder, write_json, write_text
from attndsl.language.diagnostics import AttndslError
from attndsl.runs.kept import kept_report
from attndsl.runs.schema import read_summary, unfinished_note
from attndsl.synthesis.llm.config import llm_settings
from benchmarks.measure import Figures
from benchmarks.reading.asking import ask
from benchmarks.reading.scores import KEY, TASKS, Scores, read_answers, read_key, scored
from benchmarks.reading.sheets import sheets
from benchmarks.reading.tasks import drawn

ANSWERED = "score the answers: a reader's answers to DIR/tasks/NAME.md go to DIR/answers/NAME.txt"
NOTES = {
    "engine_own": "what the program itself answers; goal 0.88",
    "engine_other": "what another head's program answers",
    "fuzz_own": "which of two keys, by its own program; within 0.04 of engine_own",
    "fuzz_own_as_engine": "the answer is the program's own",
    "fuzz_other": "by another head's program; at most 0.55",
    "fuzz_words": "by name and docstring alone; goal 0.82, aim 0.88",
    "fuzz_none": "by nothing",
    "simulate_engine": "strongest key, as the program has it: is it readable?",
    "simulate_head": "as the head has it: is the head explained? at least 0.6",
    "simulate_head_other": "as the head has it, by another head's program",
    "engine_simulate_head": "what the program itself answers",
    "intruder_own": "whose of two maps, by its own program",
    "intruder_other": "by another head's program",
}


def main(given: list[str] | None = None) -> int:
    chosen = options().parse_args(given)
    try:
        if chosen.write:
            write(Path(chosen.write), Path(chosen.run), chosen.heads, chosen.each, chosen.seed)
        elif chosen.ask:
            wanted = {"model": chosen.llm_model, "base_url": chosen.base_url,
                      "answer_tokens": chosen.answer_tokens}  # fmt: skip
            ask(Path(chosen.ask), llm_settings(wanted), print)
        else:
            answers(Path(chosen.answers), chosen.json)
    except AttndslError as fault:
        print(f"error: {fault}", file=sys.stderr)
        return 1
    return 0


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="What a reader gets from a run's programs")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", metavar="DIR", help="write tasks and their key")
    what.add_argument("--ask", metavar="DIR", help="have a language model answer the tasks")
    what.add_argument("--answers", metavar="DIR", help=ANSWERED)
    parser.add_argument("--run", metavar="RUN", default="run", help="the run; default run")
    parser.add_argument("--heads", type=int, default=40, help="heads that are drawn; default 40")
    parser.add_argument("--each", type=int, default=10, help="heads on a sheet; default 10")
    parser.add_argument("--seed", type=int, default=1, help="default 1")
    parser.add_argument("--llm-model", metavar="NAME", help="the reader's name at its endpoint")
    parser.add_argument("--base-url", metavar="URL", help="the endpoint; else as the settings say")
    parser.add_argument("--answer-tokens", type=int, help="that an answer may have, thoughts too")
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    return parser


def write(folder: Path, run: Path, heads: int, each: int, seed: int) -> None:
    report = kept_report(run)
    asked, eligible = drawn(report, heads, seed)
    if not asked:
        raise AttndslError(f"no head of {run} has more than 30% content and enough to ask of it")
    if (folder / KEY).exists():
        raise AttndslError(f"{folder} has tasks already; name another folder")
    make_folder(folder / TASKS)
    key: dict[str, dict[str, Any]] = {}
    for sheet in sheets(report, asked, each, seed):
        write_text(folder / TASKS / f"{sheet.name}.md", sheet.text)
        key[sheet.name] = sheet.key
    about = {"model": report.model, "heads": len(asked), "eligible": eligible, "seed": seed}
    write_json(folder / KEY, {**about, "sheets": key})
    questions = sum(map(len, key.values()))
    print(f"{questions:,} questions on {len(asked)} of {eligible} heads with more than 30% "
          f"content, on {len(key)} sheets in {folder / TASKS}")  # fmt: skip
    if note := unfinished_note(run.name, read_summary(run).summary):
        print(f"note: {note}")


def answers(folder: Path, file: str | None) -> None:
    key = read_key(folder)
    given = read_answers(folder, key)
    found = scored(key, given)
    print(f"{len(given)} of {len(key)} sheets are answered")
    for one in given:
        took = "" if one.minutes is None else f", {one.minutes:g} minutes"
        print(f"  {one.sheet}: {one.reader}, {len(one.given)} of {len(key[one.sheet])}{took}")
    show(found)
    if file:
        Path(file).write_text(json.dumps(flat(found), indent=2) + "\n", encoding="utf-8")


def show(found: Scores) -> None:
    size = max(map(len, found.figures))
    for name, one in found.figures.items():
        count = f"{found.questions[name]:,} questions" if name in found.questions else "difference"
        left = f", {found.missing[name]} unanswered" if found.missing.get(name) else ""
        said = f"; {NOTES[name]}" if name in NOTES else ""
        few = ", few heads" if one.few else ""
        print(f"  {name:<{size}}  {one.mean:6.3f}  ({one.low:.3f} to {one.high:.3f}, "
              f"{one.texts} heads{few})  {count}{left}{said}")  # fmt: skip


def flat(found: Scores) -> Figures:
    figures: Figures = {}
    for name, one in found.figures.items():
        figures |= {name: one.mean, f"{name}_low": one.low, f"{name}_high": one.high}
    return figures


if __name__ == "__main__":
    sys.exit(main())
