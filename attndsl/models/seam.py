"""The one place where our code enters a model: transformers' attention interface.

Two implementations are registered, one over each of the model's own (`eager`, `sdpa`). Each
calls the plan hung on the attention module, or the model's own function where there is none, so
the registry is global but all state is the model's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any, Protocol, TypeVar, cast

import torch
from torch import nn

from attndsl.language.diagnostics import AttndslError
from attndsl.models.architecture import AttentionLayer, interface_of, uses_interface

PREFIX = "attndsl_"
BASES = ("eager", "sdpa")
PLAN = "_attndsl_plan"
READING = "attndsl_reading"  # the keyword that carries what a pass reads down to the heads


class StandIn(Protocol):
    """What stands in for the attention of one layer."""

    def __call__(
        self,
        module: nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        **options: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None]: ...


@cache
def register() -> None:
    """Make `attndsl_eager` and `attndsl_sdpa` known to transformers, with their masks."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask, sdpa_mask

    masks = {"eager": eager_mask, "sdpa": sdpa_mask}
    for base in BASES:
        AttentionInterface.register(PREFIX + base, entry(base))
        # Without a mask function of the same name no mask would reach the heads at all.
        AttentionMaskInterface.register(PREFIX + base, masks[base])


Function = TypeVar("Function", bound=Callable[..., Any])


def uncompiled(function: Function) -> Function:
    """Keeps a function out of `torch.compile`: the graph breaks there, the result stays."""
    disable: Any = torch.compiler.disable
    apart = disable(function)

    @wraps(function)
    def either(*args: Any, **kwargs: Any) -> Any:
        # To step out of compiled code costs time, so only what is being compiled does it.
        return (apart if torch.compiler.is_compiling() else function)(*args, **kwargs)

    return cast(Function, either)


def entry(base: str) -> Any:
    @uncompiled
    def attention(
        module: nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attention_mask: torch.Tensor | None,
        **options: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        plan = getattr(module, PLAN, None)
        if plan is None:
            options.pop(READING, None)
            own = interface_of(module, base)
            result: tuple[torch.Tensor, torch.Tensor | None] = own(
                module, query, key, value, attention_mask, **options
            )
            return result
        done: tuple[torch.Tensor, torch.Tensor | None] = plan(
            module, query, key, value, attention_mask, **options
        )
        return done

    return attention


def base_implementation(model: Any) -> str:
    """`eager` or `sdpa`: what the model itself runs on; other implementations are refused."""
    base = str(model.config._attn_implementation)
    if base.startswith(PREFIX):
        raise AttndslError(
            "programs are already installed in this model; call remove() on that handle first"
        )
    if base not in BASES:
        raise AttndslError(
            f"the model runs on {base!r} attention; load it with attn_implementation='sdpa' "
            "or 'eager'"
        )
    return base


@contextmanager
def plans(model: Any, layers: Mapping[int, tuple[AttentionLayer, StandIn]]) -> Iterator[None]:
    """The model with these plans in its layers, until the block ends."""
    base = enter(model, layers)
    try:
        yield
    finally:
        leave(model, base)


def enter(model: Any, layers: Mapping[int, tuple[AttentionLayer, StandIn]]) -> str:
    base = base_implementation(model)
    register()
    for layer, plan in layers.values():
        object.__setattr__(layer.module, PLAN, plan)
    model.set_attn_implementation(PREFIX + base)
    return base


def leave(model: Any, base: str) -> None:
    model.set_attn_implementation(base)
    for module in model.modules():
        module.__dict__.pop(PLAN, None)


def body(model: Any) -> nn.Module:
    """The innermost part of the model that reads ids and runs all of its attention layers."""
    heads = {id(module) for module in model.modules() if uses_interface(module)}
    innermost: nn.Module = model
    for module in model.modules():
        if "input_ids" in inspect.signature(module.forward).parameters and heads <= {
            id(part) for part in module.modules()
        }:
            innermost = module
    return innermost


def signature_of(forward: Callable[..., Any]) -> inspect.Signature:
    """What a module's forward takes; a wrapper around it may tell of `self` too, as nnsight's."""
    found = inspect.signature(forward)
    own = [one for at, one in enumerate(found.parameters.values()) if at or one.name != "self"]
    return found.replace(parameters=own)


def arguments(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """The arguments of a call by name, those inside `**kwargs` included."""
    if not args:
        return kwargs
    bound = signature.bind_partial(*args, **kwargs).arguments
    for name, parameter in signature.parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            bound = {**bound, **bound.get(name, {})}
    return dict(bound)


def takes_any_keyword(signature: inspect.Signature) -> bool:
    kinds = (parameter.kind for parameter in signature.parameters.values())
    return inspect.Parameter.VAR_KEYWORD in kinds
