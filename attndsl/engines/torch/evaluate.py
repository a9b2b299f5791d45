"""Lowered terms on tensors, one term at a time: an axis for each variable, batched over texts.

Axes: batch, query, key, then one for each height of bound variable; an axis that a term doesn't
depend on has size 1. What doesn't depend on the query is worked out once, the rest for a block of
queries at a time, so that memory stays bounded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

import torch
from torch import Tensor

from attndsl.engines.torch import arithmetic
from attndsl.engines.torch.ranges import reduced, running, taken_at, windowed
from attndsl.graph.facts import Facts
from attndsl.graph.terms import FREE_Q, Graph, Term
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES


@dataclass(slots=True)
class Scene:
    """What terms read: texts as left-aligned rows, and the queries of the block at hand."""

    graph: Graph
    facts: Facts
    count: Tensor  # [batch] tokens of each text
    width: int
    columns: Callable[[str], Tensor]  # [batch, width]
    similarity: Callable[[], Tensor]  # [batch, width, width]
    table: Callable[[object], Tensor]  # text_is payload -> bool per code
    code: Callable[[str], int]
    numbers: Mapping[int, Tensor]
    dtype: torch.dtype
    axes: int
    known: dict[int, Tensor] = field(default_factory=dict)
    queries: Tensor | None = None  # [batch, rows]

    def run(self, terms: Sequence[int]) -> None:
        for term in terms:
            if term not in self.known:
                self.known[term] = self.value(term)

    def value(self, number: int) -> Tensor:
        term = self.graph[number]
        args = [self.known[arg] for arg in term.args]
        return OPERATORS[term.op](self, number, term, args)

    # --- shapes ------------------------------------------------------------------------------

    def along(self, values: Tensor, axis: int) -> Tensor:
        """[batch, m] or [m] laid along an axis."""
        shape = [values.shape[0] if values.dim() == 2 else 1] + [1] * (self.axes - 1)
        shape[axis] = values.shape[-1]
        return values.reshape(shape)

    def constant(self, value: float) -> Tensor:
        return torch.full([1] * self.axes, value, dtype=self.dtype, device=self.count.device)

    def every(self, axis: int) -> Tensor:
        positions = torch.arange(self.width, device=self.count.device)
        return self.along(positions.to(self.dtype), axis)

    def counts(self) -> Tensor:
        return self.count.to(self.dtype).reshape([-1] + [1] * (self.axes - 1))

    def at(self, column: Tensor, position: Tensor, missing: float) -> Tensor:
        """A [batch, width] column at positions of any shape."""
        batch = max(column.shape[0], position.shape[0])
        index = position.expand([batch, *position.shape[1:]])
        flat = index.reshape(batch, -1).long().clamp(0, max(0, self.width - 1))
        values = column.expand(batch, -1).gather(1, flat).reshape(index.shape).to(self.dtype)
        return torch.where(index >= 0, values, torch.full_like(values, missing))


Operator = Callable[[Scene, int, Term, list[Tensor]], Tensor]


def _number(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    if number in scene.numbers:
        return scene.numbers[number].reshape([1] * scene.axes)
    return scene.constant(term.number)


def _text(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    return scene.constant(float(scene.code(term.text)))


def _query(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    assert scene.queries is not None
    return scene.along(scene.queries.to(scene.dtype), 1)


def _bound(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    return scene.every(2 + term.variable)


def _succ(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    following = args[0] + 1
    inside = (args[0] >= 0) & (following < scene.counts())
    return torch.where(inside, following, -1.0)


def _pick(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    nearest = args[0].round()
    inside = (nearest >= 0) & (nearest < scene.counts()) & arithmetic.near(args[0], nearest)
    return torch.where(inside, nearest, -1.0)


def _column(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    attribute = ATTRIBUTES[term.name]
    missing = 0.0 if attribute.type is Type.TEXT else float(attribute.missing or 0)
    column = scene.columns(term.name)
    inner = scene.graph[term.args[0]]
    if inner.op in ("k", "bound"):  # every position in turn: nothing to look up
        axis = 2 if inner.op == "k" else 2 + inner.variable
        return scene.along(column.to(scene.dtype), axis)
    return scene.at(column, args[0], missing)


def _head(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    return scene.at(scene.columns("head"), args[0], -1.0)


def _similarity(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    pairs = scene.similarity()
    first, second = args
    both = (first >= 0) & (second >= 0)
    place = first.clamp(min=0) * scene.width + second.clamp(min=0)
    place = torch.where(both, place, -1.0)
    batch = max(pairs.shape[0], place.shape[0])
    index = place.expand([batch, *place.shape[1:]])
    flat = index.reshape(batch, -1).long().clamp(min=0)
    alike = pairs.reshape(pairs.shape[0], -1).gather(1, flat).reshape(index.shape)
    return torch.where(index >= 0, alike.to(scene.dtype), 0.0)


def _text_is(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    return scene.table(term.payload)[args[0].long()].to(scene.dtype)


def _among(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    equal = torch.zeros_like(args[0], dtype=torch.bool)
    for value in term.values:
        equal = equal | arithmetic.near(args[0], torch.full_like(args[0], value))
    return equal.to(scene.dtype)


def _of_values(function: Callable[..., Tensor]) -> Operator:
    return lambda scene, number, term, args: function(*args)


def _folded(function: Callable[[Tensor, Tensor], Tensor]) -> Operator:
    return lambda scene, number, term, args: reduce(function, args)


def _compared(exact: Callable[[Tensor, Tensor], Tensor], strict: bool) -> Operator:
    """Nearly equal numbers are equal, unless both are known to be whole."""

    def compare(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
        answer = exact(*args)
        if not all(scene.facts[arg].whole for arg in term.args):
            close = arithmetic.near(*args)
            answer = answer & ~close if strict else answer | close
        return answer.to(scene.dtype)

    return compare


def _over_range(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    """Over after < t <= last along the bound axis."""
    after, last, guard, body = args
    axis = 2 + term.aggregate.height
    place = scene.every(axis)
    taken = (after < place) & (place <= last) & (guard != 0)
    return reduced(term.aggregate.function, taken, body, place, axis)


def _scan(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    """A running aggregate along its variable's axis."""
    payload = term.aggregate
    axis = 2 + payload.height
    guard, body, place = torch.broadcast_tensors(args[0], args[1], scene.every(axis))
    taken = guard != 0
    back = payload.range == "from"
    if back:
        taken, body, place = taken.flip(axis), body.flip(axis), place.flip(axis)
    running_values = running(payload.function, taken, body, place, axis)
    return running_values.flip(axis) if back else running_values


