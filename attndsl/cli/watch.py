"""Doing something again whenever files change, until Ctrl-C: `attndsl run FILE --watch`."""

import os
import sys
import time
from collections.abc import Callable, Sequence

from attndsl.cli.output import say
from attndsl.language.diagnostics import AttndslError

PAUSE = 0.2  # seconds between looks at the files
CLEAR = "\x1b[2J\x1b[H"


def watch(
    files: Sequence[str], show: Callable[[], None], pause: float = PAUSE, rounds: int | None = None
) -> None:
    """Show, and show again after each change; a fault is told and watched on.

    `rounds` ends it after so many showings; without it Ctrl-C does.
    """
    seen: tuple[object, ...] | None = None
    shown = 0
    try:
        while rounds is None or shown < rounds:
            now = tuple(map(_state, files))
            if now == seen:
                time.sleep(pause)
                continue
            seen, shown = now, shown + 1
            if sys.stdout.isatty():
                sys.stdout.write(CLEAR)  # ours, so it may steer
            try:
                show()
            except AttndslError as fault:
                say(str(fault))
            sys.stdout.flush()
    except KeyboardInterrupt:
        say()


def _state(file: str) -> object:
    """What changes when a file is written; a file that is gone is a state as well."""
    try:
        state = os.stat(file)
    except (OSError, ValueError):
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino
