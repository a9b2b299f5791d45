"""Loops that carry names along: run once on a symbol, and told by what became of each name."""

import ast
from collections.abc import Set
from dataclasses import dataclass, field

from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    both,
    either,
    index,
    make,
    negated,
    replaced,
)
from attndsl.authoring.porting.conditions import condition, numeric_of
from attndsl.authoring.porting.expressions import bound, column_test, listed, worked
from attndsl.authoring.porting.folds import after_loop
from attndsl.authoring.porting.joins import joined, places_of
from attndsl.authoring.porting.leaving import assigned, grown, settled
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.texts import described
from attndsl.authoring.porting.turns import Turns, turns_of
from attndsl.authoring.porting.values import (
    Carried,
    Items,
    Matrix,
    Places,
    Row,
    Scalar,
    Table,
    Unknown,
    Value,
    Words,
    moved,
)

UPDATES: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Write:
    """A cell written inside of a loop."""

    local: str
    row: ast.expr | None
    column: Value | None  # None: a slice, and `test` says which keys
    test: Code
    operator: str
    value: Code
    path: Code
    line: int


@dataclass(slots=True)
class Turn:
    """What one turn of a loop does beside giving names values, by the condition of each."""

    variable: Code
    appended: dict[str, list[tuple[Value, Code]]] = field(default_factory=dict)
    merged: dict[str, list[tuple[Value, Code]]] = field(default_factory=dict)
    breaks: list[Code] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    before: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A loop run on a symbol: what it goes over there, what it did, what the names became."""

    turns: Turns
    variable: Code
    domain: Code
    turn: Turn
    names: dict[str, Value]
    stop: Code  # when a turn is the loop's last

    def not_over(self, scope: Scope) -> Code:
        """That no turn before this one was the last."""
        return unbroken(scope, self.turns, self.variable, self.domain, self.stop)


def unbroken(scope: Scope, turns: Turns, variable: Code, domain: Code, stop: Code) -> Code:
    """That no earlier turn of a loop ended it."""
    if stop == FALSE:
        return TRUE
    other = scope.fresh()
    side = "<" if turns.upward else ">"
    earlier = make("compare", side, index(other), index(variable))
    test = both(earlier, replaced(both(domain, stop), variable, other))
    return negated(scope.aggregate("any", other, other, test))


def run(scope: Scope, loop: ast.For, variable: Code | None = None) -> Run:
    """One turn of a loop on a symbol; the scope's names are as before."""
    turns = turns_of(scope, loop.iter)
    symbol = variable or scope.fresh()
    if turns.at is None:
        raise Refused("a loop over a literal list inside of another", loop.lineno)
    values, domain = turns.at(symbol)
    body = settled(loop.body)
    turn = Turn(symbol)
    names: dict[str, Value] = {}
    for name in assigned(body):
        names[name] = Carried(name, scope.names.get(name, Unknown(Refused(f"nothing before the "
                              f"loop gives {name} a value", loop.lineno))))  # fmt: skip
    for name in grown(body):
        held = scope.names.get(name)
        if isinstance(held, Table):
            turn.before[name] = held
            names[name] = _at_symbol(held, symbol)
        elif isinstance(held, Items | Places | Words) and name not in assigned(body):
            turn.before[name] = held
            names[name] = Carried(name, held)
    with scope.inside({**names, **bound(loop.target, values)}):
        execute(scope, body, TRUE, turn)
        after = dict(scope.names)
    return Run(turns, symbol, domain, turn, after, either(*turn.breaks))


def _at_symbol(table: Table, symbol: Code) -> Table:
    """A table while it is filled: known at the place of this turn only."""

    def value(place: Code) -> Value:
        if place == symbol:
            return table.value(place)
        return Unknown(Refused("a table is read while a loop fills it"))

    return Table(value, table.test, table.upward)


# --- one turn --------------------------------------------------------------------------------


