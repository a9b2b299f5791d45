"""One term at a time by broadcasting: the value of every term on one text, and what it cost.

Arrays have one axis for q, one for k and one for each height of bound variable; an axis that a
term doesn't depend on has size 1. The order and the blocks are those of graph/schedule.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from attndsl.engines.reference.arithmetic import ON_NUMBERS, ON_VALUES, Array, near, number
from attndsl.engines.reference.columns import Columns
from attndsl.engines.reference.ranges import (
    SparseTable,
    gather,
    reduce_range,
    running,
    running_from,
    sparse_table,
)
from attndsl.graph.schedule import SchedulePhase, rows_of, schedule
from attndsl.graph.terms import FREE_K, FREE_Q, Graph, Term, weight
from attndsl.language.mask import Mask

if TYPE_CHECKING:
    from attndsl.tokens.encoded import Encoded


def _axis(bit: int) -> int:
    """q has the first axis, k the second, then come the bound variables by their height."""
    return max(0, bit.bit_length() - 1)


@dataclass
class Work:
    """What an evaluation did: operations of each term, and the most bytes of values held."""

    operations: dict[int, int] = field(default_factory=dict)
    bytes_held: int = 0

    @property
    def total(self) -> int:
        return sum(self.operations.values())


class Evaluation:
    """One root of a graph on one text under one mask; `rows` yields it by blocks of queries."""

    def __init__(self, graph: Graph, root: int, text: "Encoded", mask: Mask) -> None:
        self.graph, self.root, self.mask, self.n = graph, root, mask, text.n
        self.columns = Columns(text)
        self.work = Work()
        self.axes = 2 + graph[root].height
        queries = [mask.visible(query, self.n) for query in range(self.n)]
        self.first_visible = np.array([first for first, _ in queries], dtype=np.int64)
        self.horizon = np.array([last for _, last in queries], dtype=np.int64)
        self.values: dict[int, Array] = {}
        self.here: dict[int, Array] = {}
        self.tables: dict[tuple[str, tuple[int, ...]], SparseTable] = {}
        self.block = slice(0, self.n)
        self.axis = 0
        self.extra = 0  # elements that the term at hand went over besides those of its value

    def rows(self) -> Iterator[tuple[slice, Array]]:
        """The value at (q, k), for one block of queries after the other."""
        for phase in schedule(self.graph, self.root) if self.n else ():
            self.axis = phase.axis
            size = rows_of(phase, self.n)
            for start in range(0, self.n, size):
                self.block = slice(start, min(start + size, self.n))
                self._run(phase)
                if self.axis == FREE_Q and self.root in phase.kept:
                    yield self.block, self._cells(self.here[self.root])
                else:
                    self._keep(phase.kept)
            for term in phase.ends:
                del self.values[term]
        if self.root in self.values:
            self.block = slice(0, self.n)
            yield self.block, self._cells(self.values[self.root])

    def _cells(self, value: Array) -> Array:
        """(q, k) of a block, spread over the axes that the value doesn't depend on."""
        shape = (self.block.stop - self.block.start, self.n)
        return np.broadcast_to(number(value).reshape(value.shape[:2]), shape)

    def _run(self, phase: SchedulePhase) -> None:
        """Work out one block; `here` holds its values, `values` those of earlier phases."""
        self.here = {}
        finished = sum(value.nbytes for value in self.values.values())
        for term, drops in zip(phase.terms, phase.drops, strict=True):
            self.here[term] = self._value(term)
            held = finished + sum(value.nbytes for value in self.here.values())
            self.work.bytes_held = max(self.work.bytes_held, held)
            for dropped in drops:
                del self.here[dropped]

    def _keep(self, terms: Iterable[int]) -> None:
        """Put this block's part of what later phases need into its place."""
        for term in terms:
            part = self.here[term]
            if not self.graph[term].free & self.axis:
                self.values[term] = part
                continue
            if term not in self.values:
                shape = list(part.shape)
                shape[_axis(self.axis)] = self.n
                self.values[term] = np.empty(shape, part.dtype)
            self._cut(self.values[term])[...] = part

    def _cut(self, value: Array) -> Array:
        """A view of this block's part of a whole value."""
        cut = [slice(None)] * self.axes
        cut[_axis(self.axis)] = self.block
        return value[tuple(cut)]

    def _argument(self, term: int) -> Array:
        kept = self.here.get(term)
        if kept is not None:
            return kept
        value = self.values[term]
        return self._cut(value) if self.graph[term].free & self.axis else value

    def _value(self, which: int) -> Array:
        """Work out one term, and count what that took."""
        term = self.graph[which]
        args = [self._argument(arg) for arg in term.args]
        self.extra = 0
        value = OPERATORS[term.op](self, term, args)
        elements = weight(term) * value.size + self.extra
        self.work.operations[which] = self.work.operations.get(which, 0) + elements
        return value

    # --- leaves --------------------------------------------------------------------------------

    def along(self, axis: int, positions: Array) -> Array:
        return positions.reshape([-1 if i == axis else 1 for i in range(self.axes)])

    def variable(self, bit: int) -> Array:
        """The positions that a variable goes through: its block, or all."""
        here = self.block if bit == self.axis else slice(0, self.n)
        return self.along(_axis(bit), np.arange(here.start, here.stop, dtype=np.int64))

    def constant(self, value: Array) -> Array:
        return value.reshape([1] * self.axes)

    def last(self) -> Array:
        """The horizon of each query."""
        return self.along(0, self.horizon[self.block])

    # --- aggregates ------------------------------------------------------------------------------

    def _over_range(self, term: Term, args: list[Array]) -> Array:
        """An `aggregate` or a `loop`: every position of the axis, those inside counted."""
        payload = term.aggregate
        axis = 1 + payload.height
        here = self.along(axis, np.arange(self.n, dtype=np.int64))
        *ends, guard, body = args
        after, last = self._range(payload.range, ends) if term.op == "aggregate" else ends
        inside = (here > after) & (here <= last) & guard
        elements = np.broadcast(inside, body).size
        self.extra = 0 if max(guard.size, body.size) == elements else elements
        return reduce_range(payload.function, inside, body, axis)

    def _scan(self, term: Term, args: list[Array]) -> Array:
        payload, (guard, body) = term.aggregate, args
        axis = 1 + payload.height
        guard = guard & (self.along(axis, np.arange(self.n, dtype=np.int64)) >= 0)
        along = running if payload.range == "upto" else running_from
        return along(payload.function, guard, body, axis)

    def _window(self, term: Term, args: list[Array]) -> Array:
        """Looked up in a table that is made once for all blocks."""
        *ends, guard, body = args
        key = (term.aggregate.function, term.args[2:])
        if key not in self.tables:
            tests = np.broadcast_to(guard.reshape(-1), self.n)
            values = np.broadcast_to(body.reshape(-1), self.n)
            self.tables[key] = sparse_table(term.aggregate.function, tests, values)
            self.extra = self.tables[key].levels.size
        return self.tables[key].over(*ends)

    def _range(self, name: str, ends: list[Array]) -> tuple[Array, Array]:
        """A range as the positions after the first and up to the second."""
        last = self.last()
        if name == "visible":
            return self.along(0, self.first_visible[self.block]) - 1, last
        if name == "after":
            return ends[0], last
        if name == "between":
            return ends[0], np.minimum(ends[1] - 1, last)
        end = ends[0] - 1 if name == "before" else ends[0]
        return np.full_like(end, -1), np.minimum(end, last)


