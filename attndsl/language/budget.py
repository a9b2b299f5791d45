"""What checking one file may cost: one budget, in steps of about a microsecond.

It grows with the code of the file (blanks and comments left out), so that no file takes much longer
than its size allows, however it is written. Joining sets, making terms, rewriting and telling what
is wrong all spend from it; who spends more than there is ends with a diagnostic.

>>> budget = Budget.for_code(1000)
>>> budget.spend(100_000); budget.left
60000
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

from attndsl.language.diagnostics import Diagnostic, Severity, Span

BASE = 150_000
PER_CHARACTER = 10

# What things cost.
SET_ITEM, BUILD = 1, 2
NEW_TERM, REWRITE, ASSUME = 6, 12, 2
PER_TERM = 12  # walks over a finished program: its facts, costs, doubts
DIAGNOSTIC = 10

MAX_DIAGNOSTICS = 1000  # of one file


class TooCostly(Exception):
    """The budget is spent."""


@dataclass(slots=True)
class Budget:
    """Steps that are left; without a number there is no end of them."""

    left: float = inf
    place: Span = field(default_factory=lambda: Span(1, 1, 1, 1))  # what is being looked at

    @classmethod
    def for_code(cls, size: int) -> "Budget":
        """For a file with so many characters of code."""
        return cls(BASE + PER_CHARACTER * size)

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise TooCostly

    def overspent(self, file: str) -> Diagnostic:
        """The diagnostic where what is left is less than nothing."""
        message = "checking this file takes longer than a file of its size may: it stopped here"
        hint = "write smaller sets, fewer calls of helpers in helpers and fewer nested conditions"
        return Diagnostic("ATT016", "error", message, self.place, hint, file)


def listed(diagnostics: Sequence[Diagnostic], file: str) -> tuple[Diagnostic, ...]:
    """As many as a person can use; the last says whether errors were left out."""
    kept, rest = diagnostics[:MAX_DIAGNOSTICS], diagnostics[MAX_DIAGNOSTICS:]
    if not rest:
        return tuple(kept)
    severity: Severity = "error" if any(one.severity == "error" for one in rest) else "warning"
    message = f"{len(rest)} more errors and warnings aren't listed"
    return (
        *kept,
        Diagnostic("ATT015", severity, message, rest[0].span, "mend those above first", file),
    )
