"""What a loop or comprehension goes over: positions, the variables there, the order."""

import ast
from collections.abc import Callable
from dataclasses import dataclass

from attndsl.authoring.porting.code import (
    LENGTH,
    TRUE,
    Code,
    Q,
    attribute,
    both,
    constant,
    index,
    make,
    minus,
    number,
    plus,
)
from attndsl.authoring.porting.conditions import numeric_of
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.texts import described
from attndsl.authoring.porting.values import (
    Items,
    Nothing,
    Places,
    Scalar,
    Single,
    Table,
    Thing,
    Token,
    Value,
    Word,
    Words,
    as_text,
    index_of,
    literal_value,
    numeral,
    numeric,
)

At = Callable[[Code], tuple[tuple[Value, ...], Code]]
UNROLLED = 40  # things of a literal list that a loop is written out for


@dataclass(frozen=True, slots=True)
class Turns:
    """Over positions (`at` gives the loop's values there and whether it comes there), or over
    things known one by one (`items`), or over one thing that may be missing (`single`)."""

    at: At | None = None
    upward: bool = True
    items: tuple[tuple[Value, ...], ...] | None = None
    single: tuple[tuple[Value, ...], Code] | None = None
    of_words: bool = False
    base: Code | None = None  # `base - k` is what the loop's variable is, for loops over offsets


