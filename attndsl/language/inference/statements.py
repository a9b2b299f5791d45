"""The types of statements: what is assigned where, which paths return, and what.

Walking a definition pauses wherever a call needs the type of a helper that isn't known yet: the
generator gives out what it needs and goes on once `types` has found it. So chains of helpers take
no stack.
"""

from collections.abc import Generator
from typing import TypeAlias

from attndsl.language.diagnostics import Span
from attndsl.language.inference import hints
from attndsl.language.inference.literals import column_of
from attndsl.language.inference.operators import NUMERIC, join, truth
from attndsl.language.inference.scope import Instance, Scope, Value
from attndsl.language.nodes import (
    Assign,
    Definition,
    Expression,
    If,
    Missing,
    Node,
    Return,
    Statement,
    Type,
    children,
)

B, N, T, P, S = Type.BOOL, Type.NUMBER, Type.TEXT, Type.POSITION, Type.SET
Needs: TypeAlias = dict[Instance, Span]


def walk(scope: Scope) -> Generator[Needs, None, tuple[Definition, Type | None]]:
    """The definition with its types, and the type that it returns."""
    definition = scope.definition
    returned: list[Expression] = []
    body, ends = yield from _block(definition.body, scope, returned)
    if not ends:
        _missing_return(definition, scope)
    _unused(scope)
    kind = _result(returned, scope)
    typed = Definition(
        definition.span,
        definition.name,
        definition.name_span,
        definition.parameters,
        definition.decorators,
        definition.docstring,
        body,
    )
    return typed, kind


def first_assignments(definition: Definition) -> dict[str, Span]:
    """Every local with the place of its first assignment in source order."""
    assigned: dict[str, Span] = {}
    stack: list[Node] = list(reversed(definition.body))
    while stack:
        node = stack.pop()
        if isinstance(node, Assign):
            assigned.setdefault(node.name, node.name_span)
        elif isinstance(node, If):
            stack.extend(reversed(children(node)))
    return assigned


def _value(
    source: Expression, scope: Scope, condition: bool = False
) -> Generator[Needs, None, Expression]:
    """The typed expression, once every helper that it calls is known."""
    while True:
        said = len(scope.notes)
        typed = truth(source, scope) if condition else scope.infer(source)
        if not scope.needed:
            return typed
        del scope.notes[said:]
        needs, scope.needed = scope.needed, {}
        yield needs


def _block(
    statements: tuple[Statement, ...], scope: Scope, returned: list[Expression]
) -> Generator[Needs, None, tuple[tuple[Statement, ...], bool]]:
    """The typed statements, and whether every path through them returns."""
    typed: list[Statement] = []
    ends = False
    for statement in statements:
        if ends:
            hint = "every path has returned above; leave it out"
            scope.warning("ATT073", "this is never reached", statement.span, hint)
            break
        if isinstance(statement, Assign):
            value = yield from _value(statement.value, scope)
            _assign(statement, value, scope)
            typed.append(
                Assign(
                    statement.span, statement.name, statement.name_span, statement.operator, value
                )
            )
        elif isinstance(statement, Return):
            value = yield from _value(statement.value, scope)
            returned.append(value)
            typed.append(Return(statement.span, value))
            ends = True
        elif isinstance(statement, If):
            choice, ends = yield from _choice(statement, scope, returned)
            typed.append(choice)
    return tuple(typed), ends


def _choice(
    statement: If, scope: Scope, returned: list[Expression]
) -> Generator[Needs, None, tuple[If, bool]]:
    """An `if`: after it a local has a value where every path that goes on gave it one."""
    branches: list[tuple[Expression, tuple[Statement, ...]]] = []
    onward: list[dict[str, Value]] = []
    start = scope.locals
    for test, body in statement.branches:
        scope.locals = start
        typed_test = yield from _value(test, scope, condition=True)
        scope.locals = dict(start)
        typed_body, ends = yield from _block(body, scope, returned)
        branches.append((typed_test, typed_body))
        if not ends:
            onward.append(scope.locals)
    scope.locals = dict(start)
    otherwise, ends = yield from _block(statement.otherwise, scope, returned)
    if not ends:
        onward.append(scope.locals)
    scope.locals = _common(onward) if onward else start
    return If(statement.span, tuple(branches), otherwise), not onward


def _common(paths: list[dict[str, Value]]) -> dict[str, Value]:
    """The locals that have a value on every path; a column where it is the same one."""
    first, *others = paths
    return {
        name: value if all(path[name] == value for path in others) else Value(value.type)
        for name, value in first.items()
        if all(name in path for path in others)
    }


