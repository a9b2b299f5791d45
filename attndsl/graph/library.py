"""Programs as one file: each canonical form once, under a name of its own, with its docstring."""

from collections.abc import Callable, Container, Iterable
from dataclasses import replace

from attndsl.graph.printing import to_source
from attndsl.graph.program import Program


def as_library(
    programs: Iterable[Program], text: Callable[[Program], str] | None = None
) -> tuple[dict[str, str], str]:
    """The name that each program has in the file, by its hash, and the file's text.

    `text` says how a program is written: by default in canonical form, which needs no helper.
    """
    names: dict[str, str] = {}
    parts: list[str] = []
    for program in programs:
        if program.hash not in names:
            name = free_name(program.name, names.values())
            names[program.hash] = name
            parts.append((text or to_source)(replace(program, name=name)).strip())
    return names, "\n\n\n".join(parts) + "\n"


def free_name(name: str, taken: Container[str]) -> str:
    """The name, with a number behind it where it is taken.

    >>> free_name("near", {"near", "near_2"})
    'near_3'
    """
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
