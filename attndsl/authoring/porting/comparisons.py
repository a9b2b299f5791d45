"""Comparisons, and `in`: a value among literals, in a list, in a text."""

import ast

from attndsl.authoring.porting.code import (
    FALSE,
    Code,
    attribute,
    both,
    choose,
    constant,
    either,
    negated,
    number,
    text,
)
from attndsl.authoring.porting.conditions import OPERATORS, numeric_of, related, same
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope, at, reads
from attndsl.authoring.porting.texts import (
    among,
    contains,
    described,
    is_one_of,
    within,
)
from attndsl.authoring.porting.values import (
    Carried,
    Choice,
    Items,
    Letter,
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
    flag,
)


@reads(ast.Compare)
def _compare(scope: Scope, node: ast.Compare) -> Value:
    left, tests = scope.value(node.left), []
    for operator, other in zip(node.ops, node.comparators, strict=True):
        if isinstance(operator, ast.In | ast.NotIn):
            held = _member_node(scope, left, other)
            tests.append(held if isinstance(operator, ast.In) else negated(held))
            continue
        right = scope.value(other)
        tests.append(related(scope, OPERATORS[type(operator)], left, right))
        left = right
    return flag(both(*tests))


def _member_node(scope: Scope, left: Value, node: ast.expr) -> Code:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        ends = [scope.value(one) for one in node.args]
        low, high = (ends[0], ends[1]) if len(ends) > 1 else (None, ends[0])
        under = related(scope, "<", left, high)
        if low is None:
            return both(scope.compare(">=", numeric_of(scope, left), number(0)), under)
        return both(related(scope, ">=", left, low), under)
    return member(scope, left, scope.value(node))


def member(scope: Scope, value: Value, whole: Value) -> Code:
    """Whether a value is in a list, set, dict or text."""
    literal = as_text(value)
    match whole:
        case Scalar("text", code) if code.op == "text":
            if isinstance(value, Letter):
                return either(*[same(scope, value, Scalar("text", text(one)))
                                for one in str(code.parts[0])])  # fmt: skip
            return within(scope, value, str(code.parts[0]))
        case Token() | Scalar("text"):
            if literal is None:
                raise Refused("a text looked for in a text, neither of them a literal")
            return contains(scope, whole, literal)
        case Items(items):
            return _one_of(scope, value, items)
        case Places(test):
            if isinstance(value, Scalar) and value.kind == "number":
                place = value.place if value.place is not None else at(value.code)
                return both(value.found, test(place))
            return FALSE
        case Single(item, test):
            return both(test, same(scope, value, item))
        case Words(test) if isinstance(value, Word):
            return both(value.found, attribute(value.place, "is_word"), test(value.place))
        case Table():
            variable = scope.fresh()
            item = whole.value(variable)
            body = both(whole.test(variable), same(scope, item, value))
            return scope.aggregate("any", variable, variable, body)
        case Thing("pieces of words") if isinstance(value, Word):
            return both(value.found, attribute(value.place, "is_word"))
        case Thing("sentence") if literal is not None and len(literal) == 1 and literal != " ":
            variable = scope.fresh()
            body = contains(scope, Token(variable), literal)
            return scope.aggregate("any", variable, variable, body)
        case Thing("alignment") if isinstance(value, Scalar):
            return FALSE  # it is a list of lists
        case Thing("tokens"):
            variable = scope.fresh()
            body = same(scope, Token(variable), value)
            return scope.aggregate("any", variable, variable, body)
        case Carried(_, before, own) if (
            own is not None and isinstance(value, Scalar) and value.place == own
        ):
            return member(scope, value, before)  # other turns add other positions
        case Choice(test, yes, no):
            return choose(test, member(scope, value, yes), member(scope, value, no))
    raise Refused(f"`in` {described(whole)}")


def _one_of(scope: Scope, value: Value, items: tuple[Value, ...]) -> Code:
    literals = [as_text(item) for item in items]
    if items and all(one is not None for one in literals) and not isinstance(value, Letter):
        return is_one_of(scope, value, [one for one in literals if one is not None])
    if isinstance(value, Scalar) and value.kind == "number" and len(items) > 1:
        numbers = [constant(i.code) if isinstance(i, Scalar) else None for i in items]
        if all(one is not None for one in numbers) and constant(value.code) is None:
            return both(value.found, among(value.code, [_plain(one) for one in numbers]))
    return either(*[same(scope, value, item) for item in items])


def _plain(value: float | None) -> float | int:
    assert value is not None
    return int(value) if value == int(value) else value
