"""Which characters a text holds, for a whole vocabulary of texts at once.

Each distinct character is looked at once in Python; the rest is NumPy over one long array of code
points, so a vocabulary of 150,000 pieces takes well under a second.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from attndsl.tokens.characters import kinds_of

Flags = npt.NDArray[np.bool_]


class Characters:
    """All characters of many texts, for tests of the kind 'contains' and 'is made of'."""

    def __init__(self, texts: Sequence[str]) -> None:
        joined = "".join(texts).encode("utf-32-le", "surrogatepass")
        points = np.frombuffer(joined, np.uint32)
        distinct, which = np.unique(points, return_inverse=True)
        kinds = np.array([kinds_of(chr(point)) for point in distinct], np.int32)
        self.kinds = kinds[which] if len(points) else np.zeros(0, np.int32)
        self.lengths = np.fromiter((len(text) for text in texts), np.int64, len(texts))
        self.ends = np.cumsum(self.lengths)
        self.starts = self.ends - self.lengths

    def count(self, bits: int) -> npt.NDArray[np.int64]:
        """How many characters of each text have one of the bits."""
        running = np.concatenate([[0], np.cumsum((self.kinds & bits) != 0)])
        return np.asarray(running[self.ends] - running[self.starts], np.int64)

    def contains(self, bits: int) -> Flags:
        return self.count(bits) > 0

    def lacks(self, bits: int) -> Flags:
        return np.asarray(self.count(bits) == 0, np.bool_)

    def made_of(self, bits: int) -> Flags:
        """Not empty, and every character has one of the bits."""
        return np.asarray((self.lengths > 0) & (self.count(bits) == self.lengths), np.bool_)

    def first(self, bits: int) -> Flags:
        """The first character has one of the bits."""
        return self._at(self.starts, bits)

    def last(self, bits: int) -> Flags:
        return self._at(self.ends - 1, bits)

    def _at(self, indices: npt.NDArray[np.int64], bits: int) -> Flags:
        padded = np.append(self.kinds, 0)
        inside = np.clip(indices, 0, len(self.kinds))
        return np.asarray((self.lengths > 0) & ((padded[inside] & bits) != 0), np.bool_)
