"""The language's figures: start-up, programs checked a second, bad input.

python -m benchmarks.language [--json FILE]
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.parser import parse
from benchmarks.measure import finish, json_file, seconds
from benchmarks.typical import TYPICAL, library, varied
from tests.programs.mutations import mutated

NOTES = {
    "check_seconds": "attndsl check of one file, whole process (goal under 0.3)",
    "check_processor_seconds": "the same, processor time: what it takes on an idle machine",
    "import_ms": "import attndsl, above bare Python (goal under 100)",
    "programs_per_second": "parse, all checks, canonical form, 25 lines, processor time (goal 100)",
    "lark_share": "of that time, Lark's own parsing",
    "fuzz_p99_ms": "mutated programs through all checks, processor time, 99th percentile (goal 20)",
    "fuzz_worst_ms": "the slowest of them",
    "file_scaling": "1,600 programs in one file over apart, processor time (goal at most 1.2)",
    "score_seconds_1500": "1,500 programs checked and scored on 24 texts, processor time (goal 25)",
    "score_check_seconds_1500": "of that, checking them",
}
MUTATIONS = 2000


def process(arguments: list[str], repeats: int = 5) -> float:
    """Seconds of a Python process, warm."""
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    return seconds(
        lambda: subprocess.run(
            [sys.executable, *arguments], check=True, capture_output=True, env=environment
        ),
        repeats,
    )


def processor_of(arguments: list[str]) -> float:
    """Processor seconds of a Python process, the least of five; POSIX only."""
    import resource

    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    times = []
    for _ in range(5):
        before = spent()
        process(arguments, 1)
        times.append(spent() - before)
    return min(times)


def processor_seconds(work: Callable[[], object]) -> float:
    """Time that the processor spent on it, whatever else the machine was doing."""
    start = time.process_time()
    work()
    return time.process_time() - start


def check_seconds() -> tuple[float, float]:
    """By the clock, and by the processor."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "previous.attn")
        file.write_text(TYPICAL[0])
        command = ["-m", "attndsl", "check", str(file)]
        return process(command), processor_of(command)


def programs_per_second() -> tuple[float, float]:
    """Programs a second, and the share of Lark, over the typical programs one by one."""
    from attndsl.language import parser

    def all_of_it() -> None:
        for source in TYPICAL:
            found = verify(source)
            assert not any(d.severity == "error" for d in found.diagnostics), found.diagnostics

    whole = min(processor_seconds(all_of_it) for _ in range(5))
    lark, _ = parser.grammar()
    inside = 0.0
    original = lark.parse

    def timed(*arguments: Any, **keywords: Any) -> object:
        nonlocal inside
        start = time.process_time()
        try:
            return original(*arguments, **keywords)
        finally:
            inside += time.process_time() - start

    with patch.object(lark, "parse", timed):
        start = time.process_time()
        all_of_it()
        share = inside / (time.process_time() - start)
    return len(TYPICAL) / whole, share


def fuzz_milliseconds() -> list[float]:
    """Times of checking programs with a few random edits, sorted."""
    rng = random.Random(0)
    files = sorted(asset("examples").rglob("*.attn"))
    sources = [*TYPICAL, *(one for file in files for one in single(file.read_text()))]
    times = []
    for _ in range(MUTATIONS):
        source = mutated(rng, sources)
        start = time.process_time()
        verify(source)
        times.append(1000 * (time.process_time() - start))
    return sorted(times)


def single(source: str) -> list[str]:
    """A file of programs as files of one program each, with the helpers and constants."""
    module, _ = parse(source)
    lines = source.split("\n")
    others = [one for one in module.definitions if not one.is_head]
    start = min(one.span.line for one in module.definitions) - 1
    shared = lines[:start]
    for one in others:
        shared += ["", *lines[one.span.line - 1 : one.span.end_line]]
    heads = [one for one in module.definitions if one.is_head]
    return ["\n".join([*shared, "", *lines[h.span.line - 1 : h.span.end_line]]) for h in heads]


def file_scaling(count: int = 1600) -> float:
    """Processor time of many programs in one file over that of each in its own."""
    sources = [varied(number) for number in range(count)]
    apart = processor_seconds(lambda: [verify(source) for source in sources])
    return processor_seconds(lambda: verify(library(count))) / apart


def score_seconds() -> tuple[float, float]:
    """Processor seconds of a whole scoring job, and of its checking."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.library_job", str(Path(folder, "store"))]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return found["all"], found["checked"]


def main() -> None:
    file = json_file(__doc__ or "")
    bare = process(["-c", ""])
    imported = process(["-c", "import attndsl"])
    rate, share = programs_per_second()
    times = fuzz_milliseconds()
    by_clock, by_processor = check_seconds()
    scoring, checking = score_seconds()
    figures = {
        "check_seconds": by_clock,
        "check_processor_seconds": by_processor,
        "import_ms": 1000 * max(imported - bare, 0.0),
        "programs_per_second": rate,
        "lark_share": share,
        "fuzz_p99_ms": times[int(0.99 * len(times))],
        "fuzz_worst_ms": times[-1],
        "file_scaling": file_scaling(),
        "score_seconds_1500": scoring,
        "score_check_seconds_1500": checking,
    }
    finish("language", figures, NOTES, file)


if __name__ == "__main__":
    main()
