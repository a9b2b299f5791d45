"""The one table of what a term can be, and the one table of what an aggregate can do.

A row says all that the compiler needs of an operation: its signature, what it means on numbers,
what is always true of its value, what it costs, in which stage it may stand. Facts, folding of
constants, columns of distances, empty values and types of results are derived from these rows.
Each engine has one table of its own, from operations to what does them; tests hold it to this one.

A function of the vocabulary takes its signature, cost and words from there (`_function`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import TYPE_CHECKING, Literal

from attndsl.graph import arithmetic, bounds, intervals
from attndsl.graph.bounds import Fact, always, increasing, of, of_all
from attndsl.graph.intervals import FALSE, MAYBE, TRUE, Interval, point
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES, FUNCTIONS

if TYPE_CHECKING:
    from attndsl.graph.terms import Term

LETTERS: dict[str, Type] = {
    "b": Type.BOOL, "n": Type.NUMBER, "t": Type.TEXT, "p": Type.POSITION,
}  # fmt: skip
_LETTER = {kind: letter for letter, kind in LETTERS.items()}
Stage = Literal["both", "plain", "lowered"]
Meaning = Callable[..., float]
Alike = Literal["", "body", "first", "times"]


@dataclass(frozen=True, slots=True)
class Op:
    """One kind of term."""

    name: str
    arguments: str  # one letter an argument: b n t p, `x` any one type, `*` repeats the last
    result: str  # b n t p, `x` = the type of the x arguments, `v` = by the payload
    doc: str
    fact: Fact  # what is always true of its value
    weight: int = 1  # operations an element
    commutative: bool = False
    stage: Stage = "both"
    meaning: Meaning | None = None  # on numbers; of two where more may stand
    payload: type = NoneType

    @property
    def variadic(self) -> bool:
        return self.arguments.endswith("*")

    @property
    def on_numbers(self) -> bool:
        """Whether it takes nothing but numbers and bools and gives one of them."""
        return bool(self.arguments) and set(self.arguments + self.result) <= set("nbx*")


EMPTY: dict[Type, bool | float | None] = {Type.BOOL: False, Type.NUMBER: 0.0, Type.POSITION: None}


@dataclass(frozen=True, slots=True)
class Reduction:
    """What an aggregate does with the positions that pass its guard, earliest first."""

    name: str
    result: Type
    fact: Callable[[Interval, bool], Interval]  # where the guard may hold; see graph/bounds
    takes_body: bool = True  # a number of each position; those without ask their guard alone
    alike: Alike = ""  # where all bodies are equal: the body, the first, the body times the count
    runs: tuple[str, ...] = ()  # the ways that a running table of it can go: upto, from
    windows: bool = False  # two parts next to each other give the whole: sparse tables
    subtracts: bool = False  # and a part is the whole less the rest
    steps: bool = True  # one position after the other; without, only over a row, and sorted

    @property
    def empty(self) -> bool | float | None:
        """What it gives where no position passes; None is the missing position."""
        return EMPTY[self.result]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Payload of `aggregate` (with a range), `loop` and `window` (range empty), and `scan`.

    The range of a `scan` is `upto` (at each position, over those up to it) or `from` (over it and
    those after). It keeps its variable free; `take` looks the table up at a position.

    The guard is a bool over the bound variable; the body is what is summed, compared or maximised,
    `true` for what takes no body. argmax and argmin give the earliest whose score is nearly equal
    to the best one.
    """

    function: str
    range: str
    height: int


def _function(name: str, meaning: Meaning | None, fact: Fact, stage: Stage = "both",
              commutative: bool = False) -> Op:  # fmt: skip
    """An operation that programs call by this name."""
    entry = FUNCTIONS[name]
    letters = "".join(_LETTER[kind] for _, kind in entry.parameters) + "*" * entry.variadic
    return Op(name, letters, _LETTER[entry.result], entry.doc, fact, entry.cost,
              commutative or entry.variadic, stage, meaning)  # fmt: skip


def _number(term: "Term", args: bounds.Args) -> Interval:
    return point(term.number)


def _among(term: "Term", args: bounds.Args) -> Interval:
    return intervals.among(args[0], term.values)


