"""Wadler-style layout: pieces of text with places where a line may break, printed within a width.

A group is printed on one line if that fits, else every break of it becomes a new line. Knows
nothing of the language.
"""

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Line:
    """A line break in a broken group; `flat` in one that fits."""

    flat: str = " "


@dataclass(frozen=True, slots=True)
class Broken:
    """Text that stands in a broken group only, such as a comma behind the last item."""

    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: at the end of the line that is being printed, or on a line of its own."""

    text: str
    own_line: bool = False


@dataclass(frozen=True, slots=True)
class Indent:
    content: "Doc"


@dataclass(frozen=True, slots=True)
class Group:
    """Printed flat if it fits and holds no comment."""

    content: "Doc"
    must_break: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "must_break", _holds_comment(self.content))


@dataclass(frozen=True, slots=True)
class Fill:
    """Items parted by `, `, as many on a line as fit."""

    items: tuple["Doc", ...]


Doc: TypeAlias = str | Line | Broken | Comment | Indent | Group | Fill | tuple["Doc", ...]

NOTHING, SOFT = Line(""), Line()


def _holds_comment(doc: Doc) -> bool:
    match doc:
        case Comment():
            return True
        case Group(must_break=must_break):
            return must_break
        case Indent(content=content):
            return _holds_comment(content)
        case Fill(items=items):
            return any(_holds_comment(item) for item in items)
        case tuple():
            return any(_holds_comment(part) for part in doc)
    return False


def width_of(doc: Doc) -> int:
    """How wide a document is on one line."""
    match doc:
        case str():
            return len(doc)
        case Line(flat=flat):
            return len(flat)
        case Indent(content=content) | Group(content=content):
            return width_of(content)
        case Fill(items=items):
            return sum(width_of(item) + 2 for item in items) - 2
        case tuple():
            return sum(width_of(part) for part in doc)
    return 0


def fits(doc: Doc, room: int) -> bool:
    """Whether a document is no wider than this on one line: of a wide one only so much is read.

    >>> fits(("ab", Group(("c", SOFT, "d"))), 5), fits(("ab", Group(("c", SOFT, "d"))), 4)
    (True, False)
    """
    rest = [doc]
    while rest and room >= 0:
        match rest.pop():
            case str(text):
                room -= len(text)
            case Line(flat=flat):
                room -= len(flat)
            case Indent(content=content) | Group(content=content):
                rest.append(content)
            case Fill(items=items):
                room -= 2 * (len(items) - 1)
                rest.extend(items)
            case tuple() as parts:
                rest.extend(parts)
    return room >= 0


def render(doc: Doc, width: int, margin: int = 0) -> list[str]:
    """The lines of a document; the first starts behind `margin` blanks, as do the others.

    >>> call = Group(("f(", Indent((NOTHING, "aaaa,", SOFT, "bbbb")), Broken(","), NOTHING, ")"))
    >>> render(call, 20), render(call, 10)
    (['f(aaaa, bbbb)'], ['f(', '    aaaa,', '    bbbb,', ')'])
    """
    lines: list[str] = []
    line, suffix = " " * margin, ""
    # what is left to print: its indentation, whether its group is flat, itself
    rest: list[tuple[int, bool, Doc]] = [(margin, False, doc)]

    def finish(indent: int) -> None:
        nonlocal line, suffix
        lines.append((line + suffix).rstrip())
        line, suffix = " " * indent, ""

    while rest:
        indent, flat, part = rest.pop()
        match part:
            case str():
                line += part
            case Line():
                if flat:
                    line += part.flat
                elif line.strip() or suffix:
                    finish(indent)
                else:
                    line = " " * indent
            case Broken(text=text):
                line += "" if flat else text
            case Comment(text=text, own_line=True):
                if line.strip() or suffix:
                    finish(indent)
                line += text
                finish(indent)
            case Comment(text=text):
                suffix += "  " + text
            case Indent(content=content):
                rest.append((indent + (0 if flat else 4), flat, content))
            case Group(content=content, must_break=must_break):
                room = width - len(line) - _width_behind(rest)
                rest.append((indent, flat or (not must_break and fits(content, room)), content))
            case Fill(items=items):
                _fill(items, rest, indent, flat, width)
            case tuple():
                rest.extend((indent, flat, inner) for inner in reversed(part))
    finish(0)
    return lines


def _width_behind(rest: list[tuple[int, bool, Doc]]) -> int:
    """The width of what must follow on the same line: up to the next break of an open group."""
    total = 0
    for _, flat, doc in reversed(rest):
        if isinstance(doc, Line) and not flat:
            break
        if isinstance(doc, str):
            total += len(doc)
        elif isinstance(doc, Broken):
            total += 0 if flat else len(doc.text)
        elif isinstance(doc, tuple):
            head, more = _width_of_head(doc, flat)
            total += head
            if not more:
                break
        elif not isinstance(doc, Comment):
            break
    return total


def _width_of_head(parts: tuple[Doc, ...], flat: bool) -> tuple[int, bool]:
    """The width up to the first break, and whether there is none."""
    total = 0
    for part in parts:
        if isinstance(part, str):
            total += len(part)
        elif isinstance(part, Line) and flat:
            total += len(part.flat)
        elif isinstance(part, tuple):
            inner, more = _width_of_head(part, flat)
            total += inner
            if not more:
                return total, False
        elif not isinstance(part, Comment | Broken):
            return total, False
    return total, True


def _fill(
    items: tuple[Doc, ...],
    rest: list[tuple[int, bool, Doc]],
    indent: int,
    flat: bool,
    width: int,
) -> None:
    """Queue the items with a break before each that would pass the width."""
    queue: list[Doc] = []
    column = indent
    for number, item in enumerate(items):
        comma = "," if number + 1 < len(items) or not flat else ""
        size = width_of(item) + len(comma)
        own = isinstance(item, tuple) and isinstance(item[0], Comment)
        if number and not flat and (own or column + 1 + size > width):
            queue.append(NOTHING)
            column = indent
        elif number:
            queue.append(" ")
            column += 1
        queue.extend((item, comma))
        column += size
        if not flat and isinstance(item, tuple) and isinstance(item[-1], Comment):
            column = width  # the next item starts a line
    rest.extend((indent, flat, part) for part in reversed(queue))
