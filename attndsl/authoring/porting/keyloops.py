"""Loops in the one over the queries that write cells: over keys, beside them, over offsets."""

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
from attndsl.authoring.porting.leaving import assigned, settled
from attndsl.authoring.porting.loops import run
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.subscripts import ReadsRow
from attndsl.authoring.porting.survey import body_of, breaks, names_in
from attndsl.authoring.porting.turns import Turns
from attndsl.authoring.porting.values import Scalar, Unknown, Value, numeric


def over_keys(cells: Cells, loop: ast.For, turns: Turns) -> None:
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
