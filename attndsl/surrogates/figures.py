"""What one text says of a replaced model: loss, divergence, or closeness of the last state."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.language.diagnostics import AttndslError
from attndsl.models.loading import LoadedModel

Kind = Literal["words", "masked", "states"]
MASKED_SHARE = 0.15
SEED = 2026
ROWS = 128  # positions whose distributions are compared at a time


@dataclass(frozen=True, slots=True)
class TextFigures:
    """Sums over the positions of one text; which ones have a meaning says the kind.

    `words`: `loss` is the sum of the losses of the next tokens, `divergence` of the KL of their
    distributions from the unmodified model's. `masked`: the same at masked positions. `states`:
    `divergence` sums 1 - cosine of the last hidden states.
    """

    positions: int
    loss: float
    divergence: float

    def __add__(self, other: TextFigures) -> TextFigures:
        return TextFigures(
            self.positions + other.positions,
            self.loss + other.loss,
            self.divergence + other.divergence,
        )

    def as_json(self) -> dict[str, float]:
        return asdict(self)


def kind_of(loaded: LoadedModel) -> Kind:
    """What can be asked of this model."""
    if not loaded.encoder:
        if not loaded.scores_words:
            raise AttndslError(f"{loaded.name} has no language-model head to evaluate")
        return "words"
    return "masked" if loaded.scores_words else "states"


@dataclass(frozen=True, slots=True)
class Question:
    """One text as it is put to the model, and where its answers are read off."""

    inputs: torch.Tensor  # int64[1, n]
    at: torch.Tensor  # positions whose outputs count
    wanted: torch.Tensor  # the tokens that should come there


def question(loaded: LoadedModel, ids: NDArray[np.int64], kind: Kind) -> Question | None:
    """None where a text is too short to ask anything."""
    tokens = torch.as_tensor(ids)
    if kind == "words":
        if len(tokens) < 2:
            return None
        return Question(tokens[None], torch.arange(len(tokens) - 1), tokens[1:])
    if kind == "states":
        return Question(tokens[None], torch.arange(len(tokens)), tokens)
    at = torch.as_tensor(masked_places(loaded, ids))
    if len(at) == 0:
        return None
    hidden = tokens.clone()
    hidden[at] = int(loaded.needed_tokenizer.mask_token_id)
    return Question(hidden[None], at, tokens[at])


def masked_places(loaded: LoadedModel, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which tokens of a text are hidden: the same at every call, never special ones."""
    tokenizer = loaded.needed_tokenizer
    if tokenizer.mask_token_id is None:
        raise AttndslError(f"the tokenizer of {loaded.name} has no mask token")
    ordinary = np.flatnonzero(~np.isin(ids, tokenizer.all_special_ids))
    if len(ordinary) == 0:
        return ordinary
    count = max(1, round(MASKED_SHARE * len(ordinary)))
    chosen = np.random.default_rng([SEED, *ids.tolist()]).choice(ordinary, count, replace=False)
    return np.sort(chosen)


@torch.no_grad()
def answer(loaded: LoadedModel, asked: Question, kind: Kind) -> torch.Tensor:
    """Logits or last states at the positions that count."""
    inputs = asked.inputs.to(loaded.device)
    if kind == "states":
        states: torch.Tensor = loaded.model(input_ids=inputs).last_hidden_state[0]
        return states
    logits: torch.Tensor = loaded.model(input_ids=inputs).logits[0]
    return logits[asked.at.to(logits.device)]


@torch.no_grad()
def compare(asked: Question, own: torch.Tensor, ours: torch.Tensor, kind: Kind) -> TextFigures:
    """The figures of one text: the replaced model's outputs against the model's own."""
    if kind == "states":
        cosine = torch.nn.functional.cosine_similarity(own.double(), ours.double(), dim=-1)
        return TextFigures(len(own), 0.0, float((1 - cosine).sum()))
    loss = divergence = 0.0
    wanted = asked.wanted.to(ours.device)
    for start in range(0, len(ours), ROWS):
        rows = slice(start, start + ROWS)
        ours_log = torch.log_softmax(ours[rows].float(), -1)
        loss -= float(ours_log.gather(1, wanted[rows, None]).double().sum())
        if own is not ours:  # the model is no distance from itself
            own_log = torch.log_softmax(own[rows].float(), -1)
            part = own_log.exp().mul_(own_log.sub_(ours_log)).sum(-1)
            divergence += float(part.double().sum())
    return TextFigures(len(ours), loss, max(divergence, 0.0))


def unmodified(asked: Question, own: torch.Tensor, kind: Kind) -> TextFigures:
    """The model's own figures, in the same shape."""
    if kind == "states":
        return TextFigures(len(own), 0.0, 0.0)
    return compare(asked, own, own, kind)
