"""The value of any expression of a program at one query, for every key: by the reference engine."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from attndsl.engines.reference.arithmetic import Array
from attndsl.engines.reference.evaluate import Evaluation
from attndsl.graph.build import run_block
from attndsl.graph.expressions import expression
from attndsl.graph.lower import lower
from attndsl.graph.scope import Scope, as_test
from attndsl.graph.terms import FREE_K, Graph
from attndsl.language.mask import Mask
from attndsl.language.nodes import Assign, Expression, Type

if TYPE_CHECKING:
    from attndsl.tokens.encoded import Encoded

# By what is run, and what names stand for there.
Terms = dict[tuple[int, tuple[tuple[str, int], ...]], int]


class Cells:
    """Values at the cell (query, key), and along its row.

    Where many cells are asked about, `kept` holds whole matrices by term from one to the next.
    """

    def __init__(
        self,
        graph: Graph,
        text: "Encoded",
        mask: Mask,
        query: int,
        key: int,
        labels: list[str],
        terms: Terms,
        kept: dict[int, Array] | None = None,
    ) -> None:
        self.graph, self.text, self.mask, self.query, self.key = graph, text, mask, query, key
        self.labels = labels
        self.first, self.last = mask.visible(query, text.n)
        self._rows: dict[int, Array] = {}
        self._kept, self._terms = kept, terms

    def term(self, node: Expression, scope: Scope) -> int:
        """An expression's term for what its names stand for here; made once for all cells."""
        asked = id(node), tuple(scope.names.items())
        if asked not in self._terms:
            self._terms[asked] = expression(node, scope)
        return self._terms[asked]

    def truth(self, node: Expression, scope: Scope) -> int:
        """The same of a condition."""
        return as_test(self.term(node, scope), scope)

    def assign(self, statement: Assign, scope: Scope) -> None:
        """Run an assignment, after which its local stands for another term."""
        asked = id(statement), tuple(scope.names.items())
        if asked not in self._terms:
            run_block((statement,), scope)
            self._terms[asked] = scope.names[statement.name]
        scope.names[statement.name] = self._terms[asked]

    def row(self, term: int) -> Array:
        """A term's value at this query, a number for each key of the text."""
        if self._kept is not None:
            if term not in self._kept:
                self._kept[term] = np.concatenate([cells for _, cells in self._blocks(term)])
            row: Array = self._kept[term][self.query]
            return row
        if term not in self._rows:
            for block, cells in self._blocks(term):
                if block.start <= self.query < block.stop:
                    self._rows[term] = np.array(cells[self.query - block.start])
        return self._rows[term]

    def _blocks(self, term: int) -> Iterator[tuple[slice, Array]]:
        run = Evaluation(self.graph, lower(self.graph, term, self.mask), self.text, self.mask)
        for block, cells in run.rows():
            yield block, np.array(cells)

    def at(self, term: int) -> float:
        """A term's value at the cell; bools are 0 and 1, positions their index."""
        return float(self.row(term)[self.key])

    def looks_at_key(self, term: int) -> bool:
        return bool(self.graph[term].free & FREE_K)

    def answer(self, term: int) -> str | None:
        """The value in words; texts have none here."""
        kind = self.graph[term].type
        if kind is Type.TEXT:
            return None
        value = self.at(term)
        if kind is Type.BOOL:
            return "true" if value else "false"
        if kind is Type.POSITION:
            return "nowhere" if value < 0 else f"{int(value)} {self.labels[int(value)]}"
        return f"{value:.4g}"
