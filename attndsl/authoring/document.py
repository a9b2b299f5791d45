"""A file that is being written, checked as it changes: only what a change can touch is done again.

Each definition is checked with just what it needs of the file, and that is kept by its text. What
is found equals what a check of the whole file finds; a test holds that.
"""

import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from attndsl.authoring.pieces import Piece, needed, pieces_of
from attndsl.graph.program import Program, Verified
from attndsl.graph.verify import unexplained, verify
from attndsl.language.diagnostics import Diagnostic, Span

KEPT = 4096  # checks of pieces
UNUSED = "ATT071"
GUESSES = frozenset({"ATT040", "ATT041"})  # whose hints may name anything of the file
DOCSTRING = '"""A file."""'
BETWEEN = "\n\n\n"
_LINE = re.compile(r"\bline (\d+)\b")


@dataclass(frozen=True, slots=True)
class Placed:
    """A program of the file, and how many lines below its own text it stands there."""

    program: Program
    shift: int


@dataclass(frozen=True)
class Checked:
    """A file as it stands: its text, its pieces, its programs and what is to be said about it."""

    text: str
    pieces: tuple[Piece, ...]
    placed: tuple[Placed, ...]
    diagnostics: tuple[Diagnostic, ...]

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def programs(self) -> dict[str, Placed]:
        return {one.program.name: one for one in self.placed}

    def piece_at(self, line: int) -> Piece | None:
        """The piece that a line (from 1) belongs to."""
        return next((one for one in self.pieces if one.line <= line <= one.last), None)


@dataclass(slots=True)
class Checker:
    """Checks files, and keeps what it found of each piece."""

    known: OrderedDict[str, Verified] = field(default_factory=OrderedDict)

    def check(self, text: str, file: str = "<text>") -> Checked:
        """What `verify` says of the file, by pieces."""
        pieces = pieces_of(text)
        if pieces is None:
            whole = verify(text, file)
            all_of_it = tuple(Placed(program, 0) for program in whole.programs)
            return Checked(text, (), all_of_it, whole.diagnostics)
        by_name = {piece.name: piece for piece in pieces if piece.name}
        placed = list[Placed]()
        diagnostics = list[Diagnostic]()
        for piece in pieces:
            own = self._own(pieces, needed(by_name, piece), piece)
            diagnostics += own.diagnostics
            placed += own.placed
        told = {replace(one, file=file): None for one in unexplained(diagnostics)}
        ordered = sorted(told, key=lambda one: (one.span, one.code, one.message))
        return Checked(text, pieces, tuple(placed), tuple(ordered))

    def _own(self, pieces: Sequence[Piece], used: Sequence[Piece], piece: Piece) -> "_Found":
        """What is to be said of one piece, with as little of the file as that takes."""
        said = self._with(used, piece, pieces)
        if any(one.code in GUESSES for one in said.diagnostics):
            others = [one for one in pieces if not one.head or one in used]
            said = self._with(others, piece, pieces)
        return said

    def _with(self, used: Sequence[Piece], piece: Piece, pieces: Sequence[Piece]) -> "_Found":
        first = pieces[0] is piece or piece.kind != "other"
        texts = [*([] if first else [DOCSTRING]), *(one.text for one in used)]
        source = BETWEEN.join(texts) + "\n"
        verified = self._verified(source)
        shifts = dict(_shifts(used, 0 if first else len(DOCSTRING + BETWEEN)))
        diagnostics = list[Diagnostic]()
        for one in verified.diagnostics:
            home = _home(one, used, shifts) or piece
            if one.code != UNUSED or not _said_elsewhere(one, home, piece, pieces):
                diagnostics.append(_moved(one, shifts[home.name]))
        placed = [
            Placed(program, shifts[piece.name])
            for program in verified.programs
            if program.name == piece.name
        ]
        return _Found(diagnostics, placed)

    def _verified(self, source: str) -> Verified:
        if source in self.known:
            self.known.move_to_end(source)
        else:
            self.known[source] = verify(source)
            if len(self.known) > KEPT:
                self.known.popitem(last=False)
        return self.known[source]


@dataclass(frozen=True, slots=True)
class _Found:
    diagnostics: list[Diagnostic]
    placed: list[Placed]


def _shifts(used: Sequence[Piece], before: int) -> Iterator[tuple[str, int]]:
    """By name, how many lines further down a piece stands in the file than in the part checked."""
    line = 1 + (BETWEEN.count("\n") if before else 0)
    for one in used:
        yield one.name, one.line - line
        line += one.text.count("\n") + BETWEEN.count("\n")


def _home(diagnostic: Diagnostic, used: Sequence[Piece], shifts: dict[str, int]) -> Piece | None:
    """The piece that a diagnostic stands in."""
    for one in used:
        if one.line <= diagnostic.span.line + shifts[one.name] <= one.last + 1:
            return one
    return None


def _moved(diagnostic: Diagnostic, lines: int) -> Diagnostic:
    """The diagnostic so many lines further down, with the lines that it names."""

    def down(named: re.Match[str]) -> str:
        return f"line {int(named[1]) + lines}"

    message = _LINE.sub(down, diagnostic.message)
    return replace(diagnostic, span=_down(diagnostic.span, lines), message=message)


def _down(span: Span, lines: int) -> Span:
    return Span(span.line + lines, span.column, span.end_line + lines, span.end_column)


def _said_elsewhere(fault: Diagnostic, home: Piece, piece: Piece, pieces: Sequence[Piece]) -> bool:
    """Whether a name that seems unused here is used elsewhere, or for another piece to tell."""
    if home is not piece:
        return True
    top = f"`{piece.name}`" in fault.message
    return top and any(one is not piece and piece.name in one.words for one in pieces)
