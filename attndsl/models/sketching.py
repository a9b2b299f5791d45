"""Sketches of a long text's heads, made from its replay: layer by layer, some rows at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.heads.sketch import (
    BINS,
    GROUP,
    LONGEST,
    Sketch,
    bins_of,
    budget,
    coded,
    sampled_rows,
)
from attndsl.language.diagnostics import AttndslError
from attndsl.models.replay import LayerOfText, Replay

ROWS = 128  # worked out together, whole groups

Ids = NDArray[np.int64]


@dataclass
class Parts:
    """What was made of some layers, to be put end to end."""

    rest: list[NDArray[np.float16]] = field(default_factory=list)
    counts: list[NDArray[np.uint16]] = field(default_factory=list)
    keys: list[NDArray[np.uint16]] = field(default_factory=list)
    weights: list[NDArray[np.uint8]] = field(default_factory=list)
    far: list[NDArray[np.float16]] = field(default_factory=list)


def sketched(text: Replay, ids: Ids, resting: Ids) -> tuple[Sketch, NDArray[np.float32]]:
    """The sketch, and the cells of the rows that are kept whole, `[heads, cells]`."""
    if text.length > LONGEST:
        raise AttndslError(f"a text of {text.length} tokens is too long to be sketched; the most "
                           f"is {LONGEST}")  # fmt: skip
    rows, keys = budget(text.mask, text.length)
    kept = sampled_rows(ids, rows)
    parts = Parts()
    for layer in text.layers:
        add_layer(parts, layer, text.length, torch.from_numpy(resting), keys)
    sketch = Sketch(
        kept, np.concatenate(parts.rest), np.concatenate(parts.counts), np.concatenate(parts.keys),
        np.concatenate(parts.weights), np.concatenate(parts.far),
    )  # fmt: skip
    return sketch, text.patterns(kept)


@torch.inference_mode()
def add_layer(
    parts: Parts, layer: LayerOfText, length: int, resting: torch.Tensor, keys: int
) -> None:
    """One layer's heads."""
    heads = layer.layer.heads
    rest = np.zeros((heads, length), np.float16)
    counts = np.zeros((heads, length), np.uint16)
    far = np.zeros((heads, -(-length // GROUP), BINS), np.float16)
    strong: list[list[tuple[NDArray[np.uint16], NDArray[np.uint8]]]] = [[] for _ in range(heads)]
    for first in range(0, length, ROWS):
        rows = np.arange(first, min(first + ROWS, length))
        weights = layer.rows(rows).cpu()
        rest[:, rows] = weights[:, :, resting].sum(2).numpy()
        weights[:, :, resting] = 0
        flat = weights.view(heads, -1)
        most = min(keys * len(rows), flat.shape[1])
        found, at = flat.topk(most, dim=1)
        for head in range(heads):
            own = at[head][found[head] > 0].sort().values
            row, key = own // length, own % length
            counts[head, rows] = torch.bincount(row, minlength=len(rows)).numpy()
            chosen = flat[head, own].numpy()
            strong[head].append((key.numpy().astype(np.uint16), coded(chosen)))
            flat[head, own] = 0
        groups = slice(first // GROUP, -(-(first + len(rows)) // GROUP))
        far[:, groups] = shares_by_distance(weights, rows)
    parts.rest.append(rest)
    parts.counts.append(counts)
    parts.far.append(far)
    parts.keys += [key for one in strong for key, _ in one]
    parts.weights += [weight for one in strong for _, weight in one]


def shares_by_distance(weights: torch.Tensor, rows: Ids) -> NDArray[np.float16]:
    """Of what is left of the weights `[heads, rows, n]`: `[heads, groups of rows, bins]`."""
    heads, count, length = weights.shape
    bins = bins_of(np.abs(rows[:, None] - np.arange(length)[None]))
    group = np.arange(count) // GROUP
    groups = int(group[-1]) + 1
    where = torch.from_numpy(group[:, None] * BINS + bins)
    sums = torch.zeros(heads, groups * BINS).index_add_(1, where.ravel(), weights.view(heads, -1))
    sums = sums.view(heads, groups, BINS)
    return (sums / sums.sum(2, keepdim=True).clamp_min(1e-9)).numpy().astype(np.float16)
