"""Lowered terms on tensors, one term at a time: an axis for each variable, batched over texts.

Axes: batch, query, key, then one for each height of bound variable; an axis that a term doesn't
depend on has size 1. What doesn't depend on the query is worked out once, the rest for a block of
queries at a time, so that memory stays bounded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from attndsl.engines.torch import arithmetic
from attndsl.graph.facts import Facts
from attndsl.graph.terms import FREE_Q, Aggregate, Graph, Term
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES

POSITIONS = frozenset({"first", "last", "argmax", "argmin"})


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
        if term.op in arithmetic.UNARY:
            return arithmetic.UNARY[term.op](args[0])
        if term.op in arithmetic.BINARY:
            return arithmetic.BINARY[term.op](*args)
        if term.op in arithmetic.FOLDED:
            total = args[0]
            for arg in args[1:]:
                total = arithmetic.FOLDED[term.op](total, arg)
            return total
        if term.op in ("eq", "lt", "le"):
            return self.compare(term, args)
        return RULES[term.op](self, number, term, args)

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
        found = column.expand(batch, -1).gather(1, flat).reshape(index.shape).to(self.dtype)
        return torch.where(index >= 0, found, torch.full_like(found, missing))

    # --- decisions ---------------------------------------------------------------------------

    def compare(self, term: Term, args: list[Tensor]) -> Tensor:
        a, b = args
        if all(self.facts[arg].whole for arg in term.args):
            found = {"eq": a == b, "lt": a < b, "le": a <= b}[term.op]
        else:
            close = arithmetic.near(a, b)
            found = {"eq": close, "lt": (a < b) & ~close, "le": (a <= b) | close}[term.op]
        return found.to(self.dtype)


Rule = Callable[[Scene, int, Term, list[Tensor]], Tensor]


def _number(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    if number in scene.numbers:
        return scene.numbers[number].reshape([1] * scene.axes)
    assert isinstance(term.payload, float | bool)
    return scene.constant(float(term.payload))


def _text(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    return scene.constant(float(scene.code(str(term.payload))))


def _query(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    assert scene.queries is not None
    return scene.along(scene.queries.to(scene.dtype), 1)


def _bound(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    assert isinstance(term.payload, int)
    return scene.every(2 + term.payload)


def _succ(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    following = args[0] + 1
    inside = (args[0] >= 0) & (following < scene.counts())
    return torch.where(inside, following, -1.0)


def _pick(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    nearest = args[0].round()
    inside = (nearest >= 0) & (nearest < scene.counts()) & arithmetic.near(args[0], nearest)
    return torch.where(inside, nearest, -1.0)


def _column(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    name = str(term.payload)
    attribute = ATTRIBUTES[name]
    missing = 0.0 if attribute.type is Type.TEXT else float(attribute.missing or 0)
    column = scene.columns(name)
    inner = scene.graph[term.args[0]]
    if inner.op in ("k", "bound"):  # every position in turn: nothing to look up
        axis = 2 if inner.op == "k" else 2 + int(str(inner.payload))
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
    found = pairs.reshape(pairs.shape[0], -1).gather(1, flat).reshape(index.shape)
    return torch.where(index >= 0, found.to(scene.dtype), 0.0)


def _text_is(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    return scene.table(term.payload)[args[0].long()].to(scene.dtype)


def _among(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    assert isinstance(term.payload, tuple)
    found = torch.zeros_like(args[0], dtype=torch.bool)
    for value in term.payload:
        found = found | arithmetic.near(args[0], torch.full_like(args[0], float(value)))
    return found.to(scene.dtype)


def _all(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    total = args[0]
    for arg in args[1:]:
        total = total * arg
    return total


def _some(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    total = args[0]
    for arg in args[1:]:
        total = torch.maximum(total, arg)
    return total


def _empty(function: str) -> float:
    return -1.0 if function in POSITIONS else 0.0


def _loop(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    """Over after < t <= last along the bound axis."""
    after, last, guard, body = args
    payload = term.payload
    assert isinstance(payload, Aggregate)
    axis = 2 + payload.height
    place = scene.every(axis)
    taken = (after < place) & (place <= last) & (guard != 0)
    return _reduced(payload.function, taken, body, place, axis)


def _reduced(function: str, taken: Tensor, body: Tensor, place: Tensor, axis: int) -> Tensor:
    taken, body, place = torch.broadcast_tensors(taken, body, place)
    if function == "any":
        return taken.any(axis, keepdim=True).to(body.dtype)
    if function == "sum":
        return torch.where(taken, body, 0.0).sum(axis, keepdim=True)
    if function == "last":
        return torch.where(taken, place, -1.0).amax(axis, keepdim=True)
    if function == "first":
        return _earliest(taken, place, axis)
    sign = -1.0 if function in ("min", "argmin") else 1.0
    least = torch.full_like(body, -torch.inf)
    best = torch.where(taken, sign * body, least).amax(axis, keepdim=True)
    found = taken.any(axis, keepdim=True)
    best = torch.where(found, sign * best, 0.0)
    if function in ("min", "max"):
        return best
    return _earliest(taken & arithmetic.near(body, best), place, axis)


def _earliest(taken: Tensor, place: Tensor, axis: int) -> Tensor:
    late = torch.full_like(place, torch.inf)
    first = torch.where(taken, place, late).amin(axis, keepdim=True)
    return torch.where(torch.isinf(first), torch.full_like(first, -1.0), first)


def _scan(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    """A running aggregate along its variable's axis."""
    payload = term.payload
    assert isinstance(payload, Aggregate)
    axis = 2 + payload.height
    guard, body, place = torch.broadcast_tensors(args[0], args[1], scene.every(axis))
    taken = guard != 0
    back = payload.range == "from"
    if back:
        taken, body, place = taken.flip(axis), body.flip(axis), place.flip(axis)
    found = _running(payload.function, taken, body, place, axis)
    return found.flip(axis) if back else found


