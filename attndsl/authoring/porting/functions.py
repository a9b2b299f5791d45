"""Functions of numpy and of Python: numbers, lists, lengths, extremes, any and all."""

import ast
from collections.abc import Callable
from dataclasses import replace

from attndsl.authoring.porting.arrays import ARRAYS
from attndsl.authoring.porting.code import (
    LARGEST,
    LENGTH,
    TRUE,
    Code,
    Q,
    arithmetic,
    both,
    call,
    choose,
    constant,
    either,
    make,
    negated,
    number,
)
from attndsl.authoring.porting.conditions import condition, numeric_of, truth
from attndsl.authoring.porting.inlining import inlined
from attndsl.authoring.porting.joins import joined
from attndsl.authoring.porting.letters import all_letters, any_letter
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.subscripts import kept
from attndsl.authoring.porting.texts import (
    described,
    length_of,
)
from attndsl.authoring.porting.turns import turns_of, turns_over
from attndsl.authoring.porting.values import (
    Function,
    Items,
    Matrix,
    Places,
    Row,
    Scalar,
    Single,
    Table,
    Thing,
    Token,
    Value,
    Weights,
    Words,
    flag,
    index_of,
    numeral,
    numeric,
)


def _plain(function: str) -> Callable[[Scope, ast.Call], Value]:
    def read(scope: Scope, node: ast.Call) -> Value:
        values = [scope.value(one) for one in node.args]
        code = call(function, *[numeric_of(scope, whole_of(value)) for value in values])
        is_row = any(isinstance(value, Row | Matrix) for value in values)
        return Row(code) if is_row else numeric(code)

    return read


def whole_of(value: Value) -> Value:
    return Row(make("name", value.local)) if isinstance(value, Matrix) else value


def _float(scope: Scope, node: ast.Call) -> Value:
    given = node.args[0]
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        return numeral(-LARGEST if given.value.startswith("-") else LARGEST)
    return numeric(numeric_of(scope, scope.value(given)))


def _int(scope: Scope, node: ast.Call) -> Value:
    value = scope.value(node.args[0])
    if isinstance(value, Scalar) and value.place is not None:
        return value
    return numeric(call("floor", numeric_of(scope, value)))


def _length(scope: Scope, node: ast.Call) -> Value:
    match node.args[0]:
        case ast.Call(ast.Name("range"), [low, high]):
            ends = [numeric_of(scope, scope.value(one)) for one in (low, high)]
            return numeric(call("max", arithmetic("-", ends[1], ends[0]), number(0)))
    value = scope.value(node.args[0])
    match value:
        case Thing("tokens" | "ids" | "alignment") | Row() | Matrix():
            return numeric(LENGTH)
        case Thing("doc" | "pieces of words"):
            return Thing("length of doc")
        case Table(_, test) if test(Q) == TRUE:
            return numeric(LENGTH)
        case Places(_, _, count) if count is not None:
            return numeric(count)
        case Places() | Table():
            variable = scope.fresh()
            return numeric(scope.aggregate("count", variable, variable, value.test(variable)))
        case Words(test):
            variable = scope.fresh()
            scope.note("words are counted by their first pieces")
            first = both(test(variable), make("attribute", "starts_word", variable))
            return numeric(scope.aggregate("count", variable, variable, first))
        case Weights(_, test):
            return numeric(call("row_sum", test))
        case Items(items):
            if any(isinstance(one, Single) for one in items):
                raise Refused("the length of a list that is made by conditions")
            return numeral(len(items))
        case Single(_, test):
            return numeric(choose(test, number(1), number(0)))
        case Token() | Scalar("text"):
            return numeric(length_of(scope, value))
    raise Refused(f"the length of {described(value)}")


def _extreme(function: str) -> Callable[[Scope, ast.Call], Value]:
    """max, min, sum, mean: of numbers given one by one, of a list, of a row."""

    def read(scope: Scope, node: ast.Call) -> Value:
        word = function
        if [part.arg for part in node.keywords] == ["key"] and len(node.args) == 1:
            return _best_by(scope, word, node)
        if any(part.arg not in ("default", "axis", "keepdims") for part in node.keywords):
            raise Refused(f"{word} with {node.keywords[0].arg}")
        if len(node.args) > 1:
            if word not in ("max", "min"):
                raise Refused(f"{word} with a start")
            return _of_some(scope, word, [scope.value(one) for one in node.args])
        value = whole_of(scope.value(node.args[0]))
        default = [scope.value(part.value) for part in node.keywords if part.arg == "default"]
        return of_list(scope, word, value, default)

    return read


