"""What is told of a program's cells, as JSON that the page unpacks where a head is opened.

All that is of one kind stands in one list, so that it packs well: the cells' texts, queries and
keys, the numbers of their forms (which parts, tests and factors they have), and all amounts.
"""

import json

from attndsl.report.cells import Reason
from attndsl.report.data import ProgramEntry

Form = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def told_of(program: ProgramEntry) -> str:
    """Cells in the order of texts, queries and keys."""
    cells = sorted(program.why, key=lambda one: (one.text, one.query, one.key))
    tests: dict[str, int] = {}
    forms: dict[Form, int] = {}
    told = {
        "texts": [one.text for one in cells],
        "queries": [one.query for one in cells],
        "keys": [one.key for one in cells],
        "of": [forms.setdefault(_form(one, tests), len(forms)) for one in cells],
        "amounts": [_short(amount) for one in cells for _, amount in (*one.parts, *one.factors)],
    }
    return json.dumps(told | {"tests": list(tests), "forms": list(forms)}, separators=(",", ":"))


def _form(one: Reason, tests: dict[str, int]) -> Form:
    """The numbers of a cell's parts, of the tests on the way to it, and of its factors."""
    taken = tuple(tests.setdefault(test, len(tests)) for test in one.taken)
    parts, factors = (tuple(number for number, _ in some) for some in (one.parts, one.factors))
    return parts, taken, factors


def _short(amount: float) -> float | int:
    """Two digits after the point are shown, and of factors two that count: one more is kept."""
    short = float(f"{amount:.3g}") if abs(amount) >= 0.01 else float(f"{amount:.2g}")
    return int(short) if short == int(short) else short
