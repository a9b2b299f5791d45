"""The attention of one layer with programs in place of some heads."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import nn

from attndsl.language.diagnostics import AttndslError
from attndsl.models.architecture import interface_of
from attndsl.models.seam import READING
from attndsl.surrogates.ablations import Fixed, put
from attndsl.surrogates.layout import (
    JoinedLayout,
    KeptLayout,
    Layout,
    ShortLayout,
    make_layout,
    select,
)
from attndsl.surrogates.packed import attend
from attndsl.surrogates.patterns import Patterns, index, places
from attndsl.surrogates.plan import LayerPlan
from attndsl.surrogates.reading import Reading, Slots
from attndsl.surrogates.rows import split_rows, times
from attndsl.surrogates.streaming.heads import StreamedHeads
from attndsl.surrogates.tracking import Tracker

SHORT = 16  # up to so many queries one batched product beats row-wise work


class Call(NamedTuple):
    """What the model hands to the attention of a layer."""

    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    mask: torch.Tensor | None
    options: dict[str, Any]


@dataclass(frozen=True, eq=False)
class SurrogateAttention:
    """A plan for the seam: kept heads run the model's own function, the rest their patterns."""

    plan: LayerPlan
    base: str
    patterns: Patterns
    tracker: Tracker
    fixed: Fixed = ()  # ablated heads: what they would give is put aside
    added: Fixed = ()  # heads whose programs' outputs are moved by a constant
    streamed: StreamedHeads | None = None  # in passes whose cache streams
    own: Any = field(init=False)  # the model's own attention function
    cells: int = field(init=False)  # of a program's patterns: more are made in blocks
    layouts: dict[torch.device, Layout] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "own", interface_of(self.plan.layer.module, self.base))
        object.__setattr__(self, "cells", self.patterns.most_cells(self.plan.layer.mask))

    def __call__(
        self,
        module: nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        **options: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        reading = options.pop(READING, None) or self.tracker.reading
        if reading is None:
            raise AttndslError(
                "this pass did not go through the model's own forward, so its ids are not known"
            )
        reading.reached.add(self.plan.layer.index)
        call = Call(query, key, value, mask, options)
        out, weights = self.follow(module, call, reading)
        if self.added:
            out = put(out, self.plan.layer.index, self.added, reading, added=True)
        if self.fixed:
            out = put(out, self.plan.layer.index, self.fixed, reading)
            if weights is not None:  # an ablated head looks at nothing
                none = [head for _, heads in self.fixed for head in heads]
                weights = weights.index_fill(1, torch.tensor(none, device=weights.device), 0)
        return out, weights

    def follow(
        self, module: nn.Module, call: Call, reading: Reading
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """What all heads give, by their programs or by themselves."""
        query, key, value, mask, options = call
        if reading.streams and self.streamed is not None:
            return self.follow_streamed(self.streamed, module, call, reading)
        if not self.plan.replaced and not reading.wants_weights:
            # In passes that stream heads are replaced anyhow; in others a layer keeps its bits.
            own = partial(attend, self.own) if reading.streams else self.own
            unchanged: tuple[torch.Tensor, torch.Tensor | None] = own(
                module, query, key, value, mask, **options
            )
            return unchanged
        if options.get("position_bias") is not None:
            raise AttndslError(
                f"{type(module).__name__} adds a bias of its own to each head's scores; "
                "that is not supported with programs in place of heads"
            )
        layer = self.plan.layer
        slots = reading.slots_of(layer.index, value.shape[2])
        reading.check_mask(layer.index, layer.mask, slots, mask)
        layout = self.layouts.get(value.device)
        if layout is None:
            layout = self.layouts[value.device] = make_layout(self.plan, value.device)
        whole = reading.cells <= self.cells
        at_once = whole and layout.short is not None and reading.queries <= SHORT
        if at_once and layout.joined is not None and self.can_join(call, reading):
            return self.follow_joined(layout.joined, call, reading, slots), None
        kept = layout.kept_short if at_once else layout.kept_long
        done = None if kept is None else keep(self.own, kept, call)[0]
        if at_once and layout.short is not None:
            out = self.follow_short(layout.short, done, reading, slots, value)
        else:
            out = value.new_zeros(value.shape[0], reading.queries, layer.heads, value.shape[-1])
            if done is not None:
                out[:, :, layout.kept] = done
            follow = self.follow_rows if whole else self.follow_blocks
            follow(out, reading, slots, value)
        if not reading.wants_weights:
            return out, None
        weights = value.new_zeros(value.shape[0], layer.heads, reading.queries, slots.length)
        if layout.kept_long is not None:
            weights[:, layout.kept] = self.weights(layout.kept_long, call, reading, slots)
        if self.plan.replaced:
            dense = self.patterns.dense(reading, layer.mask, slots, (value.device, value.dtype))
            weights[:, layout.replaced] = dense.index_select(1, layout.programs)
        return out, weights

    def follow_streamed(
        self, streamed: StreamedHeads, module: nn.Module, call: Call, reading: Reading
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The streamed heads by their tapes; what they look at is asked of their patterns."""
        out, seen = streamed.follow(module, call, reading)
        if not reading.wants_weights or not streamed.programs:
            return out, seen
        slots = reading.slots[self.plan.layer.index]
        to = (call.value.device, call.value.dtype)
        dense = self.patterns.dense(reading, self.plan.layer.mask, slots, to)
        weights = dense.new_zeros(out.shape[0], out.shape[2], reading.queries, slots.length)
        if seen is not None:
            weights[:, list(streamed.heads)] = seen
        for programs in streamed.programs.values():
            for _, heads in programs:
                for head in heads:
                    weights[:, head] = dense[:, self.plan.replaced[head]]
        return out, weights

    def can_join(self, call: Call, reading: Reading) -> bool:
        """Whether the model's own function may do all heads: it must add a mask to its scores, and
        a program's row must survive the logarithm, which in half precision it wouldn't."""
        return (
            self.base == "sdpa"
            and reading.queries == 1
            and not reading.wants_weights
            and call.mask is None
            and call.query.dtype == torch.float32
            and not call.options.get("dropout")
        )

    def follow_joined(
        self, layout: JoinedLayout, call: Call, reading: Reading, slots: Slots
    ) -> torch.Tensor:
        """One query: a replaced head scores nothing and its program's row is the bias, so that
        all heads are done at once and values are read once."""
        query = call.query
        biases = self.patterns.biases(
            reading, self.plan.layer.mask, slots, (query.device, query.dtype)
        )
        queries = query.new_zeros(query.shape[0], self.plan.layer.heads, 1, query.shape[3])
        done: torch.Tensor = self.own(
            layout.module,
            queries.index_copy_(1, layout.kept, select(query, layout.queries)),
            call.key,
            call.value,
            biases.index_select(1, layout.biases),
            **call.options,
        )[0]
        return done

    def weights(self, kept: KeptLayout, call: Call, reading: Reading, slots: Slots) -> torch.Tensor:
        """What the kept heads look at; of what doesn't say, the eager function tells."""
        seen = keep(self.own, kept, call)[1] if self.base == "eager" else None
        if seen is None:
            visible = reading.expected_mask(self.plan.layer.mask, slots)[:, None]
            hidden = torch.finfo(call.query.dtype).min
            added = torch.zeros_like(visible, dtype=call.query.dtype).masked_fill(~visible, hidden)
            eager = interface_of(self.plan.layer.module, "eager")
            seen = keep(eager, kept, call._replace(mask=added.to(call.query.device)))[1]
        assert seen is not None
        return seen.index_select(1, kept.first)

    def follow_short(
        self,
        layout: ShortLayout,
        kept: torch.Tensor | None,
        reading: Reading,
        slots: Slots,
        value: torch.Tensor,
    ) -> torch.Tensor:
        """Few queries: all texts and heads in one product."""
        pattern = self.patterns.dense(
            reading, self.plan.layer.mask, slots, (value.device, value.dtype)
        )
        rows = pattern.index_select(1, layout.programs)
        batch, heads, queries, keys = rows.shape
        rows = rows.view(batch * layout.count, layout.width * queries, keys)
        done = torch.bmm(rows, select(value, layout.groups).flatten(0, 1))
        done = done.view(batch, heads, queries, -1).transpose(1, 2)
        if kept is not None:
            done = torch.cat([kept, done], dim=2)
        return done.index_select(2, layout.order)

    def follow_rows(
        self, out: torch.Tensor, reading: Reading, slots: Slots, value: torch.Tensor
    ) -> None:
        """Many queries: text by text, one product for all key groups of a program."""
        to = (value.device, value.dtype)
        for row in range(len(reading.texts)):
            if reading.first_rows[row] >= len(reading.texts[row]):
                continue
            queries, keys, start = places(reading, row, slots)
            for number, groups in self.plan.programs().items():
                rows = self.patterns.split(reading, self.plan.layer.mask, row, number, to)
                done = times(rows, side_by_side(value[row], groups, keys), start)
                place(out[row], queries, groups, done)

    def follow_blocks(
        self, out: torch.Tensor, reading: Reading, slots: Slots, value: torch.Tensor
    ) -> None:
        """Long texts: patterns made block by block, never whole."""
        to = (value.device, value.dtype)
        mask, programs = self.plan.layer.mask, self.plan.programs()
        for row in range(len(reading.texts)):
            if reading.first_rows[row] >= len(reading.texts[row]):
                continue
            queries, keys, start = places(reading, row, slots)
            at = index(queries)
            for number, first, part in self.patterns.blocks(
                reading, mask, row, tuple(programs), to
            ):
                groups = programs[number]
                columns = index(keys)[: part.shape[1] - start]
                values = side_by_side(value[row], groups, columns)
                done = times(split_rows(part, first, mask), values, start)
                offset = first - reading.first_rows[row]
                place(out[row], at[offset : offset + len(part)], groups, done)


def keep(function: Any, kept: KeptLayout, call: Call) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The heads that stay, by the model's own function: `[B, queries, kept.heads, size]`."""
    mask = call.mask
    if mask is not None and mask.shape[1] > 1:
        mask = mask[:, list(kept.heads)]
    return attend(
        function,
        kept.module,
        select(call.query, kept.queries),
        select(call.key, kept.keys),
        select(call.value, kept.values),
        mask,
        **call.options,
    )


def side_by_side(value: torch.Tensor, groups: dict[int, list[int]], keys: Any) -> torch.Tensor:
    """The values of some key groups as `[keys, groups * size]`, so that one product does all."""
    if not isinstance(keys, slice):
        keys = torch.as_tensor(keys, device=value.device)
    parts = [value[group][keys] for group in groups]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


def place(
    out: torch.Tensor, queries: Any, groups: dict[int, list[int]], done: torch.Tensor
) -> None:
    if not isinstance(queries, slice):
        queries = torch.as_tensor(queries, device=out.device)
    size = out.shape[-1]
    for number, heads in enumerate(groups.values()):
        part = done[:, number * size : (number + 1) * size]
        for head in heads:
            out[queries, head] = part
