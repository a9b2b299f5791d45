"""Truth, comparisons and `in`: what a test of the Python program is as a condition."""

import ast

from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    attribute,
    both,
    call,
    choose,
    constant,
    either,
    make,
    negated,
    number,
    text,
)
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope, reads
from attndsl.authoring.porting.texts import (
    described,
    is_one_of,
    text_of,
)
from attndsl.authoring.porting.values import (
    Carried,
    Choice,
    Items,
    Letter,
    Nothing,
    Places,
    Row,
    Scalar,
    Sentence,
    Single,
    Table,
    Thing,
    Token,
    Value,
    Weights,
    Word,
    Words,
    as_text,
    flag,
    known_number,
)

OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "==", ast.IsNot: "!=",
}  # fmt: skip
TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


def condition(scope: Scope, node: ast.expr) -> Code:
    """What an expression is as a test."""
    return truth(scope, scope.value(node))


def truth(scope: Scope, value: Value) -> Code:
    """Whether Python takes a value as true."""
    match value:
        case Scalar("bool", code):
            return code
        case Scalar("number", code, _, found):
            held = constant(code)
            test = scope.compare("==", code, number(0)) if held is None else TRUE
            return (TRUE if held else FALSE) if held is not None else both(found, negated(test))
        case Scalar("text", code):
            if code.op == "text":
                return TRUE if code.parts[0] else FALSE
            return negated(make("compare", "==", code, text("")))
        case Nothing():
            return FALSE
        case Token(place, form):
            blank = scope.choices.mend and form != "raw"
            return negated(attribute(place, "is_blank")) if blank else TRUE
        case Word(place, False, found):
            return both(found, attribute(place, "is_word"))
        case Word(place, True, found):  # the number of the first word is 0, which is false
            return both(found, make("compare", ">", attribute(place, "parse_word"), number(0)))
        case Single(_, test):
            return test
        case Items(items):
            return TRUE if items else FALSE
        case Places(_, _, count) if count is not None:
            return make("compare", ">", count, number(0))
        case Places() | Table() | Words():
            variable = scope.fresh()
            return scope.aggregate("any", variable, variable, value.test(variable))
        case Thing():
            return TRUE
        case Weights(_, test):
            return make("compare", ">", call("row_sum", test), number(0))
        case Choice(test, yes, no):
            return choose(test, truth(scope, yes), truth(scope, no))
        case Carried(word, before):
            if isinstance(before, Nothing):
                return negated(make("old", f"{word} is None"))
            if isinstance(before, Scalar):
                return make("old", word)
    raise Refused(f"{described(value)} as a condition")


@reads(ast.BoolOp)
def _logic(scope: Scope, node: ast.BoolOp) -> Value:
    is_all, tests = isinstance(node.op, ast.And), []
    for operand in node.values:
        tests.append(condition(scope, operand))
        if tests[-1] == (FALSE if is_all else TRUE):  # Python looks at no more of them
            break
    return flag(both(*tests) if is_all else either(*tests))


def related(scope: Scope, operator: str, left: Value, right: Value) -> Code:
    """Two values compared by an operator."""
    if isinstance(left, Choice):
        yes, no = (related(scope, operator, one, right) for one in (left.yes, left.no))
        return choose(left.test, yes, no)
    if isinstance(right, Choice):
        return related(scope, TURNED[operator], right, left)
    if operator == "!=":
        return negated(same(scope, left, right))
    if operator == "==":
        return same(scope, left, right)
    if isinstance(left, Thing) and left.name == "length of doc":
        return related(scope, TURNED[operator], right, left)
    if isinstance(right, Thing) and right.name == "length of doc":
        return TRUE if operator in ("<", "<=") else FALSE  # a word's number is in the parse
    if isinstance(left, Word) and left.number and isinstance(right, Scalar):
        if (operator, constant(right.code)) in ((">", -1), (">=", 0)):
            return left.found
        if (operator, constant(right.code)) in (("<=", -1), ("<", 0)):
            return negated(left.found)
    a, b = numeric_of(scope, left), numeric_of(scope, right)
    return scope.compare(operator, a, b)


def numeric_of(scope: Scope, value: Value) -> Code:
    """The number that a value is in arithmetic."""
    match value:
        case Scalar("number" | "bool", code):
            return code
        case Row(code):
            return code
        case Carried(word, Scalar("number" | "bool")):
            return make("old", word)
        case Word(place, True):
            return attribute(place, "parse_word")
        case Choice(test, yes, no):
            return choose(test, numeric_of(scope, yes), numeric_of(scope, no))
    raise Refused(f"{described(value)} where a number is taken")


