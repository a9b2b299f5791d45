"""Words that a tokenizer has whole: what generated probes are drawn from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import encode

SHORTEST, LONGEST = 3, 10  # letters
MOST = 1000  # words that are kept, evenly spread over the alphabet
FEW = 100  # content words; a smaller vocabulary gives all of its whole words


@cache
def cast(role: str) -> tuple[str, ...]:
    """Words of `written/cast.txt`: who acts in generated texts, with what and where."""
    lines = Path(__file__).with_name("written").joinpath("cast.txt").read_text(encoding="utf-8")
    listed = [line.split() for line in lines.splitlines()]
    return {first: tuple(rest) for first, *rest in listed}[role]


@dataclass(frozen=True, eq=False)
class WordLists:
    """The whole words of one tokenizer; each is one piece after a space."""

    table: PieceTable

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Content words in small letters, sorted; all kinds of word where these are few."""
        columns, pool = dict(self.table.columns), self.table.pool.strings  # as it is: it may grow
        fit = columns["is_alpha"] & ~columns["is_special"] & (columns["len"] <= LONGEST)
        long = fit & columns["is_content_word"] & (columns["len"] >= SHORTEST)
        whole: tuple[str, ...] = ()
        for pieces in (long, fit):
            texts = sorted({pool[code] for code in columns["text"][pieces]})
            whole = self.whole([text for text in texts if text.isascii() and text.islower()])
            if len(whole) >= FEW:
                break
        step = max(1, len(whole) // MOST)
        return whole[::step]

    @cached_property
    def opening(self) -> tuple[str, ...]:
        """Those of the words that are one piece at the start of a text, too."""
        return tuple(word for word in self.words if self._alone(word))

    @cached_property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        """Pieces of any kind that hold a letter or a digit, each with the gap before it."""
        special, words = self.table.columns["is_special"], []
        for spelled, own in zip(self.table.spelled, special, strict=True):
            text = spelled.decode("utf-8", "replace")
            word = text.removeprefix(" ")
            sound = word.isprintable() and " " not in word and "\ufffd" not in word
            if sound and not own and any(letter.isalnum() for letter in word):
                words.append((text[: len(text) - len(word)], word))
        return tuple(words)

    def broken(self, pieces: Sequence[tuple[str, str]]) -> list[int]:
        """Which pieces don't come out as themselves, one piece each, when they are written."""
        text, ends = "", []
        for gap, word in pieces:
            text += gap + word
            ends.append((len(text) - len(word), len(text)))
        read = encode(text, self.table)
        lower, strings = read.column("lower"), self.table.pool.strings
        came = {(int(stop) - len(strings[code]), int(stop)): strings[code]
                for (_, stop), code in zip(read.offsets, lower, strict=True)}  # fmt: skip
        return [at for at, (end, (_, word)) in enumerate(zip(ends, pieces, strict=True))
                if came.get(end) != word.lower()]  # fmt: skip

    @cached_property
    def names(self) -> tuple[str, ...]:
        return self.whole(cast("names"))

    @cached_property
    def things(self) -> tuple[str, ...]:
        return self.whole(cast("things"))

    @cached_property
    def places(self) -> tuple[str, ...]:
        return self.whole(cast("places"))

    def whole(self, words: Iterable[str]) -> tuple[str, ...]:
        """The words that are one piece each, wherever they stand after a space."""
        listed = list(words)
        if not listed:
            return ()
        read = encode(" ".join(("a", *listed)), self.table)
        ends = np.cumsum([len(word) + 1 for word in listed]) + 1
        lower = read.column("lower")
        pieces: dict[int, list[int]] = {}
        for piece, (start, stop) in enumerate(read.offsets):
            if stop > start:
                pieces.setdefault(int(np.searchsorted(ends, stop)), []).append(piece)
        strings = self.table.pool.strings
        return tuple(
            word
            for at, word in enumerate(listed)
            if len(pieces.get(at, [])) == 1 and strings[lower[pieces[at][0]]] == word.lower()
        )

    def can_write(self, signs: Sequence[str]) -> str | None:
        """The first of the signs that the tokenizer loses or has no piece for, if any."""
        for sign in signs:
            read = encode(f"a {sign} b" if sign.strip() else f"a{sign}b", self.table)
            strings = self.table.pool.strings
            if not any(sign.lower() in strings[code] for code in read.column("lower")):
                return sign
        return None

    def _alone(self, word: str) -> bool:
        read = encode(word, self.table)
        shown = [self.table.pool.strings[code] for code in read.column("text")]
        special = read.column("is_special")
        return [text for text, own in zip(shown, special, strict=True) if not own] == [word]
