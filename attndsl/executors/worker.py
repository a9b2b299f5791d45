"""What a worker of any executor does: one rank of a task that lies in a folder."""

import os
from functools import lru_cache

import attndsl
from attndsl.executors.shared import TASK_FILE, Shared
from attndsl.executors.task import other_version, read
from attndsl.files.places import place
from attndsl.language.diagnostics import AttndslError


def do(folder: str, rank: int, version: str) -> int:
    """Do a rank, unless its receipt is there; gives the number of this process."""
    if version != attndsl.__version__:
        raise AttndslError(other_version(version, "a worker"))
    work = taken_up(folder)
    if not work.done(rank):
        work.run(rank, work.world)
    return os.getpid()


@lru_cache(maxsize=2)
def taken_up(folder: str) -> Shared:
    """The task of a folder, read once: with it a worker keeps the model and the shards."""
    where = place(folder)
    try:
        text = (where / TASK_FILE).read_bytes().decode("utf-8", "surrogatepass")
    except FileNotFoundError:
        raise AttndslError(
            f"a worker does not see {folder}: all machines must share that folder (or take an "
            "address such as s3://bucket/run)"
        ) from None
    return Shared(read(text, "a worker"), where)
