"""What commands print: colour only where it is wanted, tables, JSON, diagnostics, errors."""

import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from attndsl.language.diagnostics import AttndslError, Diagnostic

if TYPE_CHECKING:
    from rich.console import Console

_FIGURE = re.compile(r"([-+]?[\d.,]+[kMG]?( ops|B|%)?)?")
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_OURS = {f"\x1b[{code}m": f"\x1b[{code}m" for code in ("0", *_STYLES.values())}
# Controls, surrogates, and what turns the direction of writing or hides (not the joiners of words).
_STEERING = re.compile(
    "|".join(map(re.escape, _OURS))
    + "|[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    + "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def wants_colour(stream: TextIO) -> bool:
    """Whether to write colour codes to a stream: NO_COLOR and FORCE_COLOR come first."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def seen(text: str) -> str:
    """The text with control characters spelled out, so that nothing in it can steer a terminal.

    Line ends and tabs stay, and so do the styles that `styled` writes.

    >>> print(seen("a\\x1b]0;title\\x07 \\u202eb"))
    a\\x1b]0;title\\x07 \\u202eb
    """
    return _STEERING.sub(lambda found: _OURS.get(found[0]) or _spelled(found[0]), text)


def _spelled(letters: str) -> str:
    return letters.encode("unicode_escape").decode("ascii")


def say(text: str = "", file: TextIO | None = None, end: str = "\n", flush: bool = False) -> None:
    """Print for a person to read: every text that a command shows goes through here."""
    print(seen(text), file=file, end=end, flush=flush)


def styled(text: str, style: str, stream: TextIO | None = None) -> str:
    """The text in a style of the table above, plain where colour is not wanted."""
    if not text or not style or not wants_colour(stream or sys.stdout):
        return text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def counting(number: int, word: str) -> str:
    """
    >>> counting(1, "head"), counting(270, "head")
    ('1 head', '270 heads')
    """
    return f"{number} {word}{'s' * (number != 1)}"


def width() -> int:
    """How many columns to fill: the terminal's (or COLUMNS), 80 in a pipe."""
    import shutil

    return shutil.get_terminal_size((80, 24)).columns


def print_json(value: object) -> None:
    """One JSON document on standard output; plain ASCII, so any pipe carries it."""
    import json

    print(json.dumps(value, indent=2))


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]], indent: int = 0) -> None:
    """Columns parted by two spaces; a column of figures stands to the right.

    On a terminal the last column is wrapped to what is left of the line.
    """
    table = [list(row) for row in rows]
    sizes = [
        max(len(head), *(len(row[column]) for row in table), 0) for column, head in enumerate(heads)
    ]
    right = [
        bool(table) and all(_FIGURE.fullmatch(row[column]) for row in table)
        for column in range(len(heads))
    ]

    def line(cells: Sequence[str]) -> str:
        placed = (
            cell.rjust(size) if at_right else cell.ljust(size)
            for cell, size, at_right in zip(cells, sizes, right, strict=True)
        )
        return (" " * indent + "  ".join(placed)).rstrip()

    if any(heads):
        say(styled(line(heads), "dim"))
    before = indent + sum(sizes[:-1]) + 2 * (len(sizes) - 1)
    room = width() - before
    for row in table:
        if sys.stdout.isatty() and len(row[-1]) > room >= 20:
            import textwrap

            first, *more = textwrap.wrap(row[-1], room)
            say(line([*row[:-1], first]))
            for rest in more:
                say(" " * before + rest)
        else:
            say(line(row))


def console() -> "Console":
    """A rich console on standard output, in colour where that is wanted."""
    from rich.console import Console

    colour = wants_colour(sys.stdout)
    return Console(
        width=width(),
        force_terminal=colour,
        no_color=not colour,
        color_system="auto" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
    )


def rendered(diagnostics: Iterable[Diagnostic], source: bytes, colour: bool) -> str:
    """Each diagnostic with its line and a caret."""
    from attndsl.language.render import render

    return render(tuple(diagnostics), source.decode("utf-8-sig", "replace"), colour=colour)


def show_error(fault: AttndslError, as_json: bool) -> None:
    """An error that the user can mend, on standard error, or as JSON on standard output."""
    if as_json:
        details = [diagnostic.as_json() for diagnostic in fault.diagnostics]
        print_json({"error": str(fault), "diagnostics": details})
        return
    say(styled("error: ", "red", sys.stderr) + str(fault), file=sys.stderr)
