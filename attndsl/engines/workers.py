"""Threads that share out the blocks of a pass.

The compiled machine lets go of Python's lock, so plain threads run it side by side. They sleep
while there is nothing to do: Numba's own parallel loops wait in a spin, which on a machine with
other work costs twenty milliseconds a loop.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

Share = tuple[int, int]


def shares(blocks: int, work: int, most: int) -> list[Share]:
    """Runs of blocks, which have about as much work each; little work stays in one run.

    >>> shares(4, 4_000_000, 2), shares(4, 1000, 2)
    ([(0, 1), (1, 2), (2, 3), (3, 4)], [(0, 4)])
    """
    threads = min(most, 1 + work // WORK_A_THREAD, blocks)
    if threads <= 1:
        return [(0, blocks)]
    parts = min(blocks, PARTS_A_THREAD * threads)
    cuts = [blocks * part // parts for part in range(parts + 1)]
    return list(pairwise(cuts))


WORK_A_THREAD = 1_000_000  # cells times instructions, a fifth of a millisecond at least
PARTS_A_THREAD = 4  # the last to finish keeps the others waiting for a quarter of a share


def threads() -> int:
    """As many as Numba may use: `NUMBA_NUM_THREADS`, `numba.set_num_threads`."""
    import numba

    return int(numba.get_num_threads())


def run_shared(work: Callable[[int, Share], object], parts: Sequence[Share], most: int) -> None:
    """Call work(worker, part) for every part; workers count from 0, none runs twice at a time."""
    workers = min(most, len(parts))
    if workers <= 1:
        for part in parts:
            work(0, part)
        return
    waiting = iter(parts)
    others = [_pool(os.getpid()).submit(_drain, work, n, waiting) for n in range(1, workers)]
    try:
        _drain(work, 0, waiting)
    finally:
        for other in others:
            other.result()


def share_out(run: Callable[[int, int], object], count: int, work: int) -> None:
    """Call run(first, stop) over parts of range(count), on as many threads as the work is worth."""
    most = threads()
    run_shared(lambda _, part: run(*part), shares(count, work, most), most)


def _drain(work: Callable[[int, Share], object], worker: int, waiting: Iterator[Share]) -> None:
    for part in waiting:
        work(worker, part)


@cache
def _pool(_process: int) -> ThreadPoolExecutor:
    """One for each process: threads don't live on in a forked child."""
    return ThreadPoolExecutor(64, thread_name_prefix="attndsl")