def _best_by(scope: Scope, function: str, node: ast.Call) -> Value:
    """`max(places, key=...)`: the first of those with the best value."""
    value, key = scope.value(node.args[0]), node.keywords[0].value
    named = scope.value(key)
    if function not in ("max", "min") or not isinstance(named, Function):
        raise Refused(f"{function} with key")
    if not isinstance(value, Places) or not value.upward:
        raise Refused(f"{function} of {described(value)} by a key")
    variable = scope.fresh()
    score = numeric_of(scope, inlined(scope, named, [index_of(variable)]))
    place = scope.aggregate(f"arg{function}", variable, score, value.test(variable))
    return kept(scope, place)


def _of_some(scope: Scope, function: str, values: list[Value]) -> Value:
    codes = [numeric_of(scope, whole_of(value)) for value in values]
    held = [constant(code) for code in codes]
    known = [one for one in held if one is not None]
    if len(known) == len(held):
        return numeral(max(known) if function == "max" else min(known))
    code = call(function, *codes)
    return Row(code) if any(isinstance(v, Row | Matrix) for v in values) else numeric(code)


def of_list(scope: Scope, function: str, value: Value, default: list[Value]) -> Value:
    match value:
        case Row(code) if function in ("sum", "max"):
            return numeric(call(f"row_{function}", code))
        case Weights(item, test) if function in ("sum", "max", "mean"):
            inside = choose(test, item.code, number(0))
            word = "row_max" if function == "max" else "row_sum"
            total = call(word, inside)
            if function == "mean":
                total = arithmetic("/", total, call("row_sum", test))
            return numeric(total)
        case Places(test, _, None) if function in ("max", "min"):
            variable = scope.fresh()
            end = "last" if function == "max" else "first"
            place = kept(scope, scope.aggregate(end, variable, variable, test(variable)))
            if default and isinstance(default[0], Scalar):
                return joined(scope, place.found, place, default[0])
            return place
        case Places() | Table() | Thing("tokens"):
            turns = turns_over(value)
            variable = scope.fresh()
            assert turns.at is not None
            (item,), test = turns.at(variable)
            code = scope.aggregate(function, variable, numeric_of(scope, item), test)
            if default and constant(numeric_of(scope, default[0])) != 0:
                there = scope.aggregate("any", variable, variable, test)
                return numeric(choose(there, code, numeric_of(scope, default[0])))
            return numeric(code)
        case Items(items) if function in ("sum", "max", "min") and items:
            if any(isinstance(one, Single) for one in items) and function != "sum":
                raise Refused(f"the {function} of a list that is made by conditions")
            codes = [
                choose(one.test, numeric_of(scope, one.item), number(0))
                if isinstance(one, Single)
                else numeric_of(scope, one)
                for one in items
            ]
            if function != "sum":
                return numeric(call(function, *codes)) if len(codes) > 1 else numeric(codes[0])
            total = codes[0]
            for code in codes[1:]:
                total = make("arithmetic", "+", total, code)
            return numeric(total)
        case Single(item, test) if function == "sum":
            return numeric(choose(test, numeric_of(scope, item), number(0)))
    raise Refused(f"the {function} of {described(value)}")


def _every(is_all: bool) -> Callable[[Scope, ast.Call], Value]:
    def read(scope: Scope, node: ast.Call) -> Value:
        letters = (all_letters if is_all else any_letter)(scope, node.args[0])
        if letters is not None:
            return flag(letters)
        value = scope.value(node.args[0])
        match value:
            case Items(items):
                tests = [_item_test(scope, one, is_all) for one in items]
                return flag(both(*tests) if is_all else either(*tests))
            case Single(item, test):
                held = truth(scope, item)
                return flag(either(negated(test), held) if is_all else both(test, held))
            case Places() | Table() | Thing("tokens"):
                variable = scope.fresh()
                turns = turns_over(value)
                assert turns.at is not None
                (item,), test = turns.at(variable)
                held = truth(scope, item)
                if not is_all:
                    test = both(test, held)
                    return flag(scope.aggregate("any", variable, variable, test))
                return flag(negated(scope.aggregate("any", variable, variable,
                                                    both(test, negated(held)))))  # fmt: skip
            case Words(test):
                variable = scope.fresh()
                return flag(scope.aggregate("any", variable, variable, test(variable)))
            case Row(code):
                return flag(make("compare", ">", call("row_sum", code), number(0)))
            case Weights(item, test):
                held = truth(scope, item)
                held = both(test, negated(held) if is_all else held)
                return flag(make("compare", "==" if is_all else ">", call("row_sum", held),
                                 number(0)))  # fmt: skip
        raise Refused(f"any or all of {described(value)}")

    return read


