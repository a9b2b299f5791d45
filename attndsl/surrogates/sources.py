"""Where the patterns of replaced heads come from: ids in, normalised rows out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from attndsl.language.mask import Mask

Ids = NDArray[np.int64]
Pattern = Any  # float32[P, rows, n], a NumPy array or a tensor on any device


class PatternSource(Protocol):
    """The patterns of a fixed row of programs under one mask.

    For each sequence of ids (without padding) it gives `float32[P, rows, n]`: for each of the
    programs the rows from `first_rows[i]` to the last, over all n keys, each row summing to 1.
    """

    def patterns(self, ids: Sequence[Ids], first_rows: Sequence[int]) -> Sequence[Pattern]: ...


SourceFactory = Callable[[tuple[Hashable, ...], Mask], PatternSource]
Rule = Callable[[Ids, int, Mask], NDArray[np.float32]]


class RuleSource:
    """Patterns from plain Python functions `(ids, first_row, mask) -> float32[rows, n]`."""

    def __init__(self, rules: Sequence[Rule], mask: Mask) -> None:
        self.rules = tuple(rules)
        self.mask = mask

    def patterns(self, ids: Sequence[Ids], first_rows: Sequence[int]) -> list[NDArray[np.float32]]:
        return [
            np.stack([rule(text, row, self.mask) for rule in self.rules])
            for text, row in zip(ids, first_rows, strict=True)
        ]


def visible_rows(length: int, first_row: int, mask: Mask) -> NDArray[np.bool_]:
    """Which keys the queries from `first_row` on see.

    >>> visible_rows(4, 2, Mask("window", 2)).astype(int).tolist()
    [[0, 1, 1, 0], [0, 0, 1, 1]]
    """
    seen = mask.sees(np.arange(first_row, length)[:, None], np.arange(length)[None, :])
    return np.asarray(seen)


def first_token(ids: Ids, first_row: int, mask: Mask) -> NDArray[np.float32]:
    """All weight on the first visible key: what most heads do most of the time."""
    seen = visible_rows(len(ids), first_row, mask)
    rows = np.zeros(seen.shape, dtype=np.float32)
    rows[np.arange(len(rows)), seen.argmax(1)] = 1.0
    return rows


def previous_token(ids: Ids, first_row: int, mask: Mask) -> NDArray[np.float32]:
    """All weight on the key before the query; the first query rests on itself."""
    rows = np.zeros((len(ids) - first_row, len(ids)), dtype=np.float32)
    queries = np.arange(first_row, len(ids))
    nearest = queries if mask.kind == "window" and mask.window == 1 else np.maximum(queries - 1, 0)
    rows[np.arange(len(rows)), nearest] = 1.0
    return rows


def rules(programs: tuple[Hashable, ...], mask: Mask) -> PatternSource:
    """A factory for assignments whose values are rules themselves."""
    return RuleSource([program for program in programs if callable(program)], mask)
