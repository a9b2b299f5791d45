"""Pattern rows times values: nearly empty rows gather, full rows multiply what they can see."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import embedding_bag

from attndsl.language.mask import Mask

BLOCK = 128  # rows a product; each sees only the keys up to its last row
SPARSE = 32  # a row gathers when at most one key in SPARSE has weight (or FEW keys)
FEW = 4


@dataclass(frozen=True, eq=False)
class SplitRows:
    """The rows of one pattern for one text; `first` is the position of row 0."""

    count: int
    first: int
    mask: Mask
    sparse: torch.Tensor  # rows that gather
    keys: torch.Tensor  # their keys, one after the other
    starts: torch.Tensor  # where each row's keys begin
    weights: torch.Tensor
    full: torch.Tensor  # rows that multiply
    pattern: torch.Tensor  # the full rows, or all rows where none is sparse


def split_rows(pattern: torch.Tensor, first: int, mask: Mask) -> SplitRows:
    filled = pattern != 0
    counts = filled.sum(1)
    gathers = counts <= max(FEW, pattern.shape[1] // SPARSE)
    sparse, full = torch.nonzero(gathers)[:, 0], torch.nonzero(~gathers)[:, 0]
    if len(full) == 0:
        chosen, rest = pattern, pattern[:0]
    elif len(sparse) == 0:
        chosen, rest, filled = pattern[:0], pattern, filled[:0]
    else:
        chosen, rest, filled = pattern[sparse], pattern[full], filled[sparse]
    keys = torch.nonzero(filled)[:, 1]
    lengths = counts[sparse]
    starts = torch.cumsum(lengths, 0) - lengths
    return SplitRows(len(pattern), first, mask, sparse, keys, starts, chosen[filled], full, rest)


def times(rows: SplitRows, values: torch.Tensor, start: int) -> torch.Tensor:
    """`pattern @ values`, where `values[0]` is the value of key number `start`."""
    gathered = None
    if len(rows.sparse):
        keys, weights = rows.keys - start, rows.weights
        if start:
            # Keys before the start lie outside the layer's window and have no weight.
            keys, weights = keys.clamp(min=0), torch.where(keys < 0, 0, weights)
        gathered = gather(values, keys, rows.starts, weights)
        if len(rows.full) == 0:
            return gathered
    product = multiply(rows, values, start)
    if gathered is None:
        return product
    out = product.new_empty(rows.count, values.shape[1])
    out[rows.sparse] = gathered
    out[rows.full] = product
    return out


def gather(
    values: torch.Tensor, keys: torch.Tensor, starts: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    table = values.contiguous()
    if table.dtype in (torch.float32, torch.float64):
        return embedding_bag(keys, table, starts, mode="sum", per_sample_weights=weights)
    wide = embedding_bag(
        keys, table.float(), starts, mode="sum", per_sample_weights=weights.float()
    )
    return wide.to(values.dtype)


def multiply(rows: SplitRows, values: torch.Tensor, start: int) -> torch.Tensor:
    """The full rows in blocks, each over the keys between its first and last visible one."""
    if rows.mask.kind == "full" or len(rows.full) <= BLOCK // 4:
        return rows.pattern[:, start:] @ values
    parts = []
    for at in range(0, len(rows.full), BLOCK):
        last = min(at + BLOCK, len(rows.full)) - 1
        lowest, highest = rows.first + int(rows.full[at]), rows.first + int(rows.full[last])
        low = max(start, rows.mask.first(lowest))
        high = highest + 1
        parts.append(rows.pattern[at : last + 1, low:high] @ values[low - start : high - start])
    return torch.cat(parts)
