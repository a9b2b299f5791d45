"""Many programs as one plan: passes over the tokens, the visible cells or all pairs, in order.

Items (columns and matrices) have a level: aggregates over pairs and matrices are one above what
they read. The plan runs level by level: first the passes over pairs, which read only lower levels,
then the line pass, which fills the other columns; at the end one pass over the visible cells
stores the patterns.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attndsl.engines.batch.machine.opcodes import FALLBACK, FUNCTION, WEIGHING
from attndsl.engines.batch.planning.distance_columns import DistanceColumns
from attndsl.engines.batch.planning.emit import Emitter
from attndsl.engines.batch.planning.items import (
    SIMILARITY,
    Item,
    as_column,
    column_item,
    table_item,
    value_item,
    window_items,
)
from attndsl.engines.batch.planning.needs import (
    View,
    by_distance,
    is_kept_matrix,
    is_loaded,
    needed,
)
from attndsl.engines.batch.planning.numbering import Numbering, Table
from attndsl.engines.batch.planning.operators import OPERATORS
from attndsl.engines.batch.running.layout import Area
from attndsl.graph.facts import facts_of
from attndsl.graph.terms import Graph
from attndsl.language.mask import Mask

Code = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Root:
    """A lowered program in the plan's graph and how its rows are finished."""

    term: int
    softmax: bool
    fallback: str


@dataclass(frozen=True, slots=True)
class Pass:
    """Instructions over one area."""

    area: Area
    code: Code
    registers: int
    instructions: int


@dataclass(frozen=True, slots=True)
class Window:
    """A matrix of running aggregates from each row on, made from two columns."""

    matrix: int
    function: str
    guard: int
    body: int


@dataclass(frozen=True, slots=True)
class Plan:
    programs: int
    steps: tuple[Pass | Window, ...]  # the last one stores the patterns
    raw: dict[str, int]  # columns to fill from the texts
    columns: int
    matrices: int
    similarity: int  # the matrix of similarities, -1 where none is read
    similarity_by_row: bool  # a row reads no similarity but those of its own position
    constants: tuple[float | str, ...]
    tables: tuple[Table, ...]
    terms: int  # distinct terms of all programs
    terms_apart: int  # the sum over programs

    @property
    def area(self) -> Area:
        """Of the pass that stores the patterns."""
        last = self.steps[-1]
        assert isinstance(last, Pass)
        return last.area

    @property
    def instructions(self) -> int:
        """Of all passes together."""
        return sum(len(step.code) for step in self.steps if isinstance(step, Pass))


def make_plan(graph: Graph, roots: Sequence[Root], mask: Mask) -> Plan:
    return _Planner(graph, mask).plan(roots)


