"""Options that were given and would be passed over: refused, in the words of the command line."""

import click
from click.core import ParameterSource


def refuse(beside: str, *names: str) -> None:
    """Refuse those parameters of the running command that its user gave."""
    context = click.get_current_context()
    for option in context.command.params:
        given = option.name and context.get_parameter_source(option.name)
        if option.name in names and given is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{max(option.opts, key=len)} doesn't go with {beside}")
