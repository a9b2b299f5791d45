"""A text as ids, with every column of its positions."""

from collections.abc import Callable, Collection, Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import expect_kind, several
from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens.pieces import Column, Ids, Offsets, PieceTable
from attndsl.tokens.places import place_columns
from attndsl.tokens.traits import label

if TYPE_CHECKING:
    from attndsl.language.vocabulary import Level


SHOWN, PIECES = 60, 200  # letters of a text that a line shows, pieces that a notebook does


class NeedsError(AttndslError):
    """A level of the vocabulary that isn't to be had here; the message says how to get it."""

    def __init__(self, level: str, message: str) -> None:
        super().__init__(message)
        self.level = level


class Encoded:
    """Ids of one text, and its columns, each made when first asked for.

    `text` and `offsets` (the span of characters of each piece) come from the tokenizer where a
    text was split, and from decoding the ids where only they are known.
    """

    __slots__ = ("_columns", "_offsets", "_text", "ids", "table")

    def __init__(
        self, table: PieceTable, ids: Ids, text: str | None = None, offsets: Offsets | None = None
    ) -> None:
        self.table = table
        self.ids = np.ascontiguousarray(ids, np.int64)
        self._text = text
        self._offsets = offsets
        self._columns: dict[str, Column] = {}

    def __repr__(self) -> str:
        said = self.text if len(self.text) <= SHOWN else f"{self.text[: SHOWN - 3]}..."
        return f"<text of {self.n} tokens: {said!r}>"

    def _repr_html_(self) -> str:
        boxes = " ".join(f"<code>{escape(one)}</code>" for one in self.labels()[:PIECES])
        return f"<p>{boxes}{' ...' if self.n > PIECES else ''}</p>"

    @property
    def n(self) -> int:
        return len(self.ids)

    @property
    def text(self) -> str:
        return self._source()[0]

    @property
    def offsets(self) -> Offsets:
        return self._source()[1]

    def column(self, name: str) -> Column:
        """A column of the vocabulary: flags as bool, numbers as float64, texts as codes of
        `table.pool` (int32), positions as indices (int64, -1 where missing)."""
        if name not in ATTRIBUTES:
            names = ", ".join(known for known in ATTRIBUTES if not known.startswith("_"))
            raise AttndslError(f"there is no column {name!r}; there are {names}")
        if name not in self._columns:
            made = _MAKERS[ATTRIBUTES[name].level](self, name)
            for column in made.values():
                column.flags.writeable = False
            self._columns.update(made)
        return self._columns[name]

    def labels(self) -> list[str]:
        """A short text for each piece, such as a drawing shows; white space becomes visible."""
        return [self._label(int(piece)) for piece in self.ids]

    def _label(self, piece: int) -> str:
        text: str = self.table.pool.strings[self.table.columns["text"][piece]]
        if not text:
            return "".join(f"\\x{byte:02x}" for byte in self.table.spelled[piece].lstrip(b" "))
        return label(text)

    def _source(self) -> tuple[str, Offsets]:
        if self._text is None or self._offsets is None:
            self._text, self._offsets = self.table.decode(self.ids)
        return self._text, self._offsets


ENCODED = "encoded text"  # what one is called where something else is handed over
READ = "attndsl.encode(TEXT) reads one, attndsl.encode(TEXT, loaded.table) as a model does"


def expect_encoded(given: object) -> None:
    """Refuse what is no text as tokens, such as its words."""
    expect_kind(given, Encoded, ENCODED, READ)


def expect_texts(given: Iterable[Encoded]) -> tuple[Encoded, ...]:
    """The texts of a list; their words, or one text without a list, are refused."""
    return several(given, Encoded, ENCODED, READ)


def place_together(texts: Sequence[Encoded], names: Collection[str]) -> None:
    """Make these columns of the place for all texts of one tokenizer at once, and no others.

    They take many small steps, which cost a short text more than its positions do.
    """
    waiting = [text for text in texts if any(name not in text._columns for name in names)]
    if not waiting:
        return
    ends = np.cumsum([text.n for text in waiting])
    starts = ends - [text.n for text in waiting]
    ids = np.concatenate([text.ids for text in waiting])
    made = place_columns(waiting[0].table, ids, starts, names)
    for text, start, end in zip(waiting, starts, ends, strict=True):
        for name, column in made.items():
            text._columns[name] = column[start:end]
            text._columns[name].flags.writeable = False


def _piece_column(encoded: Encoded, name: str) -> dict[str, Column]:
    return {name: encoded.table.columns[name][encoded.ids]}


def _place_columns(encoded: Encoded, name: str) -> dict[str, Column]:
    return place_columns(encoded.table, encoded.ids)


def _linguistics(encoded: Encoded, name: str) -> dict[str, Column]:
    from attndsl.tokens.linguistics import linguistics_columns

    return linguistics_columns(encoded)


_MAKERS: "dict[Level, Callable[[Encoded, str], dict[str, Column]]]" = {
    "piece": _piece_column,
    "class": _piece_column,
    "place": _place_columns,
    "repeat": _place_columns,
    "linguistics": _linguistics,
}
