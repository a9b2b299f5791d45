"""A file as its top-level pieces, and which of them each piece needs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from attndsl.language.lexing.frontdoor import MAX_FILE
from attndsl.language.lexing.scan import MAX_CHUNKS, Chunk, scan

Kind = Literal["def", "constant", "other"]
_NAMED = re.compile(r"^(?:def[ \t]+([A-Za-z_]\w*)|([A-Za-z_]\w*)[ \t]*=(?!=))", re.MULTILINE)
_HEAD = re.compile(r"^def[ \t]+[A-Za-z]\w*[ \t]*\([ \t]*q[ \t]*,[ \t]*k[ \t]*\)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """A definition with its decorators, a constant, or something else, from its first line on."""

    kind: Kind
    name: str
    head: bool
    line: int
    text: str  # without the blank lines behind it
    words: frozenset[str]  # every name in it

    @property
    def last(self) -> int:
        """Its last line."""
        return self.line + self.text.count("\n")


def pieces_of(text: str) -> tuple[Piece, ...] | None:
    """The pieces of a file; None where it can't be told apart, so that it is checked as a whole.

    >>> source = "A = 1\\n\\ndef f(q, k):\\n    return A\\n"
    >>> [(one.kind, one.name, one.line) for one in pieces_of(source)]
    [('constant', 'A', 1), ('def', 'f', 3)]
    """
    if len(text) > MAX_FILE:
        return None
    chunks = scan(text)
    if len(chunks) > MAX_CHUNKS:
        return None
    if any(chunk.too_big or (chunk.start and text[chunk.start - 1] != "\n") for chunk in chunks):
        return None
    if any(kind == "open_long" for chunk in chunks for kind, _, _ in chunk.tokens):
        return None  # a text that isn't closed takes others in
    pieces = tuple(_piece(chunk, text) for chunk in chunks)
    if sum(piece.kind == "other" for piece in pieces[1:]) > 1:
        return None
    names = [piece.name for piece in pieces if piece.name]
    return pieces if len(set(names)) == len(names) else None


def _piece(chunk: Chunk, text: str) -> Piece:
    own = text[chunk.start : chunk.end].rstrip()
    named = _NAMED.search(own)
    words = frozenset(word for kind, word, _ in chunk.tokens if kind == "name")
    if named is None or (named.start() and not own.startswith("@")):
        return Piece("other", "", False, chunk.line, own, words)
    kind: Kind = "def" if named[1] else "constant"
    name = named[1] or named[2]
    head = _HEAD.search(own) is not None and not name.startswith("_")
    return Piece(kind, name, head, chunk.line, own, words)


def needed(by_name: Mapping[str, Piece], piece: Piece) -> list[Piece]:
    """The pieces that this one names, itself or through others, and itself, in their order."""
    by_line = {piece.line: piece}
    waiting = [piece]
    while waiting:
        for word in waiting.pop().words & by_name.keys():
            other = by_name[word]
            if other.line not in by_line:
                by_line[other.line] = other
                waiting.append(other)
    return [by_line[line] for line in sorted(by_line)]
