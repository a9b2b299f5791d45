"""What stands at a place of a file, by its tokens: also in a file that doesn't parse."""

from collections.abc import Sequence
from dataclasses import dataclass

from attndsl.authoring.document import Checked
from attndsl.authoring.pieces import Piece
from attndsl.language.diagnostics import Span
from attndsl.language.lexing.scan import Lines, scan


@dataclass(frozen=True, slots=True)
class Word:
    """A token and what stands before it."""

    kind: str
    text: str
    start: int
    before: str  # the token before, empty at the start
    owner: str  # of an attribute: the word before the dot

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: an offset, the tokens of its piece up to it, and the piece."""

    checked: Checked
    offset: int
    tokens: tuple[tuple[str, str, int], ...]
    piece: Piece | None

    @property
    def word(self) -> Word | None:
        """The name, or the sign, that the place is in or right behind."""
        for number, (kind, text, start) in enumerate(self.tokens):
            if start <= self.offset <= start + len(text) and kind == "name":
                return _word(self.tokens, number)
        return None

    @property
    def begun(self) -> str:
        """The part of a name before the place."""
        word = self.word
        return word.text[: self.offset - word.start] if word else ""

    @property
    def before(self) -> list[tuple[str, str, int]]:
        """The tokens that end before the name that is being written."""
        end = self.offset - len(self.begun)
        return [one for one in self.tokens if one[2] + len(one[1]) <= end and one[0] != "newline"]


def place_at(checked: Checked, line: int, column: int) -> Place:
    """The place at a line and column, both from 1; beyond the text it is the nearest one."""
    lines = checked.lines
    line = max(1, min(line, len(lines)))
    column = max(1, min(column, len(lines[line - 1]) + 1))
    offset = Lines(checked.text).starts[line - 1] + column - 1
    chunk = next((one for one in reversed(scan(checked.text)) if one.start <= offset), None)
    tokens = tuple(chunk.tokens) if chunk else ()
    return Place(checked, offset, tokens, checked.piece_at(line))


def call_at(place: Place) -> tuple[str, int] | None:
    """The name of the call that the place is in, and how many of its commas stand before: back over
    the tokens to a bracket that is open."""
    depth = commas = 0
    before = place.before
    for number in range(len(before) - 1, 0, -1):
        text = before[number][1]
        depth += (text in ")]}") - (text in "([{")
        if depth < 0:
            return before[number - 1][1], commas
        commas += text == "," and depth == 0
    return None


def occurrences(checked: Checked, name: str, within: Piece | None) -> list[Span]:
    """Where a name stands, not as an attribute: in the whole file, or in one piece."""
    lines = Lines(checked.text)
    spans = list[Span]()
    for chunk in scan(checked.text):
        if within is not None and not within.line <= chunk.line <= within.last:
            continue
        for number, (kind, text, start) in enumerate(chunk.tokens):
            if kind == "name" and text == name and _word(chunk.tokens, number).before != ".":
                spans.append(lines.span(start, start + len(text)))
    return spans


def _word(tokens: Sequence[tuple[str, str, int]], number: int) -> Word:
    kind, text, start = tokens[number]
    before = tokens[number - 1][1] if number else ""
    owner = tokens[number - 2][1] if number > 1 and before == "." else ""
    return Word(kind, text, start, before, owner)
