"""The neutral order: heads by what ablating each alone costs, in which no program has a say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.models.loading import LoadedModel
from attndsl.surrogates.ablations import Ablation
from attndsl.surrogates.effects import TEXTS, TOKENS, Effect, effect
from attndsl.surrogates.figures import kind_of, question
from attndsl.surrogates.handle import Head
from attndsl.surrogates.trial import Fixed, Trial

NEUTRAL_TEXTS, NEUTRAL_TOKENS = 8, 64  # selection texts, never report texts


@torch.no_grad()
def ablation_effects(
    loaded: LoadedModel,
    texts: Sequence[NDArray[np.int64]],
    ablation: Ablation,
    heads: Collection[Head],
    say: Callable[[int, int], None] = lambda *_: None,
) -> dict[Head, Effect]:
    """What ablating each head alone costs; the layers below it are not computed again, and many
    heads go through the model at once."""
    kind = kind_of(loaded)
    asked = [one for text in texts if (one := question(loaded, text, kind)) is not None]
    sums = {head: np.zeros(3) for head in sorted(heads)}
    starts = range(0, len(asked), TEXTS)
    done = 0
    for start in starts:
        trial = Trial(loaded, kind, asked[start : start + TEXTS])
        anything = np.zeros(trial.ids.shape[1], dtype=np.int64)
        together = max(1, TOKENS // trial.ids.numel())
        for number, layer in enumerate(loaded.attention):
            made = ablation.outputs(layer.index, anything, 0)
            mine = [head for head in sums if head[0] == layer.index]
            for first in range(0, len(mine), together):
                some = mine[first : first + together]
                fixed = [
                    Fixed(copy, (head,), made[:, head : head + 1])
                    for copy, (_, head) in enumerate(some)
                ]
                output = trial.run({number: fixed}, len(some))
                parts = output.reshape(len(some), -1, *output.shape[1:])
                for head, part in zip(some, parts, strict=True):
                    sums[head] += trial.figures(part).cpu().numpy()
                done += len(some)
                say(done, len(starts) * len(sums))
    return {head: effect(*one) for head, one in sums.items()}


def least_first(effects: dict[Head, Effect]) -> tuple[Head, ...]:
    """The heads whose ablation costs least first."""
    return tuple(sorted(effects, key=lambda head: (effects[head].divergence, head)))
