"""Trials of patterns in place of heads on a batch of texts: many at once, lower layers recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from attndsl.models.architecture import AttentionLayer, interface_of
from attndsl.models.loading import LoadedModel
from attndsl.models.seam import READING, base_implementation, plans
from attndsl.surrogates.figures import Kind, Question


@dataclass(frozen=True, eq=False, slots=True)
class Swap:
    """Patterns `[B, heads, n, n]` in place of some heads, in one copy of the batch."""

    copy: int
    heads: tuple[int, ...]
    patterns: torch.Tensor

    def outputs(self, value: torch.Tensor, size: int) -> torch.Tensor:
        """`[B, n, heads, size]` from the values `[B, key heads, n, size]`, one for `size` heads."""
        groups = torch.tensor([head // size for head in self.heads], device=value.device)
        done = self.patterns.to(value) @ value.index_select(1, groups)
        return done.transpose(1, 2)


@dataclass(frozen=True, eq=False, slots=True)
class Fixed:
    """Outputs `[n, heads, size]` in place of those of some heads, whatever the text."""

    copy: int
    heads: tuple[int, ...]
    made: torch.Tensor

    def outputs(self, value: torch.Tensor, _: int) -> torch.Tensor:
        """`[B, n, heads, size]`, the same for every text."""
        return self.made.to(value).expand(len(value), *self.made.shape)


Change = Swap | Fixed


@dataclass(frozen=True, eq=False, slots=True)
class Swapping:
    """A plan for the seam: the model's own function for all heads, then patterns for some.

    Gradients reach the patterns, which is why nothing is done in place.
    """

    layer: AttentionLayer
    base: str
    texts: int  # of one copy
    swaps: Sequence[Change]

    def __call__(
        self,
        module: nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        **options: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        options.pop(READING, None)
        out, weights = interface_of(module, self.base)(module, query, key, value, mask, **options)
        if not self.swaps:
            return out, weights
        size, copies = self.layer.heads // self.layer.key_heads, []
        whole = out.reshape(-1, self.texts, *out.shape[1:])
        values = value.reshape(*whole.shape[:2], *value.shape[1:])
        by_copy = {swap.copy: swap for swap in self.swaps}
        for number, own in enumerate(whole):
            swap = by_copy.get(number)
            if swap is None:
                copies.append(own)
                continue
            at = torch.tensor(swap.heads, device=value.device)
            copies.append(own.index_copy(2, at, swap.outputs(values[number], size)))
        return torch.cat(copies), weights


class Trial:
    """A batch of texts: the model's own output, and what each of its layers handed on."""

    def __init__(self, loaded: LoadedModel, kind: Kind, asked: Sequence[Question]) -> None:
        self.loaded, self.kind, self.asked = loaded, kind, asked
        self.lengths = [one.inputs.shape[1] for one in asked]
        width = max(self.lengths)
        pad = getattr(loaded.tokenizer, "pad_token_id", None) or 0
        self.ids = torch.full((len(asked), width), int(pad))
        self.valid = torch.zeros(len(asked), width, dtype=torch.int64)
        for row, one in enumerate(asked):
            self.ids[row, : self.lengths[row]] = one.inputs[0]
            self.valid[row, : self.lengths[row]] = 1
        self.stack = stack_of(loaded)
        self.recorded: list[Any] = []
        with torch.no_grad(), recording(self.stack, self.recorded):
            output = self._run(1)
        self.own = [self._own(output[row], one) for row, one in enumerate(asked)]

    def _run(self, copies: int) -> torch.Tensor:
        device = self.loaded.device
        ids = self.ids.repeat(copies, 1).to(device)
        result = self.loaded.model(
            input_ids=ids, attention_mask=self.valid.repeat(copies, 1).to(device)
        )
        output: torch.Tensor = result.last_hidden_state if self.kind == "states" else result.logits
        return output

    def forget(self) -> None:
        """Let go of what the layers handed on, where every layer is to be computed anyway."""
        self.recorded, self.stack = [], ()

    def _own(self, output: torch.Tensor, one: Question) -> tuple[torch.Tensor, torch.Tensor]:
        """What the model itself says: the last states, or its distributions and their entropy."""
        rows = output[one.at.to(output.device)].float()
        if self.kind == "states":
            return nn.functional.normalize(rows, dim=-1), rows[:, 0]
        logs = torch.log_softmax(rows, -1)
        share = logs.exp()
        return share, -(share * logs).sum(-1)

    def run(self, swaps: Mapping[int, Sequence[Change]], copies: int = 1) -> torch.Tensor:
        """The output with these swaps by number of the layer in the model's list of layers.

        Layers under the first of them hand on what was recorded.
        """
        layers = self.loaded.attention
        base = base_implementation(self.loaded.model)
        hung = {
            layer.index: (layer, Swapping(layer, base, len(self.asked), swaps.get(number, ())))
            for number, layer in enumerate(layers)
        }
        first = min(swaps, default=0)
        with plans(self.loaded.model, hung), replaying(self.stack[:first], self.recorded, copies):
            return self._run(copies)

    @torch.no_grad()
    def settle(self, swaps: Mapping[int, Sequence[Change]]) -> None:
        """From now on the layers hand on what they do with these swaps; `own` stays the model's."""
        fresh: list[Any] = []
        with recording(self.stack, fresh):
            self.run(swaps)
        self.recorded = fresh

    def figures(self, output: torch.Tensor) -> torch.Tensor:
        """[3] of one copy of the batch: divergence, rise of the loss, positions; all summed."""
        total = torch.zeros(3, dtype=torch.float64, device=output.device)
        for row, (one, (own, entropy)) in enumerate(zip(self.asked, self.own, strict=True)):
            rows = output[row, one.at.to(output.device)].float()
            if self.kind == "states":
                apart = (1 - (nn.functional.normalize(rows, dim=-1) * own).sum(-1)).sum()
                total = total + torch.stack([apart, 0 * apart, 0 * apart + len(rows)])
                continue
            over = torch.logsumexp(rows, -1)
            apart = (over - (own * rows).sum(-1) - entropy).sum()
            wanted = one.wanted.to(rows.device)[:, None]
            loss = (over - rows.gather(1, wanted)[:, 0]).sum()
            rise = loss + own.gather(1, wanted).log().sum()
            total = total + torch.stack([apart, rise, 0 * apart + len(rows)])
        return total


