"""Times that a busy or slower machine does not change much: processor time, without collections."""

import gc
import math
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
TRIES = 5
GOAL = 3.0  # twice the size takes less than this many times as long
STRIDES = 100_000
USUAL = 0.01  # seconds of so many, where the seconds that tests promise were measured


def timed(run: Callable[..., Result], *given: object) -> tuple[float, Result]:
    """Processor seconds of `run(*given)`, and its result.

    No collection goes over what other tests left meanwhile.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        start = time.process_time()
        result = run(*given)
        return time.process_time() - start, result
    finally:
        if was_on:
            gc.enable()


def usual(seconds: float) -> float:
    """What so many seconds, just measured, are where tests' promises were measured.

    A neighbour that shares a core doubles processor time too; a plain piece of Python tells by how
    much. A quicker machine has to keep the same seconds.
    """
    pace = min(timed(_stride)[0] for _ in range(2)) / USUAL
    return seconds / max(1.0, pace)


def _stride() -> None:
    seen: dict[int, tuple[int, object]] = {}
    for at in range(STRIDES):
        seen[at % 1000] = (at, seen.get(at % 999) is None)


def doubling(run: Callable[[int], object], size: int, floor: float, goal: float = GOAL) -> float:
    """How many times as long twice the size takes, `floor` seconds at `size` being no time.

    Asked of half the size and of twice it, two doublings apart: one step of a budget or of the
    memory between two sizes isn't growth, and the square grows sixteen times. What grows too fast
    does so at every try; a neighbour on the machine spoils one or two. So the first try that is
    good enough counts, or the best.
    """
    growths = []
    for _ in range(TRIES):
        less, more = (min(timed(run, n)[0] for _ in range(2)) for n in (size // 2, 2 * size))
        growths.append(math.sqrt(more / max(less, floor / 2)))
        if growths[-1] < goal:
            break
    return min(growths)
