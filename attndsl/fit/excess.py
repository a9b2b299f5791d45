"""What a program is worth beyond its head's constant pattern, which knows places alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.intervals import Estimate, estimate_of
from attndsl.fit.measures import Measures
from attndsl.fit.medians import Constants
from attndsl.heads.store import HeadStore

F64 = NDArray[np.float64]
LEAST_LEFT = 0.02  # to 1 from a constant's figure; below it an excess is not defined


@dataclass(frozen=True, slots=True)
class Against:
    """A program beside its head's best constant pattern.

    `iou` and `content_iou` are the constant's, the excesses what part of the way from there to 1
    the program comes (missing where less than 0.02 is left, or there is no content). `bits` is what
    a row of the head is told shorter with the program than with the constant, and `gain` what
    1,000 rows are, less the program's own length.
    """

    kind: str
    iou: Estimate
    content_iou: Estimate | None
    excess: float | None
    content_excess: float | None
    bits: float
    gain: float | None

    def as_json(self) -> dict[str, object]:
        return {
            "constant": self.kind,
            "constant_iou": self.iou.as_json(),
            "constant_content_iou": None
            if self.content_iou is None
            else self.content_iou.as_json(),
            "excess_iou": self.excess,
            "excess_content_iou": self.content_excess,
            "bits_a_row": self.bits,
            "codelength_gain": self.gain,
        }

    def cells(self) -> Sequence[str | float]:
        """The same as columns of a table, empty where a figure is not defined."""
        content = None if self.content_iou is None else self.content_iou.mean
        values = (self.iou.mean, content, self.excess, self.content_excess, self.bits, self.gain)
        return (self.kind, *("" if one is None else one for one in values))


@dataclass(frozen=True, slots=True)
class Beside:
    """The heads' constants on some texts: measures `[texts, heads]`, and bits summed over texts."""

    constants: Constants
    texts: Measures
    bits: F64


def constants_on(
    store: HeadStore, numbers: Sequence[int], constants: Constants, special: Collection[int]
) -> Beside:
    """What the heads' constant patterns get on some texts."""
    total = Measures.zeros(len(numbers), store.meta.total_heads)
    bits = np.zeros(store.meta.total_heads)
    for row, number in enumerate(numbers):
        measures, told = constants.on(store, number, special)
        for mine, more in zip(total.pairs, measures.pairs, strict=True):
            mine[row] = more[0]
        bits += told
    return Beside(constants, total, bits)


def excess(figure: float, constant: float) -> float | None:
    """What part of the way from the constant's figure to 1 the program's comes.

    >>> excess(0.75, 0.5), excess(0.2, 0.9), excess(0.99, 0.985)
    (0.5, -1.0, None)
    """
    if 1.0 - constant < LEAST_LEFT:
        return None
    return max(-1.0, min(1.0, (figure - constant) / (1.0 - constant)))


def excess_of(figures: F64, constants: F64) -> Estimate | None:
    """The model's: the same of the means over heads, given for each text."""
    if 1.0 - constants.mean() < LEAST_LEFT:
        return None
    return estimate_of(_part_of_way, np.stack([figures, constants]))


def _part_of_way(means: F64) -> F64:
    """Of `[figure and constant, any]`."""
    left = np.maximum(1.0 - means[1], LEAST_LEFT / 100)
    return np.asarray(np.clip((means[0] - means[1]) / left, -1.0, 1.0))
