"""Where a position stands: the columns of the levels `place` and `repeat`, from ids alone.

All are causal: a text's prefix has the same values. They are made from the table's `marks`, one
value per id, with running sums and running maxima over the text and looks at the piece before; so
any array library can make them the same way. With m a mark of piece i, and `before` sums and
maxima that leave piece i out:

What the marks say of a piece (bools, but for the last four, which count):

    special, blank, newline   as the columns is_special, is_blank, is_newline
    breaks       special, and no stand-in for a word as [MASK] is: nothing goes on across it
    space, gap   begins, ends with white space
    goes_on, lets_on   its first, last character may stand inside a word
    apostrophe   a lone apostrophe: inside a word where it is glued to one
    ends         its last mark ends a sentence, closing quotes and brackets aside
    dot, abbreviation   a lone full stop; a word such as Mr, or an initial
    closer       closing quotes and brackets only; straight: with a straight double quote
    stops        ends of sentences and closers only
    double_quotes   straight double quotes in it
    characters   characters that begin in it; skipped: 1 if its text leaves out a leading space
    inside       1 if it begins in the middle of a character

And what the columns are:

    gap          m.space, or the piece before has m.gap or m.breaks, or there is none before
    glued        not gap
    joins        m.lets_on; or m.apostrophe, glued to a piece with m.lets_on
    starts_word  m.special or the piece before is; else not m.blank, and gap or not both
                 m.goes_on and the piece before `joins`
    word         how many starts_word up to i, less 1, at least 0
    starts_line  none before, or the piece before has m.newline
    line         how many m.newline before
    column       i less the last starts_line up to i
    closes       m.closer and glued; where spaces can't be trusted: m.closer, and if m.straight an
                 odd number of m.double_quotes before
    anchor       the last piece before that is neither m.blank nor `closes`
    ended        the anchor is none, or has m.breaks, or has m.ends (but isn't m.dot right
                 after m.abbreviation)
    first of sentence   ended and gap, and neither m.blank, m.breaks, m.stops nor `closes`
    sentence     how many first of sentence up to i, less 1, at least 0
    char         sum of m.characters before, + m.skipped - m.inside, at least 0; in a table with
                 `prefix` the first piece that isn't special has no leading space, so it has one
                 character less and skips none
    occurrence   how many pieces before have the same `lower`
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from attndsl.tokens.pieces import Column, Ids, PieceTable

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


def place_columns(
    table: PieceTable,
    ids: Ids,
    starts: npt.NDArray[np.int64] | None = None,
    names: Iterable[str] | None = None,
) -> dict[str, Column]:
    """The columns of one text, or of many short ones packed one after the other: those named, or
    all of them.

    `starts[t]` is where text t begins in `ids`; it ends where the next one begins.
    """
    ids = np.asarray(ids, np.int64)
    texts = Texts.of(len(ids), np.zeros(1, np.int64) if starts is None else np.asarray(starts))
    places = Places(Marks(table, ids), texts)
    made = {name: COLUMNS[name](places) for name in (COLUMNS if names is None else names)}
    return {name: np.asarray(made[name], DTYPES.get(name, np.float64)) for name in made}


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts packed one after the other, and sums and maxima that keep within each."""

    start: Numbers  # of each position: where its text begins
    first: Flags
    final: Flags

    @staticmethod
    def of(length: int, starts: npt.NDArray[np.int64]) -> "Texts":
        sizes = np.diff(np.append(starts, length))
        start = np.repeat(starts, sizes)
        at = np.arange(length)
        return Texts(start, at == start, np.append(start[1:] != start[:-1], True)[:length])

    @property
    def index(self) -> Numbers:
        """Of each position in its text."""
        return np.arange(len(self.start)) - self.start

    def previous(self, flags: Column) -> Flags:
        """Of each position: the flag of the one before, false at the first."""
        return np.asarray(np.append(False, flags[:-1])[: len(flags)] & ~self.first, np.bool_)

    def sum_up_to(self, numbers: Column) -> Numbers:
        sums = np.cumsum(numbers, dtype=np.int64)
        before = np.append(0, sums)
        return np.asarray(sums - before[self.start], np.int64)

    def sum_before(self, numbers: Column) -> Numbers:
        return np.asarray(self.sum_up_to(numbers) - numbers, np.int64)

    def last_up_to(self, flags: Column) -> Numbers:
        """The last position up to each whose flag is true, -1 without."""
        at = np.maximum.accumulate(np.where(flags, np.arange(len(flags)), -1))
        return np.where(at < self.start, -1, at)

    def since(self, flags: Column) -> Numbers:
        """How far behind the last position up to each whose flag is true lies."""
        return np.arange(len(flags)) - self.last_up_to(flags)

    def last_before(self, flags: Column) -> Numbers:
        at = np.append(-1, self.last_up_to(flags)[:-1])[: len(flags)]
        return np.where(at < self.start, -1, at)


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of each position's piece, looked up when asked for."""

    table: PieceTable
    ids: Ids

    def __getitem__(self, name: str) -> Column:
        return self.table.marks[name][self.ids]


