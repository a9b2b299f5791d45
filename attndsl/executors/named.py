"""What --on says: which executor, with how many workers, and where."""

import os
import re
from collections.abc import Callable, Mapping

from attndsl.executors.here import Here
from attndsl.executors.local import Local
from attndsl.executors.task import Executor
from attndsl.language.diagnostics import AttndslError

FORMS = "local:4, ray, ray:4, ray://ADDRESS or slurm:partition=NAME"


def named(words: str) -> Executor:
    """The executor that some words name.

    >>> named("local:4"), named("here")
    (Local(workers=4), Here())
    >>> named("cloud")
    Traceback (most recent call last):
    ...
    attndsl.language.diagnostics.AttndslError: there is no executor 'cloud'; write local:4, ray, \
ray:4, ray://ADDRESS or slurm:partition=NAME
    """
    kind = re.match(r"[a-z]*", words.strip())
    rest = words.strip()[kind.end() :] if kind else ""
    make = KINDS.get(kind[0]) if kind else None
    if make is None or (rest and rest[0] != ":"):
        raise AttndslError(f"there is no executor {words!r}; write {FORMS}")
    return make(rest[1:])


def ready(words: str) -> Executor:
    """The same, where it can work from here."""
    executor = named(words)
    executor.ready()
    return executor


def _here(rest: str) -> Executor:
    if rest:
        raise AttndslError("the executor here is one process: it takes no number")
    return Here()


def _local(rest: str) -> Executor:
    return Local(count_of(rest, f"local:{rest}") if rest else os.cpu_count() or 1)


def _ray(rest: str) -> Executor:
    from attndsl.executors.cluster import Ray

    count, address = rest, ""
    if rest.startswith("//"):
        count, address = "", rest[2:]
    elif "://" in rest:
        count, _, address = rest.partition("://")
    workers = count_of(count, f"ray:{rest}") if count else None
    return Ray(workers, address or None)


def _slurm(rest: str) -> Executor:
    from attndsl.executors.slurm import OPTIONS, Slurm

    options: dict[str, str] = {}
    for word in filter(None, rest.split(",")):
        name, equals, value = (part.strip() for part in word.partition("="))
        if not equals or name not in OPTIONS or not value:
            raise AttndslError(
                f"slurm:{rest}: {word!r} says nothing to SLURM; there are "
                f"{', '.join(f'{one}=' for one in OPTIONS)}"
            )
        options[name] = value
    workers = options.pop("workers", "4")
    return Slurm(count_of(workers, f"workers={workers}"), tuple(options.items()))


def count_of(word: str, where: str) -> int:
    """
    >>> count_of("4", "local:4")
    4
    """
    if not (word.isascii() and word.isdigit() and int(word[:6]) > 0 and len(word) < 6):
        raise AttndslError(f"{where}: the number of workers is a whole number from 1")
    return int(word)


KINDS: Mapping[str, Callable[[str], Executor]] = {
    "here": _here, "local": _local, "ray": _ray, "slurm": _slurm,
}  # fmt: skip
