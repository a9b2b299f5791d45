"""Which replaced heads stream: those of key groups that are replaced whole by such programs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from attndsl.graph.program import Program
from attndsl.graph.streams import BOUNDED, plan_of
from attndsl.models.architecture import AttentionLayer

Head = tuple[int, int]
# On the host an index by equal text is as quick as running sums; elsewhere its sums would be
# matrices as wide as there are texts.
HOST = (*BOUNDED, "copies")


def bounded(program: Hashable) -> bool:
    """Whether a program needs a bounded number of keys, however long the text."""
    return of_kinds(BOUNDED, program)


def of_kinds(kinds: Sequence[str], program: Hashable) -> bool:
    return isinstance(program, Program) and plan_of(program).kind in kinds


def streamed_groups(
    layers: Sequence[AttentionLayer], assignment: Mapping[Head, Hashable], device: str = "cpu"
) -> dict[int, tuple[int, ...]]:
    """For each layer its key groups whose heads all stream on such a device, layers without any
    left out."""
    kinds = HOST if device == "cpu" else BOUNDED
    by_layer = {}
    for layer in layers:
        size = layer.heads // layer.key_heads
        if layer.mask.kind != "causal":  # plans are proved under the causal mask
            continue
        groups = tuple(
            group
            for group in range(layer.key_heads)
            if all(
                of_kinds(kinds, assignment.get((layer.index, head)))
                for head in range(group * size, (group + 1) * size)
            )
        )
        if groups:
            by_layer[layer.index] = groups
    return by_layer
