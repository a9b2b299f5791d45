"""Loops at the top of a program: over the queries, around them, over literals, and searches."""

import ast

from attndsl.authoring.porting.cells import Cells
from attndsl.authoring.porting.code import K, Q
from attndsl.authoring.porting.comprehensions import bound
from attndsl.authoring.porting.keyloops import over_keys
from attndsl.authoring.porting.leaving import assigned, grown
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
from attndsl.authoring.porting.values import Matrix, Unknown, Value

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
        over_keys(cells, statement, turns)


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


LOOPS["for"] = loop  # type: ignore[assignment]  # it is only called with a scope of cells
