"""The program's own functions and lambdas, written in place of their calls."""

import ast

from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    both,
    make,
    negated,
)
from attndsl.authoring.porting.comprehensions import bound
from attndsl.authoring.porting.conditions import condition
from attndsl.authoring.porting.joins import joined
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.turns import Turns, turns_of
from attndsl.authoring.porting.unrolled import written_out
from attndsl.authoring.porting.values import (
    Function,
    Nothing,
    Scalar,
    Value,
    moved,
)


def inlined(scope: Scope, function: Function, values: list[Value]) -> Value:
    node = function.node
    if len(node.args.args) != len(values):
        raise Refused("a call of a nested function with other than all its arguments")
    names = {given.arg: value for given, value in zip(node.args.args, values, strict=True)}
    with scope.inside(names):
        if isinstance(node, ast.Lambda):
            return scope.value(node.body)
        return _returned(scope, node.body)


def _returned(scope: Scope, statements: list[ast.stmt]) -> Value:
    """What a helper's body returns."""
    for number_, statement in enumerate(statements):
        rest = statements[number_ + 1 :]
        match statement:
            case ast.Return(value):
                return Nothing() if value is None else scope.value(value)
            case ast.If(test, body, orelse):
                held = condition(scope, test)
                before = dict(scope.names)
                yes = _returned(scope, body + rest) if held != FALSE else Nothing()
                scope.names = before
                no = _returned(scope, orelse + rest) if held != TRUE else Nothing()
                return joined(scope, held, yes, no)
            case ast.Assign([ast.Name(word)], value):
                scope.names = {**scope.names, word: scope.value(value)}
            case ast.Expr(ast.Constant()) | ast.Pass():
                pass
            case ast.For():
                return _first_return(scope, statement, rest)
            case _:
                raise Refused(
                    f"a statement of the kind {type(statement).__name__} in a nested function",
                    statement.lineno,
                )
    return Nothing()


def _first_return(scope: Scope, loop: ast.For, rest: list[ast.stmt]) -> Value:
    """A loop in a helper: over one thing, or a search that returns True where it finds one."""
    turns = turns_of(scope, loop.iter)
    if turns.single is not None:
        values, test = turns.single
        before = dict(scope.names)
        scope.names = {**scope.names, **bound(loop.target, values)}
        inside = _returned(scope, loop.body + rest)
        scope.names = before
        return joined(scope, test, inside, _returned(scope, rest))
    if turns.items is not None:
        return _returned(scope, [*written_out(loop, turns.items), *rest])
    *ahead, last = loop.body
    match last:
        case ast.If(test_node, [ast.Return(value)], []) if (
            turns.at and value is not None and all(isinstance(one, ast.Assign) for one in ahead)
        ):
            return _found(scope, loop, turns, (ahead, test_node, value), rest)
    raise Refused("a loop in a nested function", loop.lineno)


def _found(
    scope: Scope, loop: ast.For, turns: Turns, body: tuple[list[ast.stmt], ast.expr, ast.expr],
    rest: list[ast.stmt],
) -> Value:  # fmt: skip
    """What is returned at the first turn for which a test holds, else what the rest returns."""
    ahead, test_node, value_node = body
    assert turns.at is not None
    variable = scope.fresh()
    values, test = turns.at(variable)
    with scope.inside(bound(loop.target, values)):
        for one in ahead:
            assert isinstance(one, ast.Assign)
            for target in one.targets:
                scope.names = {**scope.names, **bound(target, (scope.value(one.value),))}
        test = both(test, condition(scope, test_node))
        value = scope.value(value_node)
    if isinstance(value, Scalar) and value.code in (TRUE, FALSE):
        there = scope.aggregate("any", variable, variable, test)
        return joined(scope, there, value, _returned(scope, rest))
    place = scope.aggregate("first" if turns.upward else "last", variable, variable, test)
    there = negated(make("is", place))
    return joined(scope, there, moved(value, variable, place), _returned(scope, rest))
