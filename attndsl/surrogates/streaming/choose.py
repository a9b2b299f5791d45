"""Which replaced heads stream: those of key groups that are replaced whole by bounded programs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from attndsl.graph.program import Program
from attndsl.graph.streams import BOUNDED, plan_of
from attndsl.models.architecture import AttentionLayer

Head = tuple[int, int]


def bounded(program: Hashable) -> bool:
    """Whether a program needs a bounded number of keys, however long the text."""
    return isinstance(program, Program) and plan_of(program).kind in BOUNDED


def streamed_groups(
    layers: Sequence[AttentionLayer], assignment: Mapping[Head, Hashable]
) -> dict[int, tuple[int, ...]]:
    """For each layer its key groups whose heads all stream, layers without any left out."""
    by_layer = {}
    for layer in layers:
        size = layer.heads // layer.key_heads
        if layer.mask.kind != "causal":  # plans are proved under the causal mask
            continue
        groups = tuple(
            group
            for group in range(layer.key_heads)
            if all(
                bounded(assignment.get((layer.index, head)))
                for head in range(group * size, (group + 1) * size)
            )
        )
        if groups:
            by_layer[layer.index] = groups
    return by_layer
