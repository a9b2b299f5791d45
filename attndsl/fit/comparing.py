"""Who compares all programs with all heads: the compiled kernels, or the device of a model."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from attndsl.fit.iou import Patterns
from attndsl.fit.measures import Measures, compare
from attndsl.fit.pairs import PairSums, all_pairs
from attndsl.fit.places import Places


class Comparing(Protocol):
    """All programs against all heads on the packed cells of one text."""

    @property
    def device(self) -> str:
        """Where, by torch's name; programs' patterns are made there, too."""

    def measures(self, programs: Patterns, heads: Patterns, where: Places) -> Measures:
        """The measures of whole maps."""

    def sums(self, programs: Patterns, heads: Patterns, where: Places) -> PairSums:
        """What those are ratios of: of some rows, to be added up."""


@dataclass(frozen=True, slots=True)
class Kernels:
    """On the CPU, compiled."""

    device: str = field(default="cpu", init=False, repr=False)

    def measures(self, programs: Patterns, heads: Patterns, where: Places) -> Measures:
        return compare(programs, heads, where)

    def sums(self, programs: Patterns, heads: Patterns, where: Places) -> PairSums:
        return all_pairs(programs, heads, where)


KERNELS = Kernels()


def comparing_on(device: object) -> Comparing:
    """Who compares beside a model on a device, by torch's name for it.

    >>> comparing_on("cpu"), comparing_on("cuda:1")
    (Kernels(), OnDevice(device='cuda:1'))
    """
    name = str(device)
    return KERNELS if name.partition(":")[0] == "cpu" else _there(name)


@lru_cache
def _there(device: str) -> Comparing:
    """One for each device: it remembers how many programs fit there."""
    from attndsl.fit.on_device import OnDevice

    return OnDevice(device)
