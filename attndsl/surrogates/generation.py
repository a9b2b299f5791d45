"""Text from a model, piece by piece as it is made, with or without programs in it."""

from __future__ import annotations

from collections.abc import Callable

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

    A temperature of 0 takes the likeliest token at each step. `on_text` gets each piece of text as
    soon as its words are complete.
    """
    from transformers import TextStreamer

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
    parts: list[str] = []

    class Pieces(TextStreamer):  # type: ignore[misc]  # transformers has no types
        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            parts.append(text)
            if on_text is not None and text:
                on_text(text)

    how = {"do_sample": True, "temperature": temperature} if temperature else {"do_sample": False}
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
    torch.manual_seed(seed)
    with torch.no_grad():
        loaded.model.generate(
            ids.to(loaded.device),
            attention_mask=torch.ones_like(ids).to(loaded.device),
            max_new_tokens=tokens,
            pad_token_id=pad,
            streamer=Pieces(tokenizer, skip_prompt=True),
            **how,
        )
    return "".join(parts)
