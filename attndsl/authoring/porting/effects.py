"""What a loop does to cells, lists and names, as found by one turn of it on a symbol."""

import ast
from dataclasses import dataclass, field

from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    both,
    index,
    make,
    negated,
    replaced,
)
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.turns import Turns
from attndsl.authoring.porting.values import (
    Carried,
    Choice,
    Value,
)


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


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that a name gets in a turn, and when."""

    test: Code
    value: Value


def leaves(value: Value, path: Code = TRUE) -> list[Leaf]:
    """The values that a name may get in a turn; one that stays is left out."""
    if isinstance(value, Choice):
        yes = leaves(value.yes, both(path, value.test))
        return [*yes, *leaves(value.no, both(path, negated(value.test)))]
    return [] if isinstance(value, Carried) else [Leaf(path, value)]
