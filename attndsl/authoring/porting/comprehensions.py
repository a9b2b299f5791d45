"""Comprehensions, and the list that a condition on positions makes."""

import ast

from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    K,
    both,
    call,
    make,
    negated,
    replaced,
    step,
)
from attndsl.authoring.porting.conditions import condition
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope, reads
from attndsl.authoring.porting.subscripts import ReadsRow
from attndsl.authoring.porting.turns import Turns, turns_of
from attndsl.authoring.porting.values import (
    Items,
    Places,
    Scalar,
    Single,
    Table,
    Value,
    Weights,
    Word,
    Words,
    moved,
)


@reads(ast.ListComp)
@reads(ast.SetComp)
@reads(ast.GeneratorExp)
def _comprehension(scope: Scope, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Value:
    if len(node.generators) != 1:
        raise Refused("a comprehension over two lists")
    part = node.generators[0]
    if not isinstance(part, ast.comprehension) or part.is_async:
        raise Refused("an asynchronous comprehension")
    turns = turns_of(scope, part.iter)
    if turns.items is not None:
        return _listed(scope, node.elt, part, turns.items)
    if turns.single is not None:
        values, test = turns.single
        item, held = _at(scope, node.elt, part, values)
        return Single(item, both(test, held))
    variable = scope.fresh()
    assert turns.at is not None
    values, test = turns.at(variable)
    try:
        item, held = _at(scope, node.elt, part, values)
    except ReadsRow:
        if scope.keep is None:
            raise
        return _of_cells(scope, node.elt, part, turns)
    return listed(variable, item, both(test, held), turns)


def _of_cells(scope: Scope, element: ast.expr, part: ast.comprehension, turns: Turns) -> Value:
    """A list of cells of the row, or of the positions that they decide on."""
    assert turns.at is not None
    assert scope.keep is not None
    values, test = turns.at(K)
    with scope.at_key():
        item, held = _at(scope, element, part, values)
    test = both(test, held)
    if not isinstance(item, Scalar):
        raise Refused("a list of other than numbers that the row's cells decide on")
    if item.place == K:
        local = scope.keep("listed", test, "bool")
        many = scope.keep("many", call("row_sum", local), "number")
        return Places(lambda p: replaced(local, K, p), turns.upward, many)
    return Weights(item, test)


def listed(variable: Code, item: Value, test: Code, turns: Turns) -> Value:
    """The list of what an expression is at the positions for which a test holds."""
    if isinstance(item, Scalar) and item.place == variable:
        return Places(lambda p: replaced(test, variable, p), turns.upward)
    if isinstance(item, Word) and turns.of_words and item.place == variable:
        return Words(lambda p: replaced(test, variable, p), item.number)
    for by in (-1, 1):
        if isinstance(item, Scalar) and item.place == step(variable, by):

            def there(p: Code, back: int = -by) -> Code:
                origin = step(p, back)
                return both(negated(make("is", origin)), replaced(test, variable, origin))

            return Places(there, turns.upward)
    return Table(
        lambda p: moved(item, variable, p), lambda p: replaced(test, variable, p), turns.upward
    )


def _at(
    scope: Scope, element: ast.expr, part: ast.comprehension, values: tuple[Value, ...]
) -> tuple[Value, Code]:
    with scope.inside(bound(part.target, values)):
        test = both(*[condition(scope, one) for one in part.ifs])
        return scope.value(element), test


def _listed(
    scope: Scope,
    element: ast.expr,
    part: ast.comprehension,
    items: tuple[tuple[Value, ...], ...],
) -> Value:
    listed = []
    for values in items:
        item, test = _at(scope, element, part, values)
        if test == FALSE:
            continue
        listed.append(item if test == TRUE else Single(item, test))
    return Items(tuple(listed))


def bound(target: ast.expr, values: tuple[Value, ...]) -> dict[str, Value]:
    """The names that a loop's target gives to its values."""
    if isinstance(target, ast.Name):
        return {target.id: values[0] if len(values) == 1 else Items(values)}
    if isinstance(target, ast.Tuple):
        if len(values) == 1 and isinstance(values[0], Items):
            values = values[0].items
        if len(values) == len(target.elts):
            names: dict[str, Value] = {}
            for part, value in zip(target.elts, values, strict=True):
                names |= bound(part, (value,))
            return names
    raise Refused("a loop that takes its values apart in another way", target.lineno)
