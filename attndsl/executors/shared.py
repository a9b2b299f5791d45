"""A task in a folder that all workers see: its parts, their receipts, all of them together."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property

from attndsl.executors.parts import packed, unpacked
from attndsl.executors.task import Executor, Going, Part, Task, Tell, always, key_of, written
from attndsl.files.places import Address, Place
from attndsl.files.whole import make_folder, write_bytes
from attndsl.language.diagnostics import AttndslError

FOLDER = "work"  # in the folder that a command writes to
TASK_FILE = "task.json"
TURNS = 3  # in which parts that are not whole are done again


@dataclass(frozen=True)
class Shared:
    """A task and the folder of its parts: `part-RANK` is written first, the receipt after it."""

    task: Task
    folder: Place

    @cached_property
    def world(self) -> int:
        return self.task.world

    def run(self, rank: int, world: int) -> None:
        """Do a rank: write its part, then the receipt."""
        start = time.perf_counter()
        data = packed(self.task.part(rank, world))
        write_bytes(self._part(rank), data)
        receipt = {
            "task": self.folder.name, "rank": rank, "world": world,
            "sha256": hashlib.sha256(data).hexdigest(), "process": os.getpid(),
            "seconds": round(time.perf_counter() - start, 3),
        }  # fmt: skip
        write_bytes(self._receipt(rank), json.dumps(receipt).encode())

    def done(self, rank: int) -> bool:
        """Whether the receipt of a rank is there."""
        return self._receipt(rank).exists()

    def missing(self) -> list[int]:
        """The ranks without a receipt; the folder is looked at once."""
        there = {one.name for one in self.folder.glob("done-*")}
        return [rank for rank in range(self.world) if self._receipt(rank).name not in there]

    def part(self, rank: int) -> Part | None:
        """What a rank made; where that isn't whole None, and the receipt is taken back."""
        with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
            receipt = json.loads(self._receipt(rank).read_bytes())
            data = self._part(rank).read_bytes()
            if hashlib.sha256(data).hexdigest() == receipt["sha256"]:
                return unpacked(data)
        self.take_back(rank)
        return None

    def take_back(self, rank: int) -> None:
        """A rank is to be done again."""
        self._receipt(rank).unlink(missing_ok=True)

    def clear(self) -> None:
        """Take away what was written."""
        if isinstance(self.folder, Address):
            for one in self.folder.iterdir():
                one.unlink(missing_ok=True)
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):  # another task is in it
            self.folder.parent.rmdir()

    def forget(self) -> None:
        """Take away the task where no part of it is done; what SLURM's jobs wrote stays."""
        (self.folder / TASK_FILE).unlink(missing_ok=True)
        with suppress(OSError):  # something is in it
            self.folder.rmdir()
            self.folder.parent.rmdir()

    def _part(self, rank: int) -> Place:
        return self.folder / f"part-{rank:06d}"

    def _receipt(self, rank: int) -> Place:
        return self.folder / f"done-{rank:06d}"


def begun(task: Task, folder: Place) -> Shared:
    """The task, written down in the folder `work` of a folder, where workers find it."""
    text = written(task)
    mine = make_folder(folder / FOLDER / f"{task.kind}-{key_of(text)}")
    if not (mine / TASK_FILE).exists():
        write_bytes(mine / TASK_FILE, text.encode("utf-8", "surrogatepass"))
    return Shared(task, mine)


@contextmanager
def shared_out(
    task: Task,
    folder: Place,
    executor: Executor,
    tell: Tell = lambda *_: None,
    going: Going = always,
) -> Iterator[list[Part | None]]:
    """The parts of all ranks in order; those that were done before are not done again.

    None stands for ranks that were left when `going` said no. When the block ends well, what was
    written for it is taken away.
    """
    work = begun(task, folder)
    for _ in range(TURNS):
        try:
            executor.run(work, tell, going)
        except AttndslError as fault:
            there = work.world - len(work.missing())
            if not there:
                work.forget()
            kept = (
                f". {there} of {work.world} parts are done and kept in {work.folder}; the same "
                "command goes on from there"
            )
            raise AttndslError(f"{fault}{kept if there else ''}", fault.diagnostics) from None
        left = set(work.missing())
        parts = [None if rank in left else work.part(rank) for rank in range(work.world)]
        if not going() or all(part is not None for part in parts):
            break
    else:
        raise AttndslError(f"parts in {work.folder} are changed or gone once they are written")
    yield parts
    work.clear()
