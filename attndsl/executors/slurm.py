"""SLURM by submitit: an array of jobs, each of which takes its share of the ranks."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import attndsl
from attndsl.executors.shared import Shared
from attndsl.executors.task import Going, Tell
from attndsl.executors.worker import do
from attndsl.files.cache import cache_folder
from attndsl.files.places import Address, Place
from attndsl.language.diagnostics import AttndslError

MINUTES = "240"  # of a job, where nothing is said; a job that is cut off is submitted again
LOOK = 1.0  # seconds from one look at the receipts to the next
# What --on slurm:NAME=VALUE,... says -> submitit's own name and kind; `cluster=local` tries it out.
OPTIONS: Mapping[str, tuple[str, type]] = {
    "workers": ("", int),
    "partition": ("slurm_partition", str),
    "account": ("slurm_account", str),
    "qos": ("slurm_qos", str),
    "constraint": ("slurm_constraint", str),
    "minutes": ("timeout_min", int),
    "cpus": ("cpus_per_task", int),
    "gpus": ("gpus_per_node", int),
    "memory": ("mem_gb", int),
    "cluster": ("", str),
}


@dataclass(frozen=True, slots=True)
class Slurm:
    """So many jobs. One that is preempted or out of time is submitted again and goes on."""

    workers: int
    options: tuple[tuple[str, str], ...] = ()

    def ready(self) -> None:
        """submitit is installed and finds SLURM, which takes what is asked for."""
        made(self, cache_folder() / "slurm")

    def run(self, work: Shared, tell: Tell, going: Going) -> None:
        missing = work.missing()
        tell(work.world - len(missing), work.world)
        while missing and going():
            said = self._round(work, missing, tell, going)
            left = work.missing()
            if left and len(left) == len(missing) and going():
                raise AttndslError(f"SLURM jobs ended before they had done anything: {said}")
            missing = left

    def _round(self, work: Shared, missing: list[int], tell: Tell, going: Going) -> str:
        """An array of jobs for what is missing; gives what ended one of them too early."""
        far = isinstance(work.folder, Address)
        executor = made(self, cache_folder() / "slurm" if far else work.folder / "jobs")
        shares = [missing[at :: self.workers] for at in range(min(self.workers, len(missing)))]
        jobs: list[Any] = executor.map_array(
            Share(), [str(work.folder)] * len(shares), shares, [attndsl.__version__] * len(shares)
        )
        try:
            while not all(job.done() for job in jobs) and going():
                tell(work.world - len(work.missing()), work.world)
                time.sleep(LOOK)
            said = [what_ended(job) for job in jobs] if going() else []
        finally:
            for job in jobs:
                with suppress(Exception):  # it has ended meanwhile
                    if not job.done():
                        job.cancel()
        tell(work.world - len(work.missing()), work.world)
        return next(filter(None, said), "")


class Share:
    """What a job does: rank after rank of its own, those with a receipt left out.

    It gives what went wrong in words, or nothing.
    """

    def __call__(self, folder: str, ranks: Sequence[int], version: str) -> str:
        try:
            for rank in ranks:
                do(folder, rank, version)
        except AttndslError as fault:
            return str(fault)
        return ""

    def checkpoint(self, folder: str, ranks: Sequence[int], version: str) -> Any:
        """What is submitted when the job is preempted: the same, as receipts tell what is left."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self, folder, ranks, version)


def what_ended(job: Any) -> str:
    """Why a job ended with ranks left, if it did; what a worker says in words is raised."""
    fault = job.exception()
    if fault is None:
        if said := job.result():
            raise AttndslError(str(said))
        return ""
    lines = [one.strip() for one in str(fault).splitlines() if one.strip("- ")]
    return f"job {job.job_id}: {lines[-1] if lines else type(fault).__name__}"


def made(asked: Slurm, logs: Place) -> Any:
    """submitit's executor with what was asked for; jobs write their logs to a folder."""
    try:
        import submitit
    except ModuleNotFoundError:
        raise AttndslError("--on slurm needs submitit: attndsl doctor --get slurm") from None
    options = {"minutes": MINUTES, **dict(asked.options)}
    cluster = options.pop("cluster", "slurm")
    try:
        executor = submitit.AutoExecutor(str(logs), cluster=cluster)
        executor.update_parameters(
            name="attndsl", slurm_array_parallelism=asked.workers,
            **{OPTIONS[name][0]: valued(name, value) for name, value in options.items()},
        )  # fmt: skip
    except (RuntimeError, ValueError, NameError, TypeError, AssertionError) as fault:
        raise AttndslError(
            f"SLURM is not here: {str(fault).splitlines()[0].rstrip('.?')}. Give the command on a "
            "machine that has sbatch"
        ) from None
    return executor


def valued(name: str, word: str) -> str | int:
    kind = OPTIONS[name][1]
    if kind is int and not (word.isascii() and word.isdigit()):
        raise AttndslError(f"{name}={word}: {name} is a whole number")
    return int(word) if kind is int else word
