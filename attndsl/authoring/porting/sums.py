"""What a loop adds to a name, turn by turn, or multiplies it by."""

from attndsl.authoring.porting.code import (
    Code,
    arithmetic,
    both,
    call,
    choose,
    constant,
    either,
    make,
    mentions,
    negated,
    number,
)
from attndsl.authoring.porting.effects import Run, leaves
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.values import (
    Carried,
    Choice,
    Scalar,
    Value,
    numeric,
)


def moves(value: Value, old: Code) -> bool:
    """Whether what a name gets is made from what it had."""
    return any(
        isinstance(leaf.value, Scalar) and mentions(leaf.value.code, old) for leaf in leaves(value)
    )


def added_by(value: Value, name: str, old: Code) -> Code | None:
    """What a turn adds to a name, if that is all it does to it."""
    match value:
        case Carried(word) if word == name:
            return number(0)
        case Choice(test, yes, no):
            first, second = added_by(yes, name, old), added_by(no, name, old)
            if first is None or second is None or mentions(test, old):
                return None
            return choose(test, first, second)
        case Scalar("number" | "bool", code):
            return _beyond(code, old)
    return None


def _beyond(code: Code, old: Code) -> Code | None:
    """e where a code is old + e."""
    if code == old:
        return number(0)
    if code.op == "if" and not mentions(code.code(0), old):
        first, second = _beyond(code.code(1), old), _beyond(code.code(2), old)
        return None if first is None or second is None else choose(code.code(0), first, second)
    if code.op == "arithmetic" and code.parts[0] in ("+", "-"):
        operator, left, right = str(code.parts[0]), code.code(1), code.code(2)
        if mentions(left, old) and not mentions(right, old):
            rest = _beyond(left, old)
            if rest == number(0) and operator == "-":
                held = constant(right)
                return number(-held) if held is not None else make("negative", right)
            return None if rest is None else arithmetic(operator, rest, right)
        if operator == "+" and mentions(right, old) and not mentions(left, old):
            rest = _beyond(right, old)
            return None if rest is None else arithmetic("+", rest, left)
    return None


def total_of(scope: Scope, made: Run, added: Code, within: Code) -> Code:
    """The sum of what the turns add; a sum of ones is a count."""
    variable = made.variable
    if added.op == "if" and added.code(2) == number(0):
        within, added = both(within, added.code(0)), added.code(1)
    elif added.op == "if" and added.code(1) == number(0):
        within, added = both(within, negated(added.code(0))), added.code(2)
    if scope.key:
        return call("row_sum", choose(within, added, number(0)))
    held = constant(added)
    if held is not None:
        many = scope.aggregate("count", variable, variable, within)
        return arithmetic("*", number(held), many)
    return scope.aggregate("sum", variable, added, within)


def product_of(
    scope: Scope, made: Run, value: Value, old: Code, before: Scalar, within: Code
) -> Value | None:
    """A name times the same number in each of some turns: a power of how many."""
    ways = leaves(value)
    factors = {_factor(leaf.value, old) for leaf in ways}
    if len(factors) != 1 or any(mentions(leaf.test, old) for leaf in ways) or scope.key:
        return None
    factor = factors.pop()
    if factor is None or constant(factor) is None:
        return None
    test = both(within, either(*[leaf.test for leaf in ways]))
    many = scope.aggregate("count", made.variable, made.variable, test)
    return numeric(arithmetic("*", before.code, make("arithmetic", "**", factor, many)))


def _factor(value: Value, old: Code) -> Code | None:
    if (
        isinstance(value, Scalar)
        and value.code.op == "arithmetic"
        and value.code.parts[0] == "*"
        and value.code.code(1) == old
    ):
        return value.code.code(2)
    return None
