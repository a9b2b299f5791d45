"""Lists that stand for arrays: one cell for each combination of a term's variables.

A term's axes are the bits of its variables, the outermost first: q, k, then those of aggregates
from the highest down, which is also how graph/schedule takes them.
"""

from functools import lru_cache

from attndsl.graph.terms import FREE_K

Axes = tuple[int, ...]


def axes_of(free: int) -> Axes:
    """
    >>> axes_of(0b1111)
    (1, 2, 8, 4)
    """
    bits = [1 << at for at in range(free.bit_length()) if free >> at & 1]
    return tuple(sorted(bits, key=lambda bit: bit if bit <= FREE_K else FREE_K + 1 / bit))


def stride(axes: Axes, bit: int, n: int) -> int:
    """How far apart neighbours along an axis lie; 0 along one that isn't there."""
    return int(n ** (len(axes) - 1 - axes.index(bit))) if bit in axes else 0


@lru_cache(maxsize=128)
def offsets(have: Axes, want: Axes, n: int) -> list[int]:
    """For each cell of the axes `want`: where it lies in a list of the axes `have`, at the start
    of those that `want` lacks.

    >>> offsets((1, 2), (1,), 3), offsets((2,), (1, 2), 2)
    ([0, 3, 6], [0, 1, 0, 1])
    """
    places = [0]
    for bit in want:
        step = stride(have, bit, n)
        places = [place + step * at for place in places for at in range(n)]
    return places
