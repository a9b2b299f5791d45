"""Texts and positions of sections 8 and 9: columns as plain lists, the missing position, masks."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from attndsl.language.mask import Mask
from attndsl.tokens.encoded import Encoded

MINUS_ONE = {"i", "word", "sentence", "line", "char", "id", "parse_word", "parse_sentence"}  # 8.1
NUMBERS = MINUS_ONE | {"column", "occurrence", "len", "depth"}
TEXTS = {"text", "lower", "raw", "usual_pos", "pos", "tag", "dep", "lemma", "entity"}


@dataclass(frozen=True)
class Position:
    """A place in the text, or with the index -1 the missing one."""

    i: int

    @property
    def there(self) -> bool:
        return self.i >= 0


MISSING = Position(-1)


class Text:
    """The columns of an encoded text as lists of Python's own numbers, bools and texts."""

    def __init__(self, encoded: Encoded) -> None:
        self.encoded = encoded
        self.n = encoded.n
        self._columns: dict[str, list[Any]] = {}

    def column(self, name: str) -> list[Any]:
        if name not in self._columns:
            given = self.encoded.column(name).tolist()
            if name in TEXTS:
                strings = self.encoded.table.pool.strings
                given = [strings[code] for code in given]
            self._columns[name] = [float(x) for x in given] if name in NUMBERS else given
        return self._columns[name]

    def of(self, name: str, place: Position) -> Any:
        """An attribute that isn't a position."""
        if place.there:
            return float(place.i) if name == "i" else self.column(name)[place.i]
        if name in TEXTS:
            return ""
        return (-1.0 if name in MINUS_ONE else 0.0) if name in NUMBERS else False

    @cached_property
    def _alike(self) -> list[list[float]]:
        ids = self.encoded.ids
        found: list[list[float]] = self.encoded.table.similarity.pairs(ids, ids).tolist()
        return found

    def similarity(self, a: Position, b: Position) -> float:
        return self._alike[a.i][b.i] if a.there and b.there else 0.0

    @cached_property
    def _heads(self) -> dict[int, int]:
        """The number of each word's head, by the number of the word."""
        return dict(zip(self.column("parse_word"), self.column("_head_word"), strict=True))

    def same_word(self, a: Position, b: Position) -> bool:
        if not (a.there and b.there):
            return False
        word, other = self.column("parse_word")[a.i], self.column("parse_word")[b.i]
        return bool(word >= 0 and word == other)

    def is_child(self, a: Position, b: Position) -> bool:
        if not (a.there and b.there):
            return False
        word, above = self.column("parse_word")[a.i], self.column("parse_word")[b.i]
        return word >= 0 and above >= 0 and self._heads[word] == above

    def is_ancestor(self, a: Position, b: Position) -> bool:
        if not (a.there and b.there):
            return False
        above, word = self.column("parse_word")[a.i], self.column("parse_word")[b.i]
        while above >= 0 and word >= 0:
            word = self._heads.get(word, -1)
            if word == above:
                return True
        return False


@dataclass(frozen=True)
class Row:
    """A query of a text under a mask: what it sees, and what exists for it (section 1.4)."""

    text: Text
    mask: Mask
    query: int

    @property
    def horizon(self) -> int:
        return self.text.n - 1 if self.mask.kind == "full" else self.query

    @property
    def visible(self) -> range:
        first = max(0, self.query - self.mask.window + 1) if self.mask.kind == "window" else 0
        return range(first, self.horizon + 1)

    def at(self, index: int) -> Position:
        return Position(index) if 0 <= index <= self.horizon else MISSING

    def attribute(self, name: str, place: Position) -> Any:
        if name == "head":
            return Position(int(self.text.column("head")[place.i])) if place.there else MISSING
        if name in ("prev", "next"):
            return self.at(place.i + (1 if name == "next" else -1)) if place.there else MISSING
        return self.text.of(name, place)
