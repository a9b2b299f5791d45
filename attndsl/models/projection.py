"""What a head's output does to the model: its slice of the projection that follows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from attndsl.language.diagnostics import AttndslError


@dataclass
class Projections:
    """Finds, in one pass, the module that takes a layer's heads; keeps W'W of each head.

    It is the first module with weights and without children that is given exactly what the layer's
    attention gave. So its kind doesn't matter: plain, fused, quantized or adapted.
    """

    waiting: dict[int, torch.Tensor] = field(default_factory=dict)
    grams: dict[int, torch.Tensor] = field(default_factory=dict)

    def expect(self, layer: int, out: torch.Tensor) -> None:
        """The layer gave `[batch, queries, heads, size]`; what comes next takes it flattened."""
        if layer not in self.grams:
            self.waiting[layer] = out

    def seen(self, module: nn.Module, given: Any) -> None:
        if not given or not isinstance(given[0], torch.Tensor):
            return
        for layer, out in list(self.waiting.items()):
            if takes(given[0], out):
                del self.waiting[layer]
                self.grams[layer] = gram(module, out)

    @contextmanager
    def watching(self, model: nn.Module) -> Iterator[None]:
        leaves = [
            module
            for module in model.modules()
            if not list(module.children()) and [*module.parameters(), *module.buffers()]
        ]
        hooks = [leaf.register_forward_pre_hook(self.seen) for leaf in leaves]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def found(self, layer: int) -> torch.Tensor:
        """W'W of the layer's heads, `[heads, size, size]`."""
        if layer not in self.grams:
            raise AttndslError(
                f"layer {layer} has no projection right after its heads, so what they do to the "
                "model can't be measured"
            )
        return self.grams[layer]


def takes(given: torch.Tensor, out: torch.Tensor) -> bool:
    """Whether what a module was given is what the heads gave, side by side."""
    heads, size = out.shape[-2:]
    alike = given.numel() == out.numel() and given.shape[-1] == heads * size
    return alike and torch.equal(given.reshape(-1), out.reshape(-1))


def gram(module: nn.Module, out: torch.Tensor) -> torch.Tensor:
    """W'W of each head's slice, from what the module makes of unit vectors."""
    heads, size = out.shape[-2:]
    width = heads * size
    unit = torch.eye(width, dtype=out.dtype, device=out.device)
    nothing = module(torch.zeros_like(unit[None, :1]))[0]
    columns = (module(unit[None])[0] - nothing).double()
    sample = out.reshape(1, -1, width)[:, :4]
    made = (module(sample)[0] - nothing).double()
    if not torch.allclose(sample[0].double() @ columns, made, rtol=0.02, atol=1e-3):
        raise AttndslError(
            f"what follows the heads is a {type(module).__name__}, which is not linear, so what "
            "each head does to the model can't be told apart"
        )
    by_head = columns.reshape(heads, size, -1)
    return torch.bmm(by_head, by_head.transpose(1, 2))


def energies(rows: torch.Tensor, grams: torch.Tensor) -> torch.Tensor:
    """The sum of |W x|^2 over the rows of each head: `[heads, rows, size]` to `[heads]`."""
    wide = rows.double()
    return ((wide @ grams) * wide).sum(dim=(1, 2))