def _running(function: str, taken: Tensor, body: Tensor, place: Tensor, axis: int) -> Tensor:
    if function == "sum":
        return torch.where(taken, body, 0.0).cumsum(axis)
    any_yet = taken.to(body.dtype).cummax(axis).values
    if function == "any":
        return any_yet
    sign = -1.0 if function in ("min", "first") else 1.0
    worth = place if function in POSITIONS else body
    least = torch.full_like(worth, -torch.inf)
    best = sign * torch.where(taken, sign * worth, least).cummax(axis).values
    return torch.where(any_yet > 0, best, torch.full_like(best, _empty(function)))


def _take(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    """The table at a position: gathered along the table's axis."""
    position, table = args
    assert isinstance(term.payload, int)
    axis = 2 + term.payload
    missing = -1.0 if term.type is Type.POSITION else 0.0
    shape = list(torch.broadcast_shapes(position.shape, _without(table, axis)))
    index = position.expand(shape)
    wide = list(shape)
    wide[axis] = table.shape[axis]
    flat = index.long().clamp(0, max(0, table.shape[axis] - 1))
    found = table.expand(wide).gather(axis, flat)
    return torch.where(index >= 0, found, torch.full_like(found, missing))


def _without(table: Tensor, axis: int) -> list[int]:
    shape = list(table.shape)
    shape[axis] = 1
    return shape


def _window(scene: Scene, number: int, term: Term, args: list[Tensor]) -> Tensor:
    """For each possible start a running aggregate; then the one wanted of each."""
    after, last, guard, body = args
    payload = term.payload
    assert isinstance(payload, Aggregate)
    width = scene.width
    guard, body, _ = torch.broadcast_tensors(guard, body, scene.every(2 + payload.height))
    flat_guard, flat_body = guard.reshape(-1, 1, width), body.reshape(-1, 1, width)
    place = torch.arange(width, device=body.device)
    later = place[None, :] >= torch.arange(width + 1, device=body.device)[:, None]
    taken = (flat_guard != 0) & later[None]
    table = _running(payload.function, taken, flat_body.expand(taken.shape), place.expand(
        taken.shape).to(body.dtype), 2)  # fmt: skip
    both = torch.broadcast_tensors(after, last)
    batch = max(table.shape[0], both[0].shape[0])
    index = ((both[0] + 1) * width + both[1].clamp(min=0)).expand([batch, *both[0].shape[1:]])
    flat = index.reshape(batch, -1).long().clamp(0, table.shape[1] * width - 1)
    found = table.reshape(table.shape[0], -1).expand(batch, -1).gather(1, flat)
    found = found.reshape(index.shape)
    return torch.where(both[0] < both[1], found, 0.0)


RULES: dict[str, Rule] = {
    "number": _number,
    "bool": _number,
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
    "and": _all,
    "or": _some,
    "select": lambda scene, number, term, args: torch.where(args[0] != 0, args[1], args[2]),
    "loop": _loop,
    "scan": _scan,
    "take": _take,
    "window": _window,
}


def needs_query(graph: Graph, term: int) -> bool:
    return bool(graph[term].free & FREE_Q)
