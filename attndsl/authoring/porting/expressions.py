"""Names, arithmetic, subscripts, attributes and comprehensions of the Python program."""

import ast

from attndsl.authoring.porting.code import (
    FALSE,
    LENGTH,
    TRUE,
    Code,
    arithmetic,
    attribute,
    both,
    constant,
    either,
    make,
    negated,
    number,
    step,
)
from attndsl.authoring.porting.conditions import condition, numeric_of
from attndsl.authoring.porting.joins import joined, places_of, words_of
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope, reads
from attndsl.authoring.porting.values import (
    Carried,
    Choice,
    Function,
    Items,
    Matrix,
    Places,
    Row,
    Scalar,
    Table,
    Unknown,
    Value,
    Word,
    Words,
    flag,
    literal_value,
    numeric,
)

MOST = 40  # things of a literal list that is repeated
ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**",
}  # fmt: skip


@reads(ast.Constant)
def _constant(scope: Scope, node: ast.Constant) -> Value:
    return literal_value(node.value)


@reads(ast.Name)
def _name(scope: Scope, node: ast.Name) -> Value:
    if node.id not in scope.names:
        raise Refused(f"nothing defines {node.id}")
    value = scope.names[node.id]
    if isinstance(value, Choice):  # where a loop's turn gave it no value, Python has none to read
        for one, other in ((value.yes, value.no), (value.no, value.yes)):
            if isinstance(one, Carried) and isinstance(one.before, Unknown):
                return other
    return value


@reads(ast.IfExp)
def _choice(scope: Scope, node: ast.IfExp) -> Value:
    test = condition(scope, node.test)
    if test in (TRUE, FALSE):
        return scope.value(node.body if test == TRUE else node.orelse)
    return joined(scope, test, scope.value(node.body), scope.value(node.orelse))


@reads(ast.UnaryOp)
def _unary(scope: Scope, node: ast.UnaryOp) -> Value:
    if isinstance(node.op, ast.Not):
        return flag(negated(condition(scope, node.operand)))
    value = scope.value(node.operand)
    code = numeric_of(scope, value)
    if isinstance(node.op, ast.UAdd):
        return value
    if not isinstance(node.op, ast.USub):
        raise Refused("the operator ~")
    held = constant(code)
    code = number(-held) if held is not None else make("negative", code)
    return Row(code) if isinstance(value, Row) else numeric(code)


@reads(ast.BinOp)
def _binary(scope: Scope, node: ast.BinOp) -> Value:
    return worked(scope, node.op, scope.value(node.left), scope.value(node.right))


def worked(scope: Scope, operation: ast.operator, left: Value, right: Value) -> Value:
    """An operator's result; of lists their joining, of rows and lists its result at each place."""
    operator = ARITHMETIC.get(type(operation))
    lists = Items | Places
    if (
        isinstance(left, lists)
        and isinstance(right, lists)
        and (operator == "+" or isinstance(operation, ast.BitOr))
    ):
        if isinstance(left, Items) and isinstance(right, Items):
            return Items(left.items + right.items)
        a, b = places_of(scope, left), places_of(scope, right)
        return Places(lambda p: either(a.test(p), b.test(p)))
    if (operator == "+" or isinstance(operation, ast.BitOr)) and (
        isinstance(left, Words) or isinstance(right, Words)
    ):
        some, more = words_of(scope, left), words_of(scope, right)
        return Words(lambda p: either(some.test(p), more.test(p)), some.numbers or more.numbers)
    many = _repeated(operator, left, right)
    if many is not None:
        return many
    if operator is None:
        raise Refused(f"the operator {type(operation).__name__}")
    if isinstance(left, Table) and isinstance(right, Table):
        raise Refused("arithmetic of two lists")
    if isinstance(left, Table):
        one = left.value
        return Table(lambda p: worked(scope, operation, one(p), right), left.test, left.upward)
    if isinstance(right, Table):
        two = right.value
        return Table(lambda p: worked(scope, operation, left, two(p)), right.test, right.upward)
    if isinstance(left, Matrix) or isinstance(right, Matrix):
        left, right = _cell(left), _cell(right)
    if isinstance(left, Word) and left.number and isinstance(right, Scalar):
        by = constant(right.code)
        if by in (1, -1) and operator in ("+", "-"):
            return _next_word(scope, left, forward=(by == 1) == (operator == "+"))
    code = arithmetic(operator, numeric_of(scope, left), numeric_of(scope, right))
    if isinstance(left, Row) or isinstance(right, Row):
        return Row(code)
    return numeric(code, _stepped(operator, left, right))


def _repeated(operator: str | None, left: Value, right: Value) -> Value | None:
    """`[x] * n`: the same for each position."""
    if operator != "*":
        return None
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Items) and isinstance(other, Scalar):
            by = constant(other.code)
            if by is not None and 0 <= by * len(one.items) <= MOST:
                return Items(one.items * int(by))
            if other.code == LENGTH and len(one.items) == 1:
                return _constant_table(one.items[0])
    return None


def _constant_table(item: Value) -> Table:
    return Table(lambda place: item)


def _cell(value: Value) -> Value:
    return Row(make("name", value.local)) if isinstance(value, Matrix) else value


def _stepped(operator: str, left: Value, right: Value) -> Code | None:
    """The position of an index a few places on."""
    if operator not in ("+", "-") or not isinstance(left, Scalar) or not isinstance(right, Scalar):
        return None
    by = constant(right.code)
    if left.place is None or by is None or by != int(by):
        return None
    return step(left.place, int(by) if operator == "+" else -int(by))


def _next_word(scope: Scope, word: Word, forward: bool) -> Word:
    variable = scope.fresh()
    other = negated(
        make("compare", "==", attribute(variable, "word"), attribute(word.place, "word"))
    )
    side = ">" if forward else "<"
    test = both(
        make("compare", side, attribute(variable, "i"), attribute(word.place, "i")),
        attribute(variable, "is_word"),
        other,
    )
    place = scope.aggregate("first" if forward else "last", variable, variable, test)
    is_there = negated(make("is", place))
    return Word(place, True, both(word.found, is_there))


@reads(ast.Tuple)
@reads(ast.List)
@reads(ast.Set)
def _list(scope: Scope, node: ast.Tuple | ast.List | ast.Set) -> Value:
    return Items(tuple(scope.value(item) for item in node.elts))


@reads(ast.Dict)
def _dict(scope: Scope, node: ast.Dict) -> Value:
    if node.keys:
        raise Refused("a dict that isn't empty at first")
    return Items(())


@reads(ast.Lambda)
def _lambda(scope: Scope, node: ast.Lambda) -> Value:
    return Function(node)
