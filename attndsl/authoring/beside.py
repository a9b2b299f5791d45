"""What stands beside a program on the workbench: the constant pattern, what a row rests."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.constants import Constant, packed
from attndsl.fit.places import Cells
from attndsl.heads.packing import unpack
from attndsl.language.mask import Mask

LENGTH, QUERY = 64, 32  # the text and the row on which a constant is told
STEPS = ((1, 1), (2, 2), (3, 4), (5, 8), (9, 16), (17, 31))  # distances that are told together

F64 = NDArray[np.float64]


def constant_row(
    constant: Constant, mask: Mask, ids: Sequence[int] | Cells, special: frozenset[int], query: int
) -> F64:
    """What a constant pattern puts on each key of a text at one query."""
    cells = packed([constant], mask, ids, special)[0]
    return np.asarray(unpack(cells, mask, len(ids))[query], np.float64)


def constant_told(constant: Constant, mask: Mask) -> str:
    """A constant pattern by what one row in the midst of a text gets of it.

    >>> from attndsl.fit.constants import EVENLY, FIRST
    >>> constant_told(FIRST, Mask("causal"))
    'query 32 of 64 puts 1.00 on the first token'
    >>> constant_told(EVENLY, Mask("window", 4))
    'query 32 of 64 puts 0.25 on itself, 0.25 on 1 back, 0.25 on 2 back, 0.25 on 3 to 4 back'
    """
    special = frozenset({1})
    row = constant_row(constant, mask, [1] + [0] * (LENGTH - 1), special, QUERY)
    named = [("the first token", row[0]), ("itself", row[QUERY])]
    named += [(_far(low, high, "back"), row[max(1, QUERY - high) : QUERY - low + 1].sum())
              for low, high in STEPS]  # fmt: skip
    named += [(_far(low, high, "ahead"), row[QUERY + low : QUERY + high + 1].sum())
              for low, high in STEPS]  # fmt: skip
    shares = ", ".join(f"{share:.2f} on {where}" for where, share in named if share >= 0.005)
    return f"query {QUERY} of {LENGTH} puts {shares}"


def rests(row: F64, keys: Sequence[int]) -> float:
    """How much of a row lies on the keys that rows rest on."""
    return float(row[list(keys)].sum())


def _far(low: int, high: int, side: str) -> str:
    return f"{low} {side}" if low == high else f"{low} to {high} {side}"
