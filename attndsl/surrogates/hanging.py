"""How much a model's output hangs on each head's pattern: the divergence with all heads replaced,
by their mean patterns or by programs, shared out among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.heads.packing import unpack
from attndsl.heads.shards import StoredText
from attndsl.language.mask import Mask
from attndsl.models.loading import LoadedModel
from attndsl.surrogates.figures import kind_of, question
from attndsl.surrogates.handle import Head
from attndsl.surrogates.trial import Swap, Trial

TEXTS, BATCH = 8, 4
POINTS = (0.125, 0.375, 0.625, 0.875)  # of the way from mean patterns to heads' own
PASSES = len(POINTS) * TEXTS  # forward and back, a text


@dataclass(frozen=True, eq=False)
class Patterns:
    """A batch of texts: all heads' own patterns, and where they are others' [heads, B, n, n]."""

    trial: Trial
    own: torch.Tensor
    begin: torch.Tensor | None


@torch.enable_grad()  # whoever calls may have switched gradients off
def hanging(
    loaded: LoadedModel, texts: Sequence[StoredText], mask: Mask, heads: Sequence[Head],
    say: Callable[[int, int], None] = lambda *_: None,
    begin: Sequence[NDArray[np.floating]] | None = None,
) -> list[float]:  # fmt: skip
    """Nats of each head, which come to about the whole divergence together: slopes by how near its
    pattern is to its own, over the way there (integrated gradients). It begins at what is given of
    each text, packed by head, else at heads' means by position."""
    batches = [_patterns(loaded, texts[at : at + BATCH], mask, heads,
                         None if begin is None else begin[at : at + BATCH])
               for at in range(0, len(texts), BATCH)]  # fmt: skip
    mean, found = _mean([one for one in batches if one]), torch.zeros(len(heads))
    for number, point in enumerate(POINTS):
        say(number, len(POINTS))
        near = torch.full((len(heads),), point, requires_grad=True)
        apart, positions = torch.zeros(()), torch.zeros(())
        for one in batches:
            if one is not None:
                figures = one.trial.figures(_between(loaded, one, mean, near, heads)).cpu()
                apart, positions = apart + figures[0].float(), positions + figures[2].float()
        if not float(positions.detach()):
            break
        (slope,) = torch.autograd.grad(apart / positions, [near])
        found -= slope / len(POINTS)
    return found.nan_to_num(0.0, 0.0, 0.0).tolist()


def _patterns(
    loaded: LoadedModel, texts: Sequence[StoredText], mask: Mask, heads: Sequence[Head],
    begin: Sequence[NDArray[np.floating]] | None,
) -> Patterns | None:  # fmt: skip
    """None where nothing can be asked of any of the texts."""
    kind = kind_of(loaded)
    questions = [question(loaded, np.array(text.ids), kind) for text in texts]
    some = [at for at, one in enumerate(questions) if one is not None]
    if not some:
        return None
    trial = Trial(loaded, kind, [one for one in questions if one is not None])
    trial.forget()
    place = {layer.index: at for at, layer in enumerate(loaded.attention)}
    rows = [place[layer] * loaded.heads + head for layer, head in heads]
    lengths, width = [texts[at].length for at in some], trial.ids.shape[1]
    own = [np.asarray(texts[at].patterns)[rows] for at in some]
    return Patterns(
        trial,
        _square(own, lengths, mask, width),
        None if begin is None else _square([begin[at] for at in some], lengths, mask, width),
    )


def _square(
    packed: Sequence[NDArray[np.floating]], lengths: Sequence[int], mask: Mask, width: int
) -> torch.Tensor:
    """[heads, B, n, n], padded with zeros."""
    found = torch.zeros(len(packed[0]), len(packed), width, width)
    for at, (one, length) in enumerate(zip(packed, lengths, strict=True)):
        square = unpack(one.astype(np.float32), mask, length)
        found[:, at, :length, :length] = torch.from_numpy(square)
    return found


def _mean(batches: Sequence[Patterns]) -> torch.Tensor:
    """By position, over the texts that reach so far, [heads, n, n]."""
    width = max((one.own.shape[-1] for one in batches), default=0)
    heads = len(batches[0].own) if batches else 0
    total, count = torch.zeros(heads, width, width), torch.zeros(width)
    for one in batches:
        size = one.own.shape[-1]
        total[:, :size, :size] += one.own.sum(1)
        count[:size] += one.trial.valid.sum(0)
    return total / count.clamp_min(1)[:, None]


def _between(
    loaded: LoadedModel, one: Patterns, mean: torch.Tensor, near: torch.Tensor,
    heads: Sequence[Head],
) -> torch.Tensor:  # fmt: skip
    """The model's output with patterns so near to heads' own."""
    size, part = one.own.shape[-1], near[:, None, None, None]
    begin = mean[:, None, :size, :size] if one.begin is None else one.begin
    mixed = one.own * part + begin * (1 - part)
    swaps: dict[int, list[Swap]] = {}
    for at, layer in enumerate(loaded.attention):
        mine = [number for number, (index, _) in enumerate(heads) if index == layer.index]
        if mine:
            patterns = mixed[mine].transpose(0, 1).to(loaded.device)
            swaps[at] = [Swap(0, tuple(heads[number][1] for number in mine), patterns)]
    return one.trial.run(swaps)
