"""A probe text with its labels: which mechanism should look from where to where."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from attndsl.tokens.encoded import Encoded


class Span(NamedTuple):
    """Characters of a text, from `start` on, before `stop`."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Pointing:
    """From the last piece of `query` a mechanism looks at the pieces of `keys`."""

    mechanism: str
    query: Span
    keys: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """The same in pieces of one tokenizer: a row, and the keys that are named in it."""

    mechanism: str
    row: int
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """One text of a kind. Even numbers may choose programs; odd ones never do, they check them."""

    kind: str
    number: int
    text: str
    pointings: tuple[Pointing, ...]

    @property
    def checks(self) -> bool:
        """Whether it belongs to the half that nothing is chosen by."""
        return self.number % 2 == 1

    def labels(self, encoded: Encoded) -> tuple[Label, ...]:
        """What points where, in the pieces of a tokenizer.

        Left out where a piece would point at itself, or white space is all that a span holds.
        """
        starts, stops = encoded.offsets.T
        blank = encoded.column("is_blank") & ~encoded.column("is_newline")
        labels = []
        for one in self.pointings:
            rows = _pieces(one.query, starts, stops, blank)
            keys = {key for span in one.keys for key in _pieces(span, starts, stops, blank)}
            if rows and keys and rows[-1] not in keys:
                labels.append(Label(one.mechanism, rows[-1], tuple(sorted(keys))))
        return tuple(labels)


def _pieces(span: Span, starts: np.ndarray, stops: np.ndarray, blank: np.ndarray) -> list[int]:
    """The pieces that share a character with a span."""
    inside = (starts < span.stop) & (stops > span.start) & ~blank
    return [int(piece) for piece in np.flatnonzero(inside)]


@dataclass(slots=True)
class Draft:
    """A probe text in the making; what is added gives its span."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    pointings: list[Pointing] = field(default_factory=list)

    def add(self, text: str, gap: str = " ") -> Span:
        """Append a text, after a gap unless it is the first; the span is without the gap."""
        gap = gap if self.length else ""
        self.parts += [gap, text]
        start = self.length + len(gap)
        self.length = start + len(text)
        return Span(start, self.length)

    def add_all(self, texts: Sequence[str]) -> list[Span]:
        return [self.add(text) for text in texts]

    def point(self, mechanisms: str, query: Span, *keys: Span) -> None:
        """Say that these mechanisms (parted by spaces) look from the query at the keys."""
        if keys:
            self.pointings += [Pointing(name, query, keys) for name in mechanisms.split()]

    def done(self, kind: str, number: int) -> Probe:
        return Probe(kind, number, "".join(self.parts), tuple(self.pointings))
