"""What could stand at a place: attributes behind a dot, labels in a text, names elsewhere."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from attndsl.authoring.told import signature
from attndsl.authoring.words import Place
from attndsl.language import shipped
from attndsl.language import vocabulary as table

Sort = Literal[
    "attribute", "method", "function", "aggregate", "range", "row", "mechanism", "table",
    "decorator", "label", "local", "definition", "constant", "keyword", "number",
]  # fmt: skip
KEYWORDS = ("return", "if", "elif", "else", "and", "or", "not", "in", "is", "None", "True", "False",
            "for", "def")  # fmt: skip
Callable = table.Function | table.RangeEntry | table.RowEntry | table.AggregateEntry
_IN_TEXT = re.compile(
    r"""\.(\w+)\s*(?:==|!=|in|not\s+in)\s*[{\[(]?(?:[^{}\[\]()]*,)?\s*["'][^"']*$"""
)
_LOCAL = re.compile(r"^\s+([A-Za-z_]\w*)\s*[-+*/]?=(?!=)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that could be written; `insert` is its text, with the place of the first gap."""

    name: str
    sort: Sort
    detail: str
    insert: str


def choices(place: Place) -> tuple[Choice, ...]:
    """All that could go on here, whatever was begun; whoever shows them filters by that."""
    line = place.checked.text[: place.offset].rpartition("\n")[2]
    asked = _IN_TEXT.search(line)
    if asked:
        return tuple(_labels(asked[1]))
    before = place.before
    last = before[-1][1] if before else ""
    if last == ".":
        return tuple(_behind_dot(before))
    if last == "@":
        return tuple(
            Choice(name, "decorator", entry.doc, name) for name, entry in table.DECORATORS.items()
        )
    return tuple({choice.name: choice for choice in (*_of_the_language(), *_own(place))}.values())


def _labels(column: str) -> Iterator[Choice]:
    entry = table.ATTRIBUTES.get(column)
    for label in sorted(entry.labels - {""}) if entry else ():
        yield Choice(label, "label", f"a value of {column}", label)


def _behind_dot(before: list[tuple[str, str, int]]) -> Iterator[Choice]:
    owner = before[-2][1] if len(before) > 1 else ""
    behind = before[-3][1] if len(before) > 2 else ""
    known = table.ATTRIBUTES.get(owner) if behind == "." else None
    if known is not None and known.type.value == "text":
        for name, method in table.METHODS.items():
            yield Choice(name, "method", method.doc, f'{name}("")')
        return
    for name, entry in table.ATTRIBUTES.items():
        if not entry.hidden:
            yield Choice(name, "attribute", f"{entry.type.value}: {entry.doc}", name)


def _of_the_language() -> Iterator[Choice]:
    for word in KEYWORDS:
        yield Choice(word, "keyword", "", word)
    for name, entry in table.NUMBERS.items():
        yield Choice(name, "number", entry.doc, name)
    called: tuple[tuple[Sort, Mapping[str, Callable]], ...] = (
        ("function", table.FUNCTIONS),
        ("range", table.RANGES),
        ("row", table.ROWS),
        ("aggregate", table.AGGREGATES),
    )
    for sort, entries in called:
        for name, one in entries.items():
            yield Choice(name, sort, f"{signature(name)}: {one.doc}", f"{name}(")
    for sort, names in (("mechanism", shipped.mechanisms()), ("table", shipped.tables())):
        for name in names:
            told = f"{signature(name)}: {shipped.described(name)}"
            yield Choice(name, sort, told, signature(name))


def _own(place: Place) -> Iterator[Choice]:
    """The file's names, and the locals of the definition."""
    piece = place.piece
    for one in place.checked.pieces:
        if one.kind == "def" and one is not piece:
            header = one.text.partition("def ")[2].partition(":")[0]
            yield Choice(one.name, "definition", header, header)
        elif one.kind == "constant":
            yield Choice(one.name, "constant", one.text[:80], one.name)
    if piece is not None and piece.kind == "def":
        header = piece.text.partition("(")[2].partition(")")[0]
        for name in (*re.findall(r"\w+", header), *_LOCAL.findall(piece.text)):
            yield Choice(name, "local", "of this definition", name)
