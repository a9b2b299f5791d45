"""Loops at the top of a program: over the queries, over keys, over offsets, and searches."""

import ast
from dataclasses import replace

from attndsl.authoring.porting.afterwards import names_after, names_so_far, unbroken_at
from attndsl.authoring.porting.cells import Cells
from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    K,
    Q,
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
from attndsl.authoring.porting.comprehensions import bound
from attndsl.authoring.porting.effects import Run, Write
from attndsl.authoring.porting.fixed import by_writes
from attndsl.authoring.porting.leaving import assigned, grown, settled
from attndsl.authoring.porting.lists import finished
from attndsl.authoring.porting.loops import run
from attndsl.authoring.porting.puts import function_of
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import LOOPS
from attndsl.authoring.porting.subscripts import ReadsRow
from attndsl.authoring.porting.survey import (
    body_of,
    breaks,
    moves_keys,
    names_in,
    read_after,
    rows_of,
    writes_cells,
)
from attndsl.authoring.porting.turns import Turns, turns_of
from attndsl.authoring.porting.unrolled import written_out
from attndsl.authoring.porting.values import (
    Matrix,
    Scalar,
    Unknown,
    Value,
    numeric,
)

LONG = 5  # turns over literals that are written as one condition rather than one by one


def loop(cells: Cells, statement: ast.For) -> None:
    """Any loop outside of another that is a fold."""
    scope = cells.scope
    if not scope.at_row and rows_of(cells, statement) & names_in(statement.target):
        _rows(cells, statement)
        return
    turns = turns_of(scope, statement.iter)
    writes = writes_cells(cells, statement)
    if turns.single is not None:
        values, test = turns.single
        scope.names = {**scope.names, **bound(statement.target, values)}
        cells.branch(test, body_of(statement), [])
    elif turns.items is not None and not (
        turns.at is not None and len(turns.items) > LONG and (writes or breaks(statement))
    ):
        _one_by_one(cells, statement, turns.items)
    elif not writes:
        _search(cells, statement)
    elif not scope.at_row:
        _columns(cells, statement, turns)
    else:
        _keys(cells, statement, turns)


def _one_by_one(cells: Cells, loop: ast.For, items: tuple[tuple[Value, ...], ...]) -> None:
    if breaks(loop) and items:
        cells.block(written_out(loop, items))
        return
    for values in items:
        cells.scope.names = {**cells.scope.names, **bound(loop.target, values)}
        cells.block(loop.body)


def _search(cells: Cells, loop: ast.For) -> None:
    """A loop that writes no cell: what the names are after it."""
    scope, later = cells.scope, read_after(cells, loop)
    try:
        names = finished(scope, loop, run(scope, loop), later)
    except ReadsRow:
        with scope.at_key():
            names = finished(scope, loop, run(scope, loop, K), later)
    for word, value in names.items():
        cells.bind(word, value if scope.at_row else function_of(cells, word, value))


# --- rows ------------------------------------------------------------------------------------


def _rows(cells: Cells, loop: ast.For) -> None:
    """The loop over queries: its variable is q."""
    scope = cells.scope
    turns = turns_of(scope, loop.iter)
    if turns.at is None:
        raise Refused("a loop over rows that isn't over positions", loop.lineno)
    if any(isinstance(one, ast.Break) for one in ast.walk(loop)) and breaks(loop):
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
    if turns.at is None or breaks(loop) or turns.of_words:
        raise Refused("a loop around the one over rows", loop.lineno)
    scope = cells.scope
    inner = [one for one in ast.walk(loop) if isinstance(one, ast.For) and one is not loop]
    rows = rows_of(cells, loop)
    if not any(names_in(one.target) & rows for one in inner) and not moves_keys(cells, loop):
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
    except ReadsRow:
        made = None
    finally:
        scope.keep = scope_keep
    if made is None and (assigned_before(cells, loop) or breaks(loop)):
        with scope.at_key():
            made = run(scope, loop, K)
        if scope.reads_cells(made.stop, made.domain):
            raise Refused("a loop that cells of the row end", loop.lineno)
    if made is None:
        _at_key(cells, loop, turns, None, K)
        return
    kinds = {_kind(write, made) for write in made.turn.writes}
    if turns.of_words and kinds == {"of its word"}:
        values, test = turns.at(K) if turns.at else ((), TRUE)
        scope.names = {**scope.names, **bound(loop.target, values)}
        cells.branch(test, body_of(loop), [])
    elif kinds == {"own"}:
        _at_key(cells, loop, turns, made, K)
    elif kinds == {"offset"}:
        _offsets(cells, loop, made)
    elif kinds <= {"own", "shift"} and not breaks(loop):
        _shifts(cells, loop, turns, made)
    elif kinds == {"own", "fixed"} and _apart(made) and not assigned_before(cells, loop):
        _own_and_fixed(cells, loop, turns, made)
    else:
        by_writes(cells, made, loop)


def _apart(made: Run) -> bool:
    """Whether no turn writes the fixed cell as its own too, or all only add to cells."""
    if all(write.operator in ("+", "-") for write in made.turn.writes):
        return True
    fixed = {w.column.place for w in made.turn.writes
             if _kind(w, made) == "fixed" and isinstance(w.column, Scalar)}  # fmt: skip
    return fixed == {Q} and all(
        any(_is_elsewhere(part, made.variable) for part in conjuncts(both(made.domain, w.path)))
        for w in made.turn.writes
        if _kind(w, made) == "own"
    )


def _is_elsewhere(part: Code, symbol: Code) -> bool:
    """Whether a condition says that a position isn't the query."""
    if part.op != "compare" or part.parts[0] not in ("!=", "<", ">"):
        return False
    return set(part.codes) in ({symbol, Q}, {index(symbol), index(Q)})


def _own_and_fixed(cells: Cells, loop: ast.For, turns: Turns, made: Run) -> None:
    """A loop that writes its own cell and one that doesn't move: one after the other."""
    own = [write for write in made.turn.writes if _kind(write, made) == "own"]
    rest = [write for write in made.turn.writes if _kind(write, made) != "own"]
    names = cells.scope.names
    for one in rest:
        by_writes(cells, replace(made, turn=replace(made.turn, writes=[one])), loop)
    cells.scope.names = names
    cells.only, cells.leaves_fixed = K, True
    _at_key(cells, loop, turns, replace(made, turn=replace(made.turn, writes=own)), K)
    cells.only, cells.leaves_fixed = None, False


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
    return part.op == "call" and part.parts[0] == "same_word" and set(part.codes) == {place, word}


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
        if made.variable == K:
            with scope.at_key():
                after = names_after(cells, loop, made)
        else:
            after = names_after(cells, loop, made)
        scope.names = {**scope.names, **names_so_far(cells, loop, made, place)}
    before = scope.names
    scope.names = {**before, **bound(loop.target, values)}
    cells.branch(test, body_of(loop), [])
    lost = {*assigned(loop.body), *names_in(loop.target)}
    scope.names = {
        word: Unknown(Refused(f"{word} after its loop", loop.lineno)) if word in lost else value
        for word, value in {**scope.names, **before}.items()
    } | after


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
        lost = {*assigned(loop.body), *names_in(loop.target)}
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


LOOPS["for"] = loop  # type: ignore[assignment]  # it is only called with a scope of cells
