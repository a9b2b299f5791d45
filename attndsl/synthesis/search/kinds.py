"""Kinds of query: the leaves that a program's branches are made of, and how a branch asks for them.

Leaves go by `usual_pos`, which names one part of speech for each token, and by whether a piece ends
the sentence. So no token is of two leaves, and any of them can share a branch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.tokens.encoded import Encoded


@dataclass(frozen=True, slots=True)
class Leaf:
    """Queries with one of these labels."""

    words: str
    labels: tuple[str, ...]


LEAVES: tuple[Leaf, ...] = (
    Leaf("sentence ends", ()),
    Leaf("other marks", ("PUNCT",)),
    Leaf("determiners", ("DET",)),
    Leaf("prepositions", ("ADP",)),
    Leaf("pronouns", ("PRON",)),
    Leaf("auxiliaries and particles", ("AUX", "PART")),
    Leaf("conjunctions", ("CCONJ", "SCONJ")),
    Leaf("verbs", ("VERB",)),
    Leaf("nouns", ("NOUN",)),
    Leaf("names", ("PROPN",)),
    Leaf("adjectives and numbers", ("ADJ", "NUM")),
    Leaf("adverbs", ("ADV", "INTJ")),
    Leaf("blanks and signs", ("", "SYM", "X")),
)
ENDS = 0  # sentence ends, whatever their part of speech, are of no other leaf


def leaves_of(text: Encoded) -> NDArray[np.int64]:
    """The leaf of each position of a text.

    >>> from attndsl.tokens import encode
    >>> [LEAVES[leaf].words for leaf in leaves_of(encode("the cat."))]
    ['determiners', 'nouns', 'sentence ends']
    """
    strings = text.table.pool.strings
    labels = [strings[code] for code in text.column("usual_pos")]
    leaves = np.full(text.n, len(LEAVES) - 1, dtype=np.int64)
    for number, leaf in enumerate(LEAVES[:-1]):
        leaves[np.isin(labels, leaf.labels)] = number
    leaves[text.column("is_sentence_end").astype(bool)] = ENDS
    return leaves


def condition(leaves: Sequence[int], ends_gone: bool = False) -> str:
    """The test on `q` for some leaves; `ends_gone` where a test before took the sentence ends.

    >>> condition([2, 8]), condition([0]), condition([0, 1]), condition([1])
    ('q.usual_pos in {"DET", "NOUN"}', 'q.is_sentence_end', \
'q.is_sentence_end or q.usual_pos == "PUNCT"', 'q.usual_pos == "PUNCT" and not q.is_sentence_end')
    """
    labels = [label for leaf in leaves if leaf != ENDS for label in LEAVES[leaf].labels]
    others = [label for leaf in LEAVES[1:] for label in leaf.labels if label not in labels]
    if not labels:
        return "q.is_sentence_end"
    if len(others) < len(labels):
        test = f"q.usual_pos not in {_listed(others)}" if others else "True"
    elif len(labels) == 1:
        test = f'q.usual_pos == "{labels[0]}"'
    else:
        test = f"q.usual_pos in {_listed(labels)}"
    if ENDS in leaves:
        return f"q.is_sentence_end or {test}"
    return f"{test} and not q.is_sentence_end" if "PUNCT" in labels and not ends_gone else test


def _listed(labels: Sequence[str]) -> str:
    return "{" + ", ".join(f'"{label}"' for label in labels) + "}"


def in_words(leaves: Sequence[int]) -> str:
    """
    >>> in_words([2, 7, 8])
    'determiners, verbs and nouns'
    """
    words = [LEAVES[leaf].words for leaf in leaves]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