class _Planner:
    def __init__(self, graph: Graph, mask: Mask) -> None:
        self.graph = graph
        self.mask = mask
        self.distances = DistanceColumns(graph)
        # Where a key may come after its query, the visible cells are all cells.
        self.visible: Area = "square" if mask.kind == "full" else "mask"
        self.numbers = Numbering()
        self.levels: dict[Item, int] = {}
        self.similarity_by_row = True

    def plan(self, roots: Sequence[Root]) -> Plan:
        top = 0
        for root in roots:
            for item in self.items_of(root.term, self.visible):
                top = max(top, self.level(item))
        by_level: dict[int, list[Item]] = defaultdict(list)
        for item, level in self.levels.items():
            by_level[level].append(item)
        # Without the mask: q and k here also name the positions of squares.
        self.facts = facts_of(self.graph, range(len(self.graph)))
        steps: list[Pass | Window] = []
        for level in range(top + 1):
            pairs = [item for item in by_level[level] if item.kind in ("reduce", "matrix")]
            for area in ("mask", "square"):
                steps += self.pairs_pass([i for i in pairs if self.area(i) == area], area)
            steps += [self.window(item) for item in by_level[level] if item.kind == "window"]
            steps += self.line_pass([i for i in by_level[level] if i.kind == "derived"])
        steps.append(self.pattern_pass(roots))
        apart = sum(len(self.graph.reachable([root.term])) for root in roots)
        return Plan(
            programs=len(roots),
            steps=tuple(steps),
            raw={i.name: n for i, n in self.numbers.columns.items() if i.kind == "raw"},
            columns=len(self.numbers.columns),
            matrices=len(self.numbers.matrices),
            similarity=self.numbers.matrices.get(SIMILARITY, -1),
            similarity_by_row=self.similarity_by_row,
            constants=tuple(value for _, value in self.numbers.constants),
            tables=tuple(self.numbers.tables),
            terms=len(self.graph.reachable([root.term for root in roots])),
            terms_apart=apart,
        )

    # --- what is needed, and when ------------------------------------------------------------

    def items_of(self, root: int, area: Area) -> list[Item]:
        """The columns and matrices that evaluating a term in an area reads."""
        graph = self.graph
        items: list[Item] = []
        view = View(graph, area, self.distances)
        for term in needed(view, [root]):
            described = graph[term]
            if is_loaded(view, term):
                distance = by_distance(view, term)
                items.append(column_item(graph, term if distance is None else distance))
            elif is_kept_matrix(graph, term):
                items.append(value_item(graph, term)[0])
            elif described.op == "column":
                items.append(Item("raw", described.name))
            elif described.op == "head":
                items.append(Item("raw", "head"))
            elif described.op == "similarity":
                items.append(SIMILARITY)
            elif described.op == "take":
                items.append(table_item(graph, term)[0])
            elif described.op == "window":
                items.extend(window_items(graph, term))
        return list(dict.fromkeys(items))

    def level(self, item: Item) -> int:
        """Registers the item and all that it reads; nesting is bounded by the cost limits."""
        if item in self.levels:
            return self.levels[item]
        below = 0
        for part in self.parts(item):
            below = max(below, self.level(part))
        above = item.kind in ("reduce", "matrix", "window")
        self.levels[item] = below + 1 if above else below
        return self.levels[item]

    def parts(self, item: Item) -> list[Item]:
        if item.kind in ("raw", "similarity"):
            return []
        if item.kind == "derived":
            return [part for term in item.terms for part in self.items_of(term, "line")]
        if item.kind == "window":
            return [self.column_of(term) for term in item.terms]
        if item.kind == "matrix":
            return [part for term in item.terms for part in self.items_of(term, "square")]
        first, last, guard, body = item.terms
        bounds = [self.column_of(term) for term in (first, last)]
        area = self.area(item)
        inside = [part for term in (guard, body) for part in self.items_of(term, area)]
        return bounds + inside

    def column_of(self, term: int) -> Item:
        (renamed,) = as_column(self.graph, term)
        return column_item(self.graph, renamed)

    def area(self, item: Item) -> Area:
        """Reductions stay within the visible cells where nothing can lie beyond them."""
        if item.kind == "matrix" or self.mask.kind != "causal":
            return "square"
        bounds = self.graph.reachable(item.terms[:2])
        return "square" if any(self.graph[t].op == "head" for t in bounds) else "mask"

    # --- passes ------------------------------------------------------------------------------

    def emitter(self, area: Area, roots: Sequence[Sequence[int]]) -> Emitter:
        view = View(self.graph, area, self.distances)
        uses: dict[int, list[int]] = defaultdict(list)
        for place, terms in enumerate(roots):
            for term in needed(view, terms):
                uses[term].append(place)
                if self.graph[term].op == "similarity":
                    own = any(self.graph[arg].op == "q" for arg in self.graph[term].args)
                    self.similarity_by_row &= own and area == "mask"
        return Emitter(view, OPERATORS, self.facts, self.numbers, uses)

    def pairs_pass(self, items: Sequence[Item], area: Area) -> list[Pass | Window]:
        if not items:
            return []
        emitter = self.emitter(area, [item.terms[-2:] for item in items])
        for place, item in enumerate(items):
            registers = [emitter.hold(term) for term in item.terms[-2:]]
            if item.kind == "reduce":
                first, last = (self.numbers.column(self.column_of(t)) for t in item.terms[:2])
                target = self.numbers.column(item)
                emitter.add("reduce", target, registers[0], registers[1], FUNCTION[item.name])
                emitter.add("nop", 0, first, last)
            else:
                emitter.add("store_matrix", self.numbers.matrix(item), *registers)
            emitter.release_after(place)
        return [self.finished(emitter, area)]

    def line_pass(self, items: Sequence[Item]) -> list[Pass | Window]:
        """Columns in the order found: what an item reads was registered before it."""
        if not items:
            return []
        emitter = self.emitter("line", [item.terms for item in items])
        for place, item in enumerate(items):
            register = emitter.hold(item.terms[0])
            emitter.add("store_column", self.numbers.column(item), register)
            emitter.release_after(place)
        return [self.finished(emitter, "line")]

    def window(self, item: Item) -> Window:
        guard, body = (self.numbers.column(self.column_of(term)) for term in item.terms)
        return Window(self.numbers.matrix(item), item.name, guard, body)

    def pattern_pass(self, roots: Sequence[Root]) -> Pass:
        emitter = self.emitter(self.visible, [(root.term,) for root in roots])
        for place, root in enumerate(roots):
            register = emitter.hold(root.term)
            how = WEIGHING[self.weighing(root)]
            emitter.add("store_pattern", place, register, how, FALLBACK[root.fallback])
            emitter.release_after(place)
        return self.finished(emitter, self.visible)

    def weighing(self, root: Root) -> str:
        if root.softmax:
            return "softmax"
        return "as_is" if self.facts[root.term].lo >= 0.0 else "positive"

    def finished(self, emitter: Emitter, area: Area) -> Pass:
        code = np.asarray(emitter.code, dtype=np.int32).reshape(-1, 6)
        return Pass(area, code, emitter.registers, emitter.instructions)
