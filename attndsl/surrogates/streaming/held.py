"""What a head's group keeps of one text: values of few keys, and each program's running sums.

On the host the tape is run as it is; on other devices its chunks are products of matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.engines.kernel.chunks import chunks
from attndsl.engines.kernel.stream import SPARE, parted, rows_of
from attndsl.engines.kernel.tape import Floats, Tape
from attndsl.engines.kernel.values import Kept, Values, follow

Positions = NDArray[np.int64]
Rows: TypeAlias = Any  # of the host NumPy's, which cost a step less; of other devices torch's


class Held(Protocol):
    """Of one key group and one text."""

    def extend(self, values: Rows) -> None:
        """The values of the new tokens."""

    def follow(self, program: str, tape: Tape, out: Rows) -> None:
        """The rows of a program, named by its hash, into `out`."""

    def forget(self, wanted: Sequence[Positions], done: int) -> None:
        """Keep these positions only, of all programs of the group."""

    def copy(self) -> Held: ...

    @property
    def nbytes(self) -> int: ...


def taken_in(values: torch.Tensor) -> Rows:
    """The values of a pass as what is held takes them: once for all groups."""
    values = values.detach()
    if values.device.type != "cpu":
        return values
    return (values if values.dtype == torch.float64 else values.float()).numpy()


def room_for(programs: int, values: Rows) -> Rows:
    """For the rows of so many programs, over tokens with values like these."""
    shape = (programs, *values.shape[-2:])
    if isinstance(values, torch.Tensor):
        return values.new_empty(shape)
    return np.empty(shape, values.dtype)


def held_of(values: Rows) -> Held:
    """Nothing yet, for values like these."""
    if isinstance(values, torch.Tensor):
        return DeviceHeld(values.new_zeros(0, values.shape[-1]))
    return HostHeld(Kept(np.empty((0, values.shape[-1]), values.dtype)))


@dataclass(eq=False)
class HostHeld:
    """On the CPU."""

    kept: Kept
    sums: dict[str, Floats] = field(default_factory=dict)

    def extend(self, values: Values) -> None:
        self.kept.extend(values)

    def follow(self, program: str, tape: Tape, out: Values) -> None:
        sums = self.sums.get(program)
        if sums is None:
            sums = np.zeros((0, self.kept.rows.shape[1]))
        _, self.sums[program] = follow(tape, self.kept, sums, out)

    def forget(self, wanted: Sequence[Positions], done: int) -> None:
        if self.kept.has_spare(max(map(len, wanted))):
            self.kept.forget(united(wanted), done)

    def copy(self) -> HostHeld:
        sums = {name: sums.copy() for name, sums in self.sums.items()}
        return HostHeld(self.kept.copy(), sums)

    @property
    def nbytes(self) -> int:
        return self.kept.rows.nbytes + sum(sums.nbytes for sums in self.sums.values())


@dataclass(eq=False)
class DeviceHeld:
    """On any device: kept values in order, sums as wide as the device can."""

    rows: torch.Tensor
    places: Positions = field(default_factory=lambda: np.zeros(0, np.int64))
    base: int = 0
    sums: dict[str, torch.Tensor] = field(default_factory=dict)

    @property
    def wide(self) -> torch.dtype:
        return torch.float32 if self.rows.device.type == "mps" else torch.float64

    def extend(self, values: torch.Tensor) -> None:
        self.rows = torch.cat([self.rows, values])

    def follow(self, program: str, tape: Tape, out: torch.Tensor) -> None:
        before = self.sums.get(program)
        have = 0 if before is None else len(before)
        sums = self.rows.new_zeros(tape.slots, self.rows.shape[1], dtype=self.wide)
        if before is not None:
            sums[:have] = before
        done = 0
        for positions, rows, after in self.matrices(tape):
            at = torch.as_tensor(rows_of(positions, self.places, self.base))
            basis = torch.cat([self.rows[at.to(self.rows.device)].to(self.wide), sums])
            out[done : done + len(rows)] = rows @ basis
            done += len(rows)
            sums = after @ basis
        self.sums[program] = sums

    def matrices(self, tape: Tape) -> list[tuple[Positions, torch.Tensor, torch.Tensor]]:
        """The tape's chunks on this device; moved there once for all heads."""
        key: Any = self.rows.device
        if key not in tape.moved:
            tape.moved[key] = [
                (one.positions, self.there(one.rows), self.there(one.after)) for one in chunks(tape)
            ]
        matrices: list[tuple[Positions, torch.Tensor, torch.Tensor]] = tape.moved[key]
        return matrices

    def there(self, matrix: Floats) -> torch.Tensor:
        return torch.as_tensor(matrix).to(self.rows.device, self.wide)

    def forget(self, wanted: Sequence[Positions], done: int) -> None:
        every = united(wanted)
        if len(self.rows) < 2 * len(every) + SPARE:
            return
        at = torch.as_tensor(rows_of(every, self.places, self.base)).to(self.rows.device)
        self.rows = self.rows[at]
        self.places, self.base = parted(every, done)

    def copy(self) -> DeviceHeld:  # nothing of it is changed in place
        return DeviceHeld(self.rows, self.places, self.base, dict(self.sums))

    @property
    def nbytes(self) -> int:
        return self.rows.nbytes + sum(int(sums.nbytes) for sums in self.sums.values())


def united(wanted: Sequence[Positions]) -> Positions:
    """All of them, in order."""
    return wanted[0] if len(wanted) == 1 else np.unique(np.concatenate(wanted))