def _assign(statement: Assign, value: Expression, scope: Scope) -> None:
    name, span = statement.name, statement.name_span
    if name in scope.parameters:
        hint = f"give the new value a name of its own: `{name}2 = ...`"
        scope.error("ATT045", f"`{name}` is a parameter and keeps its value", span, hint)
        return
    if name in scope.names.constants:
        hint = "give the local another name"
        scope.error("ATT045", f"`{name}` is a constant of this file", span, hint)
        return
    kind = value.type
    if kind is S:
        hint = f"name the set at the top of the file: `{name.upper()} = {{...}}`"
        scope.error("ATT045", "a local can't hold a set", statement.value.span, hint)
        kind = None
    elif statement.operator:
        kind = _updated(statement, value, scope)
    before = scope.assigned.get(name)
    if before is not None and before.type is not None and kind not in (None, before.type):
        scope.error(
            "ATT061",
            f"`{name}` is {hints.article(before.type)}, and this would make it "
            f"{hints.article(kind)}",
            statement.span,
            _keep_hint(name, before.type, kind),
        )
        kind = before.type
    column = column_of(value, scope) if not statement.operator else ""
    scope.locals[name] = Value(kind, column)
    if before is None or before.type is None:
        scope.assigned[name] = Value(kind)


def _updated(statement: Assign, value: Expression, scope: Scope) -> Type | None:
    """The type after `w += value`."""
    name, operator = statement.name, f"{statement.operator}="
    if name not in scope.locals:
        how = "on every path" if name in scope.assigned else "yet"
        meant = scope.suggest(hints.nearest, name, tuple(scope.locals))
        hint = f"did you mean `{meant}`?" if meant else f"give it one above: `{name} = 0.0`"
        scope.error(
            "ATT044", f"`{name}` has no value {how} that `{operator}` could change",
            statement.name_span, hint,
        )  # fmt: skip
        scope.reads.add(name)  # one slip, one report
        return N
    old = scope.locals[name].type
    if value.type is not None and value.type not in NUMERIC:
        hint = f"write `{name} = ...` to give it a new value"
        if value.type is P:
            hint = f"its index is `{hints.brief(statement.value)}.i`"
        scope.error(
            "ATT050", f"`{operator}` takes numbers, and this is {hints.article(value.type)}",
            statement.value.span, hint,
        )  # fmt: skip
        return old
    if old is not None and old not in NUMERIC:
        message = f"`{operator}` changes numbers, and `{name}` is {hints.article(old)}"
        scope.error("ATT050", message, statement.name_span, f"write `{name} = ...`")
        return old
    return N if value.type is not None and old is not None else None


def _keep_hint(name: str, old: Type, new: Type | None) -> str:
    if (old, new) == (B, N):
        return f"a local keeps its type: start with a number, `{name} = 0.0`"
    if (old, new) == (N, B):
        return f"a local keeps its type: write `{name} = 1.0 if ... else 0.0`"
    if old is P and new is N:
        return f"a local keeps its type; the missing position is `{name} = None`"
    return "a local keeps its type: give the new value another name"


def _missing_return(definition: Definition, scope: Scope) -> None:
    weight = next((name for name, value in scope.locals.items() if value.type is N), None)
    hint = f"end with `return {weight}`" if weight else "end with `return 0.0`"
    message = f"`{definition.name}` ends without `return` on some paths"
    scope.error("ATT049", message, definition.name_span, hint)


def _result(returned: list[Expression], scope: Scope) -> Type | None:
    """What the definition returns, one type on all paths."""
    kinds = [value.type for value in returned]
    if not kinds or None in kinds:
        return None
    kind = kinds[0]
    for value in returned:
        joined = join(kind, value.type)
        if joined is None or joined is S:
            if joined is S:
                message, hint = "a set can't be returned", "return a test: `t.lower in {...}`"
            else:
                message = (
                    f"this returns {hints.article(value.type)}, and the first `return` "
                    f"{hints.article(kind)}"
                )
                hint = "every `return` of a def gives the same type"
            scope.error("ATT062", message, value.span, hint)
            return None
        kind = joined
    if scope.definition.is_head and kind not in NUMERIC:
        value = returned[0]
        hint = "write `return 1.0 if ... else 0.0`"
        if isinstance(value, Missing):
            hint = "no attention is `return 0.0`"
        elif kind is P:
            hint = f"to look at it write `return 1.0 if k == {hints.brief(value)} else 0.0`"
        message = f"a head program returns a weight, and this is {hints.article(kind)}"
        scope.error("ATT062", message, value.span, hint)
        return None
    return kind


def _unused(scope: Scope) -> None:
    for name, span in scope.later.items():
        if name not in scope.reads and name in scope.assigned:
            hint = "use it in the returned value, or leave it out"
            scope.warning("ATT071", f"`{name}` is given a value and never read", span, hint)
