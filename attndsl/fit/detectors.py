"""Detectors: what the known mechanisms name in a text, ready to be weighed with many patterns.

How much a pattern does what a mechanism says is the mean, over the rows in which the mechanism
finds something, of the weight on the keys that it names; a key that it names half as strongly as
its favourite counts half. Where it names every key (evenly, nearby) that would be all of a row, so
there it is the overlap of the two rows. Row 0, which has no choice, never counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from attndsl.graph.mechanisms import Mechanism, mechanisms
from attndsl.heads.packing import Rows, row_starts
from attndsl.language.mask import Mask
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.probes import Label

if TYPE_CHECKING:
    from attndsl.engines.batch import Library

F32 = NDArray[np.float32]
EMPTY = 1e-6  # weights of two fallbacks that differ by more: the mechanism found nothing


@dataclass(frozen=True, slots=True)
class Looks:
    """What each mechanism names in one text, `[mechanisms, cells]`, and in how many rows.

    `named` is divided by the number of rows, so that a sum over cells is a mean over rows; `shares`
    are the mechanism's own rows, likewise, where it names every key, else zeros.
    """

    named: F32
    shares: F32
    rows: NDArray[np.int64]

    def weights(self, patterns: F32) -> NDArray[np.float64]:
        """How much packed patterns `[any, cells]` do what each mechanism says; NaN where it finds
        nothing in the text."""
        shares = (patterns @ self.named.T).astype(np.float64)
        for at in np.flatnonzero(self.shares.any(axis=1)):
            own = np.minimum(patterns / np.float32(max(1, self.rows[at])), self.shares[at])
            shares[:, at] = own.sum(axis=1)
        shares[:, self.rows == 0] = np.nan
        return shares


@dataclass(frozen=True, eq=False)
class Detectors:
    """Mechanisms under one mask."""

    mask: Mask
    mechanisms: tuple[Mechanism, ...]

    @classmethod
    def under(cls, mask: Mask) -> "Detectors":
        """All shipped mechanisms."""
        return cls(mask, mechanisms())

    @cached_property
    def engine(self) -> "Library":
        from attndsl.engines.batch import Library

        # Twice, with two fallbacks: rows in which these differ are those where nothing was found.
        programs = [one.program for one in self.mechanisms]
        other = [replace(program, fallback="self") for program in programs]
        return Library([*programs, *other], self.mask)

    def looks(
        self,
        texts: Sequence[Encoded],
        labels: Sequence[Sequence[Label]] | None = None,
        rows: Sequence[Rows | None] | None = None,
    ) -> list[Looks]:
        """What the mechanisms name in some texts, or some rows of each; of those with labels, in
        labelled rows alone."""
        of_rows = rows or [None] * len(texts)
        from attndsl.engines.batch.opened import patterns_at

        packed = patterns_at(self.engine, texts, of_rows)
        listed = labels or [()] * len(texts)
        return [
            self._looks(patterns, text.n, given, some)
            for patterns, text, given, some in zip(packed, texts, listed, of_rows, strict=True)
        ]

    def _looks(
        self, patterns: F32, length: int, labels: Sequence[Label], of_rows: Rows | None
    ) -> Looks:
        count = len(self.mechanisms)
        starts = row_starts(self.mask, length, of_rows)
        own, other = patterns[:count], patterns[count:]
        begins = starts[:-1]
        differ = np.maximum.reduceat(np.abs(own - other), begins, axis=1)
        silent = differ <= EMPTY
        if of_rows is None:
            silent[:, 0] = False
        self._only_labelled(silent, labels)
        largest = np.maximum.reduceat(own, begins, axis=1)
        smallest = np.minimum.reduceat(own, begins, axis=1)
        rows = silent.sum(axis=1)
        whole = rows.astype(bool) & ((smallest > 0) | ~silent).all(axis=1)
        mean = silent / np.maximum(rows, 1)[:, None]
        widths = np.diff(starts)
        named = own * np.repeat(mean / np.maximum(largest, 1e-30), widths, axis=1)
        shares = own * np.repeat(mean, widths, axis=1)
        named[whole] = 0
        shares[~whole] = 0
        return Looks(named.astype(np.float32), shares.astype(np.float32), rows)

    def _only_labelled(self, matches: NDArray[np.bool_], labels: Sequence[Label]) -> None:
        """A labelled mechanism is looked for where the labels say, not where it happens to be."""
        rows: dict[str, list[int]] = {}
        for label in labels:
            rows.setdefault(label.mechanism, []).append(label.row)
        for at, one in enumerate(self.mechanisms):
            if one.name in rows:
                keep = np.zeros(matches.shape[1], dtype=bool)
                keep[rows[one.name]] = True
                matches[at] &= keep
