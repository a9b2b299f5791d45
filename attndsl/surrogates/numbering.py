"""The programs of an installation by number: each once for each mask that it runs under."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from attndsl.graph.program import Program
from attndsl.language.mask import Mask
from attndsl.models.architecture import AttentionLayer

Head = tuple[int, int]
Numbered = Mapping[Mask, tuple[Hashable, ...]]


def distinct_programs(
    layers: Sequence[AttentionLayer], assignment: Mapping[Head, Hashable]
) -> dict[Mask, tuple[Hashable, ...]]:
    """The programs that run under each mask, each once, in the order of their first head."""
    programs_of: dict[Mask, dict[Hashable, Hashable]] = {layer.mask: {} for layer in layers}
    masks = {layer.index: layer.mask for layer in layers}
    for (layer, _), program in sorted(assignment.items(), key=lambda item: item[0]):
        programs_of[masks[layer]].setdefault(identity(program), program)
    return {mask: tuple(programs.values()) for mask, programs in programs_of.items()}


def identity(program: Hashable) -> Hashable:
    """Checked programs are the same where their hash is; anything else is its own identity."""
    return program.hash if isinstance(program, Program) else program


def numbers_in(
    layer: AttentionLayer, programs: Numbered, assignment: Mapping[Head, Hashable]
) -> dict[int, int]:
    """For each replaced head of a layer the number of its program."""
    numbered = {identity(one): number for number, one in enumerate(programs[layer.mask])}
    return {
        head: numbered[identity(program)]
        for (at, head), program in assignment.items()
        if at == layer.index
    }
