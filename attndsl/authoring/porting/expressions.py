"""Names, arithmetic, subscripts, attributes and comprehensions of the Python program."""

import ast

from attndsl.authoring.porting.code import (
    FALSE,
    LENGTH,
    TRUE,
    Code,
    K,
    Q,
    arithmetic,
    attribute,
    both,
    call,
    choose,
    constant,
    either,
    make,
    minus,
    negated,
    number,
    replaced,
    step,
)
from attndsl.authoring.porting.conditions import condition, numeric_of
from attndsl.authoring.porting.joins import joined, places_of
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope, at, reads
from attndsl.authoring.porting.texts import described
from attndsl.authoring.porting.turns import Turns, above, aligned, below, rank_of, turns_of
from attndsl.authoring.porting.values import (
    Carried,
    Choice,
    Function,
    Items,
    Letter,
    Matrix,
    Places,
    Row,
    Scalar,
    Sentence,
    Single,
    Table,
    Thing,
    Token,
    Unknown,
    Value,
    Word,
    Words,
    flag,
    index_of,
    literal_value,
    moved,
    numeric,
    words,
)

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
    found = negated(make("is", place))
    return Word(place, True, both(word.found, found))


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


# --- subscripts ------------------------------------------------------------------------------


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
            if isinstance(key, Word):
                raise Refused("a word's number as the index of a list of tokens")
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
            same = make("compare", "==", attribute(place, "word"), attribute(held.place, "word"))
            return both(held.found, attribute(place, "is_word"), same)

        return Places(test)
    if thing.name == "ids":
        raise Refused("the number of a token in the vocabulary")
    if thing.name in ("tokenizer", "encoding"):
        return Thing("ids")
    raise Refused(f"{thing.name} by {described(key)}")


def place_of(scope: Scope, key: Value) -> Code:
    """The position that an index of Python's names; below zero it counts from the end."""
    if isinstance(key, Word):
        raise Refused("a word's number as the index of a token")
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
    if by is None:
        raise Refused("a list by an index that isn't a literal")
    variable = scope.fresh()
    if by in (0, -1):
        function = "first" if (by == 0) == listed.upward else "last"
        found = scope.aggregate(function, variable, variable, listed.test(variable))
    else:
        rank = rank_of(scope, listed, variable, from_end=by < 0)
        wanted = make("compare", "==", rank, number(by if by >= 0 else -by - 1))
        found = scope.aggregate("first", variable, variable, both(listed.test(variable), wanted))
    return kept(scope, found)


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
        return _some_of(scope, whole, low, high)
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


def _some_of(scope: Scope, listed: Places, low: Value | None, high: Value | None) -> Places:
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

    return Places(test, listed.upward)


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
        return numeric(cell)
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


# --- attributes ------------------------------------------------------------------------------

COLUMNS = {"pos_": "pos", "dep_": "dep", "tag_": "tag", "lemma_": "lemma", "ent_type_": "entity",
           "text": "text", "orth_": "text", "lower_": "lower", "norm_": "lower"}  # fmt: skip
FLAGS = {"is_stop": "is_stop", "is_alpha": "is_alpha", "is_digit": "is_digit",
         "like_num": "is_digit", "is_title": "is_title", "is_upper": "is_upper",
         "is_quote": "is_quote", "is_sent_start": "is_first_of_sentence",
         "sent_start": "is_first_of_sentence", "is_sent_end": "is_sentence_end"}  # fmt: skip
OWN = {"text": "texts", "lower_": "texts", "norm_": "texts", "is_sent_start": "sentences",
       "is_sent_end": "sentences", "sent": "sentences", "is_alpha": "texts", "is_title": "texts",
       "is_upper": "texts", "is_digit": "texts", "like_num": "texts"}  # fmt: skip


@reads(ast.Attribute)
def _attribute(scope: Scope, node: ast.Attribute) -> Value:
    whole, word = scope.value(node.value), node.attr
    match whole:
        case Word():
            return _of_word(scope, whole, word)
        case Sentence(place) if word == "start":
            variable = scope.fresh()
            same = make(
                "compare", "==", attribute(variable, "sentence"), attribute(place, "sentence")
            )
            return Word(scope.aggregate("first", variable, variable, same), True)
        case Thing("tokenizer" | "encoding") if word == "input_ids":
            return Thing("encoding")
        case Matrix() | Thing("ids") if word in ("shape", "size"):
            return Items((numeric(LENGTH), numeric(LENGTH)))
        case Choice(_, yes, no):
            fixed = [v for v in (yes, no) if not isinstance(v, Carried)]
            if len(fixed) == 1 and isinstance(fixed[0], Word):
                raise Refused("a word carried from turn to turn of a loop")
    raise Refused(f"the attribute .{word} of {described(whole)}")


