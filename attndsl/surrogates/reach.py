"""Whether the programs in place of heads are reached at all, and why not where they aren't."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from attndsl.language.diagnostics import AttndslError
from attndsl.models.architecture import AttentionLayer, uses_interface
from attndsl.models.seam import PREFIX, plans

# The structure of each model whose layers were reached in a probe.
PROVED: WeakKeyDictionary[nn.Module, tuple[tuple[int, int], ...]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Marking:
    """A plan for the seam that computes nothing: it notes that its layer was reached."""

    layer: AttentionLayer
    into: set[int]

    def __call__(
        self,
        module: nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        **options: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        self.into.add(self.layer.index)
        batch, queries = query.shape[0], query.shape[2]
        return value.new_zeros(batch, queries, self.layer.heads, value.shape[-1]), None


def prove_reached(model: Any, layers: Sequence[AttentionLayer], replaced: Collection[int]) -> None:
    """An error where a pass of two tokens doesn't come through the layers with replaced heads.

    Done once for a model as long as none of its modules is exchanged.
    """
    now = structure_of(model)
    if not replaced or PROVED.get(model) == now:
        return
    reached: set[int] = set()
    marking = {layer.index: (layer, Marking(layer, reached)) for layer in layers}
    with plans(model, marking):
        if not ran(model):  # a model that needs more than ids; every pass is checked anyhow
            return
        if missed := sorted(set(replaced) - reached):
            raise AttndslError(unreached(model, layers, missed))
    PROVED[model] = now


def ran(model: Any) -> bool:
    """Whether the model could run on two tokens alone; nothing of it stays behind."""
    device = torch.device(model.device)
    ids = torch.zeros(1, 2, dtype=torch.int64, device=device)
    with ExitStack() as aside:
        aside.enter_context(torch.no_grad())
        # Dropout in a model under training would move the random numbers on.
        aside.enter_context(torch.random.fork_rng([device] if device.type == "cuda" else []))
        aside.enter_context(torch.compiler.set_stance("force_eager"))
        try:
            model(input_ids=ids)
        # Whatever a model raises that takes other inputs: then its first forward is looked at.
        except (TypeError, ValueError, RuntimeError, NotImplementedError):
            return False
    return True


def structure_of(model: nn.Module) -> tuple[tuple[int, int], ...]:
    """Names the modules of a model and what each does: another one in place of any changes it."""
    return tuple(
        (id(module), id(inspect.unwrap(getattr(module.forward, "__func__", module.forward))))
        for module in model.modules()
    )


def unreached(model: Any, layers: Sequence[AttentionLayer], missed: Sequence[int]) -> str:
    """What to tell of layers whose programs a pass didn't come through."""
    first = next(layer for layer in layers if layer.index == missed[0])
    where = f"layer {missed[0]}" if len(missed) == 1 else f"layers {missed[0]} to {missed[-1]}"
    return (
        f"the programs are not reached: a pass of the model does not come through the heads of "
        f"{where}, because {reason(model, first.module)}"
    )


def reason(model: Any, module: nn.Module) -> str:
    """Why a pass goes around the attention of a layer."""
    around = holder(model, module)
    package = type(around).__module__.split(".")[0] if around is not None else ""
    if package not in ("transformers", type(model).__module__.split(".")[0], ""):
        said = f"{type(around).__name__} of {package} stands in place of its attention"
        if package == "transformer_lens":
            return f"{said}; use attndsl.surrogates.lens_hooks for models in TransformerLens"
        return f"{said}; install the programs in the model before it is wrapped, or unwrapped"
    if "forward" in vars(module) or not uses_interface(module):
        return "the forward of its attention was exchanged; put the model's own back"
    base = str(getattr(getattr(module, "config", model.config), "_attn_implementation", ""))
    if not base.startswith(PREFIX):
        return (
            f"its attention was set to {base!r} after the programs were installed; call "
            "set_attn_implementation before install"
        )
    return "something between the model and its attention computes it another way"


def holder(model: nn.Module, module: nn.Module) -> nn.Module | None:
    """The module that a module hangs in."""
    for part in model.modules():
        if any(child is module for child in part.children()):
            return part
    return None
