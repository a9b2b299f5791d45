"""Ray: actors on this machine, or on all machines of a cluster."""

import logging
import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import attndsl
from attndsl.executors.shared import Shared
from attndsl.executors.task import Going, Tell
from attndsl.executors.worker import do
from attndsl.language.diagnostics import AttndslError

CLIENT_PORT = 10001  # of Ray's own client server
RESTARTS = 20  # of an actor that dies, and of the rank that it had in hand
OBJECTS = (
    80_000_000  # bytes of Ray's object store here: parts go through the folder, not through it
)
TRIES = 3  # of beginning here: on a busy machine Ray gives up after half a minute
PATIENCE = 10.0  # seconds for a cluster to answer
LACKING = "--on ray needs Ray: attndsl doctor --get ray"
# Else Ray prints the traces of other actors' faults beside the one sentence that is said.
SILENCE = "RAY_IGNORE_UNHANDLED_ERRORS"
TOKEN = (
    "; a cluster that was begun with a token asks for RAY_AUTH_MODE=token here too, and for "
    "RAY_AUTH_TOKEN where it was begun on another machine"
)

_KEPT: dict["Ray", Any] = {}  # the actors, which from task to task keep the model


@dataclass(frozen=True, slots=True)
class Ray:
    """So many actors, by default one a core. Each keeps the model and the shards that it has read;
    Ray restarts those that die and does again what they had in hand."""

    workers: int | None = None
    address: str | None = None

    def ready(self) -> None:
        """Ray is installed, and somebody answers where it is said to be."""
        if find_spec("ray") is None:
            raise AttndslError(LACKING)
        if self.address is not None:
            answering(self.address)

    def run(self, work: Shared, tell: Tell, going: Going) -> None:
        missing = work.missing()
        done = work.world - len(missing)
        tell(done, work.world)
        if not missing:
            return
        with actors(self) as (ray, pool):
            waiting = iter(missing)
            while True:
                while pool.has_free() and going() and (rank := next(waiting, None)) is not None:
                    pool.submit(
                        lambda one, rank: one.do.remote(
                            str(work.folder), rank, attndsl.__version__
                        ),
                        rank,
                    )
                if not pool.has_next():
                    return
                with ray_errors(ray):
                    pool.get_next_unordered()
                done += 1
                tell(done, work.world)


class Worker:
    """An actor: a process that keeps what `do` has read."""

    def do(self, folder: str, rank: int, version: str) -> int:
        return do(folder, rank, version)


@contextmanager
def actors(asked: Ray) -> Iterator[tuple[Any, Any]]:
    """Ray and a pool of its actors, kept for the next task; after an error they are gone."""
    ray = imported()
    try:
        if asked not in _KEPT:
            release()
            _KEPT[asked] = begun(ray, asked)
        yield ray, _KEPT[asked]
    except BaseException:
        with suppress(KeyboardInterrupt):  # a second Ctrl-C does not leave processes behind
            release()
        raise


def release() -> None:
    """Let go of the cluster; one that was begun here ends."""
    if _KEPT:
        _KEPT.clear()
        imported().shutdown()


def begun(ray: Any, asked: Ray) -> Any:
    """The pool, with Ray connected to the cluster or begun here."""
    from ray.util import ActorPool

    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    if asked.address is None:
        where: dict[str, Any] = {
            "num_cpus": asked.workers, "include_dashboard": False, "object_store_memory": OBJECTS,
        }  # fmt: skip
    else:
        where = {"address": answering(asked.address)}
    for left in reversed(range(TRIES if asked.address is None else 1)):
        try:
            with warnings.catch_warnings(action="ignore"):  # the fault says it again
                ray.init(**where, **quiet)
            break
        except Exception as fault:  # Ray has no class for a node that is slow to begin
            ray.shutdown()
            if not left:
                if asked.address is None:
                    raise AttndslError(
                        f"Ray on this machine does not begin: {_line(fault)}"
                    ) from None
                raise AttndslError(
                    f"what answers at {asked.address} does not speak to Ray here: {_line(fault)}; "
                    "on its head machine `ray start --head` begins a cluster"
                    f"{'' if 'RAY_AUTH_MODE' in os.environ else TOKEN}"
                ) from None
    count = asked.workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
    actor = ray.remote(num_cpus=1, max_restarts=RESTARTS, max_task_retries=RESTARTS)(Worker)
    return ActorPool([actor.remote() for _ in range(count)])


def imported() -> Any:
    os.environ.setdefault(SILENCE, "1")
    try:
        import ray
    except ModuleNotFoundError:
        raise AttndslError(LACKING) from None
    return ray


def answering(address: str) -> str:
    """The address as `ray.init` takes it, where something answers there.

    A port of 10001, or none, is that of Ray's client; another is the cluster's own, for a command
    that is given on one of its machines, and so is the address `auto`.
    """
    if address == "auto":
        return address
    host, _, port = address.rstrip("/").rpartition(":")
    if not host:
        host, port = port, str(CLIENT_PORT)
    if not port.isdigit() or int(port[:6]) > 65535:
        raise AttndslError(f"ray://{address} is no address: write ray://HOST:PORT or ray://auto")
    try:
        socket.create_connection((host, int(port)), PATIENCE).close()
    except OSError as fault:
        raise AttndslError(
            f"no Ray cluster answers at {host}:{port} ({fault.strerror or fault}); on its head "
            "machine `ray start --head` begins one"
        ) from None
    if int(port) != CLIENT_PORT:
        return f"{host}:{port}"
    if find_spec("grpc") is None:
        raise AttndslError(f"--on ray://{host} needs Ray's client: attndsl doctor --get ray")
    return f"ray://{host}:{port}"


@contextmanager
def ray_errors(ray: Any) -> Iterator[None]:
    """What went wrong in a worker, in its own words; what Ray says of it, in a line."""
    try:
        yield
    except ray.exceptions.RayTaskError as fault:
        cause = getattr(fault, "cause", None)
        if isinstance(cause, AttndslError):
            raise AttndslError(str(cause), cause.diagnostics) from None
        if isinstance(cause, ModuleNotFoundError):
            raise AttndslError(
                f"a worker lacks the package {cause.name}: install attndsl there, with the same "
                "extras as here"
            ) from None
        raise
    except ray.exceptions.RayError as fault:
        raise AttndslError(f"a Ray worker was lost for good: {_line(fault)}") from None


def _line(fault: BaseException) -> str:
    text = str(fault).strip()
    return text.splitlines()[0].rstrip(".") if text else type(fault).__name__