@dataclass(frozen=True)
class Places:
    """What is worked out of the marks, and only if a column needs it."""

    mark: Marks
    texts: Texts

    @cached_property
    def gap(self) -> Flags:
        texts, mark = self.texts, self.mark
        open_before = texts.previous(mark["gap"] | mark["breaks"])
        return np.asarray(texts.first | mark["space"] | open_before, np.bool_)

    @cached_property
    def starts_word(self) -> Flags:
        texts, mark = self.texts, self.mark
        special, lets_on = mark["special"], mark["lets_on"]
        joins = lets_on | (mark["apostrophe"] & ~self.gap & texts.previous(lets_on))
        continues = ~self.gap & mark["goes_on"] & texts.previous(joins)
        starts = special | (~mark["blank"] & (~continues | texts.previous(special)))
        return np.asarray(starts, np.bool_)

    @cached_property
    def starts_line(self) -> Flags:
        return np.asarray(self.texts.first | self.texts.previous(self.mark["newline"]), np.bool_)

    @cached_property
    def first_of_sentence(self) -> Flags:
        texts, mark = self.texts, self.mark
        blank, breaks, closes = mark["blank"], mark["breaks"], self.closes
        ends = mark["ends"] & ~(mark["dot"] & texts.previous(mark["abbreviation"]))
        anchor = texts.last_before(~blank & ~closes)
        ended = (anchor < 0) | (breaks | ends)[anchor]
        first = ended & self.gap & ~blank & ~breaks & ~mark["stops"] & ~closes
        return np.asarray(first, np.bool_)

    @cached_property
    def closes(self) -> Flags:
        texts, mark = self.texts, self.mark
        if mark.table.spaces:
            return np.asarray(mark["closer"] & ~self.gap, np.bool_)
        inside_quotes = texts.sum_before(mark["double_quotes"]) % 2 == 1
        return np.asarray(mark["closer"] & (~mark["straight"] | inside_quotes), np.bool_)

    def group(self, starts: Flags) -> Numbers:
        return np.maximum(self.texts.sum_up_to(starts) - 1, 0)

    def char(self) -> Numbers:
        texts, mark = self.texts, self.mark
        characters, skipped = mark["characters"], mark["skipped"]
        if mark.table.prefix:
            real = ~mark["special"]
            unspaced = real & (texts.sum_before(real) == 0) & mark["space"]
            characters = characters - unspaced
            skipped = skipped * ~unspaced
        return np.maximum(texts.sum_before(characters) + skipped - mark["inside"], 0)

    def occurrence(self) -> Numbers:
        """Sorted by text and `lower`, stably: the rank within each run of equals."""
        lower, starts = self.mark.table.columns["lower"][self.mark.ids], self.texts.start
        order = np.lexsort((lower, starts))
        code, start = lower[order], starts[order]
        same = np.append(False, (code[1:] == code[:-1]) & (start[1:] == start[:-1]))[: len(lower)]
        at = np.arange(len(lower))
        rank = np.empty(len(lower), np.int64)
        rank[order] = at - np.maximum.accumulate(np.where(same, 0, at))
        return rank


COLUMNS: dict[str, Callable[[Places], Column]] = {
    "i": lambda places: places.texts.index,
    "word": lambda places: places.group(places.starts_word),
    "sentence": lambda places: places.group(places.first_of_sentence),
    "line": lambda places: places.texts.sum_before(places.mark["newline"]),
    "column": lambda places: places.texts.since(places.starts_line),
    "char": Places.char,
    "occurrence": Places.occurrence,
    "prev": lambda places: places.texts.index - 1,
    "next": lambda places: np.where(places.texts.final, -1, places.texts.index + 1),
    "starts_word": lambda places: places.starts_word,
    "starts_line": lambda places: places.starts_line,
    "is_first_of_sentence": lambda places: places.first_of_sentence,
}
# Positions are whole numbers, flags bools; the rest are numbers as programs have them.
DTYPES: dict[str, type] = {
    "prev": np.int64, "next": np.int64,
    "starts_word": np.bool_, "starts_line": np.bool_, "is_first_of_sentence": np.bool_,
}  # fmt: skip
