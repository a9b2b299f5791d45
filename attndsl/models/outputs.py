"""How much of what heads do to the model programs explain: 1 - |W(A'V - AV)|^2 / |W(AV - m)|^2.

A is a head's pattern on a text, V its values, A' its program's pattern, W its slice of the output
projection, m its mean output by position on the selection texts. One pass over those gives m (see
recorded.py), one over the texts that are reported on the two sums; nothing but sums is kept. Row 0
is left out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.engines.torch.texts import left_aligned
from attndsl.fit.intervals import Estimate, estimates_of
from attndsl.language.diagnostics import AttndslError
from attndsl.models.architecture import AttentionLayer
from attndsl.models.capture import BATCH_TOKENS, batches
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage
from attndsl.models.projection import Projections, energies
from attndsl.models.recorded import Outputs
from attndsl.models.seam import base_implementation, body
from attndsl.models.watching import See, watched

F64 = NDArray[np.float64]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OutputsExplained:
    """Of each head, and the mean over heads; `left` and `whole` are the sums of each text."""

    heads: tuple[Estimate | None, ...]
    mean: Estimate
    left: F64  # [texts, heads]
    whole: F64

    def as_json(self, names: Sequence[str]) -> dict[str, object]:
        return {
            "output_explained": self.mean.as_json(),
            "output_explained_median": self.median,
            "output_explained_below_zero": self.below_zero,
            "output_explained_by_head": {
                name: None if one is None else one.as_json()
                for name, one in zip(names, self.heads, strict=True)
            },
        }

    def of(self, heads: Sequence[int]) -> OutputsExplained:
        """Some heads' alone, with their own mean."""
        some = list(heads)
        return summed(self.left[:, some], self.whole[:, some])

    @property
    def columns(self) -> dict[str, list[float | str]]:
        """A cell for each head, empty where its output never varies."""
        ends = {"": "mean", "_low": "low", "_high": "high"}
        return {
            f"output_explained{end}": [
                "" if one is None else getattr(one, part) for one in self.heads
            ]
            for end, part in ends.items()
        }

    @property
    def median(self) -> float:
        return float(np.median([one.mean for one in self.heads if one is not None]))

    @property
    def below_zero(self) -> int:
        """Heads whose program is worse than no look at the text at all."""
        return sum(one is not None and one.mean < 0 for one in self.heads)


# For some texts, by the layer's number: the programs' patterns, `[heads, queries, keys]` each.
Patterns = Callable[[Sequence[int]], Callable[[AttentionLayer, int], NDArray[np.float32]]]


def outputs_explained(
    loaded: LoadedModel, texts: Sequence[Ids], means: Outputs, patterns: Patterns
) -> OutputsExplained:
    """The figure on some texts, with an interval over them; `means` are of the selection texts.

    `patterns(numbers)` makes those of some texts; what it gives is asked for each layer and text.
    """
    total = loaded.layers * loaded.heads
    left, whole = np.zeros((len(texts), total)), np.zeros((len(texts), total))
    order = {layer.index: number for number, layer in enumerate(loaded.attention)}
    projections = Projections()
    with eagerly(loaded):
        if texts:
            with projections.watching(loaded.model):
                one_pass(
                    loaded,
                    [texts[0][:2]],
                    lambda layer, _, out: projections.expect(layer.index, out),
                )
        for batch in in_batches(texts):
            of_text = patterns(batch)

            def compare(
                layer: AttentionLayer,
                value: torch.Tensor,
                out: torch.Tensor,
                batch: Sequence[int] = batch,
                of_text: Callable[[AttentionLayer, int], NDArray[np.float32]] = of_text,
            ) -> None:
                first = order[layer.index] * layer.heads
                columns = slice(first, first + layer.heads)
                grams = projections.found(layer.index)
                for row, number in enumerate(batch):
                    length = len(texts[number])
                    real = out[row, :length].double()
                    shown = torch.as_tensor(of_text(layer, number), device=out.device).double()
                    values = value[row, :, :length].double()
                    values = values.repeat_interleave(layer.heads // len(values), dim=0)
                    made = shown @ values
                    apart = (made - real.transpose(0, 1))[:, 1:]
                    spread = (
                        real - expected(means.by_position(layer.index), length).to(real)
                    ).transpose(0, 1)[:, 1:]
                    left[number, columns] = energies(apart, grams).cpu().numpy()
                    whole[number, columns] = energies(spread, grams).cpu().numpy()

            one_pass(loaded, [texts[number] for number in batch], compare)
    return summed(left, whole)


def expected(means: torch.Tensor, length: int) -> torch.Tensor:
    """Mean outputs of a text of this length: past the longest known one the last row holds."""
    more = max(0, length - (len(means) - 1))
    return torch.cat([means[:-1][:length], means[-1:].expand(more, -1, -1)])


def summed(left: F64, whole: F64) -> OutputsExplained:
    """From the two sums of each text and head to the figures; heads that never vary have none."""
    varies = whole.sum(axis=0) > 0
    if not varies.any():
        raise AttndslError("the texts have no row in which a head's output varies")
    both = np.concatenate([left[:, varies], whole[:, varies]], axis=1).T

    def ratio(means: F64) -> F64:
        above, below = np.split(means, 2)
        return np.asarray(1.0 - above / np.maximum(below, 1e-300))

    def mean(means: F64) -> F64:
        return np.asarray(ratio(means).mean(axis=0, keepdims=True))

    each = iter(estimates_of(ratio, both))
    heads = tuple(next(each) if one else None for one in varies)
    return OutputsExplained(heads, estimates_of(mean, both)[0], left, whole)


def in_batches(texts: Sequence[Ids]) -> Iterator[tuple[int, ...]]:
    pieces = [Passage(text, "", number, 0) for number, text in enumerate(texts)]
    return batches([n for n, text in enumerate(texts) if len(text) > 1], pieces, BATCH_TOKENS)


@contextmanager
def eagerly(loaded: LoadedModel) -> Iterator[None]:
    """The model on eager attention, by which its heads are captured too."""
    own = base_implementation(loaded.model)
    loaded.model.set_attn_implementation("eager")
    try:
        yield
    finally:
        loaded.model.set_attn_implementation(own)


@torch.inference_mode()
def one_pass(loaded: LoadedModel, texts: Sequence[Ids], see: See) -> None:
    """One pass of the trunk over some texts, each of its layers watched."""
    ids, valid = left_aligned(texts)
    options: dict[str, Any] = {}
    if not valid.all():
        options["attention_mask"] = valid.long().to(loaded.device)
    trunk = body(loaded.model)
    if "use_cache" in inspect.signature(trunk.forward).parameters:
        options["use_cache"] = False
    with watched(loaded, see):
        trunk(input_ids=ids.to(loaded.device), **options)
