"""Tiny random models and the patterns that their own heads make."""

import copy
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from attndsl.language.mask import Mask
from attndsl.surrogates.sources import Ids, first_token, previous_token, visible_rows

VOCABULARY = 50
SHAPE: dict[str, Any] = {
    "vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2,
    "num_attention_heads": 4, "intermediate_size": 48, "max_position_embeddings": 96,
    "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "initializer_range": 0.3,
}  # fmt: skip
SHARED_KEYS: dict[str, Any] = {**SHAPE, "num_key_value_heads": 2}
NARROW: dict[str, Any] = {**SHARED_KEYS, "head_dim": 8}


def uniform(ids: Ids, first_row: int, mask: Mask) -> NDArray[np.float32]:
    """Each visible key alike: the baseline that knows nothing."""
    seen = visible_rows(len(ids), first_row, mask)
    return np.asarray(seen / seen.sum(1, keepdims=True), dtype=np.float32)


def gpt2_shape() -> dict[str, Any]:
    names = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 96}
    kept = ("vocab_size", "pad_token_id", "bos_token_id", "eos_token_id", "initializer_range")
    return {**names, **{name: SHAPE[name] for name in kept}}


def opt_shape() -> dict[str, Any]:
    rest = {name: value for name, value in SHAPE.items() if name not in ("intermediate_size",)}
    return {**rest, "ffn_dim": 48, "word_embed_proj_dim": 32, "init_std": 0.3}


T = transformers
KINDS: dict[str, tuple[Any, Any]] = {
    "llama": (T.LlamaForCausalLM, lambda: T.LlamaConfig(**SHARED_KEYS)),
    "gpt2": (T.GPT2LMHeadModel, lambda: T.GPT2Config(**gpt2_shape())),
    "bert": (T.BertForMaskedLM, lambda: T.BertConfig(**SHAPE)),
    "qwen2": (T.Qwen2ForCausalLM, lambda: T.Qwen2Config(**SHARED_KEYS)),
    "mistral": (T.MistralForCausalLM, lambda: T.MistralConfig(**SHARED_KEYS, sliding_window=6)),
    "gemma": (T.GemmaForCausalLM, lambda: T.GemmaConfig(**NARROW)),
    "gemma2": (T.Gemma2ForCausalLM, lambda: T.Gemma2Config(**NARROW, sliding_window=6)),
    "gemma3": (T.Gemma3ForCausalLM, lambda: T.Gemma3TextConfig(**NARROW, sliding_window=6)),
    "phi": (T.PhiForCausalLM, lambda: T.PhiConfig(**SHAPE)),
    "opt": (T.OPTForCausalLM, lambda: T.OPTConfig(**opt_shape())),
    "roberta": (T.RobertaForMaskedLM, lambda: T.RobertaConfig(**SHAPE)),
}


def tiny(kind: str, dtype: torch.dtype = torch.float32, implementation: str = "") -> Any:
    build, config = KINDS[kind]
    torch.manual_seed(7)
    model = build(config()).eval().to(dtype)
    if implementation:
        model.set_attn_implementation(implementation)
    return model


def ids_of(batch: int, length: int, seed: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(5, VOCABULARY, (batch, length), generator=generator)


def mixed() -> dict[tuple[int, int], Any]:
    """Sparse and full patterns, unevenly over the key groups, one shared by several heads."""
    return {
        (0, 1): previous_token,
        (0, 2): fading,
        (0, 3): uniform,
        (1, 0): first_token,
        (1, 1): fading,
    }


def fading(ids: NDArray[np.int64], first_row: int, mask: Mask) -> NDArray[np.float32]:
    """Depends on ids and distance, and is full: what a careless layout would get wrong."""
    query = np.arange(first_row, len(ids))[:, None]
    key = np.arange(len(ids))[None, :]
    weight = 0.9 ** np.abs(query - key) * (1 + ids[None, :] % 7)
    if mask.kind != "full":
        weight = np.where(key <= query, weight, 0)
    if mask.kind == "window":
        weight = np.where(key > query - mask.window, weight, 0)
    return (weight / weight.sum(1, keepdims=True)).astype(np.float32)


@dataclass
class OwnPatterns:
    """Gives each head (layer, head) the pattern that an untouched copy of the model makes."""

    model: Any

    @classmethod
    def of(cls, model: Any) -> "OwnPatterns":
        twin = copy.deepcopy(model)
        twin.set_attn_implementation("eager")
        return cls(twin)

    def __call__(self, programs: tuple[Hashable, ...], mask: Mask) -> Any:
        return OwnSource(self.model, [program for program in programs if program])


@dataclass
class OwnSource:
    model: Any
    heads: Sequence[Any]

    def patterns(
        self, ids: Sequence[NDArray[np.int64]], first_rows: Sequence[int]
    ) -> list[NDArray[np.float32]]:
        found = []
        for text, row in zip(ids, first_rows, strict=True):
            with torch.no_grad():
                seen = self.model(torch.tensor(text)[None], output_attentions=True).attentions
            found.append(
                torch.stack([seen[at][0, head, row:] for at, head in self.heads]).float().numpy()
            )
        return found


def every_head(layers: int = 2, heads: int = 4) -> list[tuple[int, int]]:
    return [(layer, head) for layer in range(layers) for head in range(heads)]


Make = Callable[..., Any]
