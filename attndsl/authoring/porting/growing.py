"""Statements that change a list in place: append, extend, insert, remove, sort."""

import ast

from attndsl.authoring.porting.code import TRUE, both, negated
from attndsl.authoring.porting.expressions import worked
from attndsl.authoring.porting.joins import places_of
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.values import (
    Items,
    Nothing,
    Places,
    Single,
    Value,
    Words,
    flag,
)


def changed_list(scope: Scope, node: ast.expr) -> dict[str, Value] | None:
    """The list that a call changes, as it is then; None where it is no such call."""
    match node:
        case ast.Call(ast.Attribute(ast.Name(word), method)):
            held = scope.names.get(word)
        case _:
            return None
    match method, node.args, held:
        case "append" | "add" | "extend" | "update", [value], _:
            if held is None:
                raise Refused(f"nothing defines {word}")
            new = scope.value(value)
            return {word: grown(scope, held, Items((new,)) if method in ("append", "add") else new)}
        case "insert", [_, value], Places():  # which have the order of the text
            return {word: grown(scope, held, Items((scope.value(value),)))}
        case "remove" | "discard", [value], Places(left, upward):
            gone = places_of(scope, Items((scope.value(value),))).test
            return {word: Places(lambda p: both(left(p), negated(gone(p))), upward)}
        case "sort", [], Places(test) if all(part.arg == "reverse" for part in node.keywords):
            down = [scope.value(part.value) for part in node.keywords] == [flag(TRUE)]
            return {word: Places(test, not down)}
    return None


def grown(scope: Scope, held: Value, new: Value) -> Value:
    if isinstance(held, Items) and isinstance(new, Items | Places | Single | Words | Nothing):
        if isinstance(new, Items):
            return Items(held.items + new.items)
        if not held.items and not isinstance(new, Nothing):
            return new
        if isinstance(new, Words):
            return worked(scope, ast.Add(), held, new)
    return worked(scope, ast.Add(), held, new)
