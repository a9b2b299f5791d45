"""What is always true of a term's value: an interval, and the grain that it is a multiple of.

Sound for every tokenizer, every mask (or the one given) and every text of at most MAX_POSITIONS
positions. A term's fact is a pure function of the term, so `Facts` keeps each one it has found.

>>> from attndsl.graph.terms import Graph
>>> graph = Graph()
>>> gap = graph.add("add", [graph.add("n"), graph.number(0.5)])
>>> facts_of(graph, [gap])[gap]
Interval(lo=1.5, hi=1048576.5, grain=0.5)
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from attndsl.graph import arithmetic, intervals
from attndsl.graph.arithmetic import NEAR
from attndsl.graph.intervals import FALSE, MAYBE, TRUE, Interval, hull, magnitude, point
from attndsl.graph.terms import FREE_K, FREE_Q, Aggregate, Graph, Term
from attndsl.language.mask import Mask
from attndsl.language.nodes import Type

MAX_POSITIONS = 2**20
_LAST = float(MAX_POSITIONS - 1)
_INDEX = Interval(-1.0, _LAST, 1.0)  # of a position: its index, -1 where it is missing
_THERE = Interval(0.0, _LAST, 1.0)
_MISSING = Interval(-1.0, -1.0, 1.0)
# Attributes that count positions, or things that there are at most as many of as positions.
_COUNTED = frozenset({"i", "word", "sentence", "line", "column", "occurrence", "depth"})
_ANY = Interval(-1e300, 1e300)
_SIMILARITY = Interval(-1.0, 1.0, 2.0**-10)
_UNKNOWN = 2.0**40  # no attribute is larger: ids, character offsets
_LENGTH = 2.0**30  # of a piece, so that sums of lengths are exact


@dataclass(slots=True)
class Facts:
    """The facts of one graph's terms, each found once; `facts[term]` finds what it needs."""

    graph: Graph
    mask: Mask | None = None
    known: dict[int, Interval] = field(default_factory=dict)

    def __getitem__(self, term: int) -> Interval:
        found = self.known.get(term)
        return found if found is not None else self._find(term)

    def _find(self, root: int) -> Interval:
        stack, known, terms = [root], self.known, self.graph.terms
        while stack:
            missing = [arg for arg in terms[stack[-1]].args if arg not in known]
            if missing:
                stack.extend(missing)
                continue
            number = stack.pop()
            if number not in known:
                term = terms[number]
                known[number] = self._fact(term, [known[arg] for arg in term.args])
        return known[root]

    def _fact(self, term: Term, args: list[Interval]) -> Interval:
        if term.op == "column":
            return _column(term, args[0])
        if isinstance(term.payload, Aggregate):
            return _aggregate(term.payload, args[-2], args[-1], term)
        if term.op == "add" and self.mask is not None and self.mask.kind != "full":
            return _causal_gap(self.graph, term, intervals.add(args))
        if term.op in _BY_PAYLOAD:
            return _BY_PAYLOAD[term.op](term, args)
        if term.op in _BY_ARGUMENTS:
            return _BY_ARGUMENTS[term.op](args)
        return _anything(term)


def _anything(term: Term) -> Interval:
    """A bool, a position or a text; texts have no order, so any interval will do."""
    return MAYBE if term.type is Type.BOOL else _INDEX


def facts_of(graph: Graph, terms: Iterable[int], mask: Mask | None = None) -> dict[int, Interval]:
    """The interval of every term given and of all below them."""
    facts = Facts(graph, mask)
    for term in terms:
        facts[term]
    return facts.known


def _column(term: Term, position: Interval) -> Interval:
    from attndsl.language.vocabulary import ATTRIBUTES

    if term.payload == "i":
        return position
    attribute = ATTRIBUTES[str(term.payload)]
    if attribute.type is Type.BOOL:
        return FALSE if position.hi < 0 else MAYBE
    if attribute.type is not Type.NUMBER:
        return _INDEX
    missing = float(attribute.missing or 0.0)
    if position.hi < 0:
        return point(missing)
    # An index is -1 where there is none; the hidden ones also are at positions that are there.
    low = 0.0 if position.lo >= 0 and not attribute.hidden else min(missing, 0.0)
    high = _LAST if attribute.name in _COUNTED else _UNKNOWN
    if attribute.name == "len":
        high = _LENGTH
    return Interval(low, high, 1.0)


def _aggregate(payload: Aggregate, guard: Interval, body: Interval, term: Term) -> Interval:
    never = guard.hi <= 0
    # A visible row always holds q itself, so with a guard that is always true it isn't empty.
    filled = guard.lo >= 1 and payload.range == "visible"
    if payload.function == "any":
        return FALSE if never else TRUE if filled else MAYBE
    if payload.function == "sum":
        return point(0.0) if never else intervals.total(body, MAX_POSITIONS, filled)
    if payload.function in ("min", "max"):
        return point(0.0) if never else body if filled else hull(body, point(0.0))
    return _MISSING if never else _THERE if filled else _INDEX


