"""What a subscript is: a token, an element of a list, a cell of the row so far."""

import ast
from collections.abc import Callable

from attndsl.authoring.porting.code import (
    LENGTH,
    TRUE,
    Code,
    K,
    Q,
    attribute,
    both,
    call,
    choose,
    constant,
    make,
    minus,
    negated,
    number,
)
from attndsl.authoring.porting.conditions import numeric_of
from attndsl.authoring.porting.joins import places_of
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope, at, reads
from attndsl.authoring.porting.texts import described
from attndsl.authoring.porting.turns import above, aligned, below, rank_of
from attndsl.authoring.porting.values import (
    Items,
    Letter,
    Matrix,
    Places,
    Row,
    Scalar,
    Single,
    Table,
    Thing,
    Token,
    Value,
    Word,
    index_of,
    numeric,
)


@reads(ast.Subscript)
def _subscript(scope: Scope, node: ast.Subscript) -> Value:
    whole = scope.value(node.value)
    if isinstance(whole, Matrix):
        return _matrix_read(scope, whole, node.slice)
    if isinstance(whole, Row):
        return read_row(scope, whole.code, node.slice)
    if isinstance(node.slice, ast.Slice):
        return _sliced(scope, whole, node.slice)
    key = scope.value(node.slice)
    if isinstance(whole, Thing):
        return _thing_at(scope, whole, key)
    match whole:
        case Single(item):
            return item
        case Table(held):
            return held(place_of(scope, key))
        case Places():
            return _element(scope, whole, key)
        case Items(items):
            by = constant(key.code) if isinstance(key, Scalar) else None
            if by is None or not -len(items) <= by < len(items):
                raise Refused("a list by an index that isn't known")
            return items[int(by)]
        case Token() | Scalar("text"):
            by = constant(key.code) if isinstance(key, Scalar) else None
            if by in (0, -1) and isinstance(whole, Token):
                return Letter(whole, by == -1)
            if by in (0, -1) and isinstance(whole, Scalar) and whole.code.op == "attribute":
                return Letter(Token(whole.code.code(1), "text"), by == -1)
            raise Refused("the letters inside of a text")
    raise Refused(f"an index of {described(whole)}")


def _thing_at(scope: Scope, thing: Thing, key: Value) -> Value:
    if thing.name == "tokens":
        return Token(place_of(scope, key))
    if thing.name == "alignment":
        return aligned(place_of(scope, key))
    if thing.name == "doc" and isinstance(key, Word):
        return Word(key.place, False, key.found)
    if thing.name == "pieces of words" and isinstance(key, Word):
        held = key

        def test(place: Code) -> Code:
            return both(held.found, call("same_word", place, held.place))

        return Places(test)
    if thing.name == "ids":
        raise Refused("the number of a token in the vocabulary")
    if thing.name in ("tokenizer", "encoding"):
        return Thing("ids")
    raise Refused(f"{thing.name} by {described(key)}")


def place_of(scope: Scope, key: Value) -> Code:
    """The position that an index of Python's names; below zero it counts from the end."""
    if isinstance(key, Word) and key.number:  # as if words were pieces
        return at(attribute(key.place, "parse_word"))
    if isinstance(key, Scalar) and key.kind == "number":
        if key.place is not None:
            return key.place
        held = constant(key.code)
        if held is not None and held < 0:
            return at(minus(LENGTH, number(-held)))
        return at(key.code)
    raise Refused(f"{described(key)} as the index of a token")


def _element(scope: Scope, listed: Places, key: Value) -> Value:
    by = constant(key.code) if isinstance(key, Scalar) else None
    variable = scope.fresh()
    if by is None:
        rank = rank_of(scope, listed, variable)
        same_rank = scope.compare("==", rank, numeric_of(scope, key))
        test = both(listed.test(variable), same_rank)
        scope.note("an index below zero finds nothing in a list")
        return kept(scope, scope.aggregate("first", variable, variable, test))
    if by in (0, -1):
        function = "first" if (by == 0) == listed.upward else "last"
        place = scope.aggregate(function, variable, variable, listed.test(variable))
    else:
        rank = rank_of(scope, listed, variable, from_end=by < 0)
        wanted = make("compare", "==", rank, number(by if by >= 0 else -by - 1))
        place = scope.aggregate("first", variable, variable, both(listed.test(variable), wanted))
    return kept(scope, place)


def kept(scope: Scope, place: Code, word: str = "found") -> Scalar:
    """The index of a position that was looked for, under a name where one can be given."""
    if scope.keep is not None:
        place = scope.keep(word, place)
    return index_of(place, negated(make("is", place)))


