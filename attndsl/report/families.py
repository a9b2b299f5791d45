"""The family of a program: where most of its weight goes, else what it reads."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.graph.needs import Read, sources
from attndsl.graph.program import Program
from attndsl.heads.packing import row_starts
from attndsl.language.mask import Mask

# The first place that has at least this share of the weight names the family. Nearly every head
# rests on the first token to some degree, so more is asked of that one.
PLACES = (("previous token", 1, 0.4), ("itself", 2, 0.4), ("first token", 0, 0.75))
_MARKS = frozenset(
    {"is_punct", "is_newline", "is_quote", "is_open", "is_close", "is_pause", "is_sentence_end",
     "is_blank", "is_special", "is_bos", "is_sep"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reads:
    """What a program's canonical form reads, and the kinds of terms in it."""

    sources: tuple[Read, ...]
    ops: frozenset[str]

    def level(self, *levels: str) -> bool:
        return any(source.level in levels for source in self.sources)

    def name(self, names: frozenset[str]) -> bool:
        return any(source.name in names for source in self.sources)


# The first that holds names the family.
_BY_READING: tuple[tuple[str, Callable[[Reads], bool]], ...] = (
    ("syntax", lambda reads: reads.level("linguistics")),
    ("similarity", lambda reads: reads.name(frozenset({"similarity"}))),
    ("repetition", lambda reads: "text_same" in reads.ops or reads.level("repeat")),
    ("word classes", lambda reads: reads.level("class") or reads.name(frozenset({"usual_pos"}))),
    ("punctuation", lambda reads: reads.name(_MARKS)),
    ("words", lambda reads: reads.level("piece")),
    ("clauses", lambda reads: reads.name(frozenset({"sentence", "line", "is_first_of_sentence"}))),
)
OTHER = "position"


def family_of(program: Program, shares: NDArray[np.float64]) -> str:
    """`shares` are those of the program's weight on the first token, the one before and itself."""
    for name, place, most in PLACES:
        if shares[place] >= most:
            return name
    graph, terms = program.graph, program.graph.reachable([program.canonical])
    reads = Reads(
        tuple(sources(graph, program.canonical).values()),
        frozenset("text_same" if _same_id(program, t) else graph[t].op for t in terms),
    )
    return next((name for name, holds in _BY_READING if holds(reads)), OTHER)


def _same_id(program: Program, number: int) -> bool:
    """Whether a term asks if two pieces have the same id."""
    term = program.graph[number]
    columns = [program.graph[arg] for arg in term.args]
    return term.op == "eq" and all(c.op == "column" and c.payload == "id" for c in columns)


def place_shares(packed: NDArray[np.floating], mask: Mask, length: int) -> NDArray[np.float64]:
    """The share of each pattern's weight on first, previous and own token: `[patterns, 3]`.

    Rows in which two of these are one and the same don't count.

    >>> place_shares(np.array([[1, 1, 0, 0.5, 0.25, 0.25]]), Mask("causal"), 3)
    array([[0.5 , 0.25, 0.25]])
    """
    starts = row_starts(mask, length)
    shares = np.zeros((len(packed), 3))
    rows = range(2, length)
    for row in rows:
        first = mask.first(row)
        for place, key in enumerate((0, row - 1, row)):
            if key >= first:
                shares[:, place] += packed[:, starts[row] + key - first]
    return shares / max(len(rows), 1)
