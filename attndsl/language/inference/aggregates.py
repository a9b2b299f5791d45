"""The types of aggregates: `sum(body for t in before(q) if condition)`."""

from attndsl.language import python_habits
from attndsl.language.inference import hints
from attndsl.language.inference.names import nodes_of
from attndsl.language.inference.operators import is_number, truth
from attndsl.language.inference.scope import Scope
from attndsl.language.inference.unrolling import written_out
from attndsl.language.nodes import Aggregate, Attribute, Expression, Missing, Name, Type
from attndsl.language.vocabulary import AGGREGATES, NUMBERS, RANGES

B, N, T, P = Type.BOOL, Type.NUMBER, Type.TEXT, Type.POSITION


def aggregate(node: Aggregate, scope: Scope) -> Expression:
    if not node.range_name:
        return _over_texts(node, scope)
    arguments, range_known = _range(node, scope)
    known = _function_known(node, scope)
    _check_variable(node, scope)
    with scope.variable(node.variable):
        condition = None if node.condition is None else truth(node.condition, scope)
        if known:
            body, good = _body(node, scope)
        else:
            body, good = scope.infer(node.body), False
    kind = AGGREGATES[node.function].result if good and range_known else None
    return Aggregate(
        node.span,
        kind,
        node.function,
        node.function_span,
        body,
        node.variable,
        node.variable_span,
        node.range_name,
        node.range_span,
        arguments,
        condition,
    )


def _over_texts(node: Aggregate, scope: Scope) -> Expression:
    """`any(c in k.text for c in ".!?")`: its tests, written out."""
    _check_variable(node, scope)
    for part in (node.body, node.condition):
        for inner in nodes_of(part) if part is not None else ():
            if isinstance(inner, Aggregate) and inner.variable == node.variable:
                _taken(inner, "the variable of the comprehension around it", scope)
                return Missing(node.span, None)
    written = written_out(node) if _function_known(node, scope) else None
    if written is not None:
        return scope.infer(written)
    if node.function in AGGREGATES:
        hint = "name texts in a set: `k.text in {...}`"
        scope.error("ATT025", "too many tests to write out", node.range_span, hint)
    return Missing(node.span, None)


def _function_known(node: Aggregate, scope: Scope) -> bool:
    name = node.function
    if name in scope.names.definitions:
        line = scope.names.definitions[name].name_span.line
        message = f"`{name}` is the def of line {line}, no aggregate"
        hint = "call it with arguments, or give the def another name"
    elif name in AGGREGATES:
        return True
    elif name in scope.names.broken:
        return False
    else:
        message = f"`{name}` is no aggregate"
        hint = python_habits.AGGREGATES.get(name, "")
        meant = hint or scope.suggest(hints.nearest, name, tuple(AGGREGATES))
        hint = hint or (
            f"did you mean `{meant}`?" if meant else f"known are {', '.join(AGGREGATES)}"
        )
    scope.error("ATT057", message, node.function_span, hint)
    return False


def _check_variable(node: Aggregate, scope: Scope) -> None:
    name = node.variable
    if name in scope.parameters:
        what = "a parameter"
    elif name in scope.variables:
        what = "the variable of the comprehension around it"
    elif name in scope.names.constants:
        what = "a constant of this file"
    else:
        return
    _taken(node, what, scope)


def _taken(node: Aggregate, what: str, scope: Scope) -> None:
    name = node.variable
    taken = (*scope.parameters, *scope.variables, *scope.locals, *scope.names.constants, *NUMBERS)
    free = next((one for one in ("t", "s", "u", "m", "p") if one not in taken), "other")
    hint = f"write `for {free} in {node.range_name}(...)` and `{free}` in its place"
    if name == "k" and node.range_name in ("visible", "upto", "before"):
        hint += "; a def gives the weight of one pair, so k is not looped over"
    scope.error("ATT046", f"`{name}` is {what} already", node.variable_span, hint)


def _range(node: Aggregate, scope: Scope) -> tuple[tuple[Expression, ...], bool]:
    name = node.range_name
    arguments = tuple(scope.infer(one) for one in node.range_arguments)
    own = name in scope.names.definitions
    if own or name not in RANGES:
        if name in scope.names.broken:
            return arguments, False
        message = f"`{name}` is no range of positions"
        hint = python_habits.RANGES
        if own:
            message = f"`{name}` is a def of this file, no range of positions"
        else:
            nearest = scope.suggest(hints.nearest, name, tuple(RANGES))
            hint = f"did you mean `{nearest}`?" if nearest else hint
        scope.error("ATT058", message, node.range_span, hint)
        return arguments, False
    wanted = RANGES[name].parameters
    if len(arguments) != len(wanted):
        scope.error(
            "ATT053",
            f"`{name}` takes {len(wanted)} position{'s' * (len(wanted) > 1)}, "
            f"and here are {len(arguments)}",
            node.range_span,
            f"write `{name}({', '.join(wanted)})`",
        )
        return arguments, False
    good = True
    for source, typed in zip(node.range_arguments, arguments, strict=True):
        if typed.type not in (None, P):
            scope.error(
                "ATT058",
                f"`{name}` takes positions, and this is {hints.article(typed.type)}",
                source.span,
                hints.for_position(source),
            )
        good = good and typed.type is P
    return arguments, good


def _body(node: Aggregate, scope: Scope) -> tuple[Expression, bool]:
    entry = AGGREGATES[node.function]
    if entry.variable_only:
        return _variable_body(node, scope)
    if B in entry.body and P in entry.body:
        body = truth(node.body, scope)
        return body, body.type in entry.body
    typed = scope.infer(node.body)
    if typed.type is P:
        name = node.function
        advice = {
            "max": "`last(t for t in ...)` is the latest position, `argmax(score for t in ...)` "
            "the one with the best score",
            "min": "`first(t for t in ...)` is the earliest position, `argmin(score for t in ...)` "
            "the one with the lowest score",
            "sum": f"`count({node.variable} for {node.variable} in ...)` counts positions",
        }.get(name, f"write a number: `{name}({hints.brief(node.body)}.i for ...)`")
        message = f"`{name}` takes numbers, and this is a position"
        scope.error("ATT057", message, node.body.span, advice)
        return typed, False
    return typed, is_number(node.body, typed, scope, "ATT057", f"`{node.function}`")


def _variable_body(node: Aggregate, scope: Scope) -> tuple[Expression, bool]:
    """`first` and `last` give a position: their body is the variable, nothing else."""
    body = scope.infer(node.body)
    if isinstance(body, Name) and body.name == node.variable:
        return body, True
    name, variable = node.function, node.variable
    shown = f"{name}({variable} for {variable} in {node.range_name}(...) if ...)"
    hint = f"write `{shown}`"
    if isinstance(node.body, Attribute):
        hint = f"write `{shown}.{node.body.name}`"
    elif body.type is B:
        hint = f"the test goes behind `if`: `{shown}`"
    message = f"`{name}` gives a position: before `for` stands `{variable}` itself"
    scope.error("ATT057", message, node.body.span, hint)
    return body, False
