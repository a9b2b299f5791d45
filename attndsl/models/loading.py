"""Loading a model with all that the other rooms ask of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import expect_kind
from attndsl.language.mask import Mask
from attndsl.models import gguf
from attndsl.models.architecture import AttentionLayer, attention_layers, text_config
from attndsl.models.device import chosen_device, chosen_dtype, first_line, spread_over
from attndsl.models.hub import expect_there, explained, reason_of
from attndsl.models.places import NO_CODE, Place, find
from attndsl.tokens.pieces import PieceTable

SAMPLES = 64  # values of each weight that enter a model's hash


@dataclass(frozen=True, eq=False, repr=False)
class LoadedModel:
    """A model, its tokenizer, and what its attention looks like.

    `attention` holds one entry per layer with heads; a head is named by the layer's number and
    its own. `encoder` says that the model reads both ways; `scores_words` that it has a
    language-model head. `tokenizer` is None where the folder has none.
    """

    name: str
    model: Any
    tokenizer: Any
    attention: tuple[AttentionLayer, ...]
    encoder: bool
    scores_words: bool

    def __repr__(self) -> str:
        kind = "encoder" if self.encoder else "decoder"
        return (
            f"<model {self.name}: {type(self.model).__name__}, {kind} of {self.layers} layers x "
            f"{self.heads} heads, {self.model.dtype} on {self.device}>"
        )

    def _repr_html_(self) -> str:
        """For notebooks: what it is, and its masks."""
        masks = ", ".join(dict.fromkeys(mask.kind for mask in self.masks))
        rows = (("name", self.name), ("class", type(self.model).__name__),
                ("layers x heads", f"{self.layers} x {self.heads}"), ("mask", masks),
                ("context", f"{self.context} tokens"), ("hash", self.hash))  # fmt: skip
        return "<table>" + "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(str(value))}</td></tr>" for name, value in rows
        ) + "</table>"  # fmt: skip

    @property
    def layers(self) -> int:
        return len(self.attention)

    @property
    def heads(self) -> int:
        return self.attention[0].heads

    @property
    def masks(self) -> tuple[Mask, ...]:
        return tuple(layer.mask for layer in self.attention)

    @property
    def device(self) -> torch.device:
        own: torch.device = self.model.device
        return own

    @property
    def context(self) -> int:
        """How many tokens the model reads at once."""
        config = text_config(self.model)
        most = int(getattr(config, "max_position_embeddings", 0) or 1 << 20)
        # RoBERTa counts positions from the padding id on.
        return most - 2 if config.model_type in ("roberta", "xlm-roberta", "camembert") else most

    @cached_property
    def hash(self) -> str:
        return hash_of(self.model)

    @cached_property
    def embeddings(self) -> NDArray[np.float32]:
        """The input embeddings, one row a vocabulary entry."""
        weight = self.model.get_input_embeddings().weight.detach()
        rows: NDArray[np.float32] = weight.to("cpu", torch.float32).numpy()
        return rows

    @cached_property
    def table(self) -> PieceTable:
        """The piece table of the model's tokenizer, with its embeddings for similarities."""
        from attndsl.tokens.huggingface import table_of

        return table_of(self.needed_tokenizer, self.embeddings)

    @property
    def tokenizer_hash(self) -> str:
        """Names the tokenizer: what each id stands for."""
        return self.table.fingerprint if self.tokenizer is not None else ""

    @property
    def needed_tokenizer(self) -> Any:
        if self.tokenizer is None:
            raise AttndslError(
                f"{self.name} has no tokenizer, so it can't read text; for a model over symbols"
                " name a file with the names of its ids, one a line: --vocabulary FILE"
            )
        return self.tokenizer

    def encode(self, text: str) -> NDArray[np.int64]:
        """The ids that the model reads for a text, with the special tokens of its habit."""
        from attndsl.tokens.huggingface import read

        ids = read(self.needed_tokenizer, text)["input_ids"]
        return np.asarray(ids, dtype=np.int64)


def load(
    name: str,
    dtype: str | torch.dtype | None = None,
    device: str | None = None,
    device_map: str | None = None,
) -> LoadedModel:
    """Load `smollm2`, `minilm`, a hub name, a folder or a `.gguf` file.

    Without a `dtype` it is float32 on the CPU and the model's own elsewhere. `device_map="auto"`
    spreads the layers over the GPUs, and over the CPU what doesn't fit there. A model that has no
    tokenizer is read by the `vocabulary.txt` in its folder, or by the file of
    `attndsl.models.vocabulary.standing_in`.
    """
    if device and device_map:
        raise AttndslError(f"a device map chooses the devices: leave out the device {device!r}")
    expect_kind(name, str, "model's name", "give it as a text, a folder by its path")
    where = find(name)
    to = chosen_device(device)
    kind = chosen_dtype(dtype, to)
    with quiet():
        if where.kind == "gguf":
            folder = gguf.converted(Path(where.path))
            if folder is None:
                model, tokenizer = gguf.read(Path(where.path))
                model = model if kind == "auto" else model.to(kind)
            else:
                where = Place("folder", str(folder))
                model, tokenizer = from_files(where, name, kind, device_map)
        else:
            model, tokenizer = from_files(where, name, kind, device_map)
    tokenizer = stand_in(where, name, model, tokenizer)
    model = spread_over(model, name) if device_map else model.to(to)
    return describe(name, model.eval(), tokenizer)


