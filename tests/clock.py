"""Times that a busy machine does not change much: processor time, without collections."""

import gc
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
TRIES = 5
GOAL = 3.0  # twice the size takes less than this many times as long


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


def doubling(run: Callable[[int], object], size: int, floor: float, goal: float = GOAL) -> float:
    """How many times as long twice the size takes, `floor` seconds being no time at all.

    What grows too fast does so at every try; a neighbour on the machine spoils one or two. So
    the first try that is good enough counts, or the best.
    """
    found = []
    for _ in range(TRIES):
        once, twice = (min(timed(run, n)[0] for _ in range(2)) for n in (size, 2 * size))
        found.append(twice / max(once, floor))
        if found[-1] < goal:
            break
    return min(found)
