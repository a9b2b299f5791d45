"""The term graph: hash-consed pure terms, so equal terms are one term.

A term is a number into `Graph.terms`; its arguments always have smaller numbers, so passes walk in
order and never recurse. The table OPS is the only list of what a term can be: builders, rules,
lowering, cost and engines all go by it.

Aggregates bind a variable named by height: an aggregate whose guard and body hold aggregates of
height at most h binds `bound(h + 1)`. Equal aggregates therefore are the same term wherever they
stand, and substitution can't capture.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

from attndsl.graph.intervals import Interval
from attndsl.graph.operations import LETTERS, OPS, RANGES, Aggregate, operation, reduction
from attndsl.language.budget import NEW_TERM, Budget
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES

__all__ = ["FREE_K", "FREE_Q", "MAX_HEIGHT", "OPS", "Aggregate", "Graph", "Payload", "Term",
           "free_bound", "weight"]  # fmt: skip

B, N = Type.BOOL, Type.NUMBER
Payload = Hashable
Kind = TypeVar("Kind")

# Bits of Term.free: the variables that a term's value depends on.
FREE_Q, FREE_K = 1, 2


# Closed terms name bound variables 1 to MAX_HEIGHT; higher names are for terms in the making.
MAX_HEIGHT = 16
WALKS = 8  # kept at a time
_FIRST_PARAMETER = 64  # bits from here on: parameters


def free_bound(height: int) -> int:
    """The bit of the variable bound at a height (from 1)."""
    return 1 << (height + 1)


class Term(NamedTuple):
    """What a number of a graph stands for; a tuple, for they are made by the thousand."""

    op: str
    args: tuple[int, ...]
    payload: Payload
    type: Type
    free: int  # bits of FREE_Q, FREE_K, free_bound(h)
    height: int  # of the highest aggregate within, 0 without

    # The payload by what the operation's row says that it is.

    @property
    def number(self) -> float:
        """Of `number`."""
        return _typed(self, float)

    @property
    def text(self) -> str:
        """Of `text`."""
        return _typed(self, str)

    @property
    def name(self) -> str:
        """Of `column`: the attribute's."""
        return _typed(self, str)

    @property
    def variable(self) -> int:
        """Of `bound` and `take`: the height of the variable."""
        return _typed(self, int)

    @property
    def aggregate(self) -> Aggregate:
        return _typed(self, Aggregate)

    @property
    def values(self) -> tuple[float, ...]:
        """Of `among`."""
        return _typed(self, tuple)

    @property
    def test(self) -> tuple[str, tuple[str, ...]]:
        """Of `text_is`: the mode and the literals."""
        payload: tuple[str, tuple[str, ...]] = _typed(self, tuple)
        return payload


def _typed(term: Term, kind: type[Kind]) -> Kind:
    if not isinstance(term.payload, kind):
        raise TypeError(f"a term {term.op} has the payload {term.payload!r}")
    return term.payload


def weight(term: Term) -> int:
    """What one element of a term's value costs; an operation on several costs once a pair."""
    op = OPS[term.op]
    return op.weight * (len(term.args) - 1 if op.variadic else 1)


# Ops and ranges of plain graphs whose value depends on q through the horizon, whatever they take.
HORIZON_OPS = frozenset({"next", "at"})
HORIZON_RANGES = frozenset(RANGES)
# Ops that depend on other variables than their arguments do.
_VARIABLES = frozenset({"q", "k", "bound", "parameter", "take", *HORIZON_OPS}) | {
    op.name for op in OPS.values() if op.payload is Aggregate
}