load_model = load  # its public name: `attndsl.load` reads a replaced model


def stand_in(where: Place, name: str, model: Any, tokenizer: Any) -> Any:
    """The model's own tokenizer, or one by a vocabulary file where it has none."""
    from attndsl.models.vocabulary import named, stand_in_of, vocabulary_tokenizer

    if tokenizer is not None:
        if named() is not None:
            raise AttndslError(f"{name} has a tokenizer of its own; leave out --vocabulary")
        return tokenizer
    file = stand_in_of(Path(where.path) if where.kind == "folder" else None)
    if file is None:
        return None
    return vocabulary_tokenizer(file, int(model.get_input_embeddings().weight.shape[0]))


def describe(name: str, model: Any, tokenizer: Any) -> LoadedModel:
    """A model that is already in memory, with what the other rooms ask of it."""
    attention = attention_layers(model)
    encoder = attention[0].mask.kind == "full"
    loaded = LoadedModel(
        name, model, tokenizer, attention, encoder, model.get_output_embeddings() is not None
    )
    if tokenizer is not None:
        rows = int(model.get_input_embeddings().weight.shape[0])
        largest = max(tokenizer.get_vocab().values(), default=-1)
        if largest >= rows:
            raise AttndslError(
                f"the tokenizer of {name} doesn't fit the model: it gives ids up to {largest}, "
                f"the model knows {rows}"
            )
    return loaded


def from_files(
    where: Place, name: str, dtype: torch.dtype | str, device_map: str | None = None
) -> tuple[Any, Any]:
    from safetensors import SafetensorError
    from transformers import AutoConfig

    if where.kind == "hub":
        expect_there(name)
    try:
        config = AutoConfig.from_pretrained(where.path, **NO_CODE)
        model, report = load_model_class(config, name).from_pretrained(
            where.path, config=config, dtype=dtype, output_loading_info=True, **NO_CODE,
            **({"device_map": device_map} if device_map else {}),
        )  # fmt: skip
    except AttndslError:
        raise
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError) as error:
        raise AttndslError(explained(where, name, error)) from error
    lost = sorted(key for key in report["missing_keys"] if "pooler" not in key)
    if lost:
        raise AttndslError(
            f"the weights of {name} are not complete: {len(lost)} are missing, "
            f"the first is {lost[0]}"
        )
    return model, tokenizer_of(where)


def load_model_class(config: Any, name: str) -> Any:
    """The automatic class that fits: causal, masked, or an encoder without a head."""
    import transformers
    from transformers.models.auto import modeling_auto as auto

    causal = config.model_type in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    masked = config.model_type in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    built = (config.architectures or [""])[0]
    if masked and built.endswith(("ForMaskedLM", "ForPreTraining")):
        return transformers.AutoModelForMaskedLM
    if causal and built.endswith(("ForCausalLM", "LMHeadModel")):
        return transformers.AutoModelForCausalLM
    if masked and not getattr(config, "is_decoder", False):
        return transformers.AutoModel
    if causal:
        return transformers.AutoModelForCausalLM
    raise AttndslError(
        f"{name} is a {config.model_type} model; only causal and masked language models work"
    )


def tokenizer_of(where: Place) -> Any:
    """The tokenizer beside the weights, or None where there is none."""
    from transformers import AutoTokenizer

    if where.kind == "hub":
        expect_there(where.path)
    if where.kind == "folder" and not any(Path(where.path).glob("*token*")):
        return None
    try:
        return AutoTokenizer.from_pretrained(where.path, **NO_CODE)
    except Exception as error:  # of a damaged file: the libraries below raise whatever it leads to
        reason = reason_of(error)
        alone = where.kind == "folder" and not (Path(where.path) / "tokenizer.json").exists()
        if alone and reason == first_line(error):
            reason = "there is no tokenizer.json beside its other files"
        raise AttndslError(f"the tokenizer of {where.path} can't be read: {reason}") from error


def hash_of(model: Any) -> str:
    """Names the weights: the same for any dtype and device that they are loaded in.

    Values spread over each weight are taken, not all: a hash of billions would take minutes.
    """
    digest = hashlib.sha256(type(model).__name__.encode())
    for name, weight in sorted(model.named_parameters()):
        values = weight.detach().flatten()
        values = values[:: max(1, len(values) // SAMPLES)][:SAMPLES].to("cpu", torch.bfloat16)
        digest.update(f"{name}{tuple(weight.shape)}".encode())
        digest.update(values.contiguous().view(torch.int16).numpy().tobytes())
    return digest.hexdigest()[:16]


@contextmanager
def quiet() -> Iterator[None]:
    """transformers without its progress bars and warnings: errors are ours to explain."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
