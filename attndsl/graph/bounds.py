"""What is always true of an operation's value, by what is true of its arguments.

Sound for every tokenizer, every mask and every text of at most MAX_POSITIONS positions. Each
function here is a column entry of the table in graph/operations; intervals are of graph/intervals.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attndsl.graph import arithmetic, intervals
from attndsl.graph.arithmetic import NEAR
from attndsl.graph.intervals import FALSE, MAYBE, TRUE, Interval, hull, magnitude, point
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES

if TYPE_CHECKING:
    from attndsl.graph.terms import Term

Args = Sequence[Interval]
Fact = Callable[["Term", Args], Interval]

MAX_POSITIONS = 2**20
LAST = float(MAX_POSITIONS - 1)
INDEX = Interval(-1.0, LAST, 1.0)  # of a position: its index, -1 where it is missing
THERE = Interval(0.0, LAST, 1.0)
MISSING = Interval(-1.0, -1.0, 1.0)
TEXT = INDEX  # texts have no order, so any interval will do
LENGTH = Interval(1.0, float(MAX_POSITIONS), 1.0)  # of a text
SIMILARITY = Interval(-1.0, 1.0, 2.0**-10)
# What nothing is known of but its type.
OF_TYPE = {
    Type.BOOL: MAYBE, Type.NUMBER: Interval(-1e300, 1e300), Type.TEXT: TEXT, Type.POSITION: INDEX,
}  # fmt: skip
# Attributes that count positions, or things that there are at most as many of as positions.
_COUNTED = frozenset({"i", "word", "sentence", "line", "column", "occurrence", "depth"})
# Attributes that are -1 also at positions that are there: a blank is no word of the parse.
_OFTEN_NONE = frozenset({"parse_word", "parse_sentence"})
_UNKNOWN = 2.0**40  # no attribute is larger: ids, character offsets
_PIECE = 2.0**30  # the length of a piece, so that sums of lengths are exact


def always(fact: Interval) -> Fact:
    return lambda term, args: fact


def of(bound: Callable[..., Interval]) -> Fact:
    """A bound that takes an interval an argument."""
    return lambda term, args: bound(*args)


def of_all(bound: Callable[[Args], Interval]) -> Fact:
    """A bound that takes the intervals of any number of arguments."""
    return lambda term, args: bound(args)


def increasing(function: Callable[[float], float]) -> Fact:
    """Of a function that grows with its argument, or stays."""
    return lambda term, args: intervals.increasing(args[0], function)


def column(term: "Term", args: Args) -> Interval:
    (position,) = args
    if term.name == "i":
        return position
    attribute = ATTRIBUTES[term.name]
    if attribute.type is Type.BOOL:
        return FALSE if position.hi < 0 else MAYBE
    if attribute.type is not Type.NUMBER:
        return OF_TYPE[attribute.type]
    missing = float(attribute.missing or 0.0)
    if position.hi < 0:
        return point(missing)
    # An index is -1 where there is none, the hidden ones too.
    often = attribute.hidden or attribute.name in _OFTEN_NONE
    low = 0.0 if position.lo >= 0 and not often else min(missing, 0.0)
    high = LAST if attribute.name in _COUNTED else _UNKNOWN
    if attribute.name == "len":
        high = _PIECE
    return Interval(low, high, 1.0)


def previous(p: Interval) -> Interval:
    return Interval(max(-1.0, p.lo - 1.0), max(-1.0, p.hi - 1.0), 1.0)


def following(p: Interval) -> Interval:
    return MISSING if p.hi < 0 else Interval(-1.0, min(p.hi + 1.0, LAST), 1.0)


def picked(index: Interval) -> Interval:
    if index.hi < -0.5 or index.lo > LAST + 0.5:
        return MISSING
    return Interval(-1.0, min(LAST, max(-1.0, math.ceil(index.hi))), 1.0)


def head(p: Interval) -> Interval:
    return MISSING if p.hi < 0 else INDEX


def same(a: Interval, b: Interval) -> Interval:
    if a.hi < b.lo or b.hi < a.lo:
        return FALSE
    return TRUE if a.lo == a.hi == b.lo == b.hi else MAYBE


def is_there(p: Interval) -> Interval:
    return TRUE if p.lo >= 0 else FALSE if p.hi < 0 else MAYBE


def take(term: "Term", args: Args) -> Interval:
    return hull(args[1], MISSING if term.type is Type.POSITION else point(0.0))


def select(test: Interval, one: Interval, other: Interval) -> Interval:
    return one if test.lo >= 1 else other if test.hi <= 0 else hull(one, other)


def similarity(a: Interval, b: Interval) -> Interval:
    return point(0.0) if min(a.hi, b.hi) < 0 else SIMILARITY


def ratio(a: Interval, s: Interval) -> Interval:
    if s.hi < arithmetic.ROW_EMPTY:
        return point(0.0)
    least = max(s.lo, arithmetic.ROW_EMPTY)
    return hull(intervals.div(a, Interval(least, s.hi, s.grain)), point(0.0))


def floor(x: Interval) -> Interval:
    return x if x.whole else intervals.floor(x)


def nearest(x: Interval) -> Interval:
    if x.whole:
        return x
    slack = NEAR * max(1.0, magnitude(x))
    low = arithmetic.round_half_even(x.lo - 2 * slack)
    return Interval(low, arithmetic.round_half_even(x.hi + 2 * slack), 1.0)


def negation(x: Interval) -> Interval:
    return Interval(1.0 - x.hi, 1.0 - x.lo, 1.0)


def extreme(choose: Callable[..., float]) -> Fact:
    def fact(term: "Term", args: Args) -> Interval:
        grain = min(arg.grain for arg in args)
        return Interval(choose(arg.lo for arg in args), choose(arg.hi for arg in args), grain)

    return fact


# Of what a reduction gives where something passes its guard, by the fact of the body: `surely` says
# that something does. Where nothing does it gives what is empty.


def found(body: Interval, surely: bool) -> Interval:
    return TRUE if surely else MAYBE


def total(body: Interval, surely: bool) -> Interval:
    return intervals.total(body, MAX_POSITIONS, surely)


def one_of(body: Interval, surely: bool) -> Interval:
    return body if surely else hull(body, point(0.0))


def place(body: Interval, surely: bool) -> Interval:
    return THERE if surely else INDEX


def aggregate(term: "Term", args: Args) -> Interval:
    from attndsl.graph.operations import reduction

    payload, (*_, guard, body) = term.aggregate, args
    done = reduction(payload.function)
    if guard.hi <= 0:
        return MISSING if done.result is Type.POSITION else point(0.0)
    # A visible row always holds q itself, so with a guard that is always true it isn't empty.
    return done.fact(body, guard.lo >= 1 and payload.range == "visible")
