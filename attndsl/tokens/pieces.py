"""What each piece of a vocabulary is: the columns of the levels `piece` and `class`, by id.

A tokenizer hands in its pieces as three lists (what it calls them, the bytes they stand for, which
are special); everything else is worked out here, the same for every kind of tokenizer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from attndsl.tokens import characters as ch
from attndsl.tokens import words
from attndsl.tokens.pool import TextPool
from attndsl.tokens.similarity import Similarity
from attndsl.tokens.spelling import bytes_of, spans

Column = npt.NDArray[Any]
Ids = npt.NDArray[np.int64]
Offsets = npt.NDArray[np.int64]

_CLOSED_END = re.compile(
    f"[{re.escape(ch.SENTENCE_ENDS)}][{re.escape(ch.CLOSERS + ch.CLOSING_QUOTES)}]*\\s*\\Z"
)


class Splitter(Protocol):
    """Splits a text into ids, with the span of characters that each stands for."""

    def __call__(self, text: str) -> tuple[Ids, Offsets]: ...


@dataclass(slots=True, eq=False, repr=False)
class PieceTable:
    """Everything known of a tokenizer's pieces, as arrays indexed by id.

    `columns` are what programs see: flags as bool, numbers as float64, texts as codes of `pool`.
    `marks` are what place columns are made from (see `places`). `spelled` holds each piece's bytes.
    With `spaces` a piece's leading space is in its bytes and can be trusted; with `prefix` the
    tokenizer puts a space before a text that isn't in it. The built-in tokenizer's table grows as
    it meets new words: then its arrays are replaced by longer ones, and no id changes its meaning.
    """

    name: str
    fingerprint: str
    pool: TextPool
    split: Splitter
    spaces: bool = True
    prefix: bool = False
    bos_id: int = -1
    columns: dict[str, Column] = field(default_factory=dict)
    marks: dict[str, Column] = field(default_factory=dict)
    raws: list[str] = field(default_factory=list)
    spelled: list[bytes] = field(default_factory=list)
    similarity: Similarity = field(init=False)

    def __post_init__(self) -> None:
        self.similarity = Similarity(self)

    def __repr__(self) -> str:
        return f"PieceTable({self.name}, {self.size} pieces, {self.fingerprint})"

    @property
    def size(self) -> int:
        """How many ids there are."""
        return len(self.raws)

    def grow(self, pieces: "Pieces") -> None:
        """Add pieces; they get the next ids."""
        columns, marks = describe(pieces, self.pool)
        for known, new in ((self.columns, columns), (self.marks, marks)):
            for name, column in new.items():
                before = known.get(name)
                known[name] = column if before is None else np.concatenate([before, column])
        self.raws.extend(pieces.raws)
        self.spelled.extend(pieces.spelled)

    def copy(self) -> "PieceTable":
        """A table with the same arrays and pool, to be given other embeddings."""
        own = PieceTable(self.name, self.fingerprint, self.pool, self.split)
        own.spaces, own.prefix, own.bos_id = self.spaces, self.prefix, self.bos_id
        own.columns, own.marks = dict(self.columns), dict(self.marks)
        own.raws, own.spelled = list(self.raws), list(self.spelled)
        return own

    def decode(self, ids: Ids) -> tuple[str, Offsets]:
        """The text that ids stand for, and each piece's span; special tokens stand for nothing.

        Pieces that share a character have the same span; bytes that are none show as U+FFFD.
        """
        special = self.columns["is_special"]
        spelled = [b"" if special[piece] else self.spelled[piece] for piece in ids]
        if self.prefix:
            first = next((at for at, part in enumerate(spelled) if part), None)
            if first is not None:
                spelled[first] = spelled[first].removeprefix(b" ")
        joined = b"".join(spelled)
        text = joined.decode("utf-8", "replace")
        return text, spans(joined, text, np.array([len(part) for part in spelled], np.int64))


@dataclass(slots=True)
class Pieces:
    """Pieces to describe, in the order of their ids.

    `inner` marks those that only ever continue a word (`##ing`): no word class is theirs.
    """

    raws: Sequence[str]
    spelled: Sequence[bytes]
    ids: npt.NDArray[np.float64]
    special: npt.NDArray[np.bool_]
    inner: npt.NDArray[np.bool_]
    neutral: npt.NDArray[np.bool_]  # special, but standing for a word: [MASK], <unk>
    bos: npt.NDArray[np.bool_]
    sep: npt.NDArray[np.bool_]


def plain_pieces(raws: Sequence[str], ids: npt.NDArray[np.float64]) -> Pieces:
    """Pieces that are their own text, none of them special."""
    no = np.zeros(len(raws), bool)
    return Pieces(raws, [raw.encode("utf-8", "replace") for raw in raws], ids, *[no] * 5)


def describe(pieces: Pieces, pool: TextPool) -> tuple[dict[str, Column], dict[str, Column]]:
    """The columns and the marks of pieces."""
    shown = [spelled.decode("utf-8", "ignore") for spelled in pieces.spelled]
    special = pieces.special
    for at in np.flatnonzero(special):
        shown[at] = ""  # a special token's name is a name, not text
    lead = bytes_of(pieces.spelled)
    partial = lead.partial & ~special
    texts = [_clean(text) for text in shown]
    for at in np.flatnonzero(partial):
        if not texts[at].strip():
            texts[at] = ""
    of = ch.Characters(texts)
    names = [
        raw if own else text for raw, own, text in zip(pieces.raws, special, texts, strict=True)
    ]
    lowers = [name.lower() for name in names]

    flags = _flags(of)
    flags |= {"is_special": special, "is_bos": pieces.bos, "is_sep": pieces.sep}
    classes = _classes(lowers, of.contains(ch.LETTER), special | pieces.inner)
    columns: dict[str, Column] = {
        "text": pool.codes(names),
        "lower": pool.codes(lowers),
        "raw": pool.codes(pieces.raws),
        "len": np.array([len(name) for name in names], np.float64),
        "id": pieces.ids,
        "usual_pos": pool.codes(_usual_pos(texts, of, special | pieces.inner)),
        **flags,
        **classes,
    }
    skipped = np.array(
        [len(a) > len(b) and a[0] == " " for a, b in zip(shown, texts, strict=True)], bool
    )
    marks: dict[str, Column] = {
        "special": special,
        "breaks": special & ~pieces.neutral,
        "blank": flags["is_blank"],
        "newline": flags["is_newline"],
        "space": lead.space & ~special,
        "gap": (lead.trailing_space & ~special),
        "goes_on": of.first(ch.WORDY) | _first_in(texts, ch.APOSTROPHES) | partial,
        "lets_on": of.last(ch.WORDY) | partial,
        "apostrophe": np.array([text != "" and text in ch.APOSTROPHES for text in texts], bool),
        "ends": _ends(texts, flags["is_sentence_end"]),
        "dot": np.array([text == "." for text in texts], bool),
        "abbreviation": _abbreviations(texts),
        "closer": of.made_of(ch.TAIL),
        "straight": of.contains(ch.STRAIGHT),
        "stops": of.made_of(ch.TAIL | ch.END) & of.contains(ch.END),
        "double_quotes": of.count(ch.STRAIGHT),
        "characters": np.where(special, 0, lead.characters),
        "skipped": (skipped & ~special).astype(np.int64),
        "inside": (lead.inside & ~special).astype(np.int64),
    }
    return columns, marks


def _clean(text: str) -> str:
    """Without one leading space, unless white space is all there is."""
    return text[1:] if text[:1] == " " and not text.isspace() else text


def _flags(of: ch.Characters) -> dict[str, Column]:
    upper, letters = of.count(ch.UPPER), of.contains(ch.LETTER)
    return {
        "is_alpha": of.made_of(ch.LETTER | ch.MARK) & letters,
        "is_digit": of.made_of(ch.DIGIT),
        "is_upper": of.made_of(ch.UPPER),
        "is_title": of.first(ch.UPPER) & (upper == 1),
        "is_punct": of.made_of(ch.PUNCT),
        "is_newline": of.contains(ch.NEWLINE),
        "is_quote": of.contains(ch.DOUBLE) | (of.contains(ch.SINGLE) & ~letters),
        "is_open": of.contains(ch.OPEN),
        "is_close": of.contains(ch.CLOSE),
        "is_pause": of.contains(ch.PAUSE),
        "is_sentence_end": of.contains(ch.END),
        "is_blank": of.made_of(ch.BLANK),
    }


def _classes(
    lowers: list[str], lettered: Column, barred: npt.NDArray[np.bool_]
) -> dict[str, Column]:
    def among(listed: frozenset[str]) -> npt.NDArray[np.bool_]:
        return np.array([lower in listed for lower in lowers], bool) & ~barred

    classes: dict[str, Column] = {
        name: among(words.word_list(name)) for name in words.CLOSED_CLASSES
    }
    function = among(words.function_words())
    classes["is_function_word"] = function
    classes["is_content_word"] = np.asarray(lettered, bool) & ~function & ~barred
    return classes


def _usual_pos(texts: list[str], of: ch.Characters, barred: npt.NDArray[np.bool_]) -> list[str]:
    """Words by `words.usual_pos`; what holds no letter by its characters."""
    lettered, digits = of.contains(ch.LETTER), of.contains(ch.DIGIT)
    mixed = lettered & (digits | of.contains(ch.PUNCT))
    punct, blank = of.contains(ch.PUNCT), of.made_of(ch.BLANK)
    labels: list[str] = []
    for at, text in enumerate(texts):
        if barred[at] or not text or blank[at]:
            labels.append("")
        elif lettered[at]:
            labels.append(_pos_of_lettered(text, bool(mixed[at])))
        elif digits[at]:
            labels.append("NUM")
        else:
            labels.append("SYM" if text in _SYMBOLS or not punct[at] else "PUNCT")
    return labels


_SYMBOLS = frozenset((
    "+", "=", "<", ">", "$", "%", "^", "|", "~",
    "==", "+=", "-=", "->", "=>", "&", "&&", "||", "++",
))  # fmt: skip


def _pos_of_lettered(text: str, mixed: bool) -> str:
    known = words.usual_pos(text)
    if (
        mixed
        and known in ("NOUN", "PROPN")
        and not text.replace("'", "").replace("-", "").isalpha()
    ):
        return "X"  # identifiers, fragments of code
    return known


def _first_in(texts: list[str], characters: str) -> npt.NDArray[np.bool_]:
    return np.array([text[:1] in characters and text != "" for text in texts], bool)


def _ends(texts: list[str], holds_end: Column) -> npt.NDArray[np.bool_]:
    ends = np.zeros(len(texts), bool)
    for at in np.flatnonzero(holds_end):
        ends[at] = _CLOSED_END.search(texts[at]) is not None
    return ends


def _abbreviations(texts: list[str]) -> npt.NDArray[np.bool_]:
    """Words such as Mr, and initials: a full stop after them ends no sentence."""
    listed = words.word_list("abbreviation")
    return np.array(
        [
            text.lower() in listed or (len(text) == 1 and text.isupper() and text != "I")
            for text in texts
        ],
        bool,
    )