@dataclass(slots=True)
class Graph:
    """An arena of terms. `add` is the only way in; it gives the same number for the same term."""

    terms: list[Term] = field(default_factory=list)
    ids: dict[tuple[str, tuple[int, ...], Payload], int] = field(default_factory=dict)
    digests: list[bytes] = field(default_factory=list, repr=False)
    budget: Budget = field(default_factory=Budget, repr=False)
    intervals: dict[int, Interval] = field(default_factory=dict, repr=False)  # see graph/facts
    walks: dict[int, list[int]] = field(default_factory=dict, repr=False)  # of the last few roots

    def add(self, op: str, args: Iterable[int] = (), payload: Payload = None) -> int:
        """The number of this term, which is new or was there."""
        args = tuple(args)
        # 1, 1.0 and True are equal keys in Python; the op's name keeps bool and number apart.
        key = (op, args, payload)
        number = self.ids.get(key)
        if number is None:
            self.budget.spend(NEW_TERM)
            number = len(self.terms)
            self.terms.append(self._describe(op, args, payload))
            self.ids[key] = number
        return number

    def __getitem__(self, term: int) -> Term:
        return self.terms[term]

    def __len__(self) -> int:
        return len(self.terms)

    def number(self, value: float) -> int:
        value = float(value)
        return self.add("number", (), value if value != 0.0 else 0.0)  # no negative zero

    def bool(self, value: bool) -> int:
        return self.add("bool", (), bool(value))

    def index(self, position: int) -> int:
        """The index of a position, -1 where it is missing."""
        return self.add("column", (position,), "i")

    def empty(self, function: str) -> int:
        """What an aggregate gives where no position passes its guard."""
        value = reduction(function).empty
        if value is None:
            return self.add("none")
        return self.bool(value) if isinstance(value, bool) else self.number(value)

    def all_of(self, tests: Iterable[int]) -> int:
        """The conjunction in this order; constants true are left out."""
        true = self.bool(True)
        open_tests = [test for test in tests if test != true]
        if len(open_tests) < 2:
            return open_tests[0] if open_tests else true
        return self.add("and", open_tests)

    def digest(self, term: int) -> bytes:
        """A hash of the term's structure: the same in every graph and every run."""
        digests = self.digests
        while len(digests) <= term:
            each = self.terms[len(digests)]
            own = each.op if each.payload is None else f"{each.op}{each.payload!r}"
            below = b"".join([digests[arg] for arg in each.args])
            digests.append(blake2b(own.encode() + b"(" + below, digest_size=16).digest())
        return digests[term]

    def reachable(self, roots: Iterable[int]) -> list[int]:
        """Every term below the roots, arguments before users."""
        seen = set(roots)
        return self._below(*seen).copy() if len(seen) == 1 else self._all_below(seen)

    def _below(self, root: int) -> list[int]:
        """The same of one root: a check walks over its program some twenty times."""
        known = self.walks.get(root)
        if known is None:
            if len(self.walks) == WALKS:
                self.walks.clear()
            known = self.walks[root] = self._all_below({root})
        return known

    def _all_below(self, seen: set[int]) -> list[int]:
        terms = self.terms
        stack = list(seen)
        while stack:
            for arg in terms[stack.pop()].args:
                if arg not in seen:
                    seen.add(arg)
                    stack.append(arg)
        return sorted(seen)

    def _describe(self, op: str, args: tuple[int, ...], payload: Any) -> Term:
        terms, free, height = self.terms, 0, 0
        for arg in args:
            below = terms[arg]
            free |= below.free
            if below.height > height:
                height = below.height
        if op in _VARIABLES:
            free, height = self._reach(op, args, payload, free, height)
        return Term(op, args, payload, self.type_of(op, args, payload), free, height)

    def _reach(
        self, op: str, args: tuple[int, ...], payload: Any, free: int, height: int
    ) -> tuple[int, int]:
        """What an op depends on, and its height, where its arguments have `free` and `height`."""
        if op == "q":
            free = FREE_Q
        elif op == "k":
            free = FREE_K
        elif op == "bound":
            free = free_bound(payload)
        elif op == "parameter":
            free = 1 << (_FIRST_PARAMETER + payload[0])
        elif op in HORIZON_OPS:
            free |= FREE_Q
        elif op == "scan":
            free |= free_bound(payload.height)
        elif op == "take":
            free = self.terms[args[0]].free | (self.terms[args[1]].free & ~free_bound(payload))
            height = max(height, payload)
        elif isinstance(payload, Aggregate):
            height = max(height, payload.height)
            binder = free_bound(payload.height)
            inner = self.terms[args[-1]].free | self.terms[args[-2]].free
            outer = 0
            for arg in args[:-2]:
                outer |= self.terms[arg].free
            free = (inner & ~binder) | outer
            if payload.range in HORIZON_RANGES:
                free |= FREE_Q
        return free, height

    def type_of(self, op: str, args: tuple[int, ...], payload: Any) -> Type:
        result = operation(op).result
        if result == "x":
            kinds = [self.terms[arg].type for arg in args[1:]]
            return N if B in kinds and N in kinds else kinds[0]
        if result == "v":
            if isinstance(payload, Aggregate):
                return reduction(payload.function).result
            kind: Type = payload[1] if op == "parameter" else ATTRIBUTES[payload].type
            return kind
        return LETTERS[result]
