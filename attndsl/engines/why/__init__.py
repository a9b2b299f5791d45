"""Why a program gives a weight: its parts with their amounts, the branch taken, what was found.

Amounts are exact where the program's form is a sum; where parts multiply that is said instead.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from attndsl.engines.reference import pattern
from attndsl.engines.reference.arithmetic import Array
from attndsl.engines.why.cells import Cells, Terms
from attndsl.engines.why.finding import has_aggregates
from attndsl.engines.why.parts import Fact, Part, Why
from attndsl.engines.why.walk import Walk
from attndsl.graph.arithmetic import ROW_EMPTY
from attndsl.graph.build import Builder
from attndsl.graph.program import Program, expect_program
from attndsl.graph.terms import Graph
from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import whole
from attndsl.language.mask import CAUSAL, Mask
from attndsl.language.nodes import TypedModule
from attndsl.language.parser import parse
from attndsl.language.types import infer

if TYPE_CHECKING:
    from attndsl.tokens.encoded import Encoded

__all__ = ["Fact", "Part", "Reasons", "Why", "why"]

LETTERS = (
    "no model is given, so no similarity of its embeddings is known: `similarity` compares letters,"
    " which is 0 where two tokens share no three in a row"
)


def why(program: Program, text: "Encoded", query: int, key: int, mask: Mask = CAUSAL) -> Why:
    """The parts of the program that make the weight of one cell.

    >>> from attndsl import encode, verify
    >>> source = "def f(q, k):\\n    return 0.6 * (k.i == 0) + 0.4 * (k == q.prev)\\n"
    >>> found = why(verify(source).programs[0], encode("The cat sat"), 2, 1)
    >>> round(found.weight, 3), [(part.text, round(part.value, 3)) for part in found.part.parts]
    (0.4, [('0.6 * (k.i == 0)', 0.0), ('0.4 * (k == q.prev)', 0.4)])
    """
    return Reasons(program, text, mask, keep=False).at(query, key)


class Reasons:
    """Why the cells of one text have their weights: many of them, each value worked out once."""

    def __init__(
        self, program: Program, text: "Encoded", mask: Mask = CAUSAL, keep: bool = True
    ) -> None:
        expect_program(program)
        self.weights = pattern(program, text, mask)
        typed = _typed(program.source, program.file)
        self.builder = Builder(typed, Graph())
        by_name = {one.name: one for one in typed.heads}
        self.definition, own = by_name[program.name], by_name[program.definition.name]
        self.rested = own is not self.definition  # by a number that is the head's own
        self.aggregates = any(has_aggregates(one, typed) for one in (self.definition, own))
        self.root = self.builder.build(own).root
        self.lines = program.source.splitlines()
        self.program, self.text, self.mask = program, text, mask
        self.labels = text.labels()
        self.terms: Terms = {}
        self.kept: dict[int, Array] | None = {} if keep else None

    def at(self, query: int, key: int) -> Why:
        """Why this cell has its weight."""
        query, key = _within(self.text, query, key, self.mask)
        program = self.program
        cells = Cells(
            self.builder.graph, self.text, self.mask, query, key, self.labels, self.terms, self.kept
        )
        walk = Walk(self.builder, cells, self.lines, self.aggregates)
        part, value = walk.program(self.definition), cells.at(self.root)
        if self.rested and part.value and value != part.value:  # the cell is multiplied as a whole
            times = value / part.value
            walk.taken.append(
                Fact("what rests, for this head,", part.line, f"{times:.4g} times it")
            )
            part = part.scaled(times)
        row = cells.row(self.root)[cells.first : cells.last + 1]
        best = float(row.max())
        weights = np.exp(row - best) if program.softmax else np.maximum(row, 0.0)
        total = float(weights.sum())
        empty = not program.softmax and total < ROW_EMPTY
        return Why(
            program=program.name,
            query=query,
            key=key,
            labels=tuple(cells.labels),
            weight=float(self.weights[query, key]),
            value=value,
            row=0.0 if empty else total,
            best=best,
            scores=program.softmax,
            fallback=program.fallback if empty else None,
            taken=tuple(walk.taken),
            part=part,
            notes=_notes(program, self.text),
        )


def _notes(program: Program, text: "Encoded") -> tuple[str, ...]:
    alike = "model" in program.needs and text.table.similarity.source == "letters"
    return (LETTERS,) if alike else ()


@lru_cache(maxsize=2)
def _typed(source: str, file: str) -> TypedModule:
    """A file is read once for all of its programs, however many texts they are asked about on."""
    return infer(parse(source, file)[0])[0]


def _within(text: "Encoded", query: int, key: int, mask: Mask) -> tuple[int, int]:
    """The cell, where the text has it and the mask shows it."""
    allowed = f"a whole number, 0 to {text.n - 1} in this text"
    query, key = whole(query, "query", allowed), whole(key, "key", allowed)
    for name, index in (("query", query), ("key", key)):
        if not 0 <= index < text.n:
            raise AttndslError(f"there is no {name} {index}: the text has tokens 0 to {text.n - 1}")
    first, last = mask.visible(query, text.n)
    if not first <= key <= last:
        raise AttndslError(f"query {query} can't see key {key}: it sees keys {first} to {last}")
    return query, key
