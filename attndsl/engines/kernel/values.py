"""The values that a streaming head keeps: near and found keys, and running sums of the rest."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from attndsl.engines.kernel.stream import SPARE, parted, rows_of
from attndsl.engines.kernel.tape import Floats, Numbers, Tape, run

Values = npt.NDArray[np.float32] | npt.NDArray[np.float64]


def _none() -> Numbers:
    return np.zeros(0, np.int64)


@dataclass(slots=True)
class Kept:
    """Values of keys in the order of their positions; those from `base` on follow each other."""

    rows: Values  # with room for more
    used: int = 0
    places: Numbers = field(default_factory=_none)
    base: int = 0

    def extend(self, new: Values) -> None:
        """The values of the next tokens."""
        stop = self.used + len(new)
        if stop > len(self.rows):
            longer = np.empty((stop + min(stop, SPARE), new.shape[1]), self.rows.dtype)
            longer[: self.used] = self.rows[: self.used]
            self.rows = longer
        self.rows[self.used : stop] = new
        self.used = stop

    def forget(self, wanted: Numbers, done: int) -> None:
        """Keep these positions only, once enough others are there."""
        if not self.has_spare(len(wanted)):
            return
        rows = rows_of(wanted, self.places, self.base)
        self.rows, self.used = self.rows[rows], len(rows)
        self.places, self.base = parted(wanted, done)

    def has_spare(self, wanted: int) -> bool:
        """Whether letting go of all but so many pays."""
        return self.used >= 2 * wanted + SPARE

    def copy(self) -> "Kept":
        return Kept(self.rows[: self.used].copy(), self.used, self.places, self.base)


def follow(
    tape: Tape, kept: Kept, sums: Floats, out: Values | None = None
) -> tuple[Values, Floats]:
    """The rows of the tape over what is kept, the tape's own tokens included, in `out` where it is
    given; and the sums after it."""
    size = kept.rows.shape[1]
    if len(sums) < tape.slots:
        sums = np.concatenate([sums, np.zeros((tape.slots - len(sums), size))])
    if out is None:
        out = np.empty((tape.rows, size), kept.rows.dtype)
    run(
        tape.marks, tape.numbers, tape.weights, tape.ends, kept.places, kept.base,
        kept.rows[: kept.used], sums, out,
    )  # fmt: skip
    return out, sums
