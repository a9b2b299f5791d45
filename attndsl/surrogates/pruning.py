"""A slimmer model: query and key rows that no head asks for any more are dropped for good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import expect_kind
from attndsl.models.architecture import AttentionLayer, attention_layers
from attndsl.models.bare import bare
from attndsl.models.seam import PLAN, base_implementation, body
from attndsl.surrogates.handle import Head, check_heads, install, pair
from attndsl.surrogates.plan import remaining
from attndsl.surrogates.sources import first_token, rules

PRUNED = "_attndsl_pruned"
GUARD = "_attndsl_guard"
NAMES = (("q_proj", "k_proj"), ("query", "key"), ("q_lin", "k_lin"))  # projections by family
FUSED = ("c_attn", "qkv_proj", "query_key_value", "Wqkv")
TOLERANCE = 1e-4


class NoHeads(nn.Module):
    """In place of a projection that has lost all its heads: one head of zeros, no weights."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden.new_zeros(1).expand(*hidden.shape[:-1], self.size)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning dropped."""

    parameters_before: int
    parameters_after: int

    @property
    def percent(self) -> float:
        return 100 * (1 - self.parameters_after / self.parameters_before)


def prune(model: Any, heads: Iterable[Head]) -> Pruned:
    """Drop what the named heads alone used: their query rows, and the key rows of groups that
    are named whole. The model can't be restored and afterwards runs only with programs for
    exactly these heads.

    A short pass before and after proves that nothing else changed; else the model is put back
    and the error says so.
    """
    model = bare(model)
    base_implementation(model)
    layers = attention_layers(model)
    expect_kind(heads, Iterable, "list of heads", "a head is a pair, (layer, number)")
    named = dict.fromkeys(map(pair, heads), first_token)
    check_heads(layers, named)
    if model.__dict__.get(PRUNED):
        raise AttndslError("this model was pruned before; what is gone can't be pruned again")
    by_layer = {
        layer: tuple(sorted(head for at, head in named if at == layer.index))
        for layer in layers
        if any(at == layer.index for at, _ in named)
    }
    swaps = [swap for layer, gone in by_layer.items() for swap in narrowed(model, layer, gone)]
    before = sum(weight.numel() for weight in model.parameters())
    expected = short_pass(model, named)
    apply(model, swaps, {layer.index: gone for layer, gone in by_layer.items()})
    try:
        same = torch.allclose(short_pass(model, named), expected, atol=TOLERANCE, rtol=1e-3)
    except (RuntimeError, ValueError):
        same = False
    if not same and model.dtype in (torch.float32, torch.float64):
        apply(model, [(module, name, old, old) for module, name, old, _ in swaps], {})
        raise AttndslError(
            f"{type(model).__name__} gives other logits when its projections are narrowed, so it "
            "can't be pruned; it was put back as it was"
        )
    return Pruned(before, sum(weight.numel() for weight in model.parameters()))


Swap = tuple[nn.Module, str, nn.Module, nn.Module]  # holder, name, old, new


def narrowed(model: Any, layer: AttentionLayer, gone: tuple[int, ...]) -> list[Swap]:
    """The narrower projections of one layer, beside the ones that they replace."""
    queries, keys = projections(model, layer)
    heads, groups = remaining(layer, dict.fromkeys(gone, 0))
    module = layer.module
    old_queries, old_keys = getattr(module, queries), getattr(module, keys)
    swaps = [(module, queries, old_queries, rows_of(old_queries, heads, layer.head_size))]
    if len(groups) < layer.key_heads:
        swaps.append((module, keys, old_keys, rows_of(old_keys, groups, layer.head_size)))
    return swaps


def projections(model: Any, layer: AttentionLayer) -> tuple[str, str]:
    """The names of the query and key projections, where each stands alone."""
    kind = type(model).__name__
    for names in NAMES:
        parts = [getattr(layer.module, name, None) for name in names]
        if all(type(part) is nn.Linear for part in parts):
            for norm in ("q_norm", "k_norm", "q_layernorm", "k_layernorm"):
                weight = getattr(getattr(layer.module, norm, None), "weight", None)
                if weight is not None and weight.numel() != layer.head_size:
                    raise AttndslError(
                        f"{kind} normalises the queries of all heads together, so heads can't be "
                        "dropped one by one"
                    )
            return names
        if all(part is not None for part in parts):
            raise AttndslError(
                f"the projections of {kind} are {type(parts[0]).__name__} (quantized or adapted); "
                "only plain linear layers can be pruned"
            )
    fused = next((name for name in FUSED if hasattr(layer.module, name)), None)
    if fused:
        raise AttndslError(
            f"{kind} makes queries, keys and values in one projection ({fused}) that it splits at "
            "fixed places, so rows can't be dropped; models with separate projections (Llama, "
            "Mistral, Qwen2, BERT) can be pruned"
        )
    raise AttndslError(f"{kind} has no separate query and key projections to prune")


def rows_of(old: nn.Linear, heads: tuple[int, ...], size: int) -> nn.Module:
    """A projection with the rows of some heads only."""
    if not heads:
        return NoHeads(size)
    rows = torch.cat([torch.arange(head * size, (head + 1) * size) for head in heads])
    weight = old.weight.detach()
    new = nn.Linear(
        old.in_features, len(rows), old.bias is not None, device="meta", dtype=weight.dtype
    )
    rows = rows.to(weight.device)
    new.weight = nn.Parameter(weight[rows].clone(), requires_grad=old.weight.requires_grad)
    if old.bias is not None:
        kept = old.bias.detach()[rows].clone()
        new.bias = nn.Parameter(kept, requires_grad=old.bias.requires_grad)
    return new.train(old.training)


def apply(model: Any, swaps: list[Swap], record: Mapping[int, tuple[int, ...]]) -> None:
    for module, name, _, new in swaps:
        setattr(module, name, new)
    guard = model.__dict__.pop(GUARD, None)
    if guard is not None:
        guard.remove()
    model.__dict__.pop(PRUNED, None)
    if record:
        model.__dict__[PRUNED] = dict(record)
        model.__dict__[GUARD] = body(model).register_forward_pre_hook(refuse_bare)


def refuse_bare(trunk: nn.Module, _: Any) -> None:
    """Without its programs a pruned model would be wrong, sometimes without an error."""
    if not any(PLAN in module.__dict__ for module in trunk.modules()):
        raise AttndslError("this model was pruned and runs only with its programs installed")


def shrink(model: Any, record: Mapping[int, tuple[int, ...]]) -> None:
    """Give an empty model the shape of a pruned one, before its weights are read."""
    layers = {layer.index: layer for layer in attention_layers(model)}
    # Layers of which no head is named are checked too.
    named = {(layer, head): None for layer, heads in record.items() for head in (0, *heads)}
    check_heads(tuple(layers.values()), named)
    swaps = [
        swap for layer, gone in record.items() for swap in narrowed(model, layers[layer], gone)
    ]
    apply(model, swaps, record)


@torch.no_grad()
def short_pass(model: Any, named: Mapping[Head, Any]) -> torch.Tensor:
    """The model's output for two short texts, with the first token in place of the heads."""
    training = model.training
    vocabulary = int(model.get_input_embeddings().weight.shape[0])
    ids = (torch.arange(8, device=model.device).reshape(2, 4) * 7 + 1) % vocabulary
    model.eval()
    try:
        with install(model, named, rules):
            out: torch.Tensor = model(input_ids=ids)[0]
            return out.float().clone()
    finally:
        model.train(training)
