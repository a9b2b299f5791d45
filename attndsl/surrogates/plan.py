"""Which heads of a layer stay and which follow programs, and how the tensors are laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from attndsl.models.architecture import AttentionLayer


@dataclass(frozen=True)
class LayerPlan:
    """The heads of one layer, split; all tuples count heads or key groups of the whole model.

    `queries` and `keys` are the heads and groups that the projections still make: all of them,
    or fewer in a pruned model.
    """

    layer: AttentionLayer
    replaced: dict[int, int]  # head -> number of its program among the mask's programs
    queries: tuple[int, ...]
    keys: tuple[int, ...]

    @property
    def group_size(self) -> int:
        return self.layer.heads // self.layer.key_heads

    @property
    def kept(self) -> tuple[int, ...]:
        return tuple(head for head in range(self.layer.heads) if head not in self.replaced)

    def group(self, head: int) -> int:
        return head // self.group_size

    def programs(self) -> dict[int, dict[int, list[int]]]:
        """Program -> key group -> its heads: heads alike in both share one result."""
        by_key_head: dict[int, dict[int, list[int]]] = {}
        for head, program in self.replaced.items():
            by_key_head.setdefault(program, {}).setdefault(self.group(head), []).append(head)
        return by_key_head

    def even_queries(self) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        """Kept heads padded so that each of their groups has equally many.

        Gives the heads in that order (some twice), the groups, and the heads a group.
        """
        groups: dict[int, list[int]] = {}
        for head in self.kept:
            groups.setdefault(self.group(head), []).append(head)
        width = max((len(heads) for heads in groups.values()), default=0)
        padded = [head for heads in groups.values() for head in (heads * width)[:width]]
        return tuple(padded), tuple(groups), width


def plan_layer(
    layer: AttentionLayer,
    replaced: Mapping[int, int],
    pruned: bool = False,
) -> LayerPlan:
    """The plan of a layer; `pruned` where the projections have lost what they can lose."""
    heads = tuple(range(layer.heads))
    groups = tuple(range(layer.key_heads))
    if pruned:
        heads, groups = remaining(layer, replaced)
    return LayerPlan(layer, dict(sorted(replaced.items())), heads, groups)


def remaining(
    layer: AttentionLayer, replaced: Mapping[int, int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The query heads and key groups that someone still asks for."""
    size = layer.heads // layer.key_heads
    heads = tuple(head for head in range(layer.heads) if head not in replaced)
    groups = tuple(sorted({head // size for head in heads}))
    return heads, groups
