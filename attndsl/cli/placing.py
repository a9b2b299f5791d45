"""Where a model computes, and in which numbers: options of every command that loads one."""

from collections.abc import Callable
from typing import Any

import click


def placing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--dtype, --device and --device-map, handed on as `load` takes them."""
    options = (
        click.option("--dtype", metavar="NAME", help="How the model computes, such as bfloat16."),
        click.option("--device", metavar="NAME",
                     help="Where it computes, such as cuda:1; default: a GPU if there is one."),
        click.option("--device-map", metavar="auto", type=click.Choice(("auto",)),
                     help="Over all GPUs, and the CPU for what doesn't fit."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command