def missing(scope: Scope, value: Value) -> Code:
    """Whether a value is None."""
    match value:
        case Nothing():
            return TRUE
        case Scalar("number", _, _, found) if found != TRUE:
            return negated(found)
        case Word(place, _, found):
            return negated(both(found, attribute(place, "is_word")))
        case Single(_, test):
            return negated(test)
        case Carried(word, Nothing()):
            return make("old", f"{word} is None")
        case Choice(test, yes, no):
            return choose(test, missing(scope, yes), missing(scope, no))
    return FALSE


def same(scope: Scope, left: Value, right: Value) -> Code:
    """Whether two values are equal."""
    if isinstance(left, Nothing) or isinstance(right, Nothing):
        return missing(scope, right if isinstance(left, Nothing) else left)
    for one, other in ((left, right), (right, left)):
        literal = as_text(other)
        if literal is not None and isinstance(one, Letter):
            method = "endswith" if one.last else "startswith"
            return make("method", method, text_of(scope, one.token), literal)
        if literal is not None:
            return is_one_of(scope, one, [literal])
        if (
            isinstance(one, Carried)
            and isinstance(one.before, Scalar)
            and known_number(other) is not None
            and known_number(other) == known_number(one.before)
        ):
            return make("old", f"{one.name} is as before")
        if isinstance(one, Word) and isinstance(other, Scalar) and constant(other.code) == -1:
            return negated(one.found)
        if (
            isinstance(one, Scalar)
            and one.found != TRUE
            and isinstance(other, Scalar)
            and constant(other.code) == -1
        ):
            return negated(one.found)
    match left, right:
        case Word(), Word():
            return same_word(left, right)
        case Sentence(a), Sentence(b):
            sentences = attribute(a, "parse_sentence"), attribute(b, "parse_sentence")
            return make("compare", "==", *sentences)
        case (Token() | Scalar("text"), Token() | Scalar("text")):
            return _same_text(scope, left, right)
        case Scalar("bool", a), Scalar("bool", b):
            return (
                choose(a, b, negated(b))
                if TRUE in (b, a) or FALSE in (a, b)
                else make("compare", "==", a, b)
            )
        case (Places(), _) | (_, Places()):
            raise Refused("two lists compared")
        case (Items(a), Items(b)):
            if len(a) != len(b):
                return FALSE
            return both(*[same(scope, x, y) for x, y in zip(a, b, strict=True)])
        case (Scalar(kind_a), Scalar(kind_b)) if "text" in (kind_a, kind_b):
            return FALSE
    conditions = [v.found for v in (left, right) if isinstance(v, Scalar)]
    test = scope.compare("==", numeric_of(scope, left), numeric_of(scope, right))
    # None equals no number: an index of -1 is never asked for but where nothing was found
    return both(*conditions, test)


def _same_text(scope: Scope, left: Value, right: Value) -> Code:
    texts = [text_of(scope, left), text_of(scope, right)]
    test = TRUE if texts[0] == texts[1] else make("compare", "==", *texts)
    forms = [value.form for value in (left, right) if isinstance(value, Token)]
    if not scope.choices.mend and forms == ["lower", "lower"] and test != TRUE:
        marks = [call("_unmarked", v.place) for v in (left, right) if isinstance(v, Token)]
        return both(test, make("compare", "==", *marks))
    return test


def same_word(left: Word, right: Word) -> Code:
    """Whether two words of the parse are one: their pieces belong to the same word."""
    for one, other in ((left, right), (right, left)):
        if one.place == attribute(other.place, "head"):
            return both(other.found, make("compare", "==", attribute(other.place, "dep"),
                                          text("ROOT")))  # fmt: skip
    if left.place == right.place:
        return both(left.found, right.found, attribute(left.place, "is_word"))
    heads = [v.place.code(1) for v in (left, right) if _is_head(v.place)]
    if len(heads) == 2:
        there = attribute(heads[0], "is_word")
        return both(left.found, right.found, there, make("compare", "==", left.place, right.place))
    if len(heads) == 1:
        child, parent = heads[0], right.place if _is_head(left.place) else left.place
        root = both(
            make("compare", "==", attribute(child, "dep"), text("ROOT")),
            _pieces_of_one(child, parent),
        )
        return both(left.found, right.found, either(call("is_child", child, parent), root))
    return both(left.found, right.found, _pieces_of_one(left.place, right.place))


def _is_head(place: Code) -> bool:
    return place.op == "attribute" and place.parts[0] == "head"


def _pieces_of_one(a: Code, b: Code) -> Code:
    return call("same_word", a, b)
