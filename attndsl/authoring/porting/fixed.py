"""Cells that a loop writes and that don't move with it: sums, and whether there is a turn."""

import ast

from attndsl.authoring.porting.afterwards import names_after
from attndsl.authoring.porting.cells import Cells
from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    K,
    Q,
    arithmetic,
    both,
    conjuncts,
    make,
    mentions,
    negated,
    replaced,
)
from attndsl.authoring.porting.effects import Run
from attndsl.authoring.porting.leaving import assigned
from attndsl.authoring.porting.puts import flush, row_test
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.survey import names_in
from attndsl.authoring.porting.values import (
    Scalar,
    Unknown,
)


def by_writes(cells: Cells, made: Run, loop: ast.For) -> None:
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
            row_test(cells, write.row)
        path = both(path, test)
        outside = both(*[p for p in conjuncts(path) if not mentions(p, symbol)])
        inside = both(*[p for p in conjuncts(path) if mentions(p, symbol)])
        flush(cells, write.local)
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
            last_write = cells.keep("last_write", scope.aggregate(end, symbol, symbol, inside))
            outside = both(outside, negated(make("is", last_write)))
            total = replaced(value, symbol, last_write)
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
    lost = {*assigned(loop.body), *names_in(loop.target)}
    after = names_after(cells, loop, made)
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
