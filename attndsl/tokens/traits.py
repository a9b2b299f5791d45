"""What a piece's text says of it, the same for one piece and for arrays of pieces; no array needed.

The tables take what `characters.Letters` and `scanned.Characters` answer: a bool or an array of
them, which `&` and `|` join alike.
"""

import re
from typing import Any, Protocol

from attndsl.tokens import characters as ch
from attndsl.tokens import words


class Scan(Protocol):
    """Of one text or of many: how many characters have one of the bits, and so on."""

    def count(self, bits: int) -> Any: ...
    def contains(self, bits: int) -> Any: ...
    def lacks(self, bits: int) -> Any: ...
    def made_of(self, bits: int) -> Any: ...
    def first(self, bits: int) -> Any: ...
    def last(self, bits: int) -> Any: ...


def flags(of: Scan) -> dict[str, Any]:
    """The flags that programs see."""
    return {
        "is_alpha": of.made_of(ch.LETTER | ch.MARK) & of.contains(ch.LETTER),
        "has_letter": of.contains(ch.LETTER),
        "is_digit": of.made_of(ch.DIGIT),
        "is_upper": of.made_of(ch.UPPER),
        "is_title": of.first(ch.UPPER) & (of.count(ch.UPPER) == 1),
        "is_punct": of.made_of(ch.PUNCT),
        "is_newline": of.contains(ch.NEWLINE),
        "is_quote": of.contains(ch.DOUBLE) | (of.contains(ch.SINGLE) & of.lacks(ch.LETTER)),
        "is_open": of.contains(ch.OPEN),
        "is_close": of.contains(ch.CLOSE),
        "is_pause": of.contains(ch.PAUSE),
        "is_sentence_end": of.contains(ch.END),
        "is_blank": of.made_of(ch.BLANK),
    }


def marks(of: Scan) -> dict[str, Any]:
    """Those marks of `places` that go by the characters alone."""
    return {
        "blank": of.made_of(ch.BLANK),
        "newline": of.contains(ch.NEWLINE),
        "goes_on": of.first(ch.WORDY),
        "lets_on": of.last(ch.WORDY),
        "closer": of.made_of(ch.TAIL),
        "straight": of.contains(ch.STRAIGHT),
        "stops": of.made_of(ch.TAIL | ch.END) & of.contains(ch.END),
        "double_quotes": of.count(ch.STRAIGHT),
    }


def clean(text: str) -> str:
    """Without one leading space, unless white space is all there is."""
    return text[1:] if text[:1] == " " and not text.isspace() else text


def label(text: str) -> str:
    """A text as a drawing shows it: white space becomes visible."""
    for hidden, shown in (("\n", "⏎"), ("\t", "⇥"), ("\r", "␍")):
        text = text.replace(hidden, shown)
    return text.replace(" ", "␣") if not text.strip() else text


def is_apostrophe(text: str) -> bool:
    return text != "" and text in ch.APOSTROPHES


_CLOSED_END = re.compile(
    f"[{re.escape(ch.SENTENCE_ENDS)}][{re.escape(ch.CLOSERS + ch.CLOSING_QUOTES)}]*\\s*\\Z"
)


def ends_sentence(text: str) -> bool:
    """Its last mark ends a sentence, closing quotes and brackets aside."""
    return _CLOSED_END.search(text) is not None


def is_abbreviation(text: str) -> bool:
    """Words such as Mr, and initials: a full stop after them ends no sentence."""
    listed = words.word_list("abbreviation")
    return text.lower() in listed or (len(text) == 1 and text.isupper() and text != "I")


_SYMBOLS = frozenset((
    "+", "=", "<", ">", "$", "%", "^", "|", "~",
    "==", "+=", "-=", "->", "=>", "&", "&&", "||", "++",
))  # fmt: skip


def usual_pos(text: str, lettered: bool, digits: bool, punct: bool) -> str:
    """A word's by `words.usual_pos`; what holds no letter goes by its characters.

    >>> usual_pos("walked", True, False, False), usual_pos("->", False, False, True)
    ('VERB', 'SYM')
    """
    if lettered:
        known = words.usual_pos(text)
        plain = text.replace("'", "").replace("-", "").isalpha()
        noun = known in ("NOUN", "PROPN")
        return "X" if (digits or punct) and noun and not plain else known  # X: fragments of code
    if digits:
        return "NUM"
    return "SYM" if text in _SYMBOLS or not punct else "PUNCT"