def _take(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    position, table = args
    missing = -1.0 if term.type is Type.POSITION else 0.0
    return taken_at(table, position, 2 + term.variable, missing)


def _window(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    after, last, guard, body = args
    every = scene.every(2 + term.aggregate.height)
    return windowed(term.aggregate.function, after, last, guard, body, every)


OPERATORS: dict[str, Operator] = {
    **{name: _of_values(function) for name, function in arithmetic.PLAIN.items()},
    **{name: _folded(function) for name, function in arithmetic.FOLDED.items()},
    "eq": _compared(torch.eq, strict=False),
    "lt": _compared(torch.lt, strict=True),
    "le": _compared(torch.le, strict=False),
    "number": _number,
    "bool": lambda scene, number, term, args: scene.constant(float(bool(term.payload))),
    "text": _text,
    "none": lambda scene, number, term, args: scene.constant(-1.0),
    "q": _query,
    "k": lambda scene, number, term, args: scene.every(2),
    "bound": _bound,
    "n": lambda scene, number, term, args: scene.counts(),
    "prev": lambda scene, number, term, args: (args[0] - 1).clamp(min=-1.0),
    "succ": _succ,
    "pick": _pick,
    "head": _head,
    "is_there": lambda scene, number, term, args: (args[0] >= 0).to(scene.dtype),
    "same": lambda scene, number, term, args: (args[0] == args[1]).to(scene.dtype),
    "column": _column,
    "similarity": _similarity,
    "text_is": _text_is,
    "text_same": lambda scene, number, term, args: (args[0] == args[1]).to(scene.dtype),
    "among": _among,
    "not": lambda scene, number, term, args: 1.0 - args[0],
    "select": lambda scene, number, term, args: torch.where(args[0] != 0, args[1], args[2]),
    "loop": _over_range,
    "scan": _scan,
    "take": _take,
    "window": _window,
}


def needs_query(graph: Graph, term: int) -> bool:
    return bool(graph[term].free & FREE_Q)
