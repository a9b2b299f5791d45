"""One term at a time, a list of cells for each, in the order of graph/schedule.

A phase takes its axis one position at a time, so a list is never longer than its term needs there.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Any, Protocol

from attndsl.engines.plain.cells import Axes, axes_of, offsets, stride
from attndsl.engines.plain.ranges import REDUCE, running, running_from
from attndsl.graph.arithmetic import near
from attndsl.graph.operations import OPS
from attndsl.graph.schedule import SchedulePhase, schedule
from attndsl.graph.terms import FREE_K, FREE_Q, Graph, Term, free_bound
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens.matching import MODES

Cells = list[Any]  # bools, floats, strings or positions; -1 is the missing position


class Text(Protocol):
    """What programs read of a text, such as `tokens.plain.PlainText` has it."""

    @property
    def n(self) -> int: ...

    def column(self, name: str) -> Sequence[Any]: ...

    def similar(self, one: int, other: int) -> float: ...


def value_rows(graph: Graph, root: int, text: Text) -> Iterator[list[float]]:
    """The value at every key, query after query."""
    run = _Run(graph, text)
    for phase in schedule(graph, root) if text.n else ():
        for at in range(text.n if phase.axis else 1):
            run.step(phase, at)
            if phase.axis == FREE_Q and root in phase.kept:
                yield run.row(root)
            else:
                run.keep(phase.kept)
        for term in phase.ends:
            del run.values[term]
    if root in run.values:  # no query in it
        run.here, run.axis = {}, 0
        values = run.row(root)
        yield from (list(values) for _ in range(text.n))


class _Run:
    def __init__(self, graph: Graph, text: Text) -> None:
        self.graph, self.text, self.n = graph, text, text.n
        self.values: dict[int, Cells] = {}  # of earlier phases, whole
        self.here: dict[int, Cells] = {}  # of this phase, at one position of its axis
        self.columns: dict[str, Cells] = {}
        self.axis = self.at = 0

    def step(self, phase: SchedulePhase, at: int) -> None:
        self.here, self.axis, self.at = {}, phase.axis, at
        for term, drops in zip(phase.terms, phase.drops, strict=True):
            described = self.graph[term]
            self.here[term] = OPERATORS[described.op](self, described)
            for dropped in drops:
                del self.here[dropped]

    def keep(self, terms: frozenset[int]) -> None:
        """What depends on the axis grows position by position, for the axis is the outermost."""
        for term in terms:
            if self.graph[term].free & self.axis:
                self.values.setdefault(term, []).extend(self.here[term])
            else:
                self.values[term] = self.here[term]

    def row(self, root: int) -> list[float]:
        return [float(value) for value in self.spread(root, (FREE_K,))]

    # --- cells -----------------------------------------------------------------------------------

    def axes(self, free: int) -> Axes:
        """Of what is at hand: the phase's own axis is fixed."""
        return axes_of(free & ~self.axis)

    def cells(self, term: int) -> Cells:
        """A term's cells over its axes."""
        known = self.here.get(term)
        if known is not None:
            return known
        whole, free = self.values[term], self.graph[term].free
        if not free & self.axis:
            return whole
        size = self.n ** (free.bit_count() - 1)
        return whole[self.at * size : (self.at + 1) * size]

    def spread(self, term: int, want: Axes) -> Cells:
        """A term's cells over more axes than it has."""
        cells, have = self.cells(term), self.axes(self.graph[term].free)
        return cells if have == want else [cells[at] for at in offsets(have, want, self.n)]

    def spread_all(self, term: Term) -> Iterator[Cells]:
        want = self.axes(term.free)
        return (self.spread(arg, want) for arg in term.args)

    def lines(self, term: int, want: Axes, bit: int) -> tuple[Cells, list[int], int]:
        """A term's cells, where the line of each wanted cell begins, and the step along it."""
        have = self.axes(self.graph[term].free)
        return self.cells(term), offsets(have, want, self.n), stride(have, bit, self.n)

    def column(self, name: str) -> Cells:
        """With the value at the missing position behind the last."""
        if name not in self.columns:
            entry = ATTRIBUTES[name]
            missing = {Type.TEXT: "", Type.POSITION: -1}.get(entry.type, entry.missing)
            self.columns[name] = [*self.text.column(name), missing]
        return self.columns[name]

    def positions(self, bit: int) -> Cells:
        return [self.at] if bit == self.axis else list(range(self.n))


Operator = Callable[[_Run, Term], Cells]


