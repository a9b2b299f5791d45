"""--on: who does the work of a command, on this machine or on many."""

from collections.abc import Callable
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


def executor_of(words: str | None) -> "Executor | None":
    """The executor that --on names; none where it isn't given."""
    if words is None:
        return None
    from attndsl.executors.named import named

    return named(words)
