"""What kinds of characters there are, and which of them one text holds.

`scanned` says the same of a whole vocabulary at once, by arrays.
"""

import unicodedata

SENTENCE_ENDS = ".!?…。！？｡।؟"
PAUSES = ",;:，；：、،؛"
OPENERS = "([{（［｛【「『《〈⟨"
CLOSERS = ")]}）］｝】」』》〉⟩"
DOUBLE_QUOTES = '"“”„‟«»＂'
SINGLE_QUOTES = "'‘’‚‛‹›`"
APOSTROPHES = "'’"
# Quotes that may close; a straight one may also open.
CLOSING_QUOTES = "\"'”’»›＂"

LETTER, MARK, DIGIT, UPPER, PUNCT, BLANK, NEWLINE = (1 << bit for bit in range(7))
END, PAUSE, OPEN, CLOSE, DOUBLE, SINGLE, TAIL = (1 << bit for bit in range(7, 14))
WORDY = 1 << 14
STRAIGHT = 1 << 15


def kinds_of(character: str) -> int:
    """The bits of one character.

    >>> bool(kinds_of("É") & UPPER), bool(kinds_of("+") & PUNCT), bool(kinds_of("…") & END)
    (True, True, True)
    """
    category = unicodedata.category(character)
    bits = 0
    if character.isalpha():
        bits |= LETTER | WORDY
    if category[0] == "M":
        bits |= MARK | WORDY
    if character.isdigit():
        bits |= DIGIT | WORDY
    if character == "_" or (category[0] == "N" and not bits):
        bits |= WORDY
    if category in ("Lu", "Lt"):
        bits |= UPPER
    # Symbols count as punctuation where ASCII has them: + < = > $ ^ ` | ~
    if category[0] == "P" or (category[0] == "S" and character < "\x7f"):
        bits |= PUNCT
    if character.isspace():
        bits |= BLANK
    if character == "\n":
        bits |= NEWLINE
    if character == '"':
        bits |= STRAIGHT
    for characters, bit in _LISTED:
        if character in characters:
            bits |= bit
    return bits


_LISTED = (
    (SENTENCE_ENDS, END),
    (PAUSES, PAUSE),
    (OPENERS, OPEN),
    (CLOSERS, CLOSE),
    (DOUBLE_QUOTES, DOUBLE),
    (SINGLE_QUOTES, SINGLE),
    (CLOSERS + CLOSING_QUOTES, TAIL),
)


class Letters:
    """The characters of one text, for tests of the kind 'contains' and 'is made of'.

    >>> letters = Letters("don't")
    >>> letters.made_of(LETTER), letters.contains(SINGLE), letters.count(LETTER)
    (False, True, 4)
    """

    __slots__ = ("kinds",)

    def __init__(self, text: str) -> None:
        self.kinds = [kinds_of(character) for character in text]

    def count(self, bits: int) -> int:
        """How many characters have one of the bits."""
        return sum((kind & bits) != 0 for kind in self.kinds)

    def contains(self, bits: int) -> bool:
        return any(kind & bits for kind in self.kinds)

    def lacks(self, bits: int) -> bool:
        return not self.contains(bits)

    def made_of(self, bits: int) -> bool:
        """Not empty, and every character has one of the bits."""
        return bool(self.kinds) and all(kind & bits for kind in self.kinds)

    def first(self, bits: int) -> bool:
        """The first character has one of the bits."""
        return bool(self.kinds) and self.kinds[0] & bits != 0

    def last(self, bits: int) -> bool:
        return bool(self.kinds) and self.kinds[-1] & bits != 0
