"""The cache of a layer whose streamed key groups keep no keys and hardly any values.

It stands in place of a dynamic or static layer of a transformers cache and holds one of these for
the groups that stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers.cache_utils import Cache, CacheLayerMixin, DynamicLayer, StaticLayer

from attndsl.language.diagnostics import AttndslError
from attndsl.surrogates.layout import Selection, select, selection
from attndsl.surrogates.streaming.growing import GrowingLayer
from attndsl.surrogates.streaming.held import Held


@dataclass(eq=False)
class TextState:
    """What one text of the batch has left: its groups, how many of its tokens, which they were."""

    groups: dict[int, Held] = field(default_factory=dict)
    done: int = 0
    trace: int = 0

    def copy(self) -> TextState:
        held = {group: held.copy() for group, held in self.groups.items()}
        return TextState(held, self.done, self.trace)


class StreamingLayer(CacheLayerMixin):  # type: ignore[misc]  # transformers has no types
    """`inner` has the keys and values of the groups that stay; of the others `fresh` are those of
    the pass under way, and `texts` what is kept of each text."""

    is_sliding = False
    is_croppable = False

    def __init__(self, inner: CacheLayerMixin, streamed: tuple[int, ...], groups: int) -> None:
        super().__init__()
        self.inner = inner
        self.streamed = streamed
        self.stay = [group for group in range(groups) if group not in streamed]
        self.groups = groups
        self.chosen: Selection | None = None  # those that stay
        self.seen = 0
        self.fresh: torch.Tensor | None = None
        self.texts: list[TextState] = []
        self.is_compileable = inner.is_compileable

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        self.texts = [TextState() for _ in range(value_states.shape[0])]
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        self.seen += value_states.shape[2]
        self.fresh = value_states
        if not self.stay:
            return key_states, value_states
        if self.chosen is None:
            self.chosen = selection(self.stay, value_states.device)
        values = select(value_states, self.chosen)
        if key_states.shape[1] == self.groups:  # else pruned of the others before
            key_states = select(key_states, self.chosen)
        self.keys, self.values = self.inner.update(key_states, values, *args, **kwargs)
        return self.keys, self.values

    def get_seq_length(self) -> int:
        return self.seen

    def get_max_length(self) -> int:
        return int(self.inner.get_max_length())

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        most = self.get_max_length()
        return (most if most > 0 else self.seen + query_length), 0

    def reset(self) -> None:
        if self.inner.is_initialized:
            self.inner.reset()
        self.keys = self.values = self.fresh = None
        self.seen, self.texts, self.is_initialized = 0, [], False

    def offload(self) -> None:
        self.inner.offload()

    def prefetch(self) -> None:
        self.inner.prefetch()

    def crop(self, tokens_to_remove: int) -> None:
        if tokens_to_remove:
            raise AttndslError(
                "programs that stream have let go of the text before, so this cache can't be cut "
                "back; start from the whole text, or install with stream=False"
            )

    def reorder_cache(self, beam_idx: torch.LongTensor) -> None:
        self.choose(beam_idx.tolist())
        if self.inner.is_initialized:
            self.inner.reorder_cache(beam_idx)

    def batch_repeat_interleave(self, repeats: int) -> None:
        self.choose([row for row in range(len(self.texts)) for _ in range(repeats)])
        if self.inner.is_initialized:
            self.inner.batch_repeat_interleave(repeats)

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        self.choose(torch.arange(len(self.texts))[indices.cpu()].tolist())
        if self.inner.is_initialized:
            self.inner.batch_select_indices(indices)

    def choose(self, rows: list[int]) -> None:
        """These texts in this order; a second time as a copy."""
        taken, chosen = set[int](), list[TextState]()
        for row in rows:
            chosen.append(self.texts[row].copy() if row in taken else self.texts[row])
            taken.add(row)
        self.texts = chosen

    @property
    def trace(self) -> torch.Tensor:
        """One number for each text: other texts leave other traces."""
        return torch.tensor([[text.trace] for text in self.texts], dtype=torch.int64)

    @property
    def nbytes(self) -> int:
        """Of all that is kept from pass to pass."""
        kept = [held.nbytes for text in self.texts for held in text.groups.values()]
        inner = [self.inner.keys, self.inner.values] if self.inner.is_initialized else []
        room = getattr(self.inner, "nbytes", 0)  # of a layer that grows, with what it spares
        return sum(kept) + (room or sum(int(part.nbytes) for part in inner if part is not None))


def stream_into(
    cache: Any, groups: Mapping[int, tuple[int, ...]], key_heads: Mapping[int, int]
) -> dict[int, StreamingLayer]:
    """The streaming layers of a cache, put in where it is still empty and of a kind that we know.

    A cache that holds tokens of passes without them goes on as it is.
    """
    if not groups or not isinstance(cache, Cache):
        return {}
    there = {n: layer for n, layer in enumerate(cache.layers) if isinstance(layer, StreamingLayer)}
    if there or cache.get_seq_length() or getattr(cache, "offloading", False):
        return there
    while cache.layer_class_to_replicate and len(cache.layers) <= max(groups):
        cache.layers.append(cache.layer_class_to_replicate())
    known = all(
        number < len(cache.layers) and type(cache.layers[number]) in (DynamicLayer, StaticLayer)
        for number in groups
    )
    if not known:
        return {}
    for number, layer in enumerate(cache.layers):
        if number in groups:
            there[number] = StreamingLayer(fresh(layer), groups[number], key_heads[number])
            cache.layers[number] = there[number]
        elif type(layer) is DynamicLayer:
            cache.layers[number] = GrowingLayer()
    return there


def fresh(layer: Any) -> CacheLayerMixin:
    """A layer of the same kind with nothing in it, not even room."""
    return StaticLayer(layer.max_cache_len) if type(layer) is StaticLayer else GrowingLayer()