def _sliced(scope: Scope, whole: Value, node: ast.Slice) -> Value:
    if node.step is not None:
        raise Refused("a slice with a step")
    low = None if node.lower is None else scope.value(node.lower)
    high = None if node.upper is None else scope.value(node.upper)
    if isinstance(whole, Places):
        return Places(_some_of(scope, whole, low, high), whole.upward)
    if isinstance(whole, Table) and whole.test(Q) != TRUE:
        return Table(whole.value, _some_of(scope, whole, low, high), whole.upward)
    if isinstance(whole, Single):
        return whole
    if isinstance(whole, Items):
        ends = [None if v is None else constant(numeric_of(scope, v)) for v in (low, high)]
        if all(end is not None or v is None for end, v in zip(ends, (low, high), strict=True)):
            a, b = (None if end is None else int(end) for end in ends)
            return Items(whole.items[a:b])
    if isinstance(whole, Thing) and whole.name == "tokens":
        lower = None if low is None else numeric_of(scope, low)
        upper = None if high is None else numeric_of(scope, high)
        return Table(Token, lambda p: _in_slice(scope, p, lower, upper))
    if (
        isinstance(whole, Token)
        and high is None
        and low is not None
        and constant(numeric_of(scope, low)) in (1, 2)
    ):
        return Token(whole.place, "text")
    raise Refused(f"a slice of {described(whole)}")


def _in_slice(scope: Scope, place: Code, low: Code | None, high: Code | None) -> Code:
    here = attribute(place, "i")
    for end in (low, high):
        held = None if end is None else constant(end)
        if held is not None and held < 0:
            raise Refused("a slice of the tokens counted from the end")
    first = TRUE if low is None else above(scope, here, low)
    return both(first, TRUE if high is None else below(scope, here, high))


def _some_of(
    scope: Scope, listed: Places | Table, low: Value | None, high: Value | None
) -> Callable[[Code], Code]:
    """Which places of a list a slice of it has."""
    ends = [None if v is None else constant(numeric_of(scope, v)) for v in (low, high)]
    if any(end is None and v is not None for end, v in zip(ends, (low, high), strict=True)):
        raise Refused("a slice of a list by an index that isn't a literal")

    def test(place: Code) -> Code:
        parts = [listed.test(place)]
        for end, is_low in ((ends[0], True), (ends[1], False)):
            if end is None:
                continue
            rank = rank_of(scope, listed, place, from_end=end < 0)
            operator = (">=" if end >= 0 else "<") if is_low else ("<" if end >= 0 else ">=")
            parts.append(make("compare", operator, rank, number(abs(end))))
        return both(*parts)

    return test


# --- rows ------------------------------------------------------------------------------------


def _matrix_read(scope: Scope, matrix: Matrix, key: ast.expr) -> Value:
    cell = make("name", matrix.local)
    row, column = key.elts if isinstance(key, ast.Tuple) and len(key.elts) == 2 else (key, None)
    if isinstance(row, ast.Slice):
        raise Refused("a column of the matrix is read")
    if scope.value(row) != index_of(Q):
        raise Refused("another row of the matrix is read")
    return Row(cell) if column is None else read_row(scope, cell, column)


def read_row(scope: Scope, cell: Code, key: ast.expr) -> Value:
    """A cell or part of the row as it is so far."""
    if isinstance(key, ast.Slice):
        test = column_test(scope, key)
        return Row(choose(test, cell, number(0)))
    value = scope.value(key)
    if isinstance(value, Scalar) and value.place == K:
        here = scope.written.get(cell, cell)
        if here is None:
            raise Refused("a cell read in a loop after another was written")
        return numeric(here)
    if scope.keep is None and not scope.key:
        raise ReadsRow()
    if isinstance(value, Scalar) and value.kind == "number":
        here = choose(column_test(scope, key), cell, number(0))
        return numeric(call("row_sum", here))
    raise Refused(f"the row by {described(value)}")


class ReadsRow(Refused):
    """In a loop another cell of the row is read: it is tried with k as its variable."""

    def __init__(self) -> None:
        super().__init__("a loop reads cells of the row")

    def at(self, line: int) -> "ReadsRow":
        if not self.line:
            self.line = line
        return self


def column_test(scope: Scope, key: ast.expr, me: Code = K) -> Code:
    """For which key a subscript is the cell."""
    here = attribute(me, "i")
    if isinstance(key, ast.Slice):
        if key.step is not None:
            raise Refused("a slice with a step")
        low = TRUE if key.lower is None else above(scope, here, _end(scope, key.lower))
        high = TRUE if key.upper is None else below(scope, here, _end(scope, key.upper))
        return both(low, high)
    value = scope.value(key)
    match value:
        case Scalar("number", code, place, found):
            held = constant(code)
            if place is not None and place.op != "call":
                if place == me:
                    return TRUE
                if found == negated(make("is", place)):  # a key is never the missing position
                    found = TRUE
                return both(found, make("compare", "==", me, place))
            if held is not None and held < 0:
                return scope.compare("==", here, minus(LENGTH, number(-held)))
            return both(found, scope.compare("==", here, code))
        case Word(place, True, found):  # as if words were pieces
            return both(found, scope.compare("==", here, attribute(place, "parse_word")))
        case Scalar("bool", code):  # a mask, such as A[A < 0.1]
            return code
        case Places(test):
            return test(me)
        case Items():
            return places_of(scope, value).test(me)
    raise Refused(f"a cell by {described(value)}")


def _end(scope: Scope, node: ast.expr) -> Code:
    code = numeric_of(scope, scope.value(node))
    held = constant(code)
    if held is not None and held < 0:
        return minus(LENGTH, number(-held))
    return code
