"""What every benchmark shares: timing, memory, tables a person reads, the JSON a program reads."""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from threading import Event, Thread

# A figure by its name; names end in their unit.
Figures = dict[str, float]


def json_file(description: str) -> str | None:
    """The one option of a benchmark's command line: where its figures go as JSON."""
    file: str | None = options(description).json
    return file


def options(description: str, **defaults: int | str) -> argparse.Namespace:
    """`--json FILE` and a whole number or a text for each name given."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    for name, default in defaults.items():
        parser.add_argument(
            f"--{name}", type=type(default), default=default, help=f"default {default or 'none'}"
        )
    return parser.parse_args()


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """The best time of a few runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def ratio(one: Callable[[], object], other: Callable[[], object], pairs: int = 5) -> float:
    """How many times longer the first takes: the median over paired runs."""
    return median(seconds(one, 1) / seconds(other, 1) for _ in range(pairs))


def processor_ratio(
    one: Callable[[], object], other: Callable[[], object], pairs: int = 5
) -> float:
    """How many times the processor time of the first the other takes, the median over pairs: what
    else the machine is doing hardly changes it."""
    one(), other()

    def spent(work: Callable[[], object]) -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return median(spent(other) / max(spent(one), 1e-9) for _ in range(pairs))


@dataclass(frozen=True)
class Paired:
    """Two ways of doing a thing, run in turns: each one's best time and the median ratio."""

    ours: float
    theirs: float
    ratio: float


def paired(
    ours: Callable[[], object], theirs: Callable[[], object], pairs: int = 3, times: int = 1
) -> Paired:
    """How many times longer `theirs` takes; a pair shares what else the machine is doing.

    Both run once before the clock starts. `times` repeats our side where it is too short to time.
    """
    ours(), theirs()
    found = [
        (seconds(lambda: [ours() for _ in range(times)], 1) / times, seconds(theirs, 1))
        for _ in range(pairs)
    ]
    return Paired(
        min(one for one, _ in found),
        min(other for _, other in found),
        median(other / one for one, other in found),
    )


def anonymous_mb() -> float:
    """Memory of this process that no file backs (RssAnon), in MB; Linux only."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("this system does not tell a process's anonymous memory")


@dataclass
class Peak:
    """The highest anonymous memory that was seen."""

    mb: float = 0.0


@contextmanager
def watched(pause: float = 0.02) -> Iterator[Peak]:
    """Look at the anonymous memory fifty times a second while the block runs."""
    peak, stop = Peak(anonymous_mb()), Event()

    def look() -> None:
        while not stop.wait(pause):
            peak.mb = max(peak.mb, anonymous_mb())

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def machine() -> str:
    """Processor, cores and versions, to stand beside figures."""
    found = [f"Python {platform.python_version()}"]
    for name in ("numpy", "numba", "torch", "scipy", "transformers"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return f"{_processor()}, {os.cpu_count()} cores, {', '.join(found)}"


def _processor() -> str:
    source = Path("/proc/cpuinfo")
    if source.exists():
        for line in source.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print columns in line: the first to the left, the others to the right."""
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        rest = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        print("  ".join((line[0].ljust(widths[0]), *rest)), flush=True)


def finish(title: str, figures: Figures, notes: dict[str, str], file: str | None) -> None:
    """Print the figures, each with its note, and write them to the file if there is one."""
    print(f"{title}  (Python {platform.python_version()}, {os.cpu_count()} cores)")
    size = max(len(name) for name in figures)
    for name, value in figures.items():
        shown = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
        print(f"  {name:<{size}}  {shown:>10}  {notes.get(name, '')}".rstrip())
    if file:
        with open(file, "w", encoding="utf-8") as stream:
            json.dump(figures, stream, indent=2)
            stream.write("\n")
