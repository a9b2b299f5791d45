"""Programs as one file: each canonical form once, under a name of its own, with its docstring."""

import re
import unicodedata
from collections.abc import Callable, Container, Iterable
from dataclasses import replace

from attndsl.graph.printing import to_source
from attndsl.graph.program import Program
from attndsl.language.formatter import format_source


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
            parts.append((text or documented)(replace(program, name=name)).strip())
    return names, "\n\n\n".join(parts) + "\n"


def documented(program: Program) -> str:
    """The program's canonical source with the docstring that it was written with."""
    source = to_source(program)
    if not program.docstring:
        return source
    head = f"def {program.name}(q, k):\n"
    text = source.replace(head, f"{head}    {quoted(program.docstring)}\n", 1)
    return format_source(text, program.name)


def quoted(docstring: str) -> str:
    r'''A docstring as it stands below a `def`, so that just its text is read again.

    >>> print(quoted('Look at "the"'))
    """Look at "the\""""
    >>> print(quoted("One.\n\nTwo, \\ and \x1b."))
    """One.
    <BLANKLINE>
        Two, \\ and \x1b.
        """
    '''
    text = "".join(map(_letter, docstring))
    text = re.sub(r'"""|"\Z', lambda found: found[0].replace('"', r"\""), text)
    first, *rest = text.split("\n")
    if not rest:
        return f'"""{first}"""'
    lines = [f"    {line}" if line else "" for line in rest]
    return "\n".join([f'"""{first}', *lines, '    """'])


def _letter(letter: str) -> str:
    if letter == "\\":
        return r"\\"
    if letter != "\n" and unicodedata.category(letter) in UNSEEN:
        return letter.encode("unicode_escape").decode("ascii")
    return letter


# Control, format (bidi marks, zero width), surrogates, private, unassigned, ends of lines.
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


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
