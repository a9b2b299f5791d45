"""Room for whole matrices: counted for the text at hand before anything is taken."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from attndsl.language.diagnostics import AttndslError

if TYPE_CHECKING:
    from attndsl.graph.program import Program

MEGABYTE = 2**20
CELL = 8  # bytes

memory_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--memory", default=1024, show_default=True, type=click.IntRange(16), metavar="MB",
    help="Stop before a text takes more than this.",
)  # fmt: skip


def check_room(programs: "Sequence[Program]", tokens: int, matrices: int, megabytes: int) -> None:
    """Refuse a text for which the programs, and so many whole matrices beside, take too much."""
    squares = CELL * tokens**2
    needed = max(program.cost.bytes.at(tokens) for program in programs) + matrices * squares
    if needed > megabytes * MEGABYTE:
        raise AttndslError(
            f"a text of {tokens:,} tokens takes up to {needed / MEGABYTE:,.0f} MB here, and "
            f"{megabytes:,} MB are allowed; give a shorter text, fewer --tokens or more --memory"
        )