def execute(scope: Scope, statements: list[ast.stmt], path: Code, turn: Turn) -> None:
    """Run statements on symbols: names in the scope, all else in the turn."""
    for statement in statements:
        if path == FALSE or isinstance(statement, ast.Continue):
            return
        if isinstance(statement, ast.Break):
            turn.breaks.append(path)
            return
        try:
            _statement(scope, statement, path, turn)
        except Refused as refused:
            raise refused.at(statement.lineno) from None


def _statement(scope: Scope, statement: ast.stmt, path: Code, turn: Turn) -> None:
    match statement:
        case ast.Assign(targets, value):
            found = scope.value(value)
            for target in targets:
                _assign(scope, target, "", found, path, turn)
        case ast.AnnAssign(target, _, value):
            if value is not None:
                _assign(scope, target, "", scope.value(value), path, turn)
        case ast.AugAssign(ast.Name(word) as target, operation, value):
            old, other = scope.value(ast.copy_location(ast.Name(word), target)), scope.value(value)
            if isinstance(old, Row | Matrix):
                raise Refused("a whole row changed inside of a loop")
            _assign(scope, target, "", worked(scope, operation, old, other), path, turn)
        case ast.AugAssign(target, operation, value):
            if type(operation) not in UPDATES:
                raise Refused(f"the update by {type(operation).__name__}")
            _assign(scope, target, UPDATES[type(operation)], scope.value(value), path, turn)
        case ast.If(test, body, orelse):
            held = condition(scope, test)
            before = dict(scope.names)
            execute(scope, body, both(path, held), turn)
            yes, scope.names = scope.names, dict(before)
            execute(scope, orelse, both(path, negated(held)), turn)
            scope.names = merged_names(scope, held, yes, scope.names)
        case ast.For():
            _nested(scope, statement, path, turn)
        case ast.Expr(ast.Constant()) | ast.Pass():
            pass
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(word), method), [value])) if method in (
            "append",
            "add",
        ):
            turn.appended.setdefault(word, []).append((scope.value(value), path))
        case _:
            raise Refused(f"{ast.unparse(statement).splitlines()[0][:60]} inside of a loop")


def merged_names(
    scope: Scope, test: Code, yes: dict[str, Value], no: dict[str, Value]
) -> dict[str, Value]:
    """The names after an `if`: those of one branch only are as there."""
    names = {}
    for name in {**yes, **no}:
        first, second = yes.get(name), no.get(name)
        if first is None:
            first = second
        assert first is not None
        apart = second is not None and first is not second
        names[name] = joined(scope, test, first, second) if second is not None and apart else first
    return names


def _assign(
    scope: Scope, target: ast.expr, operator: str, value: Value, path: Code, turn: Turn
) -> None:
    if isinstance(target, ast.Name):
        scope.names = {**scope.names, target.id: value}
        return
    if isinstance(target, ast.Tuple):
        scope.names = {**scope.names, **bound(target, (value,))}
        return
    if not isinstance(target, ast.Subscript):
        raise Refused("a value given to what isn't a name or a cell")
    whole = scope.value(target.value)
    if isinstance(whole, Carried) and isinstance(whole.before, Items):
        whole = whole.before
    if isinstance(whole, Matrix | Row):
        turn.writes.append(_write(scope, whole, target, operator, value, path))
        return
    root = target.value.id if isinstance(target.value, ast.Name) else ""
    if isinstance(whole, Items) and not whole.items:
        whole = Table(lambda p: Unknown(Refused("a dict's entry before it is given")), _never)
        turn.before.setdefault(root, whole)
        whole = _at_symbol(whole, turn.variable)
    if not isinstance(whole, Table) or not root:
        raise Refused(f"a write into {described(whole)}")
    key = scope.value(target.slice)
    if not (isinstance(key, Scalar) and key.place == turn.variable):
        raise Refused("an entry of a table at another place than the loop's own")
    held = whole
    if operator:
        old = held.value(turn.variable)
        if isinstance(old, Unknown):
            raise old.refusal
        operation = next(kind for kind, word in UPDATES.items() if word == operator)
        value = worked(scope, operation(), old, value)
    new = value
    filled = Table(
        lambda p: new if p == turn.variable else held.value(p),
        lambda p: TRUE if p == turn.variable else held.test(p),
        held.upward,
    )
    scope.names = {**scope.names, root: filled}