def turns_of(scope: Scope, node: ast.expr) -> Turns:
    """What `for ... in node` goes over."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "range":
            return _range(scope, node)
        if node.func.id == "enumerate":
            return _enumerated(scope, node)
        if node.func.id == "zip":
            return _zipped(scope, [scope.value(one) for one in node.args])
        if node.func.id == "reversed":
            inner = turns_of(scope, node.args[0])
            items = inner.items[::-1] if inner.items is not None else None
            return Turns(inner.at, not inner.upward, items, inner.single, inner.of_words)
        if (
            node.func.id in ("list", "sorted", "set")
            and len(node.args) == 1
            and not node.keywords
            and isinstance(node.args[0], ast.Call)
        ):
            return turns_of(scope, node.args[0])
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("items", "values", "keys")
        and not node.args
    ):
        return _dict(scope, scope.value(node.func.value), node.func.attr)
    return turns_over(scope.value(node))


def turns_over(value: Value) -> Turns:
    """What a loop over a value goes over."""
    match value:
        case Places(holds, upward):
            return Turns(lambda place: ((index_of(place),), holds(place)), upward)
        case Table(held, holds, upward):
            return Turns(lambda place: ((held(place),), holds(place)), upward)
        case Single(item, test):
            return Turns(single=((item,), test))
        case Items(items):
            return _known(tuple((item,) for item in items))
        case Words(holds, numbers):
            return Turns(lambda p: ((Word(p, numbers),), holds(p)), of_words=True)
        case Thing("tokens"):
            return Turns(lambda place: ((Token(place),), TRUE))
        case Thing("doc"):
            return Turns(lambda p: ((Word(p),), attribute(p, "is_word")), of_words=True)
        case Nothing():
            return _known(())
        case Scalar("text") if as_text(value) is not None:
            return _known(tuple((literal_value(one),) for one in str(as_text(value))))
    raise Refused(f"a loop over {described(value)}")


def _known(items: tuple[tuple[Value, ...], ...]) -> Turns:
    if len(items) > UNROLLED:
        raise Refused(f"a loop over a literal list of more than {UNROLLED} things")
    return Turns(items=items)


def _dict(scope: Scope, value: Value, method: str) -> Turns:
    if not isinstance(value, Table):
        raise Refused(f".{method}() of {described(value)}")

    def at(place: Code) -> tuple[tuple[Value, ...], Code]:
        pair: dict[str, tuple[Value, ...]] = {
            "keys": (index_of(place),),
            "values": (value.value(place),),
            "items": (index_of(place), value.value(place)),
        }
        return pair[method], value.test(place)

    return Turns(at)


# --- range -----------------------------------------------------------------------------------


def _range(scope: Scope, node: ast.Call) -> Turns:
    ends = [scope.value(one) for one in node.args]
    if ends == [Thing("length of doc")]:
        return Turns(lambda p: ((Word(p, True),), attribute(p, "is_word")), of_words=True)
    codes = [numeric_of(scope, end) for end in ends]
    steps = constant(codes[2]) if len(codes) == 3 else 1
    if steps not in (1, -1):
        raise Refused("a range with a step other than 1 and -1")
    low, high = (number(0), codes[0]) if len(codes) == 1 else (codes[0], codes[1])
    a, b = constant(low), constant(high)
    if a is not None and b is not None and abs(b - a) <= UNROLLED:
        listed = range(int(a), int(b), int(steps))
        return Turns(
            _between(scope, number(min(listed, default=0)), number(max(listed, default=-1) + 1)),
            steps == 1,
            tuple((numeral(one),) for one in listed),
        )
    if steps == -1:  # from low down to just above high
        low, high = plus(high, number(1)), plus(low, number(1))
    return Turns(_between(scope, low, high), steps == 1)


def _between(scope: Scope, low: Code, high: Code) -> At:
    def at(place: Code) -> tuple[tuple[Value, ...], Code]:
        here = index(place)
        return (index_of(place),), both(above(scope, here, low), below(scope, here, high))

    return at


def above(scope: Scope, here: Code, low: Code) -> Code:
    """here >= low, where low may be the largest of some."""
    if low.op == "call" and low.parts[0] == "max":
        return both(*[above(scope, here, one) for one in low.codes])
    if low.op == "arithmetic" and low.parts[0] in ("+", "-") and constant(low.code(2)) is not None:
        inner = low.code(1)
        if inner.op == "call" and inner.parts[0] == "max":
            shift = plus if low.parts[0] == "+" else minus
            return both(*[above(scope, here, shift(one, low.code(2))) for one in inner.codes])
    held = constant(low)
    if held is not None and held <= 0:
        return TRUE
    return scope.compare(">=", here, low)


def below(scope: Scope, here: Code, high: Code) -> Code:
    """here < high, where high may be the smallest of some."""
    if high.op == "call" and high.parts[0] == "min":
        return both(*[below(scope, here, one) for one in high.codes])
    if (
        high.op == "arithmetic"
        and constant(high.code(2)) is not None
        and high.parts[0] in ("+", "-")
    ):
        inner = high.code(1)
        if inner.op == "call" and inner.parts[0] == "min":
            shift = plus if high.parts[0] == "+" else minus
            return both(*[below(scope, here, shift(one, high.code(2))) for one in inner.codes])
    if high == LENGTH:
        return TRUE
    return scope.compare("<", here, high)


# --- enumerate and zip -----------------------------------------------------------------------


def _enumerated(scope: Scope, node: ast.Call) -> Turns:
    value = scope.value(node.args[0])
    given = [*node.args[1:], *[word.value for word in node.keywords if word.arg == "start"]]
    start = constant(numeric_of(scope, scope.value(given[0]))) if given else 0
    if start is None:
        raise Refused("enumerate from a start that isn't a literal")

    def ranked(place: Code) -> Scalar:
        return _shifted(index_of(place), start)

    match value:
        case Thing("tokens"):
            return Turns(lambda place: ((ranked(place), Token(place)), TRUE))
        case Thing("alignment"):
            return Turns(lambda p: ((ranked(p), aligned(p)), TRUE))
        case Thing("doc"):
            return Turns(
                lambda p: ((Word(p, True), Word(p)), attribute(p, "is_word")), of_words=True
            )
        case Single(item, test):
            return Turns(single=((numeral(start), item), test))
        case Items(items):
            return _known(tuple((numeral(start + i), one) for i, one in enumerate(items)))
        case Table(held, test, upward) if test(Q) == TRUE and upward:
            return Turns(lambda place: ((ranked(place), held(place)), TRUE))
        case Places() | Table():
            inner = turns_over(value)
            assert inner.at is not None
            held_at = inner.at

            def at(place: Code) -> tuple[tuple[Value, ...], Code]:
                values, test = held_at(place)
                rank = rank_of(scope, value, place)
                return (_shifted(numeric(rank), start), *values), test

            return Turns(at, inner.upward)
    raise Refused(f"enumerate of {described(value)}")


def _shifted(value: Scalar, by: float) -> Scalar:
    return value if by == 0 else numeric(plus(value.code, number(by)))


def rank_of(scope: Scope, value: Places | Table, place: Code, from_end: bool = False) -> Code:
    """How many of a list come before a position's one, or after it."""
    variable = scope.fresh()
    side = "<" if value.upward != from_end else ">"
    test = both(make("compare", side, index(variable), index(place)), value.test(variable))
    return scope.aggregate("count", variable, variable, test)


def _zipped(scope: Scope, values: list[Value]) -> Turns:
    if all(isinstance(value, Items) for value in values):
        lists = [value.items for value in values if isinstance(value, Items)]
        return _known(tuple(zip(*lists, strict=False)))
    inner = [turns_over(value) for value in values]
    ats = [turns.at for turns in inner if turns.at is not None]
    tests = {at(Q)[1] for at in ats}
    if len(ats) != len(values) or len(tests) > 1:
        raise Refused("zip of lists that aren't made by the same condition")
    return Turns(lambda p: (tuple(at(p)[0][0] for at in ats), ats[0](p)[1]), inner[0].upward)


def aligned(place: Code) -> Single:
    """The words of a piece: its one word."""
    return Single(Word(place, True), attribute(place, "is_word"))
