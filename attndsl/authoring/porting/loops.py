"""Loops that carry names along: run once on a symbol, and told by what became of each name."""

import ast

from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    K,
    arithmetic,
    both,
    choose,
    either,
    make,
    negated,
)
from attndsl.authoring.porting.comprehensions import bound
from attndsl.authoring.porting.conditions import condition, numeric_of
from attndsl.authoring.porting.effects import Run, Turn, Write
from attndsl.authoring.porting.expressions import worked
from attndsl.authoring.porting.folds import after_loop
from attndsl.authoring.porting.joins import joined
from attndsl.authoring.porting.leaving import assigned, grown, settled
from attndsl.authoring.porting.lists import lists_after
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.subscripts import column_test
from attndsl.authoring.porting.texts import described
from attndsl.authoring.porting.turns import turns_of
from attndsl.authoring.porting.unrolled import written_out
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
)
from attndsl.authoring.porting.whiles import walked

UPDATES: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
}  # fmt: skip


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
            own = symbol if _adds_own(body, name, bound(loop.target, values), symbol) else None
            names[name] = Carried(name, held, own)
    with scope.inside({**names, **bound(loop.target, values)}):
        execute(scope, body, TRUE, turn)
        after = dict(scope.names)
    return Run(turns, symbol, domain, turn, after, either(*turn.breaks))


def _adds_own(body: list[ast.stmt], listed: str, names: dict[str, Value], symbol: Code) -> bool:
    """Whether all that turns add to a list is the index that they are at."""
    own = {word for word, value in names.items()
           if isinstance(value, Scalar) and value.place == symbol}  # fmt: skip
    for node in (inner for statement in body for inner in ast.walk(statement)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(f"{listed}."):
            given = node.args[0] if len(node.args) == 1 else None
            if not (isinstance(given, ast.Name) and given.id in own - set(assigned(body))):
                return False
    return True


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
            assigned = _lazily(scope, value, targets)
            for target in targets:
                _assign(scope, target, "", assigned, path, turn)
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
        case ast.While():
            word, place = walked(scope, statement)
            scope.names = {**scope.names, word: place}
        case ast.Expr(ast.Constant()) | ast.Pass():
            pass
        case ast.Try(body, handlers):
            lines = ", ".join(str(one.lineno) for one in handlers)
            scope.note(f"left out, as nothing fails here: except (line {lines})")
            execute(scope, settled(body), path, turn)
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(word), method), [value])) if method in (
            "append",
            "add",
        ):
            turn.appended.setdefault(word, []).append((scope.value(value), path))
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(word), "extend" | "update"), [value])):
            turn.merged.setdefault(word, []).append((scope.value(value), path))
        case _:
            raise Refused(f"{ast.unparse(statement).splitlines()[0][:60]} inside of a loop")


def _lazily(scope: Scope, value: ast.expr, targets: list[ast.expr]) -> Value:
    """What a name is given: one that can't be said is refused where it is read."""
    try:
        return scope.value(value)
    except Refused as refused:
        if all(isinstance(target, ast.Name) for target in targets) and type(refused) is Refused:
            return Unknown(refused.at(value.lineno))
        raise


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
    target = by_row_and_column(scope, target)
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


def by_row_and_column(scope: Scope, target: ast.Subscript) -> ast.Subscript:
    """`A[i][j]` as `A[i, j]`."""
    match target.value:
        case ast.Subscript(ast.Name(word) as matrix, row) if not isinstance(
            target.slice, ast.Tuple
        ):
            if isinstance(scope.names.get(word), Matrix):
                both_of = ast.Tuple([row, target.slice], ast.Load())
                return ast.copy_location(ast.Subscript(matrix, both_of, target.ctx), target)
    return target


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
    if scope.key:
        _remember(scope, local, key, operator, numeric_of(scope, value), path)
    return Write(local, row, key, test, operator, numeric_of(scope, value), path, target.lineno)


def _remember(
    scope: Scope, local: str, key: Value | None, operator: str, value: Code, path: Code
) -> None:
    """What a turn's own cell holds after a write, for what reads it later in the turn."""
    cell = make("name", local)
    old = scope.written.get(cell, cell)
    if not isinstance(key, Scalar) or key.place != K or old is None:
        scope.written[cell] = None
        return
    new = arithmetic(operator, old, value) if operator else value
    scope.written[cell] = choose(path, new, old)


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
            execute(scope, settled(written_out(loop, turns.items)), path, turn)
            return
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
        appended = lists_after(scope, inner, name, items, Items(()))
        turn.merged.setdefault(name, []).append((appended, path))
    scope.names = {**scope.names, **names}
    if set(inner.turn.before) & set(inner.names) - set(assigned(loop.body)) and any(
        isinstance(inner.turn.before[name], Table) for name in inner.turn.before
    ):
        raise Refused("a table filled in a loop inside of another")
