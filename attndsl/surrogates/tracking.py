"""Knowing the ids behind every position of a pass, across caches, beams and padding."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from attndsl.language.diagnostics import AttndslError
from attndsl.models.architecture import attention_layers
from attndsl.models.seam import (
    READING,
    arguments,
    body,
    signature_of,
    takes_any_keyword,
    uncompiled,
)
from attndsl.surrogates.reach import unreached
from attndsl.surrogates.reading import Reading, Slots
from attndsl.surrogates.streaming.cache import StreamingLayer, stream_into


@dataclass(frozen=True)
class Known:
    """The ids behind a cache, and a trace of the cache itself to notice that it was changed."""

    ids: torch.Tensor
    valid: torch.Tensor
    trace: torch.Tensor | None


@dataclass
class Tracker:
    """Follows the forward passes of one model; `reading` is the pass under way."""

    model: Any
    layers: tuple[int, ...]
    refusal: str = ""  # why text can't be generated, if it can't
    static_refusal: str = ""  # why a static cache can't be used, if it can't
    replaced: frozenset[int] = frozenset()  # layers that every pass must come through
    streamed: Mapping[int, tuple[int, ...]] = field(default_factory=dict)  # key groups by layer
    key_heads: Mapping[int, int] = field(default_factory=dict)  # of the layers of these
    carries: bool = True  # whether a pass hands its reading down to the heads
    reading: Reading | None = None
    announced: tuple[torch.Tensor, torch.Tensor | None] | None = None
    caches: WeakKeyDictionary[Any, Known] = field(default_factory=WeakKeyDictionary)
    hooks: list[Any] = field(default_factory=list)
    prepare: Any = None  # a way to prepare inputs that is this model's own, not its class's
    signature: inspect.Signature = field(default_factory=inspect.Signature)

    def attach(self) -> None:
        trunk = body(self.model)
        self.signature = signature_of(trunk.forward)
        self.hooks = [
            trunk.register_forward_pre_hook(self.before, with_kwargs=True),
            trunk.register_forward_hook(self.after, with_kwargs=True, always_call=True),
        ]
        self.prepare = self.model.__dict__.get("prepare_inputs_for_generation")
        if hasattr(self.model, "prepare_inputs_for_generation"):
            self.model.prepare_inputs_for_generation = self.announcing(
                self.model.prepare_inputs_for_generation
            )

    def detach(self) -> None:
        for hook in self.hooks:
            hook.remove()
        self.model.__dict__.pop("prepare_inputs_for_generation", None)
        if self.prepare is not None:
            self.model.prepare_inputs_for_generation = self.prepare

    def announcing(self, prepare: Any) -> Any:
        """`generate` hands the full ids here at every step, beams already reordered."""
        signature = inspect.signature(prepare)

        @functools.wraps(prepare)
        def announced(*args: Any, **kwargs: Any) -> Any:
            if self.refusal:
                raise AttndslError(self.refusal)
            given = signature.bind_partial(*args, **kwargs).arguments
            inputs = prepare(*args, **kwargs)
            ids, mask = given.get("input_ids"), given.get("attention_mask")
            plain = mask if isinstance(mask, torch.Tensor) and mask.ndim == 2 else None
            used = isinstance(inputs.get("input_ids"), torch.Tensor)
            self.announced = (ids, plain) if isinstance(ids, torch.Tensor) and used else None
            return inputs

        return announced

    @uncompiled
    def before(self, trunk: nn.Module, args: Any, kwargs: dict[str, Any]) -> Any:
        announced, self.announced = self.announced, None
        self.reading = None  # a pass that fails leaves nothing behind
        kwargs = {**kwargs, **self.cache_made(args, kwargs)}
        given = arguments(self.signature, args, kwargs)
        self.reading = self.read(given, announced)
        if not self.carries or not takes_any_keyword(self.signature):
            return args, kwargs
        return args, {**kwargs, READING: self.reading}

    def cache_made(self, args: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The cache that the model would make by itself, before it does: so that it can stream."""
        asked = kwargs.get("use_cache") and kwargs.get("past_key_values") is None
        if not asked or not self.streamed or len(args) > 1 or torch.is_grad_enabled():
            return {}
        from transformers import DynamicCache

        return {"past_key_values": DynamicCache(config=self.model.config)}

    def read(
        self, given: dict[str, Any], announced: tuple[torch.Tensor, torch.Tensor | None] | None
    ) -> Reading:
        ids = given.get("input_ids")
        if not isinstance(ids, torch.Tensor):
            raise AttndslError(
                "programs need the token ids: call the model with input_ids, not inputs_embeds"
            )
        ids = ids.detach().to("cpu", torch.int64)
        queries = ids.shape[1]
        cache = given.get("past_key_values")
        config = self.model.config
        wants = given.get("output_attentions", getattr(config, "output_attentions", False))
        past = int(cache.get_seq_length()) if cache is not None else 0
        streams = self.streams(cache, bool(wants))
        if past and self.refusal:
            raise AttndslError(self.refusal)
        mask = given.get("attention_mask")
        plain = mask if isinstance(mask, torch.Tensor) and mask.ndim == 2 else None
        if announced is not None and plain is None:
            plain = announced[1]
        elif mask is not None and plain is None:
            raise AttndslError(
                "programs need the 2-dimensional attention mask (which tokens are padding); "
                "prepared masks of other shapes are not supported"
            )
        ids, valid = self.whole(ids, past, cache, announced, plain)
        slots = self.slots(cache, queries)
        return Reading(ids, valid, past, queries, slots, bool(wants), streams)

    def streams(self, cache: Any, wants_weights: bool) -> dict[int, StreamingLayer]:
        """The cache's streaming layers; none are put in where more is asked for than values."""
        if torch.is_grad_enabled() or wants_weights:
            layers = enumerate(getattr(cache, "layers", ()))
            return {n: layer for n, layer in layers if isinstance(layer, StreamingLayer)}
        return stream_into(cache, self.streamed, self.key_heads)

    def whole(
        self,
        ids: torch.Tensor,
        past: int,
        cache: Any,
        announced: tuple[torch.Tensor, torch.Tensor | None] | None,
        mask: torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids and padding from the first position on, the cached ones included."""
        total = past + ids.shape[1]
        before = None
        if announced is not None and announced[0].shape == (ids.shape[0], total):
            everything = announced[0].detach().to("cpu", torch.int64)
            if torch.equal(everything[:, past:], ids):
                ids, past = everything, 0
        if past:
            known = self.known(cache, past, ids.shape[0])
            before = known.valid[:, :past]
            ids = torch.cat([known.ids[:, :past], ids], dim=1)
        if mask is not None:
            valid = mask.detach().to("cpu", torch.bool)
            if valid.shape[1] > total:
                valid = valid[:, :total]
            if valid.shape != ids.shape:
                raise AttndslError(
                    f"the attention mask covers {valid.shape[1]} positions of {valid.shape[0]} "
                    f"texts, but the pass reads {total} of {ids.shape[0]}"
                )
        elif before is not None and not bool(before.all()):
            raise AttndslError("the cached text was padded: pass the attention mask at every step")
        else:
            valid = torch.ones_like(ids, dtype=torch.bool)
        return ids, valid

    def known(self, cache: Any, past: int, batch: int) -> Known:
        known = self.caches.get(cache)
        if known is None or known.ids.shape[1] < past:
            have = 0 if known is None else known.ids.shape[1]
            raise AttndslError(
                f"the cache holds {past} positions, but the ids of only {have} are known: "
                "start from the whole text, or generate with model.generate"
            )
        now = trace_of(cache)
        same = known.ids.shape[0] == batch and now is not None and known.trace is not None
        if same:
            assert now is not None
            assert known.trace is not None
            width = min(now.shape[1], known.trace.shape[1])
            same = torch.equal(now[:, :width], known.trace[:, :width])
        if not same:
            raise AttndslError(
                "the cache was changed since its last pass (reordered, or of another batch), so "
                "its ids are not known: generate with model.generate, or start from the whole text"
            )
        return known

    def slots(self, cache: Any, queries: int) -> dict[int, Slots]:
        if cache is None:
            return {}
        kinds = getattr(cache, "layers", None)
        if kinds is None or not hasattr(cache, "get_mask_sizes"):
            raise AttndslError(
                f"a {type(cache).__name__} is not supported with programs in place of heads; "
                "dynamic and static caches are"
            )
        if self.static_refusal and getattr(cache, "is_compileable", False):
            raise AttndslError(self.static_refusal)
        slots = {}
        for layer in self.layers:
            length, offset = cache.get_mask_sizes(queries, layer)
            slots[layer] = Slots(int(length), int(offset))
        return slots

    @uncompiled
    def after(self, trunk: nn.Module, args: Any, kwargs: dict[str, Any], output: Any) -> None:
        reading, self.reading = self.reading, None
        cache = getattr(output, "past_key_values", None)
        if cache is None:
            cache = kwargs.get("past_key_values")
        if reading is None or output is None:
            return
        if not trunk.training and (missed := sorted(self.replaced - reading.reached)):
            raise AttndslError(unreached(self.model, attention_layers(self.model), missed))
        if cache is None:
            return
        self.caches[cache] = Known(reading.ids, reading.valid, trace_of(cache))


def trace_of(cache: Any) -> torch.Tensor | None:
    """One number per cached position of the first layer: other texts leave other traces."""
    for layer in getattr(cache, "layers", ()):
        if isinstance(layer, StreamingLayer):
            return layer.trace
        values = getattr(layer, "values", None)
        if isinstance(values, torch.Tensor) and values.ndim == 4 and values.numel():
            return values[:, 0, :, 0].detach().clone()
    return None
