"""The inner loops of fitting scores, compiled: one pass over the cells, shared out by heads."""

from math import exp
from typing import Any

from attndsl.engines.library.compiling import kept
from attndsl.engines.library.workers import share_out

FAST = {"reassoc", "nsz"}
EXPONENTIAL = 16  # instructions of the register machine on one cell that take as long


def overlaps(powers: Any, heads: Any, starts: Any, found: Any) -> None:
    """`found[h, row]`: the sum of minima of a row of `powers`, divided by its sum, and the head."""
    share_out(
        lambda begin, end: _overlaps(powers, heads, starts, begin, end, found),
        len(powers),
        2 * powers.size,
    )


@kept(nogil=True, fastmath=FAST)
def _overlaps(powers: Any, heads: Any, starts: Any, begin: int, end: int, found: Any) -> None:
    for head in range(begin, end):
        for row in range(len(starts) - 1):
            total = powers[head, 0] * 0
            for cell in range(starts[row], starts[row + 1]):
                total += powers[head, cell]
            over = 1 / total
            least = total * 0
            for cell in range(starts[row], starts[row + 1]):
                least += min(powers[head, cell] * over, heads[head, cell])
            found[head, row] = least


def score_slopes(powers: Any, heads: Any, starts: Any) -> None:
    """Overwrite exponentials of scores [H, cells] by the slope of the minima by the score."""
    share_out(
        lambda begin, end: _score_slopes(powers, heads, starts, begin, end),
        len(powers),
        3 * powers.size,
    )


@kept(nogil=True, fastmath=FAST)
def _score_slopes(powers: Any, heads: Any, starts: Any, begin: int, end: int) -> None:
    for head in range(begin, end):
        for row in range(len(starts) - 1):
            total = powers[head, 0] * 0
            for cell in range(starts[row], starts[row + 1]):
                total += powers[head, cell]
            over = 1 / total
            under = total * 0
            for cell in range(starts[row], starts[row + 1]):
                powers[head, cell] *= over
                if powers[head, cell] < heads[head, cell]:
                    under += powers[head, cell]
            for cell in range(starts[row], starts[row + 1]):
                share = powers[head, cell]
                powers[head, cell] = share * ((share < heads[head, cell]) - under)


def score_patterns(
    values: Any, starts: Any, leaf: Any, branch: Any, which: Any, numbers: Any, found: Any
) -> None:
    """Fill `found` [P, cells], all 0, by softmax patterns of sums of `values` [J, cells].

    Row r of program p sums the features `which[p, b]` times `numbers[p, b]`, where b is the
    program's branch for the row's leaf.
    """
    share_out(
        lambda begin, end: _score_patterns(
            values, starts, leaf, branch, which, numbers, begin, end, found
        ),
        len(found),
        (EXPONENTIAL + which.shape[2]) * found.size,
    )


@kept(nogil=True, fastmath=FAST)
def _score_patterns(
    values: Any,
    starts: Any,
    leaf: Any,
    branch: Any,
    which: Any,
    numbers: Any,
    begin: int,
    end: int,
    found: Any,
) -> None:
    for program in range(begin, end):
        for row in range(len(starts) - 1):
            part = found[program, starts[row] : starts[row + 1]]
            at = branch[program, leaf[row]]
            for slot in range(which.shape[2]):
                feature = which[program, at, slot]
                if feature < 0:
                    break
                times = numbers[program, at, slot]
                own = values[feature, starts[row] : starts[row + 1]]
                for cell in range(len(part)):
                    part[cell] += times * own[cell]
            top = part.max()
            total = part[0] * 0
            for cell in range(len(part)):
                part[cell] = exp(part[cell] - top)
                total += part[cell]
            over = 1 / total
            for cell in range(len(part)):
                part[cell] *= over
