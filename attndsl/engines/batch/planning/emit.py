"""From terms to instructions: one emitter a pass, with registers shared among its programs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from attndsl.engines.batch.machine.opcodes import LOOPS, NUMBER
from attndsl.engines.batch.planning.items import Item, column_item, value_item
from attndsl.engines.batch.planning.needs import (
    View,
    by_distance,
    is_kept_matrix,
    is_loaded,
    needed,
    operands,
)
from attndsl.engines.batch.planning.numbering import Constant, Numbering
from attndsl.graph.intervals import Interval
from attndsl.graph.terms import FREE_K, FREE_Q, Graph
from attndsl.language.diagnostics import AttndslError

KEEP = 96  # registers held for later programs of a pass; beyond it a shared term is computed again

Row = tuple[int, int, int, int, int, int]


@dataclass(slots=True)
class Emitter:
    """Instructions of one pass; registers of terms that later roots use stay if there is room."""

    view: View
    operators: Mapping[str, Callable[["Emitter", int, int], None]]
    facts: Mapping[int, Interval]
    numbers: Numbering
    uses: dict[int, list[int]]  # term -> roots (by place) that need it, ascending
    code: list[Row] = field(default_factory=list)
    where: dict[int, int] = field(default_factory=dict)
    spare: list[int] = field(default_factory=list)
    pinned: set[int] = field(default_factory=set)
    registers: int = 1
    instructions: int = 0  # without loads, to report

    @property
    def graph(self) -> Graph:
        return self.view.graph

    # --- registers ---------------------------------------------------------------------------

    def take(self) -> int:
        if self.spare:
            return self.spare.pop()
        self.registers += 1
        return self.registers - 1

    def add(self, op: str, target: int = 0, a: int = 0, b: int = 0, c: int = 0,
            constant: Constant | None = None) -> None:  # fmt: skip
        k = self.numbers.constant(0.0 if constant is None else constant)
        self.code.append((NUMBER[op], target, a, b, c, k))

    def release_after(self, place: int) -> None:
        """Free what no later root needs, and the furthest-needed beyond KEEP."""
        self.pinned.clear()
        held: list[tuple[int, int]] = []
        for term in list(self.where):
            later = [use for use in self.uses.get(term, ()) if use > place]
            self.uses[term] = later
            if later:
                held.append((later[0], term))
            else:
                self.spare.append(self.where.pop(term))
        held.sort()
        for _, term in held[KEEP:]:
            self.spare.append(self.where.pop(term))

    # --- terms -------------------------------------------------------------------------------

    def hold(self, root: int) -> int:
        """The register of the root, its own until `release_after`; emits what is missing."""
        self.pinned.add(root)
        missing = [t for t in self._missing(root) if not self._within_loop(t)]
        last_use: dict[int, int] = {}
        for term in missing:
            for arg in self._reads(term):
                last_use[arg] = term
        for term in missing:
            self._emit(term)
            for arg in set(self._reads(term)):
                done = last_use.get(arg) == term and arg not in self.pinned
                if done and not self._kept(arg) and arg in self.where:
                    self.spare.append(self.where.pop(arg))
        return self.where[root]

    def _kept(self, term: int) -> bool:
        return len(self.uses.get(term, ())) > 1

    def _within_loop(self, term: int) -> bool:
        return bool(self.graph[term].free & ~(FREE_Q | FREE_K))

    def _reads(self, term: int) -> tuple[int, ...]:
        """Operands, and for a loop everything outside that its body reads."""
        reads = operands(self.view, term)
        if self.graph[term].op == "loop" and reads:
            inner = needed(self.view, self.graph[term].args[-2:])
            outside = []
            for part in inner:
                if self._within_loop(part):
                    args = operands(self.view, part)
                    outside += [a for a in args if not self._within_loop(a)]
            outside += [a for a in self.graph[term].args[-2:] if not self._within_loop(a)]
            reads = (*reads, *outside)
        return reads

    def _missing(self, root: int) -> list[int]:
        seen: set[int] = set()
        stack = [root]
        while stack:
            term = stack.pop()
            if term in seen or term in self.where:
                continue
            seen.add(term)
            stack.extend(operands(self.view, term))
            described = self.graph[term]
            if described.op == "loop" and operands(self.view, term):
                stack.extend(described.args[-2:])
        return sorted(seen)

    def _emit(self, term: int) -> None:
        target = self.take()
        described = self.graph[term]
        if is_loaded(self.view, term):
            self._load(term, target)
        elif is_kept_matrix(self.graph, term):
            item, row, column = value_item(self.graph, term)
            self._matrix_at(target, item, row, column)
        else:
            self.operators[described.op](self, term, target)
            self.instructions += 1
        self.where[term] = target

    def _load(self, term: int, target: int) -> None:
        free = self.graph[term].free
        distance = by_distance(self.view, term)
        if distance is not None:
            self.add("load_gap", target, self.numbers.column(column_item(self.graph, distance)))
            return
        column = self.numbers.column(column_item(self.graph, term))
        if free & ~(FREE_Q | FREE_K):
            self.add("load_loop", target, column)
        else:
            self.load(target, column, free == FREE_K)

    def load(self, target: int, column: int, of_key: bool) -> None:
        """A column at the cell's key or at its row; in a line the two are one."""
        self.add("load_key" if of_key or self.view.area == "line" else "load_row", target, column)

    def _reads_column(self, loop: int) -> bool:
        return is_loaded(self.view, loop) or is_kept_matrix(self.graph, loop)

    def _matrix_at(self, target: int, item: Item, row: int, column: int) -> None:
        if (row, column) == (FREE_Q, FREE_K):
            self.add("matrix_own", target, self.numbers.matrix(item))
            return
        places = []
        for bit in (row, column):
            place = self.take()
            name = {FREE_Q: "row_index", FREE_K: "key_index"}.get(bit, "loop_index")
            self.add(name, place)
            places.append(place)
        self.add("matrix_at", target, self.numbers.matrix(item), *places)
        self.spare += places

    def loop(self, term: int, target: int) -> None:
        first, last, guard, body = self.graph[term].args
        function = LOOPS[self.graph[term].aggregate.function]
        begin = len(self.code)
        self.code.append((0, 0, 0, 0, 0, 0))
        inner = [t for t in needed(self.view, (guard, body)) if t not in self.where]
        for part in inner:
            if self.graph[part].op == "loop" and not self._reads_column(part):
                raise AttndslError("a program of degree 4 can't be run: its cost is over the limit")
            self._emit(part)
        self.add("loop_end", 0, self.where[guard], self.where[body], target)
        bounds = (self.where[first], self.where[last], function)
        self.code[begin] = (NUMBER["loop_begin"], target, *bounds, len(self.code) - 1)
        for part in inner:
            self.spare.append(self.where.pop(part))
