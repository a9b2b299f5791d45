"""The inner loops of fitting and trimming scores, compiled; cells are shared out by heads."""

from math import exp
from typing import Any

import numpy as np

from attndsl.engines.batch.machine.compiling import kept
from attndsl.engines.workers import share_out

FAST = {"reassoc", "nsz"}
EXPONENTIAL = 16  # instructions of the register machine on one cell that take as long


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
    values: Any, starts: Any, leaf: Any, branch: Any, which: Any, numbers: Any, patterns: Any
) -> None:
    """Fill `patterns` [P, cells], all 0, by softmax patterns of sums of `values` [J, cells].

    Row r of program p sums the features `which[p, b]` times `numbers[p, b]`, where b is the
    program's branch for the row's leaf.
    """
    share_out(
        lambda begin, end: _score_patterns(
            values, starts, leaf, branch, which, numbers, begin, end, patterns
        ),
        len(patterns),
        (EXPONENTIAL + which.shape[2]) * patterns.size,
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
    patterns: Any,
) -> None:
    for program in range(begin, end):
        for row in range(len(starts) - 1):
            part = patterns[program, starts[row] : starts[row + 1]]
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


@kept(nogil=True)
def drop(numbers: Any, inverse: Any, part: Any, most: Any) -> Any:
    """Let numbers go, those that cost least first, until no part has more than `most[part]`.

    `numbers` [groups, n] and the `inverse` of their curvature [groups, n, n] change in place; a
    number goes from all groups at once. Gives what stays, [n].

    >>> numbers, bowl = np.array([[1.0, 0.9]]), np.array([[[2.0, 1.0], [1.0, 2.0]]])
    >>> drop(numbers, np.linalg.inv(bowl), np.array([0, 0]), np.array([1]))
    array([ True, False])
    >>> numbers
    array([[1.45, 0.  ]])
    """
    groups, count = numbers.shape
    stays = np.ones(count, dtype=np.bool_)
    left = np.zeros(len(most), dtype=np.int64)
    for at in range(count):
        left[part[at]] += 1
    while True:
        out, least = -1, np.inf
        for at in range(count):
            if stays[at] and left[part[at]] > most[part[at]]:
                cost = 0.0
                for group in range(groups):
                    cost += numbers[group, at] ** 2 / inverse[group, at, at]
                if out < 0 or cost < least:
                    out, least = at, cost
        if out < 0:
            return stays
        stays[out] = False
        left[part[out]] -= 1
        for group in range(groups):
            bowl, own = inverse[group], inverse[group, out, out]
            share = numbers[group, out] / own
            for a in range(count):
                if stays[a]:
                    numbers[group, a] -= share * bowl[a, out]
                    part_of_a = bowl[a, out] / own
                    for b in range(count):
                        if stays[b]:
                            bowl[a, b] -= part_of_a * bowl[out, b]
            numbers[group, out] = 0.0
