"""Random short texts of the built-in tokenizer, as ids: 0 to 64 pieces, words often repeated."""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from attndsl.tokens.encoded import Encoded
from attndsl.tokens.tokenizer import encode
from tests.programs.context import LABELS
from tests.programs.draws import Draw, HypothesisDraw, RandomDraw, pick

LENGTHS = (0, 1, 2, 7, 22, 64)
_WORDS = (
    "the", "The", "a", "cat", "cat", "dog", "said", "she", "he", "not", "of", "and", "is", "one",
    "7", "42", "Berlin", "running", "quickly", "What", "who", "it", "was", "UP", "cats",
)  # fmt: skip
_SIGNS = (".", ",", "?", "!", '"', "(", ")", ":", ";", "\n", "-", "...")


def random_text(seed: int | str, length: int | None = None) -> Encoded:
    return text(RandomDraw(seed), length)


@st.composite
def texts(draw: Callable[[st.SearchStrategy[Any]], Any], length: int | None = None) -> Encoded:
    return text(HypothesisDraw(draw), length)


def text(draw: Draw, length: int | None = None) -> Encoded:
    """Exactly `length` pieces, or one of LENGTHS."""
    count = pick(draw, LENGTHS) if length is None else length
    pieces: list[str] = []
    for _ in range(count):
        word = draw.below(4) > 0
        piece = pick(draw, _WORDS) if word else pick(draw, _SIGNS)
        # A space keeps signs apart that would be one run.
        joined = not pieces or piece == "\n" or (not word and pieces[-1][-1].isalnum())
        pieces.append(piece if joined else f" {piece}")
    encoded = encode("".join(pieces))
    assert encoded.n == count, (count, encoded.labels())
    return encoded


class Parsed(Encoded):
    """A text with a parse made up at random, so that no parser is needed."""

    __slots__ = ("parse",)

    def __init__(self, encoded: Encoded, parse: dict[str, np.ndarray[Any, Any]]) -> None:
        super().__init__(encoded.table, encoded.ids)
        self.parse = parse

    def column(self, name: str) -> Any:
        return self.parse[name] if name in self.parse else super().column(name)


def parsed(draw: Draw, encoded: Encoded) -> Parsed:
    """Words of one piece each, some pieces without a word, hung into random trees."""
    n, code = encoded.n, encoded.table.pool.code
    there = np.array([draw.below(10) > 0 for _ in range(n)], dtype=np.bool_)
    heads = np.full(n, -2)  # of a root, and of what is no word
    for at in range(n):
        above = [i for i in range(at) if there[i]]
        if there[at] and above and draw.below(5):
            heads[at] = pick(draw, above)
    depth, enter, leave = np.zeros(n), np.full(n, -1), np.full(n, -2)
    for at in range(n):
        depth[at] = depth[heads[at]] + 1 if heads[at] >= 0 else 0
    stack = [(at, False) for at in reversed(range(n)) if there[at] and heads[at] < 0]
    number = 0
    while stack:
        at, done = stack.pop()
        if done:
            leave[at] = number - 1
            continue
        enter[at], number = number, number + 1
        stack.append((at, True))
        stack += [(i, False) for i in reversed(range(n)) if heads[i] == at]
    columns: dict[str, np.ndarray[Any, Any]] = {
        "is_word": there,
        "is_stop": there & np.array([draw.below(2) == 0 for _ in range(n)], dtype=np.bool_),
        "depth": depth,
        "head": np.where(there, np.where(heads >= 0, heads, np.arange(n)), -1),
        "parse_word": np.where(there, np.arange(n), -1).astype(np.float64),
        "parse_sentence": np.where(there, np.arange(n) // 4, -1).astype(np.float64),
        "starts_parse_word": there,
        "_head_word": heads.astype(np.float64),
        "_tree_in": enter.astype(np.float64),
        "_tree_out": leave.astype(np.float64),
    }
    for name, labels in LABELS.items():
        if name != "usual_pos":
            texts = [pick(draw, labels) if word else "" for word in there]
            columns[name] = np.array([code(text) for text in texts], dtype=np.int32)
    columns["lemma"] = encoded.column("lower")
    return Parsed(encoded, columns)


def changed_after(draw: Draw, encoded: Encoded, query: int) -> Encoded:
    """The same pieces up to the query and others after it, any number of them."""
    rest = text(draw)
    ids = np.concatenate([encoded.ids[: query + 1], rest.ids])
    return Encoded(encoded.table, ids)