_OPS = (
    # leaves
    Op("number", "", "n", "a constant", _number, 0, payload=float),
    Op("bool", "", "b", "a constant", lambda term, args: TRUE if term.payload else FALSE, 0,
       payload=bool),
    Op("text", "", "t", "a constant", always(bounds.TEXT), 0, payload=str),
    Op("none", "", "p", "the missing position, index -1", always(bounds.MISSING), 0),
    Op("q", "", "p", "the query position", always(bounds.THERE), 0),
    Op("k", "", "p", "the key position", always(bounds.THERE), 0),
    Op("bound", "", "p", "an aggregate's variable; payload: its height, from 1",
       always(bounds.THERE), 0, payload=int),
    Op("n", "", "n", "how many positions the text has", always(bounds.LENGTH), 0),
    Op("parameter", "", "v", "stands for an argument while a helper is built; payload: "
       "(index, type)", lambda term, args: bounds.OF_TYPE[term.type], 0, stage="plain",
       payload=tuple),
    # positions
    Op("prev", "p", "p", "the position before; of the first and of none: none",
       of(bounds.previous)),
    Op("next", "p", "p", "the position after, none beyond the horizon of q",
       of(bounds.following), stage="plain"),
    _function("at", None, of(bounds.picked), "plain"),
    Op("succ", "p", "p", "the position after, none beyond the text", of(bounds.following),
       stage="lowered"),
    Op("pick", "n", "p", "the position at an index, none outside the text", of(bounds.picked),
       stage="lowered"),
    Op("head", "p", "p", "the first piece of the head word", of(bounds.head),
       ATTRIBUTES["head"].cost),
    Op("is_there", "p", "b", "not the missing position", of(bounds.is_there)),
    Op("same", "pp", "b", "the same position; none equals none", of(bounds.same),
       commutative=True),
    # what positions know
    Op("column", "p", "v", "an attribute; payload: its name in the vocabulary", bounds.column, 2,
       payload=str),
    _function("similarity", None, of(bounds.similarity), commutative=True),
    _function("is_child", None, always(MAYBE), "plain"),
    _function("is_ancestor", None, always(MAYBE), "plain"),
    # texts
    Op("text_is", "t", "b", "payload: (mode, sorted literals); equals/starts/ends/contains any",
       always(MAYBE), 3, payload=tuple),
    Op("text_same", "tt", "b", "equal texts", always(MAYBE), commutative=True),
    # numbers: total, saturating; bools count as 0 and 1 wherever a number is taken
    Op("add", "nn*", "n", "sum of two or more", of_all(intervals.add), 1, True,
       meaning=lambda a, b: a + b),
    Op("mul", "nn*", "n", "product of two or more, left to right", of_all(intervals.mul), 2, True,
       meaning=arithmetic.mul),
    Op("div", "nn", "n", "quotient, 0 where the divisor is 0", of(intervals.div), 4,
       meaning=arithmetic.div),
    Op("ratio", "nn", "n", "x / s where s is at least 1e-12, else 0: normalising a row",
       of(bounds.ratio), 4, meaning=arithmetic.ratio),
    Op("floordiv", "nn", "n", "floor of the quotient, 0 where the divisor is 0",
       of(lambda a, b: intervals.floor(intervals.div(a, b))), 6, meaning=arithmetic.floordiv),
    Op("mod", "nn", "n", "x - y * (x // y), 0 where the divisor is 0", of(intervals.mod), 8,
       meaning=arithmetic.mod),
    Op("pow", "nn", "n", "power, 0 where it has no real value", of(intervals.power), 8,
       meaning=arithmetic.power),
    _function("abs", abs, of(intervals.absolute)),
    _function("min", min, bounds.extreme(min)),
    _function("max", max, bounds.extreme(max)),
    _function("exp", arithmetic.exp, increasing(arithmetic.exp)),
    _function("log", arithmetic.log, of(intervals.log)),
    _function("sqrt", arithmetic.sqrt, increasing(arithmetic.sqrt)),
    _function("floor", arithmetic.floor, of(bounds.floor)),
    _function("round", arithmetic.round_half_even, of(bounds.nearest)),
    # decisions; numbers that are nearly equal are equal (see graph/arithmetic)
    Op("eq", "nn", "b", "equal numbers, or equal bools", of(intervals.equal), 1, True,
       meaning=arithmetic.near),
    Op("lt", "nn", "b", "less and not nearly equal",
       of(lambda a, b: intervals.less(a, b, nearly=False)), meaning=arithmetic.less),
    Op("le", "nn", "b", "less or nearly equal",
       of(lambda a, b: intervals.less(a, b, nearly=True)), meaning=arithmetic.less_or_near),
    Op("among", "n", "b", "payload: sorted floats; equal to one of them", _among, 2,
       payload=tuple),
    Op("not", "b", "b", "negation", of(bounds.negation), meaning=lambda x: not x),
    Op("and", "bb*", "b", "all of two or more", bounds.extreme(min), 1, True, meaning=min),
    Op("or", "bb*", "b", "any of two or more", bounds.extreme(max), 1, True, meaning=max),
    Op("select", "bxx", "x", "the second where the first is true, else the third",
       of(bounds.select), meaning=lambda test, one, other: one if test else other),
    # aggregates; payload: Aggregate. Arguments: the range's positions, guard, body
    Op("aggregate", "", "v", "over a range named in the payload; args (*range, guard, body)",
       bounds.aggregate, stage="plain", payload=Aggregate),
    Op("loop", "ppbx", "v", "aggregate over positions a < t <= b; args (a, b, guard, body)",
       bounds.aggregate, stage="lowered", payload=Aggregate),
    Op("scan", "bx", "v", "running aggregate, a table along its variable; args (guard, body)",
       bounds.aggregate, 2, stage="lowered", payload=Aggregate),
    Op("take", "px", "x", "the second where its variable (payload: its height) is the first; at "
       "the missing position 0, false, none", bounds.take, 2, stage="lowered", payload=int),
    Op("window", "ppbx", "v", "sum, max or min over a < t <= b by a sparse table; the guard and "
       "body depend on the bound position alone", bounds.aggregate, 2, stage="lowered",
       payload=Aggregate),
)  # fmt: skip
OPS: dict[str, Op] = {op.name: op for op in _OPS}

