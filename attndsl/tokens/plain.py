"""A text by the built-in tokenizer, with plain lists for columns: where there is no NumPy.

It says what `encode(text)` says, place by place (a test holds that), for the levels that need no
model and no parser. Texts stay strings: nothing here is fast, or has to be.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from math import sqrt
from typing import Any

from attndsl.language.diagnostics import AttndslError
from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens import traits, words
from attndsl.tokens.characters import BLANK, DIGIT, LETTER, PUNCT, Letters
from attndsl.tokens.splitting import cut, stable_id

STEPS = 1024  # similarities are whole numbers of these
_PLACES = tuple(
    name
    for name, entry in ATTRIBUTES.items()
    if entry.level in ("place", "repeat") and name not in ("prev", "next")
)
_SPACES = " \t\n\r\x0b\x0c"
Values = Sequence[Any]  # bools, floats, strings or positions


class Piece:
    """What one piece is, whatever stands around it."""

    def __init__(self, raw: str) -> None:
        shown = raw.encode("utf-8", "replace").decode()
        text = traits.clean(shown)
        of = Letters(text)
        lower, lettered = text.lower(), of.contains(LETTER)
        classes = {name: lower in words.word_list(name) for name in words.CLOSED_CLASSES}
        function = lower in words.function_words()
        tests = lettered, of.contains(DIGIT), of.contains(PUNCT)
        pos = "" if not text or of.made_of(BLANK) else traits.usual_pos(text, *tests)
        self.columns: dict[str, Any] = {
            "text": text,
            "lower": lower,
            "raw": raw,
            "len": float(len(text)),
            "id": float(stable_id(raw)),
            "usual_pos": pos,
            **traits.flags(of),
            "is_special": False,
            "is_bos": False,
            "is_sep": False,
            **classes,
            "is_function_word": function,
            "is_content_word": lettered and not function,
        }
        self.marks: dict[str, Any] = traits.marks(of)
        self.marks["goes_on"] |= traits.is_apostrophe(text[:1])
        self.marks |= {
            "space": shown[:1] in _SPACES,
            "gap": shown[-1:] in _SPACES,
            "apostrophe": traits.is_apostrophe(text),
            "ends": traits.ends_sentence(text),
            "dot": text == ".",
            "abbreviation": traits.is_abbreviation(text),
            "characters": len(shown),
            "skipped": len(shown) - len(text),
        }


class PlainText:
    """Pieces of one text; `column(name)` holds what each position knows.

    >>> text = PlainText("Tom sat. He slept.")
    >>> text.labels(), text.column("sentence"), text.similar(0, 0)
    (['Tom', 'sat', '.', 'He', 'slept', '.'], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0], 1.0)
    """

    def __init__(self, text: str) -> None:
        raws = [text[start:end] for start, end in cut(text)]
        known = {raw: Piece(raw) for raw in raws}
        self.pieces = [known[raw] for raw in raws]
        self._alike: dict[tuple[str, str], float] = {}

    @property
    def n(self) -> int:
        return len(self.pieces)

    def column(self, name: str) -> Values:
        level = ATTRIBUTES[name].level
        if level in ("piece", "class"):
            return [piece.columns[name] for piece in self.pieces]
        if level in ("place", "repeat"):
            return self.places[name]
        raise AttndslError(f"`{name}` needs a parser, and there is none here")

    def similar(self, one: int, other: int) -> float:
        """Cosine of letter trigrams; 0 with the missing position."""
        if one < 0 or other < 0:
            return 0.0
        pair = self.pieces[one].columns["lower"], self.pieces[other].columns["lower"]
        if pair not in self._alike:
            self._alike[pair] = alike(*pair)
        return self._alike[pair]

    def labels(self) -> list[str]:
        """A short text for each piece, such as a drawing shows; white space becomes visible."""
        return [traits.label(piece.columns["text"]) for piece in self.pieces]

    @cached_property
    def places(self) -> dict[str, Values]:
        """The columns of `tokens/places`, by its definitions, piece after piece."""
        sofar, before = _Sofar(), None
        rows = []
        for at, piece in enumerate(self.pieces):
            rows.append(sofar.step(at, piece, before))
            before = piece.marks
        following = [*range(1, self.n), -1][: self.n]
        columns = {name: [row[name] for row in rows] for name in _PLACES}
        return {**columns, "prev": list(range(-1, self.n - 1)), "next": following}


class _Sofar:
    """What is known of a text up to a piece."""

    def __init__(self) -> None:
        self.words = self.sentences = self.lines = self.characters = self.line_start = 0
        self.joins = False  # the piece before may be the inside of a word
        self.ended = True  # what counts of the pieces before ends a sentence
        self.seen = Counter[str]()

    def step(self, at: int, piece: Piece, before: dict[str, Any] | None) -> dict[str, Any]:
        """The next piece's row; `before` are the marks of the one before it."""
        mark, lower = piece.marks, piece.columns["lower"]
        gap = before is None or mark["space"] or before["gap"]
        starts = not mark["blank"] and (gap or not (mark["goes_on"] and self.joins))
        closes = mark["closer"] and not gap
        begins = self.ended and gap and not (mark["blank"] or mark["stops"] or closes)
        if before is None or before["newline"]:
            self.line_start = at
        self.words, self.sentences = self.words + starts, self.sentences + begins
        row = {
            "i": float(at),
            "word": float(max(0, self.words - 1)),
            "sentence": float(max(0, self.sentences - 1)),
            "line": float(self.lines),
            "column": float(at - self.line_start),
            "char": float(self.characters + mark["skipped"]),
            "occurrence": float(self.seen[lower]),
            "starts_word": starts,
            "starts_line": self.line_start == at,
            "is_first_of_sentence": begins,
        }
        self.seen[lower] += 1
        self.lines += mark["newline"]
        self.characters += mark["characters"]
        glued = mark["apostrophe"] and not gap and before is not None and before["lets_on"]
        self.joins = mark["lets_on"] or glued
        if not mark["blank"] and not closes:
            spared = mark["dot"] and before is not None and before["abbreviation"]
            self.ended = mark["ends"] and not spared
        return row


def alike(one: str, other: str) -> float:
    """The cosine of two words' runs of three letters, a space before and after each.

    >>> alike("cat", "cats"), alike("cat", "dog"), alike("", "")
    (0.5771484375, 0.0, 0.0)
    """
    first, second = _runs(one), _runs(other)
    product = float(sum(times * second[run] for run, times in first.items()))
    lengths = [sqrt(float(sum(times**2 for times in runs.values()))) for runs in (first, second)]
    between = (lengths[0] or 1.0) * (lengths[1] or 1.0)
    return round(product / between * STEPS) / STEPS


def _runs(text: str) -> Counter[str]:
    letters = f" {text} "
    return Counter(letters[at : at + 3] for at in range(len(text))) if text else Counter()