def _causal_gap(graph: Graph, term: Term, fact: Interval) -> Interval:
    """`q.i - k.i` is at least 0 at every visible cell of a causal mask."""
    fewer, more = set(), 0.0
    for arg in term.args:
        part = graph[arg]
        if part.op == "number" and isinstance(part.payload, float):
            more += part.payload
        elif part.op == "column" and part.payload == "i" and part.free == FREE_Q:
            fewer.add(graph[part.args[0]].op)
        elif part.op == "mul" and len(part.args) == 2:
            one, other = (graph[inner] for inner in part.args)
            if one.op == "column":
                one, other = other, one
            if one.payload == -1.0 and other.payload == "i" and other.free == FREE_K:
                fewer.add(graph[other.args[0]].op)
    if fewer == {"q", "k"} and len(term.args) == 2 + (more != 0.0):
        return Interval(max(fact.lo, more), fact.hi, fact.grain)
    return fact


def _previous(args: list[Interval]) -> Interval:
    (p,) = args
    return Interval(max(-1.0, p.lo - 1.0), max(-1.0, p.hi - 1.0), 1.0)


def _following(args: list[Interval]) -> Interval:
    (p,) = args
    return _MISSING if p.hi < 0 else Interval(-1.0, min(p.hi + 1.0, _LAST), 1.0)


def _picked(args: list[Interval]) -> Interval:
    (index,) = args
    if index.hi < -0.5 or index.lo > _LAST + 0.5:
        return _MISSING
    return Interval(-1.0, min(_LAST, max(-1.0, math.ceil(index.hi))), 1.0)


def _same(args: list[Interval]) -> Interval:
    a, b = args
    if a.hi < b.lo or b.hi < a.lo:
        return FALSE
    return TRUE if a.lo == a.hi == b.lo == b.hi else MAYBE


def _there(args: list[Interval]) -> Interval:
    (p,) = args
    return TRUE if p.lo >= 0 else FALSE if p.hi < 0 else MAYBE


def _taken(term: Term, args: list[Interval]) -> Interval:
    empty = {Type.POSITION: _MISSING, Type.BOOL: FALSE}.get(term.type, point(0.0))
    return hull(args[1], empty)


def _among(term: Term, args: list[Interval]) -> Interval:
    assert isinstance(term.payload, tuple)
    return intervals.among(args[0], term.payload)


def _select(args: list[Interval]) -> Interval:
    test, one, other = args
    return one if test.lo >= 1 else other if test.hi <= 0 else hull(one, other)


def _similarity(args: list[Interval]) -> Interval:
    return point(0.0) if min(arg.hi for arg in args) < 0 else _SIMILARITY


def _ratio(args: list[Interval]) -> Interval:
    a, s = args
    if s.hi < arithmetic.ROW_EMPTY:
        return point(0.0)
    least = max(s.lo, arithmetic.ROW_EMPTY)
    return hull(intervals.div(a, Interval(least, s.hi, s.grain)), point(0.0))


def _round(args: list[Interval]) -> Interval:
    (x,) = args
    if x.whole:
        return x
    slack = NEAR * max(1.0, magnitude(x))
    low = arithmetic.round_half_even(x.lo - 2 * slack)
    return Interval(low, arithmetic.round_half_even(x.hi + 2 * slack), 1.0)


def _extreme(choose: Callable[..., float]) -> Callable[[list[Interval]], Interval]:
    def fact(args: list[Interval]) -> Interval:
        grain = min(arg.grain for arg in args)
        return Interval(choose(arg.lo for arg in args), choose(arg.hi for arg in args), grain)

    return fact


_BY_PAYLOAD: dict[str, Callable[[Term, list[Interval]], Interval]] = {
    "number": lambda term, args: point(float(str(term.payload))),
    "bool": lambda term, args: TRUE if term.payload else FALSE,
    "take": _taken,
    "parameter": lambda term, args: _ANY if term.type is Type.NUMBER else _anything(term),
    "among": _among,
}
_BY_ARGUMENTS: dict[str, Callable[[list[Interval]], Interval]] = {
    "none": lambda args: _MISSING,
    "q": lambda args: _THERE,
    "k": lambda args: _THERE,
    "bound": lambda args: _THERE,
    "n": lambda args: Interval(1.0, float(MAX_POSITIONS), 1.0),
    "prev": _previous,
    "next": _following,
    "succ": _following,
    "at": _picked,
    "pick": _picked,
    "head": lambda args: _MISSING if args[0].hi < 0 else _INDEX,
    "is_there": _there,
    "same": _same,
    "similarity": _similarity,
    "add": intervals.add,
    "mul": intervals.mul,
    "div": lambda args: intervals.div(*args),
    "ratio": _ratio,
    "floordiv": lambda args: intervals.floor(intervals.div(*args)),
    "mod": lambda args: intervals.mod(*args),
    "pow": lambda args: intervals.power(*args),
    "abs": lambda args: intervals.absolute(args[0]),
    "min": _extreme(min),
    "max": _extreme(max),
    "exp": lambda args: intervals.increasing(args[0], arithmetic.exp),
    "sqrt": lambda args: intervals.increasing(args[0], arithmetic.sqrt),
    "log": lambda args: intervals.log(args[0]),
    "floor": lambda args: args[0] if args[0].whole else intervals.floor(args[0]),
    "round": _round,
    "eq": lambda args: intervals.equal(*args),
    "lt": lambda args: intervals.less(args[0], args[1], nearly=False),
    "le": lambda args: intervals.less(args[0], args[1], nearly=True),
    "not": lambda args: Interval(1.0 - args[0].hi, 1.0 - args[0].lo, 1.0),
    "and": _extreme(min),
    "or": _extreme(max),
    "select": _select,
}
