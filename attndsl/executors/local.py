"""Processes on this machine."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from threading import Thread

import attndsl
from attndsl.executors.shared import Shared
from attndsl.executors.task import Going, Tell
from attndsl.executors.worker import do
from attndsl.language.diagnostics import AttndslError

DEATHS = 3  # in a row, of all workers, without one part done
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")

# By the number of workers, with the processes that were there before: from task to task workers
# keep the model.
_KEPT: dict[int, tuple[ProcessPoolExecutor, set[BaseProcess]]] = {}


@dataclass(frozen=True, slots=True)
class Local:
    """So many processes; where a task doesn't say in how many threads, each has its share of the
    cores. One that dies is replaced, and what it had in hand is done again."""

    workers: int

    def ready(self) -> None:
        """It needs nothing but processes."""

    def run(self, work: Shared, tell: Tell, going: Going) -> None:
        deaths = 0
        missing = work.missing()
        tell(work.world - len(missing), work.world)
        while missing and going():
            try:
                self._round(work, missing, tell, going)
            except BrokenProcessPool:
                left = work.missing()
                deaths = deaths + 1 if len(left) == len(missing) else 1
                if deaths == DEATHS:
                    raise AttndslError(
                        f"worker processes were ended from outside {DEATHS} times before they had "
                        "done anything, mostly for want of memory: take fewer workers"
                    ) from None
            missing = work.missing()

    def _round(self, work: Shared, missing: list[int], tell: Tell, going: Going) -> None:
        """The ranks that are missing, few more at a time than there are workers."""
        waiting = iter(missing)
        done = work.world - len(missing)
        with processes(self.workers) as pool:
            doing: set[Future[int]] = set()
            while True:
                while len(doing) < self.workers + 1 and going():
                    rank = next(waiting, None)
                    if rank is None:
                        break
                    doing.add(pool.submit(do, str(work.folder), rank, attndsl.__version__))
                if not doing:
                    return
                ended, doing = wait(doing, return_when=FIRST_COMPLETED)
                for one in ended:
                    one.result()
                    done += 1
                    tell(done, work.world)


@contextmanager
def processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of processes, kept for the next task; after an error they are gone."""
    share = str(max(1, (os.cpu_count() or 1) // count))
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, share))  # for those that are begun meanwhile
    try:
        if count not in _KEPT:
            context = multiprocessing.get_context("spawn")  # a fork with threads may hang
            others = set(multiprocessing.active_children())
            _KEPT[count] = ProcessPoolExecutor(count, context, initializer=made_ready), others
        yield _KEPT[count][0]
    except BaseException:
        for child in set(multiprocessing.active_children()) - _KEPT[count][1]:
            child.kill()
        release()
        raise
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def release() -> None:
    """Let all processes go that are kept."""
    while _KEPT:
        _KEPT.popitem()[1][0].shutdown(wait=True, cancel_futures=True)


def made_ready() -> None:
    """Ctrl-C is for the command, which ends its workers; where it is killed they end, too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=end_with_command, daemon=True).start()


def end_with_command() -> None:
    """Else a worker would wait for work for ever, with a model in its memory."""
    command = multiprocessing.parent_process()
    if command is not None:
        command.join()
        os._exit(1)
