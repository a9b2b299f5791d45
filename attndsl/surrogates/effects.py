"""What each head's program costs, the layers below the head not computed again."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import torch

from attndsl.graph.program import Program
from attndsl.language.mask import Mask
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage
from attndsl.surrogates.engine import engine_source
from attndsl.surrogates.figures import kind_of, question
from attndsl.surrogates.handle import Head
from attndsl.surrogates.trial import Swap, Trial

TEXTS = 8  # a batch
TOKENS = 1536  # a pass, so that the logits stay small
NOTHING: Mapping[Head, Program] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Effect:
    """Of one head more that is replaced: the mean KL from the model's own output (or 1 - the cosine
    of the last states), and the perplexity over the model's own (or 1 + that divergence)."""

    divergence: float
    ratio: float


def effects_of(
    loaded: LoadedModel,
    texts: Sequence[Passage],
    assignment: Mapping[Head, Program],
    say: Callable[[int, int], None] = lambda *_: None,
    beside: Mapping[Head, Program] = NOTHING,
) -> dict[Head, Effect]:
    """The effect of every head of the assignment, each alone or `beside` programs in place."""
    kind = kind_of(loaded)
    asked = [one for text in texts if (one := question(loaded, text.ids, kind)) is not None]
    sums = {head: np.zeros(3) for head in assignment}
    starts = range(0, len(asked), TEXTS)
    number = {layer.index: at for at, layer in enumerate(loaded.attention)}
    done, of = 0, len(starts) * len(assignment)
    for start in starts:
        trial = Trial(loaded, kind, asked[start : start + TEXTS])
        patterns = patterns_of(loaded, trial, {**beside, **assignment})
        there = {at: sorted(head for head in beside if head[0] == i) for i, at in number.items()}
        resting = {at: _swap(0, heads, patterns) for at, heads in there.items() if heads}
        if resting:
            trial.settle({at: [swap] for at, swap in resting.items()})
        for index, at in number.items():
            # Layers below hand on what is recorded, where the model's layers could be told apart.
            others = {one for one in resting if one > at or (one < at and not trial.stack)}
            mine = sorted(head for head in assignment if head[0] == index)
            together = max(1, TOKENS // trial.ids.numel())
            for first in range(0, len(mine), together):
                some = mine[first : first + together]
                swaps = {
                    one: [replace(resting[one], copy=copy) for copy in range(len(some))]
                    for one in others
                }
                swaps[at] = [
                    _swap(copy, [*there[at], head], patterns) for copy, head in enumerate(some)
                ]
                with torch.no_grad():
                    output = trial.run(swaps, len(some))
                    parts = output.reshape(len(some), -1, *output.shape[1:])
                    for head, part in zip(some, parts, strict=True):
                        sums[head] += trial.figures(part).cpu().numpy()
                done += len(some)
                say(done, of)
    return {head: effect(*one) for head, one in sums.items()}


def _swap(copy: int, heads: Sequence[Head], patterns: Mapping[Head, torch.Tensor]) -> Swap:
    """Some heads of one layer in one copy of the batch."""
    joined = torch.cat([patterns[head] for head in heads], 1) if heads[1:] else patterns[heads[0]]
    return Swap(copy, tuple(head for _, head in heads), joined)


def effect(divergence: float, rise: float, positions: float) -> Effect:
    """
    >>> effect(1.0, 0.0, 10.0)
    Effect(divergence=0.1, ratio=1.1)
    """
    mean = max(0.0, divergence / max(1.0, positions))
    ratio = math.exp(min(rise / max(1.0, positions), 700.0)) if rise else 1 + mean
    return Effect(float(mean), float(ratio))


def patterns_of(
    loaded: LoadedModel, trial: Trial, assignment: Mapping[Head, Program]
) -> dict[Head, torch.Tensor]:
    """Each head's pattern `[B, 1, n, n]` on the texts of a trial; heads of one program share it."""
    masks = {layer.index: layer.mask for layer in loaded.attention}
    wanted: dict[Mask, dict[str, Program]] = {}
    for (layer, _), program in assignment.items():
        wanted.setdefault(masks[layer], {})[program.hash] = program
    width = trial.ids.shape[1]
    made: dict[tuple[Mask, str], torch.Tensor] = {}
    for mask, programs in wanted.items():
        source = engine_source(loaded.table)(tuple(programs.values()), mask)
        ids = [one.inputs[0].numpy() for one in trial.asked]
        patterns = source.patterns(ids, [0] * len(ids))
        whole = torch.zeros(len(programs), len(ids), 1, width, width)
        for row, (square, length) in enumerate(zip(patterns, trial.lengths, strict=True)):
            whole[:, row, 0, :length, :length] = torch.as_tensor(square)
        made |= {(mask, name): part for name, part in zip(programs, whole, strict=True)}
    return {head: made[masks[head[0]], p.hash].to(loaded.device) for head, p in assignment.items()}
