"""Loops at the top of a program: over the queries, over keys, over offsets, and searches."""

import ast
from collections.abc import Iterator
from dataclasses import replace

from attndsl.authoring.porting.cells import Cells
from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    K,
    Q,
    arithmetic,
    attribute,
    both,
    conjuncts,
    constant,
    index,
    make,
    mentions,
    minus,
    negated,
    number,
    plus,
    replaced,
    step,
)
from attndsl.authoring.porting.expressions import ReadsRow, bound
from attndsl.authoring.porting.folds import after_loop
from attndsl.authoring.porting.leaving import assigned, grown, settled
from attndsl.authoring.porting.loops import Run, Write, finished, run, unbroken
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import LOOPS
from attndsl.authoring.porting.turns import Turns, turns_of
from attndsl.authoring.porting.values import (
    Matrix,
    Row,
    Scalar,
    Unknown,
    Value,
    numeric,
)

LONG = 5  # turns over literals that are written as one condition rather than one by one


def loop(cells: Cells, statement: ast.For) -> None:
    """Any loop outside of another that is a fold."""
    scope = cells.scope
    if not scope.at_row and _row_of(cells, statement) & _names(statement.target):
        _rows(cells, statement)
        return
    turns = turns_of(scope, statement.iter)
    writes = _writes(cells, statement)
    if turns.single is not None:
        values, test = turns.single
        scope.names = {**scope.names, **bound(statement.target, values)}
        cells.branch(test, _unbroken(statement), [])
    elif turns.items is not None and not (
        turns.at is not None and len(turns.items) > LONG and (writes or _breaks(statement))
    ):
        _one_by_one(cells, statement, turns.items)
    elif not writes:
        _search(cells, statement)
    elif not scope.at_row:
        _columns(cells, statement, turns)
    else:
        _keys(cells, statement, turns)


def _one_by_one(cells: Cells, loop: ast.For, items: tuple[tuple[Value, ...], ...]) -> None:
    if _breaks(loop):
        raise Refused("break in a loop over a literal list", loop.lineno)
    for values in items:
        cells.scope.names = {**cells.scope.names, **bound(loop.target, values)}
        cells.block(loop.body)


def _search(cells: Cells, loop: ast.For) -> None:
    """A loop that writes no cell: what the names are after it."""
    scope, later = cells.scope, _read_after(cells, loop)
    try:
        names = finished(scope, loop, run(scope, loop), later)
    except ReadsRow:
        scope.key = True
        try:
            names = finished(scope, loop, run(scope, loop, K), later)
        finally:
            scope.key = False
    for word, value in names.items():
        cells.bind(word, value if scope.at_row else cells.function_of(word, value))


# --- rows ------------------------------------------------------------------------------------


def _rows(cells: Cells, loop: ast.For) -> None:
    """The loop over queries: its variable is q."""
    scope = cells.scope
    turns = turns_of(scope, loop.iter)
    if turns.at is None:
        raise Refused("a loop over rows that isn't over positions", loop.lineno)
    if any(isinstance(one, ast.Break) for one in ast.walk(loop)) and _breaks(loop):
        raise Refused("break in the loop over rows", loop.lineno)
    values, test = turns.at(Q)
    before = scope.names
    changed = {*assigned(loop.body), *grown(loop.body)}
    carried = {
        word: Unknown(Refused(f"{word} is carried from row to row", loop.lineno))
        for word in changed
        if word in before and not isinstance(before[word], Matrix)
    }
    scope.names = {**before, **carried, **bound(loop.target, values)}
    scope.at_row = True
    cells.branch(test, loop.body, [])
    scope.at_row = False
    scope.names = {
        word: value
        if word in before and word not in carried
        else Unknown(Refused(f"{word} as the last row left it", loop.lineno))
        for word, value in scope.names.items()
    }


def _columns(cells: Cells, loop: ast.For, turns: Turns) -> None:
    """A loop over keys outside of the one over queries."""
    if turns.at is None or _breaks(loop) or turns.of_words:
        raise Refused("a loop around the one over rows", loop.lineno)
    scope = cells.scope
    inner = [one for one in ast.walk(loop) if isinstance(one, ast.For) and one is not loop]
    rows = _row_of(cells, loop)
    if not any(_names(one.target) & rows for one in inner):
        raise Refused("cells written by a loop that isn't over rows", loop.lineno)
    values, test = turns.at(K)
    before = scope.names
    scope.names = {**before, **bound(loop.target, values)}
    cells.branch(test, loop.body, [])
    scope.names = before


# --- keys ------------------------------------------------------------------------------------


