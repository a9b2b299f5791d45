"""Lists and tables after the loop that made them."""

import ast
from collections.abc import Set

from attndsl.authoring.porting.code import (
    Code,
    both,
    either,
    replaced,
)
from attndsl.authoring.porting.comprehensions import listed
from attndsl.authoring.porting.effects import Run
from attndsl.authoring.porting.folds import after_loop
from attndsl.authoring.porting.joins import joined, places_of, words_of
from attndsl.authoring.porting.leaving import assigned
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.values import (
    Items,
    Places,
    Table,
    Unknown,
    Value,
    Words,
    moved,
)


def lists_after(
    scope: Scope, made: Run, name: str, items: list[tuple[Value, Code]], before: Value
) -> Value:
    """A list after a loop that appended to it."""
    within = both(made.domain, made.not_over(scope))
    item, test = items[-1]
    for other, path in items[-2::-1]:
        item = joined(scope, path, other, item)
        test = either(path, test)
    if isinstance(item, Unknown):
        raise item.refusal
    new = listed(made.variable, item, both(within, test), made.turns)
    if isinstance(before, Items) and not before.items:
        return new
    if isinstance(new, Words):
        first, second = words_of(scope, before), new
        return Words(lambda p: either(first.test(p), second.test(p)), new.numbers)
    a, b = places_of(scope, before), places_of(scope, new)
    return Places(lambda p: either(a.test(p), b.test(p)), a.upward and b.upward)


def merged_after(scope: Scope, made: Run, items: list[tuple[Value, Code]], before: Value) -> Value:
    """A list after a loop in which inner loops appended to it."""
    within = both(made.domain, made.not_over(scope))
    lists = [(places_of(scope, value), path) for value, path in items]
    old = places_of(scope, before)

    def test(place: Code) -> Code:
        inside = [
            scope.aggregate("any", made.variable, made.variable,
                            both(within, path, value.test(place)))
            for value, path in lists
        ]  # fmt: skip
        return either(old.test(place), *inside)

    return Places(test)


def finished(scope: Scope, loop: ast.For, made: Run, wanted: Set[str]) -> dict[str, Value]:
    """The wanted names, lists and tables after a loop that writes no cells."""
    given = assigned(loop.body)
    names = after_loop(scope, made, [name for name in given if name in wanted])
    for name in given:
        if name not in wanted:
            names[name] = Unknown(Refused(f"{name} after its loop", loop.lineno))
    for name, items in made.turn.appended.items():
        before = scope.names.get(name)
        if before is None:
            raise Refused(f"nothing defines {name}", loop.lineno)
        names[name] = lists_after(scope, made, name, items, before)
    for name, merged in made.turn.merged.items():
        before = names.get(name) if name in made.turn.appended else scope.names.get(name)
        if before is None:
            raise Refused(f"nothing defines {name}", loop.lineno)
        names[name] = merged_after(scope, made, merged, before)
    for name, table in made.turn.before.items():
        if isinstance(table, Table) and name not in made.turn.appended:
            names[name] = _filled(scope, made, name, table)
    for node in ast.walk(loop.target):
        if isinstance(node, ast.Name):
            refusal = Refused(f"{node.id} after its loop", loop.lineno)
            names[node.id] = Unknown(refusal)
    return names


def _filled(scope: Scope, made: Run, name: str, before: Table) -> Table:
    last = made.names[name]
    if not isinstance(last, Table):
        raise Refused(f"what becomes of the table {name}")
    value, test = last.value(made.variable), last.test(made.variable)
    within = both(made.domain, made.not_over(scope))

    def at(place: Code) -> Value:
        there = replaced(both(within, test), made.variable, place)
        return joined(scope, there, moved(value, made.variable, place), before.value(place))

    def there(place: Code) -> Code:
        return either(before.test(place), replaced(both(within, test), made.variable, place))

    return Table(at, there, made.turns.upward)