def _item_test(scope: Scope, item: Value, is_all: bool) -> Code:
    if isinstance(item, Single):
        held = truth(scope, item.item)
        return either(negated(item.test), held) if is_all else both(item.test, held)
    return truth(scope, item)


def _list(scope: Scope, node: ast.Call) -> Value:
    """list, set, sorted, tuple, reversed, np.array: the same things in one order."""
    word = ast.unparse(node.func).split(".")[-1]
    if not node.args:
        return Items(())
    turns = turns_of(scope, node.args[0]) if isinstance(node.args[0], ast.Call) else None
    if turns is not None and turns.at is not None and turns.items is None:
        place_turns = turns.at
        values, _ = place_turns(Q)
        if len(values) == 1 and isinstance(values[0], Scalar) and values[0].place == Q:
            value: Value = Places(lambda p: place_turns(p)[1], turns.upward)
            return _ordered(word, value, node)
    if turns is not None and turns.items is not None:
        return Items(tuple(one[0] for one in turns.items))
    return _ordered(word, scope.value(node.args[0]), node)


def _places(scope: Scope, node: ast.Call) -> Value:
    """`range(a, b)` as a list."""
    turns = turns_of(scope, node)
    if turns.items is not None:
        return Items(tuple(one[0] for one in turns.items))
    place_turns = turns.at
    if place_turns is None or turns.of_words:
        raise Refused("a range of the parser's words as a list")
    return Places(lambda p: place_turns(p)[1], turns.upward)


def _ordered(word: str, value: Value, node: ast.Call) -> Value:
    if word == "reversed":
        if isinstance(value, Places | Table):
            return replace(value, upward=not value.upward)
        if isinstance(value, Items):
            return Items(value.items[::-1])
    backwards = [part.value for part in node.keywords if part.arg == "reverse"]
    if any(part.arg not in ("reverse", "dtype") for part in node.keywords):
        raise Refused("sorted by a key")
    if isinstance(value, Places) and word in ("sorted", "set"):
        down = bool(backwards) and isinstance(backwards[0], ast.Constant) and backwards[0].value
        return Places(value.test, not down, value.count)
    if word == "sorted" and not isinstance(value, Places):
        raise Refused(f"sorted of {described(value)}")
    return value


FUNCTIONS: dict[str, Callable[[Scope, ast.Call], Value]] = {
    **{name: _plain(name) for name in ("exp", "log", "sqrt", "round", "floor", "abs")},
    "fabs": _plain("abs"),
    "maximum": _extreme("max"), "minimum": _extreme("min"), "max": _extreme("max"),
    "min": _extreme("min"), "sum": _extreme("sum"), "mean": _extreme("mean"),
    "clip": _plain("clip"),
    "float": _float, "int": _int, "len": _length, "any": _every(False), "all": _every(True),
    "list": _list, "set": _list, "sorted": _list, "tuple": _list, "array": _list,
    "reversed": _list, "range": _places,
    "bool": lambda scope, node: flag(condition(scope, node.args[0])),
    "str": lambda scope, node: scope.value(node.args[0]),
    "isinstance": lambda scope, node: flag(TRUE),
    "hasattr": lambda scope, node: flag(TRUE),
    "dict": lambda scope, node: Items(()),
    "arange": lambda scope, node: Row(make("attribute", "i", make("name", "k"))),
    "count_nonzero": lambda scope, node: numeric(
        call("row_sum", negated(make("compare", "==",
                                     numeric_of(scope, whole_of(scope.value(node.args[0]))),
                                     number(0))))),
    "power": lambda scope, node: numeric(
        make("arithmetic", "**", *[numeric_of(scope, scope.value(one)) for one in node.args])),
    **ARRAYS,
}  # fmt: skip