def _within(index: Array, last: Array | int) -> Array:
    """The position at an index; what isn't nearly whole, or lies outside, is missing."""
    nearest = np.round(index)
    inside = near(index, nearest) & (nearest >= 0) & (nearest <= last)
    return np.where(inside, nearest, -1).astype(np.int64)


def _next(run: Evaluation, term: Term, args: list[Array]) -> Array:
    (p,) = args
    return np.where((p >= 0) & (p < run.last()), p + 1, -1)


def _select(run: Evaluation, term: Term, args: list[Array]) -> Array:
    test, one, other = args
    if one.dtype != other.dtype:
        one, other = number(one), number(other)
    return np.where(test, one, other)


Operator = Callable[[Evaluation, Term, list[Array]], Array]


def _on_values(function: Callable[..., Array]) -> Operator:
    return lambda run, term, args: function(*args)


def _on_numbers(function: Callable[..., Array]) -> Operator:
    return lambda run, term, args: function(*map(number, args))


OPERATORS: dict[str, Operator] = {
    **{name: _on_numbers(function) for name, function in ON_NUMBERS.items()},
    **{name: _on_values(function) for name, function in ON_VALUES.items()},
    "number": lambda run, term, args: run.constant(np.array(term.number)),
    "bool": lambda run, term, args: run.constant(np.array(term.payload, dtype=np.bool_)),
    "text": lambda run, term, args: run.constant(run.columns.code(term.text)),
    "none": lambda run, term, args: run.constant(np.array(-1, dtype=np.int64)),
    "n": lambda run, term, args: run.constant(np.array(run.n, dtype=np.float64)),
    "q": lambda run, term, args: run.variable(FREE_Q),
    "k": lambda run, term, args: run.variable(FREE_K),
    "bound": lambda run, term, args: run.variable(term.free),
    "next": _next,
    "at": lambda run, term, args: _within(args[0], run.last()),
    "succ": lambda run, term, args: np.where(
        (args[0] >= 0) & (args[0] < run.n - 1), args[0] + 1, -1
    ),
    "pick": lambda run, term, args: _within(args[0], run.n - 1),
    "head": lambda run, term, args: run.columns.at("head", args[0]),
    "column": lambda run, term, args: run.columns.at(term.name, args[0]),
    "similarity": lambda run, term, args: run.columns.similarity(*args),
    "is_child": lambda run, term, args: run.columns.is_child(*args),
    "is_ancestor": lambda run, term, args: run.columns.is_ancestor(*args),
    "text_is": lambda run, term, args: run.columns.text_is(*term.test, args[0]),
    "among": lambda run, term, args: run.columns.among(term.values, number(args[0])),
    "select": _select,
    "take": lambda run, term, args: gather(args[1], args[0], 1 + term.variable),
    "aggregate": Evaluation._over_range,
    "loop": Evaluation._over_range,
    "scan": Evaluation._scan,
    "window": Evaluation._window,
}
