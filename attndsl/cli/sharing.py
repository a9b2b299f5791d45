"""--on: who does the work of a command, on this machine or on many."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from attndsl.executors.task import Executor


def sharing_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--on, which the command takes as `on`; `what` says which part of its work is shared out."""
    return click.option(
        "--on", "on", metavar="local:N|ray|slurm:...",
        help=f"Share {what} out: local:4 processes, ray[:N], ray://HOST:PORT, or "
             "slurm:partition=NAME,workers=8. The same bits as without.",
    )  # fmt: skip


EXECUTOR = re.compile(r"(here|local|ray|slurm)(:.*)?")


def apart(words: Sequence[str]) -> "tuple[Executor | None, tuple[str, ...]]":
    """Of the values of an --on that takes places too: the executor, and the others.

    >>> apart(["news.txt", "code.jsonl:code"])
    (None, ('news.txt', 'code.jsonl:code'))
    """
    mine = [word for word in words if EXECUTOR.fullmatch(word)]
    if mine[1:]:
        raise click.UsageError(f"--on {mine[0]} and --on {mine[1]}: one does the work")
    others = tuple(word for word in words if word not in mine)
    return executor_of(mine[0] if mine else None), others


def executor_of(words: str | None) -> "Executor | None":
    """The executor that --on names, refused where it can't work from here; none where it isn't
    given."""
    if words is None:
        return None
    from attndsl.executors.named import ready

    return ready(words)
