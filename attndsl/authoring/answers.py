"""The compiler's answers as plain data for pages: places count as browsers do, in UTF-16 units."""

from bisect import bisect_left
from typing import Any

from attndsl.authoring.completion import choices
from attndsl.authoring.document import Checked, Checker, Placed
from attndsl.authoring.mending import mends
from attndsl.authoring.told import parameters, proved, told_of
from attndsl.authoring.words import Place, call_at, place_at
from attndsl.language.lexing.scan import Lines

MENDED = 5  # problems that mends are looked for: each is tried on the whole file
LISTED = 400  # choices that are shown at a place

Answer = dict[str, Any]


class Units:
    """Offsets in characters to those in UTF-16 units and back.

    >>> units = Units("a\\U0001f600b")
    >>> units.of(2), units.back(3), units.back(99)
    (3, 2, 3)
    """

    def __init__(self, text: str) -> None:
        self.size = len(text)
        self.wide = [] if text.isascii() else _wide(text)

    def of(self, offset: int) -> int:
        return offset + bisect_left(self.wide, offset)

    def back(self, unit: int) -> int:
        wide = [at + number for number, at in enumerate(self.wide)]
        return max(0, min(self.size, unit - bisect_left(wide, unit)))


def _wide(text: str) -> list[int]:
    return [at for at, letter in enumerate(text) if letter > "\uffff"]


def problems(checked: Checked) -> list[Answer]:
    """What is wrong with the text, and where, in the order of the text."""
    lines, units = Lines(checked.text), Units(checked.text)
    told = list[Answer]()
    for one in checked.diagnostics:
        start = lines.offset(one.span)
        end = lines.starts[one.span.end_line - 1] + one.span.end_column - 1
        told.append({
            "from": units.of(start), "to": units.of(max(start, end)), "severity": one.severity,
            "code": one.code, "message": one.message, "hint": one.hint, "line": one.span.line,
            "fixes": [],
        })  # fmt: skip
    return told


def problems_with_fixes(checker: Checker, checked: Checked) -> list[Answer]:
    """The same with the changes that end them, each tried."""
    units, all_told = Units(checked.text), problems(checked)
    for one, told in list(zip(checked.diagnostics, all_told, strict=True))[:MENDED]:
        told["fixes"] = [
            {"title": mend.title, "from": units.of(mend.start), "to": units.of(mend.end),
             "text": mend.text}
            for mend in mends(checker, checked, one)
        ]  # fmt: skip
    return all_told


def programs(checked: Checked) -> list[Answer]:
    """The programs of the text that are whole, with what is proved of each."""
    return [
        {"name": one.program.name, "hash": one.program.hash, "told": proved(one),
         "line": one.program.definition.name_span.line + one.shift}
        for one in checked.placed
    ]  # fmt: skip


def program_at(checked: Checked, unit: int) -> Placed | None:
    """The program that a place is in; else the nearest before it, else the first."""
    line, _ = Lines(checked.text).place(Units(checked.text).back(unit))
    piece = checked.piece_at(line)
    if piece is not None and piece.name in checked.programs:
        return checked.programs[piece.name]
    if piece is not None and piece.head:
        return None  # it is being written: another one's map would be taken for its own
    before = [one for one in checked.placed
              if one.program.definition.name_span.line + one.shift <= line]  # fmt: skip
    near = before or checked.placed[:1]
    return near[-1] if near else None


def hovered(checked: Checked, unit: int) -> Answer | None:
    """What there is to say, in Markdown, about the name at a place."""
    word = _place(checked, unit).word
    says = told_of(checked, word) if word else None
    if word is None or says is None:
        return None
    units = Units(checked.text)
    return {"from": units.of(word.start), "to": units.of(word.end), "says": says}


def completed(checked: Checked, unit: int) -> Answer:
    """What could stand at a place, and from where on it would stand there."""
    place = _place(checked, unit)
    begun = place.begun.lower()
    fitting = [one for one in choices(place) if begun in one.name.lower()]
    return {
        "from": Units(checked.text).of(place.offset - len(place.begun)),
        "choices": [
            {"label": one.name, "sort": one.sort, "detail": one.detail, "insert": one.insert}
            for one in fitting[:LISTED]
        ],
    }


def signed(checked: Checked, unit: int) -> Answer | None:
    """The call that a place is in, and which of its parameters stands there."""
    call = call_at(_place(checked, unit))
    taken = parameters(checked, call[0]) if call else None
    return {"name": call[0], "parameters": taken[0], "at": call[1]} if call and taken else None


def _place(checked: Checked, unit: int) -> Place:
    offset = Units(checked.text).back(unit)
    return place_at(checked, *Lines(checked.text).place(offset))
