"""Ablations: what heads give in place of their own output, whatever they would look at."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.language.diagnostics import AttndslError
from attndsl.models.recorded import SETTLED, Outputs
from attndsl.surrogates.reading import Reading

BY_POSITION = "mean by position"
KEY = 16  # so many first tokens say which other text stands in for a text
SEED = 2026


@dataclass(frozen=True, eq=False)
class Ablation:
    """Heads give what they gave on other texts: `install(model, {head: ablation, ...})`.

    `rows` holds, by layer, one table `[positions, heads, size]` a text; the last row of a table
    holds for all positions past it. Where there are several, each text that the model reads takes
    one of them, never its own.
    """

    name: str
    of: str  # names the texts that it was measured on
    rows: Mapping[int, tuple[torch.Tensor, ...]]
    keys: tuple[int, ...] = ()  # of the texts that the tables are of

    def __str__(self) -> str:
        return f"{self.name} of {self.of}"

    def __repr__(self) -> str:
        return f"<ablation {self}>"

    def outputs(self, layer: int, text: NDArray[np.int64], first: int) -> torch.Tensor:
        """`[positions, heads, size]` of the positions of a text from `first` on."""
        table = self.rows[layer][self.chosen(text)]
        at = torch.arange(first, len(text)).clamp(max=len(table) - 1)
        return table[at.to(table.device)]

    def chosen(self, text: NDArray[np.int64]) -> int:
        """Which table a text takes: the same at every step of its generation past 16 tokens."""
        if len(self.keys) < 2:
            return 0
        key = key_of(text)
        number = (key ^ SEED) % len(self.keys)
        while self.keys[number] == key:
            number = (number + 1) % len(self.keys)
        return number


@dataclass(frozen=True, eq=False)
class Shifted:
    """A program whose head's output is moved by a constant, `offset` (see `offsets`)."""

    program: Hashable
    offset: Ablation

    def __str__(self) -> str:
        program = getattr(self.program, "hash", None) or getattr(self.program, "__name__", "")
        return f"{program or self.program} moved by {self.offset}"

    @property
    def causal(self) -> bool:
        return bool(getattr(self.program, "causal", True))


def key_of(text: NDArray[np.int64]) -> int:
    return zlib.crc32(np.asarray(text[:KEY], dtype=np.int64).tobytes())


def zero(outputs: Outputs) -> Ablation:
    """Heads give nothing."""
    tables = {layer: (torch.zeros_like(sums[:1]),) for layer, sums in outputs.sums.items()}
    return Ablation("zero", outputs.of, tables)


def mean(outputs: Outputs) -> Ablation:
    """Heads give their mean output."""
    return Ablation("mean", outputs.of, {one: (outputs.mean(one)[None],) for one in outputs.sums})


def by_position(outputs: Outputs) -> Ablation:
    """Heads give their mean output at the same position."""
    tables = {layer: (outputs.by_position(layer),) for layer in outputs.sums}
    return Ablation(BY_POSITION, outputs.of, tables)


def resample(outputs: Outputs) -> Ablation:
    """Heads give their output at the same position of another text; past its end they go through
    its positions from 16 on again."""
    keys = tuple(key_of(text) for text in outputs.ids)
    if len(set(keys)) < 2:
        raise AttndslError("resampling needs two texts or more that begin differently")
    longest = len(outputs.counts)
    tables = {
        layer: tuple(continued(text, longest) for text in texts)
        for layer, texts in outputs.kept.items()
    }
    return Ablation("resample", outputs.of, tables, keys)


def continued(text: torch.Tensor, length: int) -> torch.Tensor:
    """The rows of a text, gone through again from `SETTLED` on until there are `length`.

    >>> continued(torch.arange(3.0), 5).tolist()
    [0.0, 1.0, 2.0, 0.0, 1.0]
    """
    first = SETTLED if len(text) > SETTLED else 0
    at = torch.arange(max(length, len(text)))
    again = first + (at - first) % (len(text) - first)
    return text[torch.where(at < len(text), at, again)]


ABLATIONS: dict[str, Callable[[Outputs], Ablation]] = {
    BY_POSITION: by_position,
    "mean": mean,
    "resample": resample,
    "zero": zero,
}

Fixed = tuple[tuple[Ablation, tuple[int, ...]], ...]  # the heads of a layer by their ablation


def fixed_in(layer: int, ablations: Mapping[tuple[int, int], Ablation]) -> Fixed:
    """The ablated heads of a layer."""
    by_ablation: dict[Ablation, list[int]] = {}
    for (at, head), one in sorted(ablations.items(), key=lambda item: item[0]):
        if at == layer:
            by_ablation.setdefault(one, []).append(head)
    for one in by_ablation:
        if layer not in one.rows:
            raise AttndslError(f"{one} was measured on another model: it has no layer {layer}")
    return tuple((one, tuple(heads)) for one, heads in by_ablation.items())


def put(
    out: torch.Tensor, layer: int, fixed: Fixed, reading: Reading, added: bool = False
) -> torch.Tensor:
    """`out` `[B, queries, heads, size]` with these heads set, or with what is to be `added`."""
    out = out.clone()
    for one, heads in fixed:
        of = torch.tensor(heads, device=out.device)
        for row, (text, first) in enumerate(zip(reading.texts, reading.first_rows, strict=True)):
            if first < len(text):
                made = one.outputs(layer, text, first)[:, list(heads)].to(out)
                queries = torch.as_tensor(reading.places[row][first:] - reading.past)
                at = (row, queries.to(out.device)[:, None], of)
                out[at] = out[at] + made if added else made
    return out
