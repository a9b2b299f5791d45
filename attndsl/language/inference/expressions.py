"""The types of expressions: one rule for each kind of node, and the table of them.

A rule gives back the expression with every type filled in. An expression with an error has the type
None, and nothing more is said about what is built from it.
"""

from collections.abc import Mapping

from attndsl.language import python_habits
from attndsl.language.inference import aggregates, calls, hints, operators
from attndsl.language.inference.names import literal
from attndsl.language.inference.scope import Scope, TypeRule
from attndsl.language.nodes import (
    Aggregate,
    Attribute,
    Bool,
    Call,
    Chain,
    Compare,
    Conditional,
    Expression,
    Logic,
    Missing,
    Name,
    Number,
    SetDisplay,
    String,
    Type,
    Unary,
)
from attndsl.language.vocabulary import ATTRIBUTES, CALLABLES

P = Type.POSITION


def _constant(node: Expression, scope: Scope) -> Expression:
    typed = literal(node)
    assert typed is not None
    return typed


def _missing(node: Missing, scope: Scope) -> Expression:
    return Missing(node.span, P)


def name(node: Name, scope: Scope) -> Expression:
    scope.reads.add(node.name)
    value = scope.lookup(node.name)
    if value is not None:
        return Name(node.span, value.type, node.name)
    word = node.name
    if word in scope.later:
        line = scope.later[word].line
        how = f"line {line} gives it its first one"
        if word in scope.assigned:
            how = f"line {line} gives it one on some paths only"
        hint = f"give it a value above, on every path: `{word} = ...`"
        scope.error("ATT044", f"`{word}` has no value here: {how}", node.span, hint)
    elif word in scope.names.definitions or word in CALLABLES:
        own = word in scope.names.definitions
        kind = "a def of this file" if own else hints.kind_of_callable(word)
        scope.error("ATT064", f"`{word}` is {kind}, no value", node.span, f"call it: `{word}(...)`")
    else:
        known = (*scope.variables, *scope.locals, *scope.parameters, *scope.names.constants)
        hint = scope.suggest(hints.for_name, word, known)
        scope.error("ATT040", f"`{word}` is not defined", node.span, hint)
    return Name(node.span, None, node.name)


def attribute(node: Attribute, scope: Scope) -> Expression:
    owner = node.value
    if (
        isinstance(owner, Name)
        and owner.name in python_habits.MODULES
        and scope.lookup(owner.name) is None
    ):
        scope.error(
            "ATT040",
            f"there is no `{owner.name}.{node.name}`: nothing can be imported",
            node.span,
            scope.suggest(hints.for_name, node.name, ()),
        )
        return Attribute(node.span, None, owner, node.name, node.name_span)
    value = scope.infer(owner)
    entry = ATTRIBUTES.get(node.name)
    kind: Type | None = None
    if value.type is P:
        if entry is None or entry.hidden:
            scope.error(
                "ATT042",
                f"a position has no `{node.name}`",
                node.name_span,
                scope.suggest(hints.for_attribute, node.name, owner),
            )
        else:
            kind = entry.type
    elif value.type is not None:
        advice = "attributes belong to positions: `q`, `k`, `t`, `last(...)`"
        if entry is not None and not entry.hidden and isinstance(owner, Attribute):
            position = hints.brief(owner.value)
            advice = f"write `{'t' if position == '...' else position}.{node.name}`"
        scope.error(
            "ATT042", f"{hints.article(value.type)} has no attributes", node.name_span, advice
        )
    return Attribute(node.span, kind, value, node.name, node.name_span)


RULES: Mapping[type[Expression], TypeRule] = {
    Number: _constant,
    String: _constant,
    Bool: _constant,
    Missing: _missing,
    Name: name,
    Attribute: attribute,
    Unary: operators.unary,
    Chain: operators.chain,
    Compare: operators.compare,
    Logic: operators.logic,
    Conditional: operators.conditional,
    SetDisplay: operators.set_display,
    Call: calls.call,
    Aggregate: aggregates.aggregate,
}
