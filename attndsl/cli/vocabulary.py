"""The option --vocabulary: a file of names in place of a tokenizer, for models over symbols."""

import shlex
from collections.abc import Callable
from typing import Any

import click


def vocabulary_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option; while the command runs, models without a tokenizer are read by the file."""
    return click.option(
        "--vocabulary", metavar="FILE", expose_value=False, callback=_stand_in,
        help="For a model without a tokenizer: the names of its ids, one a line.",
    )(command)  # fmt: skip


def _stand_in(context: click.Context, option: click.Parameter, value: str | None) -> None:
    if value is not None:
        from attndsl.models.vocabulary import standing_in

        context.with_resource(standing_in(value))


def again() -> str:
    """The option as a command that comes next needs it: with the file that was named here, if one
    was.

    >>> again()
    ''
    """
    from attndsl.models.vocabulary import named

    file = named()
    return "" if file is None else f" --vocabulary {shlex.quote(str(file))}"