def _keys(cells: Cells, loop: ast.For, turns: Turns) -> None:
    """A loop in the one over queries that writes cells."""
    scope = cells.scope
    scope_keep = scope.keep
    try:
        made: Run | None = run(scope, loop)
        refused = None
    except ReadsRow as reads:
        made, refused = None, reads
    finally:
        scope.keep = scope_keep
    if made is None:
        if assigned_before(cells, loop) or _breaks(loop):
            raise refused or Refused("a loop that reads cells of the row")
        _at_key(cells, loop, turns, None, K)
        return
    kinds = {_kind(write, made) for write in made.turn.writes}
    if turns.of_words and kinds == {"of its word"}:
        values, test = turns.at(K) if turns.at else ((), TRUE)
        scope.names = {**scope.names, **bound(loop.target, values)}
        cells.branch(test, _unbroken(loop), [])
    elif kinds == {"own"}:
        _at_key(cells, loop, turns, made, K)
    elif kinds == {"offset"}:
        _offsets(cells, loop, made)
    elif kinds <= {"own", "shift"} and not _breaks(loop):
        _shifts(cells, loop, turns, made)
    else:
        _by_writes(cells, made, loop)


def assigned_before(cells: Cells, loop: ast.For) -> bool:
    """Whether a loop changes names that have a value before it and are read in it first."""
    names = set(assigned(loop.body)) & set(cells.scope.names)
    updated = {
        node.target.id
        for node in ast.walk(loop)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    first = _first_is_store(settled(loop.body))
    return bool({name for name in names & updated if name not in first})


def _first_is_store(statements: list[ast.stmt]) -> set[str]:
    return {
        target.id
        for statement in statements
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _kind(write: Write, made: Run) -> str:
    """Which cell a loop's write is in, seen from the loop's position."""
    column, symbol = write.column, made.variable
    if isinstance(column, Scalar):
        if column.place == symbol:
            return "own"
        if _shift(column, symbol) is not None:
            return "shift"
        code = column.code
        if code.op == "arithmetic" and code.parts[0] == "-" and code.code(2) == index(symbol):
            return "offset"
        place = column.place
        if place is not None and place.op == "name" and place not in (Q, K):
            word = made.variable if made.turns.of_words else None
            if word and any(_ties(part, place, word) for part in conjuncts(write.path)):
                return "of its word"
            return "inner"
        if not mentions(code, symbol):
            return "fixed"
        return "moving"
    return "moving" if mentions(write.test, symbol) else "fixed"


def _ties(part: Code, place: Code, word: Code) -> bool:
    ends = {attribute(place, "word"), attribute(word, "word")}
    return part.op == "compare" and set(part.codes) == ends


def _shift(column: Scalar, symbol: Code) -> int | None:
    place = column.place
    for by in (-1, 1):
        if place == step(symbol, by):
            return by
    if column.code.op == "arithmetic" and column.code.code(1) == index(symbol):
        held = constant(column.code.code(2))
        if held is not None and column.code.parts[0] in ("+", "-") and held == int(held):
            return int(held) if column.code.parts[0] == "+" else -int(held)
    return None


def _at_key(cells: Cells, loop: ast.For, turns: Turns, made: Run | None, place: Code) -> None:
    """The body once, with the loop's position in the place of its variable."""
    assert turns.at is not None
    scope = cells.scope
    values, test = turns.at(place)
    after: dict[str, Value] = {}
    if made is not None:
        test = both(test, unbroken_at(cells, made, place))
        after = _after(cells, loop, made)
        scope.names = {**scope.names, **_so_far(cells, loop, made, place)}
    before = scope.names
    scope.names = {**before, **bound(loop.target, values)}
    cells.branch(test, _unbroken(loop), [])
    lost = {*assigned(loop.body), *_names(loop.target)}
    scope.names = {
        word: Unknown(Refused(f"{word} after its loop", loop.lineno)) if word in lost else value
        for word, value in {**scope.names, **before}.items()
    } | after


def unbroken_at(cells: Cells, made: Run, place: Code) -> Code:
    """That no turn before that of a position ended the loop."""
    held = unbroken(cells.scope, made.turns, made.variable, made.domain, made.stop)
    return replaced(held, made.variable, place)


def _after(cells: Cells, loop: ast.For, made: Run) -> dict[str, Value]:
    """What names that are read later are after the loop, under names of their own."""
    scope = cells.scope
    later = _read_after(cells, loop)
    names = after_loop(scope, made, [word for word in assigned(loop.body) if word in later])
    found: dict[str, Value] = {}
    for word, value in names.items():
        if isinstance(value, Scalar) and value.kind != "text":
            held = scope.names.get(word)
            cells.bind(f"{word}_after", value)
            found[word] = scope.names[f"{word}_after"]
            scope.names = {w: v for w, v in scope.names.items() if w != f"{word}_after"}
            if held is not None:
                scope.names[word] = held
        else:
            found[word] = value
    for word in grown(loop.body):
        if word in made.turn.appended or word in made.turn.merged:
            found |= {w: v for w, v in finished(scope, loop, made, set()).items() if w == word}
    return found


def _so_far(cells: Cells, loop: ast.For, made: Run, place: Code) -> dict[str, Value]:
    """What names carried along hold as the turn of a position begins."""
    scope, symbol = cells.scope, made.variable
    carried = [word for word in assigned(loop.body) if _carried(made, word)]
    if not carried:
        return {}
    side = "<" if made.turns.upward else ">"
    earlier = replace(
        made, domain=both(made.domain, make("compare", side, index(symbol), index(place)))
    )
    return after_loop(scope, earlier, carried)


def _carried(made: Run, word: str) -> bool:
    """Whether anything a turn does reads what a name was before it."""
    old = [make("old", word), make("old", f"{word} is None"), make("old", f"{word} is as before")]
    codes = [made.stop]
    for write in made.turn.writes:
        codes += [write.value, write.path, write.test]
    return any(mentions(code, one) for code in codes for one in old)


def _shifts(cells: Cells, loop: ast.For, turns: Turns, made: Run) -> None:
    """A body that writes cells beside the loop's own: once for each of them."""
    shifts = sorted(
        {_shift(w.column, made.variable) or 0 for w in made.turn.writes
         if isinstance(w.column, Scalar)}
    )  # fmt: skip
    for by in shifts:
        place = step(K, -by)
        assert turns.at is not None
        before = cells.scope.names
        values, test = turns.at(place)
        values = tuple(
            Scalar("number", plus(index(K), number(-by)), place)
            if isinstance(one, Scalar) and one.place == place
            else one
            for one in values
        )
        cells.only = K if len(shifts) > 1 else None
        there = TRUE if by == 0 else negated(make("is", place))
        cells.scope.names = {**before, **bound(loop.target, values)}
        cells.branch(both(test, there), loop.body, [])
        cells.only = None
        lost = {*assigned(loop.body), *_names(loop.target)}
        cells.scope.names = {
            word: Unknown(Refused(f"{word} after its loop", loop.lineno)) if word in lost else held
            for word, held in before.items()
        }


def _offsets(cells: Cells, loop: ast.For, made: Run) -> None:
    """`for d in ...: A[i, i - d]`: d is the distance of k."""
    column = made.turn.writes[0].column
    assert isinstance(column, Scalar)
    base, symbol = column.code.code(1), made.variable
    if any(isinstance(w.column, Scalar) and w.column.code.code(1) != base
           for w in made.turn.writes):  # fmt: skip
        raise Refused("a loop over offsets from two places", loop.lineno)
    if not isinstance(loop.target, ast.Name) or made.turns.at is None:
        raise Refused("a loop over offsets of another form", loop.lineno)
    scope = cells.scope
    distance = minus(base, index(K))
    _, domain = made.turns.at(symbol)
    test = _of_distance(domain, symbol, distance)
    test = both(scope.compare(">=", distance, number(0)), test)
    if made.stop != FALSE:
        raise Refused("break in a loop over offsets", loop.lineno)
    before = scope.names
    scope.names = {**before, loop.target.id: numeric(distance)}
    cells.branch(test, loop.body, [])
    lost = {*assigned(loop.body), loop.target.id}
    scope.names = {
        word: Unknown(Refused(f"{word} after its loop", loop.lineno)) if word in lost else value
        for word, value in {**scope.names, **before}.items()
    }


def _of_distance(test: Code, symbol: Code, distance: Code) -> Code:
    """A condition on an index, asked of a number."""
    return replaced(test, index(symbol), distance)


# --- cells that don't move with the loop ----------------------------------------------------


def _by_writes(cells: Cells, made: Run, loop: ast.For) -> None:
    """Each write of a loop by itself: a sum over the turns, or whether there is such a turn."""
    scope, lines, symbol = cells.scope, cells.lines, made.variable
    within = both(made.domain, made.not_over(scope))
    if len({write.operator for write in made.turn.writes}) > 1:
        raise Refused("a loop that writes one cell in two ways", loop.lineno)
    for write in made.turn.writes:
        path, value, test = both(within, write.path), write.value, write.test
        column = write.column
        place = column.place if isinstance(column, Scalar) else None
        if place is not None and place.op == "name" and place not in (Q, K) and place != symbol:
            path, value = replaced(path, place, K), replaced(value, place, K)
            test = TRUE
        loose = [t for t in _loose(both(path, test)) | _loose(value) if t not in (Q, K, symbol)]
        loose = [t for t in loose if str(t.parts[0]).startswith("t")
                 and str(t.parts[0])[1:].isdigit()]  # fmt: skip
        if loose:
            raise Refused("cells written by a loop in a loop over other positions", write.line)
        if write.row is not None:
            cells.row_test(write.row)
        path = both(path, test)
        outside = both(*[p for p in conjuncts(path) if not mentions(p, symbol)])
        inside = both(*[p for p in conjuncts(path) if mentions(p, symbol)])
        cells.flush(write.local)
        if write.operator in ("+", "-"):
            total = scope.aggregate("sum", symbol, value, inside)
            if not mentions(value, symbol):
                many = scope.aggregate("count", symbol, symbol, inside)
                total = arithmetic("*", value, many)
        elif not mentions(value, symbol) and write.operator == "":
            outside = both(outside, scope.aggregate("any", symbol, symbol, inside))
            total = value
        elif write.operator == "":
            end = "last" if made.turns.upward else "first"
            found = cells.keep("last_write", scope.aggregate(end, symbol, symbol, inside))
            outside = both(outside, negated(make("is", found)))
            total = replaced(value, symbol, found)
        elif write.operator == "*" and not mentions(value, symbol):
            many = scope.aggregate("count", symbol, symbol, inside)
            total = make("arithmetic", "**", value, many)
        else:
            raise Refused("a cell multiplied by each turn of a loop", write.line)
        if outside == TRUE:
            lines.add(f"{write.local} {write.operator}= ", total)
        elif outside != FALSE:
            lines.add("if ", outside, ":")
            lines.margin += 1
            lines.add(f"{write.local} {write.operator}= ", total)
            lines.margin -= 1
    lost = {*assigned(loop.body), *_names(loop.target)}
    after = _after(cells, loop, made)
    for word in lost:
        scope.names[word] = Unknown(Refused(f"{word} after its loop", loop.lineno))
    scope.names = {**scope.names, **after}


def _loose(code: Code, held: frozenset[str] = frozenset()) -> set[Code]:
    """The names in a code that no aggregate in it gives values."""
    if code.op == "name":
        return set() if code.parts[0] in held else {code}
    if code.op == "aggregate":
        held = held | {str(code.parts[1])}
    return {one for part in code.codes for one in _loose(part, held)}


# --- looking at the tree ---------------------------------------------------------------------


def _names(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def _stores(loop: ast.stmt) -> list[ast.Subscript]:
    return [
        node
        for node in ast.walk(loop)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
    ]


def _holder(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _row_of(cells: Cells, loop: ast.For) -> set[str]:
    """The names that stand for rows where a loop writes matrices."""
    found: set[str] = set()
    for node in _stores(loop):
        if not isinstance(cells.scope.names.get(_holder(node)), Matrix):
            continue
        key = node.value.slice if isinstance(node.value, ast.Subscript) else node.slice
        if isinstance(key, ast.Tuple):
            key = key.elts[0]
        if isinstance(key, ast.Name):
            found.add(key.id)
    return found


def _writes(cells: Cells, loop: ast.For) -> bool:
    for node in _stores(loop):
        held = cells.scope.names.get(_holder(node))
        if isinstance(held, Matrix) or (isinstance(held, Row) and held.local):
            return True
    return False


def _breaks(loop: ast.For) -> bool:
    """Whether a loop has a break of its own."""

    def inside(statements: list[ast.stmt]) -> bool:
        return any(
            isinstance(one, ast.Break)
            or (isinstance(one, ast.If) and (inside(one.body) or inside(one.orelse)))
            or (isinstance(one, ast.Try) and inside(one.body))
            for one in statements
        )

    return inside(loop.body)


def _unbroken(loop: ast.For) -> list[ast.stmt]:
    """A body whose breaks were told by a condition: each is as `continue` here."""
    return settled(loop.body)


def _read_after(cells: Cells, loop: ast.For) -> set[str]:
    """The names whose next mention after a loop reads them."""
    first: dict[str, tuple[tuple[int, int], bool]] = {}
    last = loop.end_lineno or loop.lineno
    for statement in cells.body:
        for node in ast.walk(statement):
            for word, place, reads in _mentions(node):
                if place[0] > last and (word not in first or place < first[word][0]):
                    first[word] = place, reads
    return {word for word, (_, reads) in first.items() if reads}


def _mentions(node: ast.AST) -> Iterator[tuple[str, tuple[int, int], bool]]:
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, (node.lineno, -1), True
    elif isinstance(node, ast.Assign):  # what is assigned is read first: before its target
        for inner in ast.walk(node.value):
            if isinstance(inner, ast.Name):
                yield inner.id, (node.lineno, -1), True
    elif isinstance(node, ast.Name):
        yield node.id, (node.lineno, node.col_offset), isinstance(node.ctx, ast.Load)


LOOPS["for"] = loop  # type: ignore[assignment]
