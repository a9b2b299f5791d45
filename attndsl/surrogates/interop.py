"""Programs for other tools: tensors, TransformerLens hooks, shapes of bertviz and circuitsvis."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.models.architecture import AttentionLayer
from attndsl.models.loading import LoadedModel
from attndsl.surrogates.engine import engine_source
from attndsl.surrogates.handle import Head, check_heads, generation_refusal
from attndsl.surrogates.numbering import distinct_programs, identity
from attndsl.surrogates.patterns import Patterns
from attndsl.surrogates.sources import SourceFactory
from attndsl.surrogates.tracking import Tracker

Hook = Callable[..., torch.Tensor]
Prompt = str | Sequence[int] | NDArray[np.int64] | torch.Tensor


@dataclass(frozen=True, eq=False, slots=True)
class Shown:
    """Patterns of some programs for one prompt: `patterns` is float32[programs, n, n]."""

    tokens: list[str]
    patterns: torch.Tensor

    def for_bertviz(self) -> tuple[tuple[torch.Tensor, ...], list[str]]:
        """`head_view(*shown.for_bertviz())`: the programs stand as the heads of one layer."""
        return (self.patterns[None],), self.tokens

    def for_circuitsvis(self) -> dict[str, Any]:
        """`attention_patterns(**shown.for_circuitsvis())`."""
        return {"tokens": self.tokens, "attention": self.patterns}


def show(
    programs: Sequence[Hashable],
    loaded: LoadedModel,
    prompt: Prompt,
    mask: Mask | None = None,
    source: SourceFactory | None = None,
) -> Shown:
    """What programs make of a prompt, read by the model's tokenizer, under its mask."""
    ids = ids_of(loaded, prompt)
    make = source or engine_source(loaded.table)
    made = make(tuple(programs), mask or loaded.masks[0]).patterns([ids], [0])[0]
    return Shown(labels(loaded, ids), torch.as_tensor(made))


@contextmanager
def lens_hooks(
    assignment: Mapping[Head, Hashable],
    loaded: LoadedModel,
    source: SourceFactory | None = None,
) -> Iterator[list[tuple[str, Hook]]]:
    """Hooks for TransformerLens that put programs in place of heads, for any text and batch:

        with lens_hooks(assignment, loaded) as hooks:
            bridge.run_with_hooks(tokens, fwd_hooks=hooks)

    Each is `("blocks.L.attn.hook_pattern", function)`. In nnsight call the function on the
    pattern of a layer, `[batch, heads, queries, keys]`, and assign what it gives. What a pass reads
    is heard of from `loaded.model`, which must be the model that runs inside the tool.
    """
    check_heads(loaded.attention, assignment)
    programs = distinct_programs(loaded.attention, assignment)
    make = source or engine_source(loaded.table, loaded.device)
    patterns = Patterns(programs, make, sys.maxsize, {})
    tracker = Tracker(
        loaded.model,
        tuple(layer.index for layer in loaded.attention),
        generation_refusal(assignment, loaded.attention),
        carries=False,
    )
    hooks = []
    for layer in loaded.attention:
        number = {identity(program): at for at, program in enumerate(programs[layer.mask])}
        heads = {
            head: number[identity(program)]
            for (at, head), program in sorted(assignment.items(), key=lambda item: item[0])
            if at == layer.index
        }
        if heads:
            name = f"blocks.{layer.index}.attn.hook_pattern"
            hooks.append((name, setter(layer, heads, patterns, tracker)))
    tracker.attach()
    try:
        yield hooks
    finally:
        tracker.detach()


def setter(
    layer: AttentionLayer, heads: Mapping[int, int], patterns: Patterns, tracker: Tracker
) -> Hook:
    """A function `(pattern[batch, heads, queries, keys], hook=None)` that sets these heads'."""

    def hook_pattern(pattern: torch.Tensor, hook: Any = None) -> torch.Tensor:
        reading = tracker.reading
        if reading is None:
            raise AttndslError(
                "this pass did not go through the model that the hooks were made for, so its ids "
                "are not known: wrap loaded.model, and run it inside `with lens_hooks(...)`"
            )
        slots = reading.slots_of(layer.index, pattern.shape[-1])
        made = patterns.dense(reading, layer.mask, slots, (pattern.device, pattern.dtype))
        if made.shape[0] != pattern.shape[0] or made.shape[2:] != pattern.shape[2:]:
            raise AttndslError(
                f"the pass reads {made.shape[0]} texts of {made.shape[2]} tokens, but the pattern "
                f"is of {pattern.shape[0]} of {pattern.shape[2]}; give the function the whole of it"
            )
        at = torch.tensor(list(heads), device=pattern.device)
        of = torch.tensor(list(heads.values()), device=pattern.device)
        return pattern.index_copy(1, at, made.index_select(1, of))

    return hook_pattern


def ids_of(loaded: LoadedModel, prompt: Prompt) -> NDArray[np.int64]:
    """The ids of a prompt: a text as the model's tokenizer reads it, or ids as they are."""
    if isinstance(prompt, str):
        return loaded.encode(prompt)
    ids = np.asarray(prompt.cpu() if isinstance(prompt, torch.Tensor) else prompt, dtype=np.int64)
    if ids.ndim == 2 and len(ids) == 1:
        ids = ids[0]
    if ids.ndim != 1:
        raise AttndslError("a prompt is one text; give its ids as one row")
    return ids


def labels(loaded: LoadedModel, ids: NDArray[np.int64]) -> list[str]:
    if loaded.tokenizer is None:
        return [str(piece) for piece in ids]
    return [str(loaded.tokenizer.decode([int(piece)])) for piece in ids]
