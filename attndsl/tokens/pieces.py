"""What each piece of a vocabulary is: the columns of the levels `piece` and `class`, by id.

A tokenizer hands in its pieces as three lists (what it calls them, the bytes they stand for, which
are special); everything else is worked out here, the same for every kind of tokenizer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from attndsl.tokens import characters as ch
from attndsl.tokens import traits, words
from attndsl.tokens.pool import TextPool
from attndsl.tokens.scanned import Characters
from attndsl.tokens.similarity import Similarity
from attndsl.tokens.spelling import bytes_of, spans

Column = npt.NDArray[Any]
Ids = npt.NDArray[np.int64]
Offsets = npt.NDArray[np.int64]


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
    texts = [traits.clean(text) for text in shown]
    for at in np.flatnonzero(partial):
        if not texts[at].strip():
            texts[at] = ""
    of = Characters(texts)
    names = [
        raw if own else text for raw, own, text in zip(pieces.raws, special, texts, strict=True)
    ]
    lowers = [name.lower() for name in names]

    flags = traits.flags(of)
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
    by_text = traits.marks(of)
    apostrophe_first = np.array([traits.is_apostrophe(text[:1]) for text in texts], bool)
    marks: dict[str, Column] = {
        **by_text,
        "special": special,
        "breaks": special & ~pieces.neutral,
        "space": lead.space & ~special,
        "gap": (lead.trailing_space & ~special),
        "goes_on": by_text["goes_on"] | apostrophe_first | partial,
        "lets_on": by_text["lets_on"] | partial,
        "apostrophe": _each(traits.is_apostrophe, texts),
        "ends": _each(traits.ends_sentence, texts, flags["is_sentence_end"]),
        "dot": np.array([text == "." for text in texts], bool),
        "abbreviation": _each(traits.is_abbreviation, texts),
        "characters": np.where(special, 0, lead.characters),
        "skipped": (skipped & ~special).astype(np.int64),
        "inside": (lead.inside & ~special).astype(np.int64),
    }
    return columns, marks


def _each(
    test: Callable[[str], bool], texts: list[str], where: Column | None = None
) -> npt.NDArray[np.bool_]:
    """The test of every text, or of those where it can hold."""
    answers = np.zeros(len(texts), bool)
    for at in range(len(texts)) if where is None else np.flatnonzero(where):
        answers[at] = test(texts[at])
    return answers


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


def _usual_pos(texts: list[str], of: Characters, barred: npt.NDArray[np.bool_]) -> list[str]:
    """Of a word that is barred, and of white space, none."""
    none = barred | of.made_of(ch.BLANK)
    known = zip(of.contains(ch.LETTER), of.contains(ch.DIGIT), of.contains(ch.PUNCT), strict=True)
    return [
        "" if not text or none[at] else traits.usual_pos(text, *map(bool, tests))
        for at, (text, tests) in enumerate(zip(texts, known, strict=True))
    ]
