"""What one forward pass reads: ids without padding, and where each lies in the cache."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask


@dataclass(frozen=True, slots=True)
class Slots:
    """The stretch of positions that the keys of a layer cover: `length` from `offset` on."""

    length: int
    offset: int


@dataclass(frozen=True, eq=False)
class Reading:
    """The batch of one forward pass.

    `ids` and `valid` cover everything from the first token on, padding included; the pass
    computes the last `queries` columns of them, the `past` ones before lie in the cache.
    """

    ids: torch.Tensor  # int64[B, past + queries], on the CPU
    valid: torch.Tensor  # bool[B, past + queries], on the CPU
    past: int
    queries: int
    slots: dict[int, Slots]  # by layer, where a cache says so
    wants_weights: bool = False
    streams: dict[int, Any] = field(default_factory=dict)  # streaming layers of the cache
    texts: tuple[NDArray[np.int64], ...] = field(init=False)
    places: tuple[NDArray[np.int64], ...] = field(init=False)
    first_rows: tuple[int, ...] = field(init=False)
    padded: bool = field(init=False)
    cells: int = field(init=False)  # of one program's patterns
    made: dict[Any, Any] = field(init=False, default_factory=dict)
    reached: set[int] = field(init=False, default_factory=set)  # layers that the pass came through

    def __post_init__(self) -> None:
        ids, valid = self.ids.numpy(), self.valid.numpy()
        whole = bool(valid.all())
        every = np.arange(ids.shape[1])
        object.__setattr__(self, "padded", not whole)
        places = tuple(every if whole else np.flatnonzero(row) for row in valid)
        object.__setattr__(self, "places", places)
        object.__setattr__(
            self, "texts", tuple(row[at] for row, at in zip(ids, places, strict=True))
        )
        first = tuple(int(np.searchsorted(at, self.past)) for at in places)
        object.__setattr__(self, "first_rows", first)
        cells = sum((len(at) - row) * len(at) for at, row in zip(places, first, strict=True))
        object.__setattr__(self, "cells", cells)

    @property
    def total(self) -> int:
        return self.past + self.queries

    def slots_of(self, layer: int, keys: int) -> Slots:
        """Where the `keys` cached keys of a layer lie; never a guess."""
        slots = self.slots.get(layer)
        if slots is None and self.past == 0:
            slots = Slots(self.queries, 0)
        if slots is None or slots.length != keys:
            raise AttndslError(
                f"layer {layer} sees {keys} keys where the cache promised "
                f"{slots.length if slots else 'nothing'}; this kind of cache is not supported "
                "with programs in place of heads (dynamic and static caches are)"
            )
        return slots

    def expected_mask(self, mask: Mask, slots: Slots) -> torch.Tensor:
        """bool[B, queries, keys]: what the mask and the padding let each query see."""
        query = torch.arange(self.past, self.total)[:, None]
        key = torch.arange(slots.offset, slots.offset + slots.length)[None, :]
        seen: torch.Tensor = (key < self.total) & mask.sees(query, key)
        padded = torch.zeros(self.valid.shape[0], slots.length, dtype=torch.bool)
        known = self.valid[:, slots.offset : slots.offset + slots.length]
        padded[:, : known.shape[1]] = known
        return seen[None] & padded[:, None, :]

    def check_mask(self, layer: int, mask: Mask, slots: Slots, real: torch.Tensor | None) -> None:
        """The model's own mask must be the one that the programs were run for."""
        if real is None:
            if self.padded or (mask.kind == "window" and slots.length > mask.window):
                self.refuse_mask(layer, mask)
            return
        key = (mask, slots, real.data_ptr(), real.shape)
        if key in self.made:
            return
        seen = real if real.dtype == torch.bool else real >= 0
        seen = seen[:, 0].to("cpu")
        rows = self.valid[:, self.past :]
        expected = self.expected_mask(mask, slots)
        if seen.shape[1:] != expected.shape[1:] or not bool(
            ((seen == expected) | ~rows[:, :, None]).all()
        ):
            self.refuse_mask(layer, mask)
        # The tensor is kept so that its address can't be taken by another mask meanwhile.
        self.made[key] = real

    def refuse_mask(self, layer: int, mask: Mask) -> None:
        raise AttndslError(
            f"layer {layer} runs under another mask than the {mask.kind} mask its programs are "
            "made for; 4-dimensional masks, prefix masks and packed sequences are not supported"
        )
