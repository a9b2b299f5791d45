"""Progress of a job of several phases, on standard error: live on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attndsl.cli.output import say, seen
from attndsl.cli.progress import EVERY
from attndsl.explain.plan import spoken

if TYPE_CHECKING:
    from rich.console import RenderableType

Tell = Callable[[str, int, int, str], None]
NAME = 9  # columns for a phase's name


@dataclass
class ShownPhase:
    """One phase: how much of how much is done, since when, and a note that tells the time left."""

    name: str
    begun: float
    done: int = 0
    of: int = 0
    note: str = ""

    def ended(self) -> str:
        """What stays to be read of it."""
        note = f"  {self.note}" if self.note else ""
        return f"{self.name:<{NAME}}{spoken(time.monotonic() - self.begun):>10}{note}"


@contextmanager
def shown(quiet: bool = False) -> Iterator[Tell]:
    """A function that is told the phase, how much of how much of it is done, and a note."""
    if quiet:
        yield lambda *_: None
    elif sys.stderr.isatty():
        with _live() as tell:
            yield tell
    else:
        yield _lines()


def _next(now: ShownPhase | None, name: str, done: int, of: int, note: str) -> ShownPhase:
    """The phase that is told of, brought up to date."""
    phase = now if now is not None and now.name == name else ShownPhase(name, time.monotonic())
    phase.done, phase.of, phase.note = done, of, seen(note)
    return phase


@contextmanager
def _live() -> Iterator[Tell]:
    """The phase at work as a bar with its note below; a line stays of each that has ended."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    now: ShownPhase | None = None
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with Live(
        get_renderable=lambda: _drawn(now), console=console, refresh_per_second=4, transient=True
    ) as live:

        def tell(name: str, done: int, of: int, note: str) -> None:
            nonlocal now
            if now is not None and now.name != name:
                live.console.print(Text(now.ended(), "dim"), soft_wrap=True)
            now = _next(now, name, done, of, note)

        yield tell


def _drawn(phase: ShownPhase | None) -> RenderableType:
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.spinner import Spinner
    from rich.table import Table
    from rich.text import Text

    if phase is None:
        return Text("")
    row = Table.grid(padding=(0, 1))
    row.add_column(width=NAME - 1)
    row.add_column(no_wrap=True)
    row.add_column(no_wrap=True)
    if phase.of > 1:
        bar: RenderableType = ProgressBar(phase.of, phase.done, width=30)
        row.add_row(Text(phase.name, "bold"), bar, f"{phase.done} of {phase.of}")
    else:
        row.add_row(Text(phase.name, "bold"), Spinner("dots"), "")
    note = [Text(" " * NAME + phase.note, "dim", no_wrap=True, overflow="ellipsis")]
    return Group(row, *(note if phase.note else []))


def _lines() -> Tell:
    now: ShownPhase | None = None
    last = 0.0

    def tell(name: str, done: int, of: int, note: str) -> None:
        nonlocal now, last
        fresh = now is None or now.name != name
        now = _next(now, name, done, of, note)
        if not fresh and time.monotonic() - last < EVERY:
            return
        figures = [f"{name}: {done} of {of}", note]
        say(", ".join(filter(None, figures)), file=sys.stderr, flush=True)
        last = time.monotonic()

    return tell
