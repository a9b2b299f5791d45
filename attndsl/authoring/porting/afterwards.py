"""Names along and after a loop that writes cells: what a turn finds, what is left at the end."""

import ast
from dataclasses import replace

from attndsl.authoring.porting.cells import Cells
from attndsl.authoring.porting.code import (
    Code,
    K,
    both,
    index,
    make,
    mentions,
    replaced,
)
from attndsl.authoring.porting.effects import Run, unbroken
from attndsl.authoring.porting.folds import after_loop
from attndsl.authoring.porting.leaving import assigned, grown
from attndsl.authoring.porting.lists import finished
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.survey import read_after
from attndsl.authoring.porting.values import (
    Scalar,
    Value,
)


def unbroken_at(cells: Cells, made: Run, place: Code) -> Code:
    """That no turn before that of a position ended the loop."""
    held = unbroken(cells.scope, made.turns, made.variable, made.domain, made.stop)
    return replaced(held, made.variable, place)


def names_after(cells: Cells, loop: ast.For, made: Run) -> dict[str, Value]:
    """What names that are read later are after the loop, under names of their own."""
    scope = cells.scope
    later = read_after(cells, loop)
    names = after_loop(scope, made, [word for word in assigned(loop.body) if word in later])
    after: dict[str, Value] = {}
    for word, value in names.items():
        if isinstance(value, Scalar) and value.kind != "text":
            held = scope.names.get(word)
            cells.bind(f"{word}_after", value)
            after[word] = scope.names[f"{word}_after"]
            scope.names = {w: v for w, v in scope.names.items() if w != f"{word}_after"}
            if held is not None:
                scope.names[word] = held
        else:
            after[word] = value
    for word in grown(loop.body):
        if word in made.turn.appended or word in made.turn.merged:
            after |= {w: v for w, v in finished(scope, loop, made, set()).items() if w == word}
    return after


def names_so_far(cells: Cells, loop: ast.For, made: Run, place: Code) -> dict[str, Value]:
    """What names carried along hold as the turn of a position begins."""
    scope, symbol = cells.scope, made.variable
    carried = [word for word in assigned(loop.body) if _carried(made, word)]
    if not carried:
        return {}
    if symbol == K:
        raise Refused("a name carried along in a loop that reads cells of the row", loop.lineno)
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
