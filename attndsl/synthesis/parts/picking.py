"""Which rung of a head's ladder is shown: the one by which its rows and the program are told in
the fewest bits."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.codelength import EVEN, gain
from attndsl.graph.length import length
from attndsl.graph.verify import verify
from attndsl.synthesis.parts import kernels
from attndsl.synthesis.parts.ladder import Fitter
from attndsl.synthesis.parts.mixture import REST, Mixture
from attndsl.synthesis.parts.vocabulary import Part
from attndsl.synthesis.parts.write import written

F64 = NDArray[np.float64]
SIMPLE = 0.02  # of the objective, that the shortest rung may lose where it is preferred


def bits_a_row(fitter: Fitter, head: int, mixture: Mixture) -> float:
    """Mean bits in which a sampled row of the head is told with the mixture's."""
    rows = fitter.rows
    chosen, gates, times, values, _ = fitter.jobs([mixture])
    cells, count = int(rows.start[-1]), len(rows.text)
    out, factor = np.empty(cells, np.float32), np.empty(cells, np.float32)
    total = np.empty(count, np.float32)
    kernels.mixed(fitter.data, chosen[0], gates[0], times[0], values[0], out, factor, total)
    widths = np.diff(rows.start)
    expected = (1 - EVEN) * out + np.repeat(EVEN / widths, widths)
    told = np.add.reduceat(rows.heads[head] * np.log2(expected), rows.start[:-1])
    weight = rows.weight[rows.text] / np.bincount(rows.text)[rows.text]
    return float(-(told * weight).sum() / weight.sum())


def lengths(mixtures: Sequence[Mixture], parts: Sequence[Part]) -> list[float]:
    """Bits of each mixture's program."""
    return [length(verify(written(one, parts, "one")).programs[0]) for one in mixtures]


def picked(
    fitter: Fitter,
    head: int,
    ladder: Mapping[int, tuple[Mixture, float]],
    paid: float,
    simple: bool = False,
) -> tuple[int, dict[int, float]]:
    """The size shown, and by size the codelength gain over what rests alone.

    A library pays a program once: a head that shares it pays the part `paid` of its length.
    """
    sizes = list(ladder)
    alone = bits_a_row(fitter, head, REST)
    bits = lengths([ladder[size][0] for size in sizes], fitter.parts)
    gains = {
        size: gain(alone - bits_a_row(fitter, head, ladder[size][0]), paid * own)
        for size, own in zip(sizes, bits, strict=True)
    }
    best = max(sizes, key=lambda size: gains[size])
    if simple:
        best = next(size for size in sizes if ladder[size][1] >= ladder[best][1] - SIMPLE)
    return best, gains
