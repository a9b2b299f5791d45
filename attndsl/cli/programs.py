"""From a command's FILE or FILE:NAME to verified programs."""

import sys
from typing import TYPE_CHECKING

from attndsl.cli.files import read_source, shown, split_name
from attndsl.cli.output import rendered, wants_colour
from attndsl.language.diagnostics import AttndslError

if TYPE_CHECKING:
    from attndsl.graph.program import Program


def programs_of(argument: str) -> "tuple[Program, ...]":
    """The programs that FILE or FILE:NAME names; errors in the file end the command.

    Errors elsewhere in the file don't matter to a program that is named and right.
    """
    from attndsl.graph.verify import verify

    file, name = split_name(argument)
    source = read_source(file)
    verified = verify(source, shown(file))
    errors = tuple(one for one in verified.diagnostics if one.severity == "error")
    by_name = {program.name: program for program in verified.programs}
    if name in by_name:
        return (by_name[name],)
    if errors:
        raise AttndslError(rendered(errors, source, wants_colour(sys.stderr)), errors)
    if not by_name:
        raise no_program(file)
    if name is not None:
        raise AttndslError(f"{shown(file)} has no program {name}; it has {_listed(by_name)}")
    return verified.programs


def no_program(file: str) -> AttndslError:
    return AttndslError(
        f"{shown(file)} holds no head program: a def with the parameters q, k "
        "whose name has no leading underscore"
    )


def program_of(argument: str) -> "Program":
    """The one program that FILE or FILE:NAME names."""
    programs = programs_of(argument)
    if len(programs) > 1:
        names = [program.name for program in programs]
        raise AttndslError(
            f"{argument} holds {len(programs)} programs; name one of them, such as "
            f"{argument}:{names[0]} (it has {_listed(names)})"
        )
    return programs[0]


def _listed(names: "dict[str, Program] | list[str]") -> str:
    first = list(names)[:8]
    return ", ".join(first) + (", ..." if len(names) > len(first) else "")
