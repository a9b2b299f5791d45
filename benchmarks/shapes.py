"""Real shapes, measured: GPT-2 small, TinyLlama-1.1B and Llama-3.2-3B with random weights.

    python -m benchmarks.shapes [--json FILE] [--tokens 64] [--steps 8]

Each is built from its published configuration in bfloat16, with SmolLM2's tokenizer: capture one
text, put programs in a quarter of the heads, run a forward pass and decode. Each runs in a process
of its own, so that peaks don't mix.
"""

import json
import subprocess
import sys
import time
from tempfile import TemporaryDirectory
from typing import Any

import torch

from attndsl.models import load
from attndsl.models.capture import capture
from attndsl.models.loading import describe
from attndsl.surrogates import install
from attndsl.tokens.texts import builtin_texts
from benchmarks.measure import Figures, finish, machine, options, table, watched
from benchmarks.surrogates import SIMPLE, examples

LLAMA: dict[str, Any] = {"vocab_size": 49152, "bos_token_id": 1, "eos_token_id": 2}
# Published shapes; only the vocabulary is SmolLM2's, since its tokenizer makes the ids.
SHAPES: dict[str, dict[str, Any]] = {
    "gpt2": {"vocab_size": 50257, "n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 1024},
    "tinyllama": {
        **LLAMA, "hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 22,
        "num_attention_heads": 32, "num_key_value_heads": 4, "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-5, "tie_word_embeddings": False,
    },
    "llama3b": {
        **LLAMA, "vocab_size": 128256, "hidden_size": 3072, "intermediate_size": 8192,
        "num_hidden_layers": 28, "num_attention_heads": 24, "num_key_value_heads": 8,
        "head_dim": 128, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5,
        "tie_word_embeddings": True,
    },
}  # fmt: skip


def main() -> None:
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(one(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
        return
    chosen = options("Real shapes with random weights", tokens=64, steps=8)
    print(machine())
    figures: Figures = {"peak_mb": 0.0}
    rows: list[tuple[object, ...]] = []
    for name in SHAPES:
        command = [sys.executable, "-m", "benchmarks.shapes", "one", name]
        done = subprocess.run(
            [*command, str(chosen.tokens), str(chosen.steps)], stdout=subprocess.PIPE, text=True
        )
        if done.returncode:
            raise SystemExit(f"{name} failed")
        found = json.loads(done.stdout.splitlines()[-1])
        parts = ("build", "capture", "install", "forward", "decode")
        figures[f"{name}_seconds"] = sum(found[part] for part in parts)
        figures["peak_mb"] = max(figures["peak_mb"], found["peak_mb"])
        numbers = (f"{found[part]:.2f}" for part in parts)
        size = f"{found['parameters'] / 1e6:.0f} M"
        rows.append((name, size, *numbers, f"{found['peak_mb']:.0f}"))
    table(("model", "size", "build s", "capture", "install", "forward", "decode", "peak MB"), rows)
    finish("shapes", figures, {"peak_mb": "RssAnon of the largest, goal under 20000"}, chosen.json)


def one(name: str, tokens: int, steps: int) -> Figures:
    """Everything once for one shape; its times and peak."""
    torch.set_grad_enabled(False)
    found: Figures = {}
    with watched() as peak, TemporaryDirectory() as folder:
        tokenizer = load("smollm2").tokenizer
        clock = Clock(found)
        model = build(name)
        found["parameters"] = float(sum(weight.numel() for weight in model.parameters()))
        loaded = describe(name, model, tokenizer)
        clock.stop("build")
        text = tokenizer.decode(loaded.encode(builtin_texts()[0].text * 3)[:tokens])
        clock.start()
        capture(loaded, [text], folder, longest=tokens)
        clock.stop("capture")
        programs = examples(SIMPLE)
        heads = [(layer.index, head) for layer in loaded.attention for head in range(layer.heads)]
        assignment = {head: programs[turn % 8] for turn, head in enumerate(heads[::4])}
        ids = torch.as_tensor(loaded.encode(text)[:tokens])[None]
        clock.start()
        install(loaded, assignment)
        clock.stop("install")
        cache = model(ids, use_cache=True).past_key_values
        clock.stop("forward")
        for _ in range(steps):
            logits = model(ids[:, :1], past_key_values=cache).logits
        clock.stop("decode")
        if not bool(torch.isfinite(logits).all()):
            raise SystemExit(f"{name}: logits are not finite")
    return {**found, "peak_mb": peak.mb}


class Clock:
    """Writes the time since its last start or stop under a name."""

    def __init__(self, into: Figures) -> None:
        self.into = into
        self.start()

    def start(self) -> None:
        self.since = time.perf_counter()

    def stop(self, name: str) -> None:
        self.into[name] = time.perf_counter() - self.since
        self.start()


def build(name: str) -> Any:
    """A model of a published shape."""
    from transformers import GPT2Config, LlamaConfig

    return of_config((GPT2Config if name == "gpt2" else LlamaConfig)(**SHAPES[name]))


def of_config(config: Any) -> Any:
    """A model made in bfloat16 at once: float32 would take twice the room.

    Matrices are filled with copies of one block of normal numbers, which takes seconds.
    """
    from transformers import AutoModelForCausalLM
    from transformers.initialization import no_init_weights

    with no_init_weights():
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.tie_weights()
    block = torch.randn(2**20, generator=torch.Generator().manual_seed(0)).bfloat16() * 0.02
    for key, weight in model.named_parameters():
        if weight.ndim == 1:
            weight.fill_(0.0 if key.endswith("bias") else 1.0)
        else:
            for part in weight.view(-1).split(len(block)):
                part.copy_(block[: len(part)])
    return model.eval()


if __name__ == "__main__":
    main()
