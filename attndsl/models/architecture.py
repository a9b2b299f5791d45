"""The attention layers of a model: which modules they are, how many heads, which mask."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from torch import nn

from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL, Mask


@dataclass(frozen=True, slots=True)
class AttentionLayer:
    """One attention module of a model; `index` is the layer's number in the model."""

    index: int
    module: nn.Module
    heads: int
    key_heads: int
    head_size: int
    mask: Mask


def attention_layers(model: nn.Module) -> tuple[AttentionLayer, ...]:
    """Every layer whose heads programs can stand in for; an error names why there is none."""
    config = text_config(model)
    refuse_unsupported(model, config)
    modules = [module for module in model.modules() if uses_interface(module)]
    if not modules:
        raise AttndslError(
            f"{type(model).__name__} has no attention heads that transformers lets us replace: "
            "none of its layers calls the attention interface (state-space models have no heads)"
        )
    expected = int(config.num_hidden_layers)
    if len(modules) < expected and not getattr(config, "layer_types", None):
        raise AttndslError(
            f"{type(model).__name__} has {expected} layers but {len(modules)} attention modules: "
            "layers that share their weights can't be replaced one by one"
        )
    layers = []
    for order, module in enumerate(modules):
        index = getattr(module, "layer_idx", None)
        index = order if index is None else int(index)
        refuse_module(model, module, index)
        heads = int(config.num_attention_heads)
        size = int(getattr(config, "head_dim", None) or config.hidden_size // heads)
        groups = int(getattr(module, "num_key_value_groups", 1) or 1)
        mask = layer_mask(config, module, index)
        layers.append(AttentionLayer(index, module, heads, heads // groups, size, mask))
    if len({layer.index for layer in layers}) != len(layers):
        raise AttndslError(
            f"{type(model).__name__} gives one layer number to several attention modules; "
            "only models with one attention per layer are supported"
        )
    return tuple(layers)


def text_config(model: nn.Module) -> Any:
    config: Any = getattr(model, "config", None)
    if config is None:
        raise AttndslError(
            f"expected a transformers model, got {type(model).__name__}, which has no config"
        )
    return config.get_text_config()


def uses_interface(module: nn.Module) -> bool:
    """Whether the module's own forward asks transformers' attention interface what to call."""
    forward = inspect.unwrap(type(module).forward)
    code = getattr(forward, "__code__", None)
    return code is not None and "get_interface" in code.co_names


def interface_of(module: nn.Module, implementation: str) -> Any:
    """The attention function that this module would call under `implementation`."""
    names = names_around(type(module).forward)
    return names["ALL_ATTENTION_FUNCTIONS"].get_interface(
        implementation, names["eager_attention_forward"]
    )


@cache
def names_around(forward: Callable[..., Any]) -> dict[str, Any]:
    """The globals of the file that a module's forward was written in."""
    names: dict[str, Any] = inspect.unwrap(forward).__globals__
    return names


def refuse_unsupported(model: nn.Module, config: Any) -> None:
    name = type(model).__name__
    settable = getattr(type(model), "_can_set_attn_implementation", None)
    if settable is None or not settable():
        raise AttndslError(
            f"{name} does not call transformers' AttentionInterface, so neither capture nor "
            "programs can reach its heads. Models that do: GPT-2, Llama, Mistral, Qwen2, Gemma, "
            "Phi, OPT, BERT, RoBERTa and most newer ones"
        )
    if getattr(config, "is_encoder_decoder", False):
        raise AttndslError(f"{name} is an encoder-decoder; only causal and masked models work")
    if getattr(config, "add_cross_attention", False):
        raise AttndslError(f"{name} attends across to another text; that is not supported")
    if getattr(config, "reorder_and_upcast_attn", False):
        raise AttndslError(f"{name} with reorder_and_upcast_attn leaves the attention interface")


def refuse_module(model: nn.Module, module: nn.Module, index: int) -> None:
    if getattr(module, "sinks", None) is not None:
        raise AttndslError(
            f"{type(model).__name__} has attention sinks (layer {index}): part of each row goes "
            "to no token, which a program can't say"
        )
    if "eager_attention_forward" not in names_around(type(module).forward):
        raise AttndslError(
            f"layer {index} of {type(model).__name__} has no eager attention of the usual form"
        )


def layer_mask(config: Any, module: nn.Module, index: int) -> Mask:
    """The mask of a layer, from its configuration; the seam checks it against the real one."""
    kinds = getattr(config, "layer_types", None)
    window = getattr(config, "sliding_window", None)
    kind = kinds[index] if kinds else "sliding_attention" if window else "full_attention"
    causal = bool(getattr(module, "is_causal", True)) and getattr(config, "is_causal", True)
    if kind == "full_attention":
        return CAUSAL if causal else FULL
    if kind == "sliding_attention" and window and causal:
        return Mask("window", int(window))
    if kind == "sliding_attention":
        raise AttndslError(
            f"layer {index} looks through a window in both directions; programs know causal "
            "windows only"
        )
    raise AttndslError(f"layer {index} has {kind.replace('_', ' ')}; programs have no such mask")
