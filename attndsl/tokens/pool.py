"""Texts as whole numbers: engines compare codes, never strings."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from attndsl.tokens.matching import MODES

Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


class TextPool:
    """Strings with a code each, in the order they came; code 0 is the empty text.

    A pool only grows, so a code never changes its meaning.

    >>> pool = TextPool()
    >>> pool.code("cat"), pool.code(""), pool.code("cat"), pool.strings
    (1, 0, 1, ['', 'cat'])
    >>> pool.matches("starts", ["c", "d"]).tolist()
    [False, True]
    """

    __slots__ = ("_codes", "_matches", "strings")

    def __init__(self) -> None:
        self.strings: list[str] = [""]
        self._codes: dict[str, int] = {"": 0}
        self._matches: dict[tuple[str, tuple[str, ...]], Flags] = {}

    def __len__(self) -> int:
        return len(self.strings)

    def code(self, text: str) -> int:
        """The code of a text, a new one if it has none yet."""
        code = self._codes.get(text)
        if code is None:
            code = self._codes[text] = len(self.strings)
            self.strings.append(text)
        return code

    def codes(self, texts: Iterable[str]) -> Codes:
        return np.fromiter((self.code(text) for text in texts), np.int32)

    def matches(self, mode: str, literals: Iterable[str]) -> Flags:
        """Which of all codes have a text that equals, starts with, ends with or contains a literal.

        Cached; as the pool grows only its new texts are looked at.
        """
        key = mode, tuple(literals)
        known = self._matches.get(key, np.zeros(0, bool))
        if len(known) < len(self.strings):
            new = self.strings[len(known) :]
            known = np.concatenate([known, _matching(new, mode, key[1])])
            known.flags.writeable = False
            self._matches[key] = known
        return known


def _matching(texts: list[str], mode: str, literals: tuple[str, ...]) -> Flags:
    if mode == "equals":
        wanted = set(literals)
        return np.fromiter((text in wanted for text in texts), np.bool_, len(texts))
    test = MODES[mode]
    return np.fromiter(
        (any(test(text, literal) for literal in literals) for text in texts), np.bool_, len(texts)
    )
