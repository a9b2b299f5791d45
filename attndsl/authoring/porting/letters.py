"""Tests of the letters of a piece, such as `any(c.isalpha() for c in token)`."""

import ast
from itertools import product

from attndsl.authoring.porting.code import Code, attribute, either, make
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.texts import contains, is_one_of
from attndsl.authoring.porting.values import Scalar, Token, Value, as_text

PAST = "\u0120\u010a\u2581\u00e2\u00c3\u00c2"  # marks, and how letters past ASCII mostly begin
LETTER_MARKS = "\u0120\u010a"  # marks of raw pieces that are letters to Python


FEW = 2  # letters of a piece that are all of a few signs


def all_letters(scope: Scope, node: ast.expr) -> Code | None:
    """Whether all letters of a piece are of a few signs; None where it is no such question."""
    match node:
        case ast.GeneratorExp(
            ast.Compare(ast.Name(word), [ast.In()], [signs]),
            [ast.comprehension(ast.Name(letter), whole, [])],
        ) if word == letter:  # fmt: skip
            value, literal = scope.value(whole), as_text(scope.value(signs))
            if isinstance(value, Token) and literal:
                one = list(dict.fromkeys(literal))
                parts = [
                    "".join(p) for many in range(1, FEW + 1) for p in product(one, repeat=many)
                ]
                scope.note(f"pieces of more than {FEW} signs aren't asked for their letters")
                return is_one_of(scope, value, parts)
    return None


def any_letter(scope: Scope, node: ast.expr) -> Code | None:
    """Whether some letter of a text passes a test; None where it is no such question."""
    match node:
        case ast.GeneratorExp(test, [ast.comprehension(ast.Name(letter), whole, [])]):
            pass
        case _:
            return None
    if not isinstance(whole, ast.Name | ast.Subscript | ast.Call | ast.Attribute):
        return None
    if isinstance(whole, ast.Call) and not isinstance(whole.func, ast.Attribute):
        return None
    value = scope.value(whole)
    if not isinstance(value, Token) and not (
        isinstance(value, Scalar) and value.kind == "text" and as_text(value) is None
    ):
        return None
    match test:
        case ast.Call(ast.Attribute(ast.Name(word), "isalpha"), []) if word == letter:
            return _has_letter(scope, value)
        case ast.Call(ast.Attribute(ast.Name(word), "isalnum"), []) if word == letter:
            digits = [contains(scope, value, one) for one in "0123456789"]
            held = _has_letter(scope, value)
            return None if held is None else either(held, *digits)
        case ast.Compare(
            ast.Call(ast.Name("ord"), [ast.Name(word)]), [ast.Gt()], [ast.Constant(127)]
        ) if word == letter and not scope.choices.mend:
            scope.note("letters past ASCII are the marks of pieces")
            return either(*[contains(scope, value, one) for one in PAST])
        case ast.Compare(ast.Name(word), [ast.In()], [signs]) if word == letter:
            literal = as_text(scope.value(signs))
            if literal is not None:
                return either(*[contains(scope, value, one) for one in literal])
    return None


def _has_letter(scope: Scope, value: Value) -> Code | None:
    if isinstance(value, Scalar):
        column = value.code.parts[0] if value.code.op == "attribute" else ""
        return attribute(value.code.code(1), "has_letter") if column in ("text", "lower") else None
    assert isinstance(value, Token)
    plain = attribute(value.place, "has_letter")
    if scope.choices.mend or value.form == "text":
        return plain
    raw = attribute(value.place, "raw")
    return either(*[make("contains", mark, raw) for mark in LETTER_MARKS], plain)
