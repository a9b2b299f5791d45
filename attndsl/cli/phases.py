"""Progress of a job of several phases, on standard error: a bar a phase, or lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[str, int, int, str], None]
EVERY = 10.0  # seconds between lines where there is no terminal


@contextmanager
def shown(quiet: bool = False) -> Iterator[Tell]:
    """A function that is told the phase, how much of how much of it is done, and a note."""
    if quiet:
        yield lambda *_: None
    elif sys.stderr.isatty():
        with _bars() as tell:
            yield tell
    else:
        yield _lines()


@contextmanager
def _bars() -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(phase: str, done: int, of: int, note: str) -> None:
            for name, task in tasks.items():
                if name != phase:
                    bars.stop_task(task)
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=of, note=note)
            bars.update(tasks[phase], completed=done, total=of, note=note)

        yield tell


def _lines() -> Tell:
    now_in, begun, last = "", 0.0, 0.0

    def tell(phase: str, done: int, of: int, note: str) -> None:
        nonlocal now_in, begun, last
        now = time.monotonic()
        if phase == now_in and now - last < EVERY:
            return
        if phase != now_in:
            now_in, begun = phase, now
        left = (now - begun) * (of - done) / done if 0 < done < of else 0.0
        more = f", {left:.0f} s left" if left >= 1 else ""
        said = f"; {note}" if note else ""
        print(f"{phase}: {done} of {of}{more}{said}", file=sys.stderr, flush=True)
        last = now

    return tell
