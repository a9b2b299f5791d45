"""Calls of the Python program: numpy and built-in functions, methods, its own helpers."""

import ast
from dataclasses import replace

from attndsl.authoring.porting.code import (
    call,
)
from attndsl.authoring.porting.conditions import numeric_of, same
from attndsl.authoring.porting.functions import FUNCTIONS, of_list, whole_of
from attndsl.authoring.porting.inlining import inlined
from attndsl.authoring.porting.joins import joined
from attndsl.authoring.porting.methods import letter_method, text_method, token_method
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope, reads
from attndsl.authoring.porting.subscripts import kept, place_of
from attndsl.authoring.porting.texts import described
from attndsl.authoring.porting.turns import rank_of
from attndsl.authoring.porting.values import (
    Choice,
    Function,
    Items,
    Letter,
    Matrix,
    Nothing,
    Places,
    Row,
    Scalar,
    Table,
    Thing,
    Token,
    Value,
    Word,
    Words,
    numeric,
)

THINGS = {
    "spacy_parse": "doc", "_get_nlp()": "doc", "nlp": "doc", "tokenizer": "encoding",
    "_align_to_spacy": "alignment", "align_spacy_to_tokens": "pieces of words",
    "tokenizer.convert_ids_to_tokens": "tokens", "tokenizer.tokenize": "tokens",
    "tokenizer.encode": "ids",
}  # fmt: skip
PACKAGES = ("np", "numpy", "math")
SIMILAR = "similarity"


@reads(ast.Call)
def _call(scope: Scope, node: ast.Call) -> Value:
    word = ast.unparse(node.func)
    if isinstance(node.func, ast.Name):
        held = scope.names.get(word)
        if isinstance(held, Function):
            return inlined(scope, held, [scope.value(one) for one in node.args])
    if scope.choices.names.get(word, word) == SIMILAR:
        return _similarity(scope, node.args)
    if word in THINGS:
        return Thing(THINGS[word])
    package, _, bare = word.partition(".")
    if package not in PACKAGES:
        package, bare = "", word
    function = FUNCTIONS.get(bare)
    if function is not None and (package or isinstance(node.func, ast.Name)):
        return function(scope, node)
    if isinstance(node.func, ast.Attribute) and not word.startswith(("np.", "numpy.")):
        return _method(scope, node)
    raise Refused(f"the function {word}: give what it means by --map {word}=similarity"
                  if word.startswith("_") or "sim" in word else f"the function {word}")  # fmt: skip


def _similarity(scope: Scope, arguments: list[ast.expr]) -> Value:
    """Of two pieces: given as tokens, or as the tokens (or the sentence) and two indices."""
    values = [scope.value(one) for one in arguments]
    if len(values) == 3:
        values = [Token(place_of(scope, one)) for one in values[1:]]
    places = []
    for value in values:
        if isinstance(value, Scalar) and value.kind == "number":
            value = Token(place_of(scope, value))
        if isinstance(value, Word):
            value = Token(value.place)
        if not isinstance(value, Token):
            raise Refused("a similarity of other things than two pieces")
        places.append(value.place)
    if len(places) != 2:
        raise Refused("a similarity of other than two pieces")
    scope.note("similarity is the language's own")
    return numeric(call("similarity", *places))


# --- methods ---------------------------------------------------------------------------------


def _method(scope: Scope, node: ast.Call) -> Value:
    assert isinstance(node.func, ast.Attribute)
    method, whole = node.func.attr, scope.value(node.func.value)
    arguments = [scope.value(one) for one in node.args]
    match whole:
        case Token():
            return token_method(scope, whole, method, arguments)
        case Letter():
            return letter_method(scope, whole, method)
        case Scalar("text"):
            return text_method(scope, whole, method, arguments)
        case Row() | Matrix() if method in ("sum", "max") and not node.args:
            row = whole_of(whole)
            if node.keywords:
                return Row(call(f"row_{method}", numeric_of(scope, row)))
            return of_list(scope, method, row, [])
        case Table() if method in ("sum", "max", "min", "mean") and not arguments:
            return of_list(scope, method, whole, [])
        case Row(code) if method in ("copy", "astype"):
            return Row(code)
        case Places() if method == "index":
            return numeric(rank_of(scope, whole, place_of(scope, arguments[0])))
        case Places() | Items() | Words() | Table() if method == "copy":
            return whole
        case Table() if method == "get":
            place = place_of(scope, arguments[0])
            other: Value = arguments[1] if len(arguments) > 1 else Nothing()
            return joined(scope, whole.test(place), whole.value(place), other)
        case Thing("doc") if method == "index" and isinstance(arguments[0], Word):
            return replace(arguments[0], number=True)
        case Thing("tokens") if method in ("count", "index"):
            variable = scope.fresh()
            test = same(scope, Token(variable), arguments[0])
            if method == "count":
                return numeric(scope.aggregate("count", variable, variable, test))
            return kept(scope, scope.aggregate("first", variable, variable, test))
        case Thing("tokenizer" | "encoding" | "ids" | "sentence") if method in (
            "tolist",
            "squeeze",
            "flatten",
            "numpy",
            "tokens",
        ):
            return Thing("tokens") if method == "tokens" else whole
        case Choice():
            raise Refused(f".{method}() of what a loop carries along")
    raise Refused(f".{method}() of {described(whole)}")
