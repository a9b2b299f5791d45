"""Where the heads of a layer lie in its tensors, worked out once per plan and device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from attndsl.surrogates.plan import LayerPlan

Selection = tuple[int, int] | torch.Tensor  # first and how many, or the numbers one by one


class Regrouped:
    """An attention module as its own function sees it when each key head serves `size` heads."""

    def __init__(self, module: nn.Module, size: int) -> None:
        self.module = module
        self.num_key_value_groups = size

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)


@dataclass(frozen=True, eq=False)
class KeptLayout:
    """How the kept heads are handed to the model's own function.

    `module` is how that function sees the layer. `heads` are those of its output, some twice
    where each key group must have equally many; `first` says where each kept head stands among
    them.
    """

    module: Any
    heads: tuple[int, ...]
    first: torch.Tensor
    queries: Selection
    keys: Selection
    values: Selection


@dataclass(frozen=True, eq=False)
class ShortLayout:
    """How few queries are multiplied in one product of all texts and heads.

    `programs` fill a table key group by key group, `width` heads each; `groups` are the key
    groups. `order` puts the kept heads' output and the product's, side by side, in head order.
    """

    programs: torch.Tensor
    groups: Selection
    count: int
    width: int
    order: torch.Tensor


@dataclass(frozen=True, eq=False)
class JoinedLayout:
    """How the model's own function does all heads of one query, a program's row as a bias.

    `queries` are the rows of the projection that the `kept` heads take; the others have zeros.
    `biases` numbers the programs from 1 on; a kept head takes bias 0.
    """

    module: Any
    kept: torch.Tensor
    queries: Selection
    biases: torch.Tensor


@dataclass(frozen=True, eq=False)
class Layout:
    """All of it for one plan on one device."""

    kept: torch.Tensor
    replaced: torch.Tensor
    programs: torch.Tensor  # of the replaced heads, in their order
    kept_long: KeptLayout | None
    kept_short: KeptLayout | None
    short: ShortLayout | None
    joined: JoinedLayout | None


def make_layout(plan: LayerPlan, device: torch.device) -> Layout:
    def numbers(values: list[int]) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.int64, device=device)

    kept = plan.kept
    padded, even_groups, width = plan.even_queries()
    long = short = None
    if kept:
        short = kept_layout(plan, padded, even_groups, width, device)
        long = short
        if len(padded) > len(kept):
            # A long pass: one key head for each kept head costs less than heads twice.
            long = kept_layout(plan, kept, tuple(plan.group(head) for head in kept), 1, device)
    return Layout(
        numbers(list(kept)),
        numbers(list(plan.replaced)),
        numbers(list(plan.replaced.values())),
        long,
        short,
        short_layout(plan, padded, device) if plan.replaced else None,
        # What a group that nobody asks for holds as keys is anything, so scores can't be made.
        joined_layout(plan, device) if len(even_groups) == plan.layer.key_heads else None,
    )


def kept_layout(
    plan: LayerPlan,
    heads: tuple[int, ...],
    groups: tuple[int, ...],
    size: int,
    device: torch.device,
) -> KeptLayout:
    return KeptLayout(
        Regrouped(plan.layer.module, size) if plan.replaced else plan.layer.module,
        heads,
        torch.tensor([heads.index(head) for head in plan.kept], device=device),
        selection([plan.queries.index(head) for head in heads], device),
        selection([plan.keys.index(group) for group in groups], device),
        selection(list(groups), device),
    )


def short_layout(plan: LayerPlan, kept: tuple[int, ...], device: torch.device) -> ShortLayout:
    """`kept` are the heads of the output that the product's is put beside."""
    groups: dict[int, list[int]] = {}
    for head in plan.replaced:
        groups.setdefault(plan.group(head), []).append(head)
    width = max(len(heads) for heads in groups.values())
    table = [head for heads in groups.values() for head in (heads * width)[:width]]
    order = [
        len(kept) + table.index(head) if head in plan.replaced else kept.index(head)
        for head in range(plan.layer.heads)
    ]
    return ShortLayout(
        torch.tensor([plan.replaced[head] for head in table], device=device),
        selection(list(groups), device),
        len(groups),
        width,
        torch.tensor(order, device=device),
    )


def joined_layout(plan: LayerPlan, device: torch.device) -> JoinedLayout:
    heads = range(plan.layer.heads)
    biases = [1 + plan.replaced[head] if head in plan.replaced else 0 for head in heads]
    return JoinedLayout(
        Regrouped(plan.layer.module, plan.group_size),
        torch.tensor(plan.kept, device=device),
        selection([plan.queries.index(head) for head in plan.kept], device),
        torch.tensor(biases, device=device),
    )


def selection(numbers: list[int], device: torch.device) -> Selection:
    """A stretch where the numbers follow each other, which spares a copy."""
    if numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return numbers[0], len(numbers)
    return torch.tensor(numbers, dtype=torch.int64, device=device)


def select(tensor: torch.Tensor, chosen: Selection) -> torch.Tensor:
    """Some heads of `[B, heads, ...]`."""
    if isinstance(chosen, torch.Tensor):
        return tensor.index_select(1, chosen)
    start, count = chosen
    return tensor if count == tensor.shape[1] else tensor.narrow(1, start, count)
