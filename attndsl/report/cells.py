"""What a report says of single cells: the parts of a weight, and where weight is strongest."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartEntry:
    """A part of a program as it is written, and what it brings of all weight; scores bring none."""

    text: str
    share: float | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a cell of a text has its weight: the program's parts, by number, with what each brings of
    the weight (of the score, where the program gives scores), and the tests on the way. Where all
    of it is one product, `factors` are what multiplies, by number too, with what each is here."""

    text: int
    query: int
    key: int
    parts: tuple[tuple[int, float], ...]
    taken: tuple[str, ...] = ()
    factors: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell of a held-out text, by its number in the store: a head's weight and its program's."""

    text: int
    query: int
    key: int
    real: float
    predicted: float


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """A held-out text to read, by its number in the store."""

    number: int
    tokens: tuple[str, ...]