def stack_of(loaded: LoadedModel) -> tuple[nn.Module, ...]:
    """The layers as the model runs them, one for each attention; none where they can't be told."""
    for layers in loaded.model.modules():
        if isinstance(layers, nn.ModuleList) and len(layers) == loaded.layers:
            inside = [set(map(id, layer.modules())) for layer in layers]
            if all(
                id(layer.module) in part
                for layer, part in zip(loaded.attention, inside, strict=True)
            ):
                return tuple(layers)
    return ()


@contextmanager
def recording(stack: Sequence[nn.Module], into: list[Any]) -> Iterator[None]:
    """Keep what each layer hands on."""
    hooks = [layer.register_forward_hook(lambda _, __, out: into.append(out)) for layer in stack]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def replaying(stack: Sequence[nn.Module], recorded: Sequence[Any], copies: int) -> Iterator[None]:
    """The layers compute nothing: they hand on what was recorded, for each copy of the batch."""

    def again(output: Any) -> Any:
        if isinstance(output, torch.Tensor):
            return output.repeat(copies, *[1] * (output.dim() - 1))
        return tuple(map(again, output)) if isinstance(output, tuple) else output

    def handing(number: int) -> Any:
        # Only the last of them is read; those before only have to be of the right kind.
        made = again(recorded[number]) if number == len(stack) - 1 else recorded[number]
        return lambda *_, **__: made

    own = [layer.__dict__.get("forward") for layer in stack]  # what a device map hangs there, say
    for number, layer in enumerate(stack):
        object.__setattr__(layer, "forward", handing(number))
    try:
        yield
    finally:
        for layer, before in zip(stack, own, strict=True):
            layer.__dict__.pop("forward")
            if before is not None:
                object.__setattr__(layer, "forward", before)
