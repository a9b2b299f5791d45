"""Text from a model, piece by piece as it is made, with or without programs in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from attndsl.language.diagnostics import AttndslError
from attndsl.models.loading import LoadedModel


def generate(
    loaded: LoadedModel,
    prompt: str,
    *,
    tokens: int = 64,
    temperature: float = 0.0,
    seed: int = 0,
    on_text: Callable[[str], None] | None = None,
) -> str:
    """What the model writes after `prompt`, as it stands: install programs before, or don't.
    Added to the prompt it reads as one text.

    A temperature of 0 takes the likeliest token at each step. `on_text` gets each piece of text as
    soon as its words are complete.
    """
    if loaded.encoder:
        raise AttndslError(f"{loaded.name} reads both ways and does not write text")
    tokenizer = loaded.needed_tokenizer
    ids = torch.as_tensor(loaded.encode(prompt))[None]
    if ids.shape[1] == 0:
        raise AttndslError("the prompt is empty")
    if ids.shape[1] + tokens > loaded.context:
        raise AttndslError(
            f"a prompt of {ids.shape[1]} tokens and {tokens} more don't fit the model's context "
            f"of {loaded.context}"
        )
    written = Continuation(tokenizer, on_text or (lambda text: None))
    how = {"do_sample": True, "temperature": temperature} if temperature else {"do_sample": False}
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
    torch.manual_seed(seed)
    with torch.no_grad():
        loaded.model.generate(
            ids.to(loaded.device),
            attention_mask=torch.ones_like(ids).to(loaded.device),
            max_new_tokens=tokens,
            pad_token_id=pad,
            streamer=written,
            **how,
        )
    return "".join(written.parts)


@dataclass(eq=False)
class Continuation:
    """What `generate` hands its tokens to: the prompt's first, then one at a time.

    All is decoded together with the prompt: alone, the first piece of many tokenizers loses the
    space before it.
    """

    tokenizer: Any
    on_text: Callable[[str], None]
    ids: list[int] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    told: int = -1  # characters, the prompt's included

    def put(self, value: torch.Tensor) -> None:
        self.ids += value.flatten().tolist()
        text = self.text()
        if self.told < 0:
            self.told = len(text)
            return
        # The last word may go on, and its last character too.
        self.tell(text[: len(text) - len(text.split(" ")[-1])])

    def end(self) -> None:
        self.tell(self.text())

    def tell(self, text: str) -> None:
        if len(text) > self.told:
            self.parts.append(text[self.told :])
            self.told = len(text)
            self.on_text(self.parts[-1])

    def text(self) -> str:
        return str(self.tokenizer.decode(self.ids, clean_up_tokenization_spaces=False))
