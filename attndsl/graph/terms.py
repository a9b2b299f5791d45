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
from typing import Literal

from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES, FUNCTIONS

B, N, T, P = Type.BOOL, Type.NUMBER, Type.TEXT, Type.POSITION
LETTERS: dict[str, Type] = {"b": B, "n": N, "t": T, "p": P}
Stage = Literal["both", "plain", "lowered"]
Payload = Hashable

# Bits of Term.free: the variables that a term's value depends on.
FREE_Q, FREE_K = 1, 2


# Closed terms name bound variables 1 to MAX_HEIGHT; higher names are for terms in the making.
MAX_HEIGHT = 16
_FIRST_PARAMETER = 64  # bits from here on: parameters


def free_bound(height: int) -> int:
    """The bit of the variable bound at a height (from 1)."""
    return 1 << (height + 1)


@dataclass(frozen=True, slots=True)
class Op:
    """One kind of term: what it takes, what it gives, what it costs per element."""

    name: str
    arguments: str  # one letter an argument: b n t p, `x` any one type, `*` repeats the last
    result: str  # b n t p, `x` = the type of the x arguments, `v` = by the payload
    doc: str
    weight: int = 1
    commutative: bool = False
    stage: Stage = "both"


_OPS = (
    # leaves
    Op("number", "", "n", "a constant; payload: float", 0),
    Op("bool", "", "b", "a constant; payload: bool", 0),
    Op("text", "", "t", "a constant; payload: str", 0),
    Op("none", "", "p", "the missing position, index -1", 0),
    Op("q", "", "p", "the query position", 0),
    Op("k", "", "p", "the key position", 0),
    Op("bound", "", "p", "an aggregate's variable; payload: its height, from 1", 0),
    Op("n", "", "n", "how many positions the text has", 0),
    Op("parameter", "", "v", "stands for an argument while a helper is built; payload: "
       "(index, type)", 0, False, "plain"),
    # positions
    Op("prev", "p", "p", "the position before; of the first and of none: none"),
    Op("next", "p", "p", "the position after, none beyond the horizon of q", 1, False, "plain"),
    Op("at", "n", "p", "the position at an index, none beyond the horizon", 1, False, "plain"),
    Op("succ", "p", "p", "the position after, none beyond the text", 1, False, "lowered"),
    Op("pick", "n", "p", "the position at an index, none outside the text", 1, False, "lowered"),
    Op("head", "p", "p", "the first piece of the head word", ATTRIBUTES["head"].cost),
    Op("is_there", "p", "b", "not the missing position"),
    Op("same", "pp", "b", "the same position; none equals none", 1, True),
    # what positions know
    Op("column", "p", "v", "an attribute; payload: its name in the vocabulary", 2),
    Op("similarity", "pp", "n", "cosine of the input embeddings; 0 where one is missing",
       FUNCTIONS["similarity"].cost, True),
    Op("is_child", "pp", "b", "the first's word depends directly on the second's",
       FUNCTIONS["is_child"].cost, False, "plain"),
    Op("is_ancestor", "pp", "b", "the first's word is above the second's",
       FUNCTIONS["is_ancestor"].cost, False, "plain"),
    # texts
    Op("text_is", "t", "b", "payload: (mode, sorted literals); equals/starts/ends/contains any", 3),
    Op("text_same", "tt", "b", "equal texts", 1, True),
    # numbers: total, saturating; bools count as 0 and 1 wherever a number is taken
    Op("add", "nn*", "n", "sum of two or more", 1, True),
    Op("mul", "nn*", "n", "product of two or more, left to right", 2, True),
    Op("div", "nn", "n", "quotient, 0 where the divisor is 0", 4),
    Op("ratio", "nn", "n", "x / s where s is at least 1e-12, else 0: normalising a row", 4),
    Op("floordiv", "nn", "n", "floor of the quotient, 0 where the divisor is 0", 6),
    Op("mod", "nn", "n", "x - y * (x // y), 0 where the divisor is 0", 8),
    Op("pow", "nn", "n", "power, 0 where it has no real value", 8),
    Op("abs", "n", "n", "magnitude"),
    Op("min", "nn*", "n", "smallest of two or more", 1, True),
    Op("max", "nn*", "n", "largest of two or more", 1, True),
    Op("exp", "n", "n", "saturating exponential", FUNCTIONS["exp"].cost),
    Op("log", "n", "n", "natural logarithm, 0 where x is not positive", FUNCTIONS["log"].cost),
    Op("sqrt", "n", "n", "square root, 0 where x is negative", FUNCTIONS["sqrt"].cost),
    Op("floor", "n", "n", "x // 1", FUNCTIONS["floor"].cost),
    Op("round", "n", "n", "to the nearest whole number, halves to the even one",
       FUNCTIONS["round"].cost),
    # decisions; numbers that are nearly equal are equal (see graph/arithmetic)
    Op("eq", "nn", "b", "equal numbers, or equal bools", 1, True),
    Op("lt", "nn", "b", "less and not nearly equal"),
    Op("le", "nn", "b", "less or nearly equal"),
    Op("among", "n", "b", "payload: sorted floats; equal to one of them", 2),
    Op("not", "b", "b", "negation"),
    Op("and", "bb*", "b", "all of two or more", 1, True),
    Op("or", "bb*", "b", "any of two or more", 1, True),
    Op("select", "bxx", "x", "the second where the first is true, else the third"),
    # aggregates; payload: Aggregate. Arguments: the range's positions, guard, body
    Op("aggregate", "", "v", "over a range named in the payload; args (*range, guard, body)",
       1, False, "plain"),
    Op("loop", "ppbx", "v", "aggregate over positions a < t <= b; args (a, b, guard, body)",
       1, False, "lowered"),
    Op("scan", "bx", "v", "running aggregate, a table along its variable; args (guard, body)",
       2, False, "lowered"),
    Op("take", "px", "x", "the second where its variable (payload: its height) is the first; at "
       "the missing position 0, false, none", 2, False, "lowered"),
    Op("window", "ppbx", "v", "sum, max or min over a < t <= b by a sparse table; the guard and "
       "body depend on the bound position alone", 2, False, "lowered"),
)  # fmt: skip
OPS: dict[str, Op] = {op.name: op for op in _OPS}