def _pointwise(function: Callable[..., Any]) -> Operator:
    return lambda run, term: list(map(function, *run.spread_all(term)))


def _folded(function: Callable[[Any, Any], Any]) -> Operator:
    """An operation of two on as many as there are."""
    return lambda run, term: reduce(
        lambda one, other: list(map(function, one, other)), run.spread_all(term)
    )


def _looked_up(name_of: Callable[[Term], str]) -> Operator:
    def look_up(run: _Run, term: Term) -> Cells:
        column = run.column(name_of(term))
        return [column[position] for position in run.cells(term.args[0])]

    return look_up


def _similarity(run: _Run, term: Term) -> Cells:
    return list(map(run.text.similar, *run.spread_all(term)))


def _succ(run: _Run, term: Term) -> Cells:
    return [at + 1 if 0 <= at < run.n - 1 else -1 for at in run.cells(term.args[0])]


def _pick(run: _Run, term: Term) -> Cells:
    """The position at an index; what isn't nearly whole, or lies outside, is missing."""
    rounded = ((index, round(index)) for index in run.cells(term.args[0]))
    return [at if 0 <= at < run.n and near(index, at) else -1 for index, at in rounded]


def _text_is(run: _Run, term: Term) -> Cells:
    mode, literals = term.test
    texts = run.cells(term.args[0])
    answers = {text: any(MODES[mode](text, one) for one in literals) for text in {*texts}}
    return [answers[text] for text in texts]


def _among(run: _Run, term: Term) -> Cells:
    return [any(near(x, value) for value in term.values) for x in run.cells(term.args[0])]


def _loop(run: _Run, term: Term) -> Cells:
    """Every position a < t <= b where the guard holds; a `window` is one whose parts are alike."""
    want, bit = run.axes(term.free), free_bound(term.aggregate.height)
    combine = REDUCE[term.aggregate.function]
    after, last = (run.spread(arg, want) for arg in term.args[:2])
    guard, tests, guard_step = run.lines(term.args[2], want, bit)
    body, starts, body_step = run.lines(term.args[3], want, bit)
    values = []
    for a, b, test, start in zip(after, last, tests, starts, strict=True):
        inside = [t for t in range(a + 1, b + 1) if guard[test + t * guard_step]]
        values.append(combine(inside, [body[start + t * body_step] for t in inside]))
    return values


def _scan(run: _Run, term: Term) -> Cells:
    """A table along its variable, which is the innermost of its axes."""
    along = running if term.aggregate.range == "upto" else running_from
    guard, body = run.spread_all(term)
    values: Cells = []
    for at in range(0, len(guard), run.n):
        values += along(term.aggregate.function, guard[at : at + run.n], body[at : at + run.n])
    return values


def _take(run: _Run, term: Term) -> Cells:
    want = run.axes(term.free)
    table, starts, step = run.lines(term.args[1], want, free_bound(term.variable))
    missing = {Type.POSITION: -1, Type.BOOL: False}.get(term.type, 0.0)
    pairs = zip(run.spread(term.args[0], want), starts, strict=True)
    return [table[start + at * step] if at >= 0 else missing for at, start in pairs]


def _meanings() -> Iterator[tuple[str, Operator]]:
    """What the table of operations says of numbers is what is done here."""
    for op in OPS.values():
        if op.meaning is not None:
            yield op.name, (_folded if op.variadic else _pointwise)(op.meaning)


OPERATORS: dict[str, Operator] = {
    **dict(_meanings()),
    "number": lambda run, term: [term.number],
    "bool": lambda run, term: [bool(term.payload)],
    "text": lambda run, term: [term.text],
    "none": lambda run, term: [-1],
    "n": lambda run, term: [float(run.n)],
    "q": lambda run, term: run.positions(FREE_Q),
    "k": lambda run, term: run.positions(FREE_K),
    "bound": lambda run, term: run.positions(term.free),
    "prev": _pointwise(lambda at: max(at - 1, -1)),
    "succ": _succ,
    "pick": _pick,
    "is_there": _pointwise(lambda at: at >= 0),
    "same": _pointwise(lambda one, other: one == other),
    "text_same": _pointwise(lambda one, other: one == other),
    "head": _looked_up(lambda term: "head"),
    "column": _looked_up(lambda term: term.name),
    "similarity": _similarity,
    "text_is": _text_is,
    "among": _among,
    "loop": _loop,
    "window": _loop,
    "scan": _scan,
    "take": _take,
}