def _of_word(scope: Scope, whole: Word, word: str) -> Value:
    place = whole.place
    if word in OWN:
        scope.note(f"a word's {OWN[word]} are those of the piece")
    if word in COLUMNS:
        return words(attribute(place, COLUMNS[word]))
    if word in FLAGS:
        return flag(attribute(place, FLAGS[word]))
    if word == "head":
        return Word(attribute(place, "head"), False, whole.found)
    if word == "i":
        return Word(place, True, whole.found)
    if word == "is_punct":
        return flag(both(attribute(place, "is_punct"), attribute(place, "is_word")))
    if word == "is_bracket":
        return flag(either(attribute(place, "is_open"), attribute(place, "is_close")))
    if word == "is_space":
        return flag(FALSE)
    if word in ("pos", "dep", "tag") or word not in RELATIONS:
        return _other(place, word)
    return Words(lambda p: RELATIONS[word](p, place))


def _other(place: Code, word: str) -> Value:
    if word == "sent":
        return Sentence(place)
    if word == "idx":
        return numeric(attribute(place, "char"))
    raise Refused(f"the attribute .{word} of a word of the parse")


def _side(operator: str, p: Code, place: Code) -> Code:
    before = make("compare", operator, attribute(p, "i"), attribute(place, "i"))
    return both(call("is_child", p, place), before)


RELATIONS = {
    "children": lambda p, place: call("is_child", p, place),
    "ancestors": lambda p, place: call("is_ancestor", p, place),
    "subtree": lambda p, place: either(
        call("is_ancestor", place, p), make("compare", "==", p, place)
    ),
    "lefts": lambda p, place: _side("<", p, place),
    "rights": lambda p, place: _side(">", p, place),
}


# --- comprehensions --------------------------------------------------------------------------


@reads(ast.ListComp)
@reads(ast.SetComp)
@reads(ast.GeneratorExp)
def _comprehension(scope: Scope, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Value:
    if len(node.generators) != 1:
        raise Refused("a comprehension over two lists")
    part = node.generators[0]
    if not isinstance(part, ast.comprehension) or part.is_async:
        raise Refused("an asynchronous comprehension")
    turns = turns_of(scope, part.iter)
    if turns.items is not None:
        return _listed(scope, node.elt, part, turns.items)
    if turns.single is not None:
        values, test = turns.single
        item, held = _at(scope, node.elt, part, values)
        return Single(item, both(test, held))
    variable = scope.fresh()
    assert turns.at is not None
    values, test = turns.at(variable)
    item, held = _at(scope, node.elt, part, values)
    return listed(variable, item, both(test, held), turns)


def listed(variable: Code, item: Value, test: Code, turns: Turns) -> Value:
    """The list of what an expression is at the positions for which a test holds."""
    if isinstance(item, Scalar) and item.place == variable:
        return Places(lambda p: replaced(test, variable, p), turns.upward)
    if isinstance(item, Word) and turns.of_words and item.place == variable:
        return Words(lambda p: replaced(test, variable, p), item.number)
    for by in (-1, 1):
        if isinstance(item, Scalar) and item.place == step(variable, by):

            def there(p: Code, back: int = -by) -> Code:
                origin = step(p, back)
                return both(negated(make("is", origin)), replaced(test, variable, origin))

            return Places(there, turns.upward)
    return Table(
        lambda p: moved(item, variable, p), lambda p: replaced(test, variable, p), turns.upward
    )


def _at(
    scope: Scope, element: ast.expr, part: ast.comprehension, values: tuple[Value, ...]
) -> tuple[Value, Code]:
    with scope.inside(bound(part.target, values)):
        test = both(*[condition(scope, one) for one in part.ifs])
        return scope.value(element), test


def _listed(
    scope: Scope,
    element: ast.expr,
    part: ast.comprehension,
    items: tuple[tuple[Value, ...], ...],
) -> Value:
    found = []
    for values in items:
        item, test = _at(scope, element, part, values)
        if test == FALSE:
            continue
        found.append(item if test == TRUE else Single(item, test))
    return Items(tuple(found))


def bound(target: ast.expr, values: tuple[Value, ...]) -> dict[str, Value]:
    """The names that a loop's target gives to its values."""
    if isinstance(target, ast.Name):
        return {target.id: values[0] if len(values) == 1 else Items(values)}
    if isinstance(target, ast.Tuple):
        if len(values) == 1 and isinstance(values[0], Items):
            values = values[0].items
        if len(values) == len(target.elts):
            names: dict[str, Value] = {}
            for part, value in zip(target.elts, values, strict=True):
                names |= bound(part, (value,))
            return names
    raise Refused("a loop that takes its values apart in another way", target.lineno)