def _never(place: Code) -> Code:
    return FALSE


def _write(
    scope: Scope, whole: Matrix | Row, target: ast.Subscript, operator: str, value: Value,
    path: Code,
) -> Write:  # fmt: skip
    local = whole.local
    if not local:
        raise Refused("a write into a row that isn't kept under a name")
    row, column = (None, target.slice)
    if isinstance(whole, Matrix):
        if not isinstance(target.slice, ast.Tuple) or len(target.slice.elts) != 2:
            raise Refused("a whole row written inside of a loop")
        row, column = target.slice.elts
    if isinstance(column, ast.Slice):
        key, test = None, column_test(scope, column)
    else:
        key, test = scope.value(column), column_test(scope, column)
    return Write(local, row, key, test, operator, numeric_of(scope, value), path, target.lineno)


def _nested(scope: Scope, loop: ast.For, path: Code, turn: Turn) -> None:
    turns = turns_of(scope, loop.iter)
    if turns.single is not None:
        values, test = turns.single
        before = dict(scope.names)
        scope.names = {**scope.names, **bound(loop.target, values)}
        breaks = len(turn.breaks)
        execute(scope, settled(loop.body), both(path, test), turn)
        del turn.breaks[breaks:]
        scope.names = merged_names(scope, test, scope.names, before)
        return
    if turns.items is not None:
        if any(isinstance(node, ast.Break) for node in ast.walk(loop)):
            raise Refused("break in a loop over a literal list")
        for values in turns.items:
            scope.names = {**scope.names, **bound(loop.target, values)}
            execute(scope, settled(loop.body), path, turn)
        return
    inner = run(scope, loop)
    within = both(inner.domain, inner.not_over(scope))
    for write in inner.turn.writes:
        held = both(path, within, write.path)
        turn.writes.append(
            Write(write.local, write.row, write.column, write.test, write.operator, write.value,
                  held, write.line)
        )  # fmt: skip
    names = after_loop(scope, inner, assigned(loop.body))
    for name, items in inner.turn.appended.items():
        found = lists_after(scope, inner, name, items, Items(()))
        turn.merged.setdefault(name, []).append((found, path))
    scope.names = {**scope.names, **names}
    if set(inner.turn.before) & set(inner.names) - set(assigned(loop.body)) and any(
        isinstance(inner.turn.before[name], Table) for name in inner.turn.before
    ):
        raise Refused("a table filled in a loop inside of another")


# --- lists and tables ------------------------------------------------------------------------


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
    if isinstance(before, Words) and isinstance(new, Words):
        first, second = before, new
        return Words(lambda p: either(first.test(p), second.test(p)), new.numbers)
    a, b = places_of(scope, before), places_of(scope, new)
    return Places(lambda p: either(a.test(p), b.test(p)), a.upward and b.upward)


def merged_after(scope: Scope, made: Run, items: list[tuple[Value, Code]], before: Value) -> Value:
    """A list after a loop in which inner loops appended to it."""
    within = both(made.domain, made.not_over(scope))
    lists = [(places_of(scope, value), path) for value, path in items]
    old = places_of(scope, before)

    def test(place: Code) -> Code:
        found = [
            scope.aggregate("any", made.variable, made.variable,
                            both(within, path, value.test(place)))
            for value, path in lists
        ]  # fmt: skip
        return either(old.test(place), *found)

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
        if name in made.turn.merged:
            raise Refused("a list made by a loop and by a loop in it", loop.lineno)
        names[name] = lists_after(scope, made, name, items, before)
    for name, merged in made.turn.merged.items():
        names[name] = merged_after(scope, made, merged, scope.names[name])
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
