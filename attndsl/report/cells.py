"""What a report says of single cells: the parts of a weight, and where weight is strongest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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


@dataclass(frozen=True, slots=True)
class Passage:
    """A held-out text that some head alone shows, by its number in the store; as a `TextEntry`, but
    for its maps."""

    number: int
    length: int
    tokens: tuple[str, ...]
    resting: tuple[int, ...]
    inside: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OwnMaps:
    """One head on a text of its own: its program's IoU there, the tenths that the text is in by
    that (1 the worst) and by the head's activity (1 the most active), and both maps."""

    text: int
    iou: float
    decile: int
    activity: int
    real: NDArray[np.float32]
    predicted: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class OwnTexts:
    """Of the longer held-out texts the one on which a head's program is most wrong, and the one
    where the head does most, by their numbers; and its maps of those not shown of all heads."""

    most_wrong: int
    most_active: int
    maps: tuple[OwnMaps, ...]
