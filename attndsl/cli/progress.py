"""Live progress on standard error: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from attndsl.cli.output import say
from attndsl.explain.plan import spoken

Tell = Callable[[int, int], None]
EVERY = 10.0  # seconds between lines where there is no terminal


@dataclass
class Pace:
    """How fast it goes. What was done before the first report took no time of this run."""

    first: int = -1
    since: float = field(default_factory=time.monotonic)

    def say(self, done: int, total: int) -> str:
        """Rate and time left in words; nothing until there is a pace."""
        if self.first < 0:
            self.first, self.since = done, time.monotonic()
        fresh, seconds = done - self.first, time.monotonic() - self.since
        if fresh <= 0 or seconds <= 0:
            return ""
        rate = fresh / seconds
        shown = f"{rate:.1f} a second" if rate >= 1 else f"{1 / rate:.1f} s each"
        return f"{shown}, {spoken((total - done) / rate)} left"


@contextmanager
def progress(title: str, quiet: bool = False) -> Iterator[Tell]:
    """A function that is told how much of how much is done.

    Nothing is shown where `quiet`; what a command prints on standard output is never touched.
    """
    if quiet:
        yield lambda done, total: None
    elif sys.stderr.isatty():
        with _bar(title) as tell:
            yield tell
    else:
        yield _lines(title)


@contextmanager
def _bar(title: str) -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
        TextColumn("{task.fields[figures]}"),
    )  # fmt: skip
    pace = Pace()
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(title, total=None, figures="starting")

        def tell(done: int, total: int) -> None:
            figures = ", ".join(filter(None, (f"{done} of {total}", pace.say(done, total))))
            shown.update(task, completed=done, total=total, figures=figures)

        yield tell


def _lines(title: str) -> Tell:
    pace, last = Pace(), time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        now, said = time.monotonic(), pace.say(done, total)
        if now - last >= EVERY and said and done < total:
            say(f"{title}: {done} of {total}, {said}", file=sys.stderr, flush=True)
            last = now

    return tell
