"""A reader who takes a docstring at its word: what it says a key gets, from its words alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from attndsl.synthesis.parts.strengths import NUMBERS, RATIOS
from attndsl.synthesis.parts.vocabulary import LIKE, TEST, Factor
from tests.synthesis.parts.made import FACTORS

F64 = NDArray[np.float64]
KINDS = {re.sub(", (.*)", r" (\1)", one.says): one
         for one in FACTORS if one.form in (TEST, LIKE) and not one.gate}  # fmt: skip
TIMES = {words: times for times, words in RATIOS.items()}
AWAY = {words: number for number, words in NUMBERS.items()}


@dataclass(frozen=True)
class Read:
    """What a docstring says: of kinds, and beside the token before of itself and others."""

    kinds: tuple[tuple[Factor, float], ...]
    itself: float
    falls: tuple[tuple[int, float], ...]

    def gets(self, away: int, of: Mapping[str, float]) -> float:
        """The logarithm of what a key so far away gets; `of` says how much it is of each kind."""
        said = [log(times) * of[factor.name] for factor, times in self.kinds]
        return max([0.0, *said]) + min([0.0, *said]) + self._near(away)

    def _near(self, away: int) -> float:
        if away == 0:
            return log(self.itself)
        known = [(0.0, 0.0), *((log(far), log(times)) for far, times in self.falls)]
        for (x, y), (far, level) in pairwise(known):
            if log(away) <= far or (far == known[-1][0] and level < y):
                return y + (level - y) * (log(away) - x) / (far - x)
        return known[-1][1]


def read(docstring: str) -> Read:
    """Every clause must be one that has a meaning."""
    kinds, itself, falls = [], 1.0, []
    (said,) = re.findall(r"Beside (.*?)\.", docstring) or [""]
    for part in filter(None, said.split("; ")):
        beside, clauses = re.sub("^beside ", "", part).split(": ", 1)
        for clause in clauses.split(", "):
            if beside == "others as far away":
                says = max((one for one in KINDS if clause.startswith(f"{one} ")), key=len)
                kinds.append((KINDS[says], _times(clause.removeprefix(says))))
            elif clause.startswith("itself"):
                itself = _times(clause.removeprefix("itself"))
            else:
                away, words = clause.split(" tokens away ")
                falls.append((AWAY[away], _times(words)))
    return Read(tuple(kinds), itself, tuple(falls))


def _times(words: str) -> float:
    plain = re.sub("^(up|down) to ", "", words.strip())
    return TIMES[plain] if plain in TIMES else TIMES[plain.removesuffix(" as much")]


def right(one: Read, map_: F64, of: Mapping[str, F64], like: F64) -> list[bool]:
    """Of each row, whether the reader finds that the program's strongest key gets more than, of
    those as far away that get under a fifth of it, the one that `like` has most of."""
    found: list[bool] = []
    for row in range(2, len(map_)):
        weights = map_[row, 1 : row + 1]
        strongest = int(weights.argmax()) + 1
        near = row - strongest
        rivals = [key for key in range(1, row + 1)
                  if map_[row, key] < 0.2 * weights.max()
                  and abs(row - key - near) <= max(1, near // 2)]  # fmt: skip
        if not rivals:
            continue
        rival = max(rivals, key=lambda key: like[row, key])
        first, other = (one.gets(row - key, {name: cells[row, key] for name, cells in of.items()})
                        for key in (strongest, rival))  # fmt: skip
        found.append(first > other + 1e-9)
    return found