_BOTH_WAYS = ("upto", "from")
_REDUCTIONS = (
    Reduction("any", Type.BOOL, bounds.found, False, runs=("upto",)),
    Reduction("sum", Type.NUMBER, bounds.total, True, "times", _BOTH_WAYS, True, True),
    Reduction("min", Type.NUMBER, bounds.one_of, True, "body", _BOTH_WAYS, True),
    Reduction("max", Type.NUMBER, bounds.one_of, True, "body", _BOTH_WAYS, True),
    Reduction("first", Type.POSITION, bounds.place, False, runs=("from",)),
    Reduction("last", Type.POSITION, bounds.place, False, runs=("upto",)),
    Reduction("argmax", Type.POSITION, bounds.place, True, "first"),
    Reduction("argmin", Type.POSITION, bounds.place, True, "first"),
)
REDUCTIONS: dict[str, Reduction] = {each.name: each for each in _REDUCTIONS}

# How many positions each range takes; visible(q) takes none, its row is always q's.
RANGES: dict[str, int] = {"visible": 0, "before": 1, "upto": 1, "after": 1, "between": 2}

# What constants fold into one: operations of a fixed number of numbers that give a number.
FOLDED: dict[str, Meaning] = {
    op.name: op.meaning
    for op in _OPS
    if op.meaning and op.result == "n" and not op.variadic
}  # fmt: skip
# What takes numbers and counts a bool as 1 or 0; equality also compares two bools as they are.
TAKE_NUMBERS: tuple[str, ...] = tuple(
    op.name for op in _OPS if op.on_numbers and "n" in op.arguments and op.name != "eq"
)
WIDE: tuple[str, ...] = tuple(sorted(op.name for op in _OPS if op.variadic))


def reduction(name: str) -> Reduction:
    if name not in REDUCTIONS:
        raise KeyError(f"no row of the table of reductions is named {name!r}")
    return REDUCTIONS[name]


def operation(name: str) -> Op:
    if name not in OPS:
        raise KeyError(f"no row of the table of operations is named {name!r}")
    return OPS[name]
