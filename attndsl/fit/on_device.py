"""All programs against all heads on any device of torch, tile by tile: sums of minima.

A tile is some rows of either side and a stretch of their cells. The lesser of each pair of cells
goes into one buffer that all tiles share, is summed there in float32, and joins a total in float64;
so the memory it takes is the buffer, a stretch of both sides, and the sums. Against the kernels of
the CPU every measure is the same within 1e-6.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from math import isqrt

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.engines.memory import free, out_of_memory
from attndsl.fit.iou import CELLS, Patterns, check_finite, check_sides
from attndsl.fit.measures import Measures
from attndsl.fit.pairs import PairSums, by_row
from attndsl.fit.places import Places
from attndsl.language.diagnostics import AttndslError

Tensor = torch.Tensor
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
STRETCH = 1024  # cells summed in float32 before they join the total
PROGRAMS = 1024  # at once, at most: so their cells stay in bounds as well
BUFFERS = {"cpu": 1 << 20}  # cells of a tile: on a CPU, what its caches hold
BUFFER = 1 << 26  # elsewhere, so that each call has much to do; 256 MB
TOTALS = {"mps": torch.float32}  # it has no float64
say_aside = partial(print, file=sys.stderr, flush=True)


@dataclass(slots=True)
class OnDevice:
    """Compares on a device, so many programs at once as its memory does for."""

    device: str
    say: Callable[[str], None] = field(default=say_aside, repr=False)
    at_once: int = field(default=PROGRAMS, repr=False)
    told: bool = field(default=False, repr=False)

    def measures(self, programs: Patterns, heads: Patterns, where: Places) -> Measures:
        """As `fit.measures.compare`."""
        return self.sums(programs, heads, where).measures()

    def sums(self, programs: Patterns, heads: Patterns, where: Places) -> PairSums:
        """As `fit.pairs.all_pairs`; an AttndslError names a pattern that holds NaN or infinity."""
        check_sides(programs, heads)
        found = list(self._blocks(programs, heads, where))
        if not found:
            found = [self._block(programs, heads, where)]
        theirs = found[0].theirs
        check_finite(np.concatenate([one.ours for one in found]), theirs.sum(axis=0))
        least, most, *resting, apart = np.concatenate([one.pairs for one in found], axis=1)
        return PairSums(least, most, resting[0], resting[1], apart, theirs[0], where.rows)

    def _blocks(self, programs: Patterns, heads: Patterns, where: Places) -> Iterator["_Block"]:
        """Some programs after others; half as many from where memory doesn't do for them on."""
        start = 0
        while start < len(programs):
            some = programs[start : start + self.at_once]
            try:
                block = self._block(some, heads, where)
            # Some devices raise a plain RuntimeError where memory ends; others go on up.
            except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
                if not out_of_memory(error):
                    raise
                self._halve(len(some))
                continue
            yield block
            start += len(some)

    def _halve(self, programs: int) -> None:
        if programs < 2:
            raise AttndslError(
                f"the memory of the device {self.device} does not do for one program beside the "
                "heads of a text: take shorter texts, or --device cpu"
            )
        free()
        self.at_once = programs // 2
        if not self.told:
            self.say(f"note: {programs} programs at once don't fit the memory of {self.device}: "
                     "halved, and again where that is too much")  # fmt: skip
        self.told = True

    def _block(self, programs: Patterns, heads: Patterns, where: Places) -> "_Block":
        tiles = Tiles(torch.device(self.device))
        least, own, other = _content(tiles, programs, heads, where)
        resting = [_resting(side, where) for side in (programs, heads)]
        least_resting, rest, other_rest = tiles.beside(*resting)
        least_rows, rows, other_rows = least_resting, rest, other_rest
        if not where.single:
            least_rows, rows, other_rows = tiles.beside(*(by_row(one, where) for one in resting))
        pairs = (
            least, _both(own, other) - least,
            least_resting, _both(rest, other_rest) - least_resting,
            _both(rows, other_rows) - 2 * least_rows,
        )  # fmt: skip
        theirs = torch.stack((other, other_rest))
        return _Block(_back(torch.stack(pairs)), _back(own + rest), _back(theirs))


@dataclass(frozen=True, slots=True)
class _Block:
    """Of some programs: the five sums of pairs, `[5, programs, heads]`, the programs' own sums, and
    the heads' content and rest, `[2, heads]`."""

    pairs: F64
    ours: F64
    theirs: F64


class Tiles:
    """Sums on a device, through one buffer."""

    def __init__(
        self, device: torch.device, cells: int | None = None, stretch: int | None = None
    ) -> None:
        self.device, self.stretch = device, stretch or STRETCH
        self.total = TOTALS.get(device.type, torch.float64)
        cells = cells or BUFFERS.get(device.type, BUFFER)
        self.buffer = torch.empty(cells, device=device)

    def there(self, side: Patterns) -> Tensor:
        """On the device in float32; what is half as wide is widened there."""
        # A copy: torch warns of an array that can't be written.
        return torch.from_numpy(np.array(side, order="C")).to(self.device).float()

    def zeros(self, *shape: int) -> Tensor:
        return torch.zeros(*shape, dtype=self.total, device=self.device)

    def sums(self, rows: Tensor) -> Tensor:
        return rows.sum(1, dtype=self.total)

    def beside(self, first: F32, second: F32) -> tuple[Tensor, Tensor, Tensor]:
        """Sums of minima of all rows of the one with all of the other, and their own."""
        one, other = self.there(first), self.there(second)
        out = self.zeros(len(one), len(other))
        self.add(one, other, out)
        return out, self.sums(one), self.sums(other)

    def add(self, first: Tensor, second: Tensor, out: Tensor) -> None:
        """Add the sum of minima of every row of `first` with every row of `second` to `out`."""
        for start in range(0, first.shape[1], self.stretch):
            one, other = (side[:, start : start + self.stretch] for side in (first, second))
            width = one.shape[1]
            side = isqrt(len(self.buffer) // width)
            for i in range(0, len(one), side):
                for j in range(0, len(other), side):
                    mine, more = one[i : i + side, None], other[None, j : j + side]
                    shape = len(mine), more.shape[1], width
                    tile = self.buffer[: shape[0] * shape[1] * width].view(shape)
                    torch.minimum(mine, more, out=tile)
                    out[i : i + side, j : j + side] += tile.sum(-1)


def _content(
    tiles: Tiles, programs: Patterns, heads: Patterns, where: Places
) -> tuple[Tensor, Tensor, Tensor]:
    """Minima of content, and either side's own content; some cells of all patterns at a time."""
    least = tiles.zeros(len(programs), len(heads))
    own, other = tiles.zeros(len(programs)), tiles.zeros(len(heads))
    for start in range(0, programs.shape[1], CELLS):
        part = slice(start, start + CELLS)
        content = tiles.there(where.content[part])
        ours, theirs = (tiles.there(side[:, part]) * content for side in (programs, heads))
        tiles.add(ours, theirs, least)
        own += tiles.sums(ours)
        other += tiles.sums(theirs)
    return least, own, other


def _resting(side: Patterns, where: Places) -> F32:
    return np.asarray(side[:, where.resting], dtype=np.float32)


def _both(ours: Tensor, theirs: Tensor) -> Tensor:
    """What two patterns weigh together, for all pairs."""
    return ours[:, None] + theirs[None]


def _back(found: Tensor) -> F64:
    return np.asarray(found.cpu().numpy(), dtype=np.float64)
