"""What a head's group keeps of one text: values of few keys, and each program's running sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.engines.kernel.tape import Floats, Tape
from attndsl.engines.kernel.values import Kept, Values, follow


@dataclass(eq=False)
class Held:
    """Of one key group and one text, on the host."""

    kept: Kept
    sums: dict[str, Floats] = field(default_factory=dict)  # by the program's hash

    @staticmethod
    def of(values: torch.Tensor) -> Held:
        empty = np.empty((0, values.shape[-1]), np.float32)
        return Held(Kept(empty.astype(np.float64) if values.dtype == torch.float64 else empty))

    def extend(self, values: Values) -> None:
        self.kept.extend(values)

    def follow(self, program: str, tape: Tape) -> Values:
        sums = self.sums.get(program)
        if sums is None:
            sums = np.zeros((0, self.kept.rows.shape[1]))
        done, self.sums[program] = follow(tape, self.kept, sums)
        return done

    def forget(self, wanted: Sequence[NDArray[np.int64]], done: int) -> None:
        """Keep these positions only, of all programs of the group."""
        if self.kept.used < 2 * sum(map(len, wanted)) + 1:
            return
        every = wanted[0] if len(wanted) == 1 else np.unique(np.concatenate(wanted))
        self.kept.forget(every, done)

    def copy(self) -> Held:
        return Held(self.kept.copy(), {name: sums.copy() for name, sums in self.sums.items()})

    @property
    def bytes(self) -> int:
        return self.kept.rows.nbytes + sum(sums.nbytes for sums in self.sums.values())