AggregateName = Literal["any", "sum", "min", "max", "first", "last", "argmax", "argmin"]
AGGREGATE_RESULT: dict[str, Type] = {
    "any": B, "sum": N, "min": N, "max": N, "first": P, "last": P, "argmax": P, "argmin": P,
}  # fmt: skip
# How many positions each range takes; visible(q) takes none, its row is always q's.
RANGES: dict[str, int] = {"visible": 0, "before": 1, "upto": 1, "after": 1, "between": 2}


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Payload of `aggregate` (with a range), `loop` and `window` (range empty), and `scan`.

    The range of a `scan` is `upto` (at each position, over those up to it) or `from` (over it and
    those after). It keeps its variable free; `take` looks the table up at a position.

    The guard is a bool over the bound variable; the body is what is summed, compared or maximised.
    `any`, `first` and `last` have the body `true`: their test is the guard. Empty: sum, min and max
    0, any false, positions missing. argmax and argmin give the earliest whose score is nearly equal
    to the best one.
    """

    function: AggregateName
    range: str
    height: int


@dataclass(frozen=True, slots=True)
class Term:
    op: str
    args: tuple[int, ...]
    payload: Payload
    type: Type
    free: int  # bits of FREE_Q, FREE_K, free_bound(h)
    height: int  # of the highest aggregate within, 0 without


def weight(term: Term) -> int:
    """What one element of a term's value costs; an operation on several costs once a pair."""
    op = OPS[term.op]
    return op.weight * (len(term.args) - 1 if op.arguments.endswith("*") else 1)


# Ops and ranges of plain graphs whose value depends on q through the horizon, whatever they take.
HORIZON_OPS = frozenset({"next", "at"})
HORIZON_RANGES = frozenset(RANGES)


@dataclass(slots=True)
class Graph:
    """An arena of terms. `add` is the only way in; it gives the same number for the same term."""

    terms: list[Term] = field(default_factory=list)
    ids: dict[tuple[str, tuple[int, ...], Payload], int] = field(default_factory=dict)
    digests: list[bytes] = field(default_factory=list, repr=False)

    def add(self, op: str, args: Iterable[int] = (), payload: Payload = None) -> int:
        """The number of this term, which is new or was there."""
        args = tuple(args)
        # 1, 1.0 and True are equal keys in Python; the op's name keeps bool and number apart.
        key = (op, args, payload)
        found = self.ids.get(key)
        if found is None:
            found = len(self.terms)
            self.terms.append(self._describe(op, args, payload))
            self.ids[key] = found
        return found

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
            own = (
                f"{each.op}{each.payload!r}".encode()
                if each.payload is not None
                else each.op.encode()
            )
            below = b"".join([digests[arg] for arg in each.args])
            digests.append(blake2b(own + b"(" + below, digest_size=16).digest())
        return digests[term]

    def reachable(self, roots: Iterable[int]) -> list[int]:
        """Every term below the roots, arguments before users."""
        seen: set[int] = set()
        stack = list(roots)
        while stack:
            term = stack.pop()
            if term not in seen:
                seen.add(term)
                stack.extend(self.terms[term].args)
        return sorted(seen)

    def _describe(self, op: str, args: tuple[int, ...], payload: Payload) -> Term:
        free = height = 0
        for arg in args:
            free |= self.terms[arg].free
            height = max(height, self.terms[arg].height)
        if op == "q":
            free = FREE_Q
        elif op == "k":
            free = FREE_K
        elif op == "bound":
            assert isinstance(payload, int)
            free = free_bound(payload)
        elif op == "parameter":
            assert isinstance(payload, tuple)
            free = 1 << (_FIRST_PARAMETER + payload[0])
        elif op in HORIZON_OPS:
            free |= FREE_Q
        elif op == "scan":
            assert isinstance(payload, Aggregate)
            free |= free_bound(payload.height)
        elif op == "take":
            assert isinstance(payload, int)
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
        return Term(op, args, payload, self._type(op, args, payload), free, height)

    def _type(self, op: str, args: tuple[int, ...], payload: Payload) -> Type:
        result = OPS[op].result
        if result == "x":
            kinds = [self.terms[arg].type for arg in args[1:]]
            return N if set(kinds) == {B, N} else kinds[0]
        if result == "v":
            if isinstance(payload, Aggregate):
                return AGGREGATE_RESULT[payload.function]
            if op == "parameter":
                assert isinstance(payload, tuple)
                kind: Type = payload[1]
                return kind
            return ATTRIBUTES[str(payload)].type
        return LETTERS[result]
