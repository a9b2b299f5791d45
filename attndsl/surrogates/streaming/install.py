"""What every layer does in passes whose cache streams, worked out at installation."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from attndsl.graph.program import Program
from attndsl.surrogates.attention import SurrogateAttention
from attndsl.surrogates.numbering import distinct_programs, identity, numbers_in
from attndsl.surrogates.patterns import Patterns
from attndsl.surrogates.plan import LayerPlan
from attndsl.surrogates.sources import SourceFactory
from attndsl.surrogates.streaming.heads import GroupPrograms, StreamedHeads
from attndsl.surrogates.streaming.tapes import Tapes
from attndsl.surrogates.tracking import Tracker

Head = tuple[int, int]


@dataclass(frozen=True)
class Streaming:
    """The streamed key groups of each layer, and what an installation is made of."""

    groups: Mapping[int, tuple[int, ...]]
    tapes: Tapes
    source: SourceFactory
    memory: int
    base: str
    tracker: Tracker


def streamed_heads(
    streaming: Streaming, plans: Sequence[LayerPlan], assignment: Mapping[Head, Hashable]
) -> dict[int, StreamedHeads]:
    """For each layer what runs its streamed groups, and a smaller layer for the other heads."""
    left = {
        (layer, head): program
        for (layer, head), program in assignment.items()
        if head // plan_at(plans, layer).group_size not in streaming.groups.get(layer, ())
    }
    layers = [plan.layer for plan in plans]
    programs = distinct_programs(layers, left)
    patterns = Patterns(programs, streaming.source, streaming.memory, {})
    heads = {}
    for plan in plans:
        at = plan.layer.index
        groups = streaming.groups.get(at, ())
        smaller, queries = without(plan, groups, numbers_in(plan.layer, programs, left))
        rest = None
        if smaller.layer.heads:
            rest = SurrogateAttention(smaller, streaming.base, patterns, streaming.tracker)
        heads[at] = StreamedHeads(
            plan.layer,
            {group: followed_in(plan, group, assignment) for group in groups},
            streaming.tapes,
            rest,
            staying(plan, groups),
            queries,
        )
    return heads


def plan_at(plans: Sequence[LayerPlan], layer: int) -> LayerPlan:
    return next(plan for plan in plans if plan.layer.index == layer)


def staying(plan: LayerPlan, groups: tuple[int, ...]) -> tuple[int, ...]:
    """The heads of the other groups."""
    return tuple(h for h in range(plan.layer.heads) if plan.group(h) not in groups)


def without(
    plan: LayerPlan, groups: tuple[int, ...], numbers: Mapping[int, int]
) -> tuple[LayerPlan, tuple[int, ...]]:
    """The layer without some of its groups, heads and groups numbered anew; and where its queries
    are among those that the model makes."""
    heads = staying(plan, groups)
    stay = [group for group in range(plan.layer.key_heads) if group not in groups]
    layer = replace(plan.layer, heads=len(heads), key_heads=len(stay))
    asked = [head for head in plan.queries if head in heads]
    smaller = LayerPlan(
        layer,
        {heads.index(head): number for head, number in sorted(numbers.items())},
        tuple(heads.index(head) for head in asked),
        tuple(stay.index(group) for group in plan.keys if group in stay),
    )
    return smaller, tuple(plan.queries.index(head) for head in asked)


def followed_in(plan: LayerPlan, group: int, assignment: Mapping[Head, Hashable]) -> GroupPrograms:
    """The programs of a group, each with its heads."""
    followed: dict[Hashable, tuple[Program, list[int]]] = {}
    for head in range(group * plan.group_size, (group + 1) * plan.group_size):
        program = assignment[plan.layer.index, head]
        assert isinstance(program, Program)
        followed.setdefault(identity(program), (program, []))[1].append(head)
    return tuple((program, tuple(heads)) for program, heads in followed.values())
