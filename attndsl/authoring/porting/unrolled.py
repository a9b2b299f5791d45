"""Loops over things known one by one, written out; a `break` leaves out the turns after it."""

import ast
from collections.abc import Sequence

from attndsl.authoring.porting.leaving import settled
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import EXPRESSIONS, Scope
from attndsl.authoring.porting.values import Value

MOST = 400  # statements of a loop that is written out with its breaks


class Given(ast.expr):
    """A value in the place of an expression: what a turn gives the loop's variables."""

    value: Value


def _given(scope: Scope, node: ast.expr) -> Value:
    assert isinstance(node, Given)
    return node.value


EXPRESSIONS[Given] = _given


def written_out(loop: ast.For, items: Sequence[tuple[Value, ...]]) -> list[ast.stmt]:
    """The turns of a loop one after another: the later ones only where none before has ended it."""
    body = settled(loop.body)
    rest: list[ast.stmt] = []
    for values in reversed(items):
        rest = [*_bound(loop, values), *_followed(body, rest)]
        if sum(1 for one in rest for _ in ast.walk(one)) > 100 * MOST:
            raise Refused("a loop with a break over a long literal list", loop.lineno)
    return rest


def _bound(loop: ast.For, values: tuple[Value, ...]) -> list[ast.stmt]:
    targets = [loop.target]
    if len(values) > 1:
        assert isinstance(loop.target, ast.Tuple)
        targets = list(loop.target.elts)
    statements: list[ast.stmt] = []
    for target, value in zip(targets, values, strict=True):
        given = ast.copy_location(Given(), loop)
        given.value = value
        statements.append(ast.copy_location(ast.Assign([target], given), loop))
    return statements


def _followed(statements: list[ast.stmt], rest: list[ast.stmt]) -> list[ast.stmt]:
    """Settled statements, with others at each end that no break leads to."""
    if not statements:
        return rest
    *ahead, last = statements
    if isinstance(last, ast.Break):
        return ahead
    if isinstance(last, ast.Continue):
        return [*ahead, *rest]
    if isinstance(last, ast.If) and _breaks(last):
        body, orelse = _followed(last.body, rest), _followed(last.orelse, rest)
        return [*ahead, ast.copy_location(ast.If(last.test, body or [ast.Pass()], orelse), last)]
    return [*statements, *rest]


def _breaks(statement: ast.stmt) -> bool:
    """Whether a break of the loop itself is in a statement."""
    if isinstance(statement, ast.If):
        return any(_breaks(one) for one in (*statement.body, *statement.orelse))
    return isinstance(statement, ast.Break)
