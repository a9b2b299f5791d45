"""What attndsl does on a GPU, measured: Llama-3.2-3B by its published shape, with random weights.

    python -m benchmarks.gpu [--json FILE] [--device cuda] [--shape llama3b] [--texts 64]
        [--tokens 512] [--steps 32] [--pairs 5] [--minutes 10] [--only NAMES]

NAMES are of capture, pairs, replaced, explain. All-pairs IoU is scored on the CPU as yet: `pairs`
sets ways to do it on the device beside the compiled kernel of the CPU and, where the device tells,
beside its bound of two instructions a cell, so that one can be chosen. `--shape tiny --device cpu`
tries all of it without a GPU; its figures say nothing.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from attndsl.explain import Settings, explain
from attndsl.fit.tiles import all_pairs
from attndsl.models import load
from attndsl.models.capture import capture
from attndsl.models.loading import LoadedModel, describe
from attndsl.surrogates import install, prune
from attndsl.tokens.texts import builtin_texts
from benchmarks.measure import Figures, finish, machine, options, table
from benchmarks.shapes import LLAMA, SHAPES, of_config
from benchmarks.surrogates import SIMPLE, examples

TINY = {
    **LLAMA, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 2048,
}  # fmt: skip
FILL = SHAPES | {"tiny": TINY}
PROGRAMS, CELLS = 1000, 1 << 17  # of the pairs: heads are the model's
LANES = 128  # float32 instructions a clock of one multiprocessor
NOTES = {
    "capture_tokens_s": "of attndsl's capture",
    "forward_tokens_s": "of the model's own pass, sdpa, the same texts a batch at a time",
    "pairs_cells_s": "of the fastest way on the device",
    "pairs_of_bound": "that over two instructions a cell",
    "prefill_ratio_25": "over 1: the programs are faster",
    "explain_minutes": "of attndsl explain, end to end",
}

Way = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def main() -> None:
    chosen = options(
        "A GPU", device="cuda", shape="llama3b", texts=64, tokens=512, steps=32, pairs=5,
        minutes=10, only="capture,pairs,replaced,explain",
    )  # fmt: skip
    device = torch.device(chosen.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise SystemExit("no GPU is here: --shape tiny --device cpu tries it without")
    torch.set_grad_enabled(False)
    print(machine())
    if device.type == "cuda":
        print(torch.cuda.get_device_name(device))
    figures: Figures = {}
    for name in chosen.only.split(","):
        figures |= PARTS[name](chosen, device)
        print(name, "done", flush=True)
    finish("gpu", figures, NOTES, chosen.json)


def made(chosen: Any, device: torch.device) -> LoadedModel:
    """The model on the device, with SmolLM2's tokenizer."""
    from transformers import LlamaConfig

    model = of_config(LlamaConfig(**FILL[chosen.shape])).to(device)
    return describe(chosen.shape, model, load("smollm2").tokenizer)


def texts_of(loaded: LoadedModel, count: int, tokens: int) -> list[str]:
    ids = loaded.encode("\n\n".join(text.text for text in builtin_texts()))
    rows = np.resize(ids, count * tokens).reshape(count, tokens)
    return [loaded.tokenizer.decode(row) for row in rows]


def timed(work: Callable[[], object], device: torch.device) -> float:
    """Seconds until the device has done it."""
    settle(device)
    start = time.perf_counter()
    work()
    settle(device)
    return time.perf_counter() - start


def settle(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def captured(chosen: Any, device: torch.device) -> Figures:
    loaded = made(chosen, device)
    texts = texts_of(loaded, chosen.texts, chosen.tokens)
    ids = [torch.as_tensor(loaded.encode(text)[: chosen.tokens])[None] for text in texts]
    count = sum(one.shape[1] for one in ids)
    loaded.model(ids[0].to(device))
    forward = timed(lambda: [loaded.model(one.to(device)) for one in ids], device)
    with TemporaryDirectory() as folder:
        taken = timed(
            lambda: capture(loaded, texts, Path(folder) / "heads", longest=chosen.tokens), device
        )
    return {
        "capture_tokens_s": count / taken, "forward_tokens_s": count / forward,
        "capture_of_forward": forward / taken,
    }  # fmt: skip


def pairs(chosen: Any, device: torch.device) -> Figures:
    """Sums of minima of programs and heads over cells, by each way; all agree with the CPU's."""
    shape = FILL[chosen.shape]
    heads = shape["num_hidden_layers"] * shape["num_attention_heads"]
    small = device.type == "cpu"
    programs, cells = (32, 4096) if small else (PROGRAMS, CELLS)
    draw = torch.Generator().manual_seed(0)
    first, second = (torch.rand(rows, cells, generator=draw) / cells for rows in (programs, heads))
    room = np.zeros((-(-programs // 4) * 4, -(-heads // 2) * 2))
    all_pairs(first[:, :64].numpy(), second[:, :64].numpy(), np.zeros_like(room))  # compiles
    start = time.perf_counter()
    all_pairs(first.numpy(), second.numpy(), room)
    whole = time.perf_counter() - start
    wanted = torch.as_tensor(room[:programs, :heads])
    rates = {"cpu": programs * heads * cells / whole}
    ways: dict[str, Way] = {"tiles": tiles, "distances": distances}
    if not small:
        ways["compiled"] = torch.compile(minima)  # by Inductor: one Triton kernel
    one, other = first.to(device), second.to(device)
    for name, way in ways.items():
        found = way(one, other).double().cpu()
        if not torch.allclose(found, wanted, rtol=1e-4):
            raise SystemExit(f"{name} is off by {float((found / wanted - 1).abs().max()):.1e}")
        once = partial(way, one, other)
        times = [timed(once, device) for _ in range(chosen.pairs)]
        rates[name] = programs * heads * cells / median(times)
    table(("way", "cells a second"), [(name, f"{rate:.2e}") for name, rate in rates.items()])
    best = max(rate for name, rate in rates.items() if name != "cpu")
    figures = {
        "pairs_cells_s": best,
        **{f"pairs_cells_s_{name}": rate for name, rate in rates.items()},
    }
    if device.type == "cuda":
        told = torch.cuda.get_device_properties(device)
        clock = getattr(told, "clock_rate", None)  # in kHz; older torch doesn't tell
        if clock:
            figures["pairs_of_bound"] = best / (told.multi_processor_count * LANES * clock * 500)
    return figures


def minima(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    return torch.minimum(first[:, None], second[None]).sum(-1)


def tiles(
    first: torch.Tensor, second: torch.Tensor, rows: int = 64, cells: int = 4096
) -> torch.Tensor:
    """So many programs against so many heads, some cells at a time."""
    out = first.new_zeros(len(first), len(second))
    for i in range(0, len(first), rows):
        for j in range(0, len(second), rows):
            for k in range(0, first.shape[1], cells):
                one, other = first[i : i + rows, k : k + cells], second[j : j + rows, k : k + cells]
                out[i : i + rows, j : j + rows] += minima(one, other)
    return out


def distances(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """By what rows are apart: twice a minimum is the sum less the difference."""
    sums = first.sum(-1)[:, None] + second.sum(-1)[None]
    return (sums - torch.cdist(first, second, p=1)) / 2


def replaced(chosen: Any, device: torch.device) -> Figures:
    """Prefill and decoding with a quarter and half of the heads by programs, in turns."""
    plain = made(chosen, device)
    ids = torch.as_tensor(plain.encode(builtin_texts()[0].text))
    ids = torch.as_tensor(np.resize(ids, chosen.tokens + chosen.steps))[None].to(device)
    prompt, rest = ids[:, : chosen.tokens], ids[:, chosen.tokens :]
    programs, figures = examples(SIMPLE), {}
    for percent in (25, 50):
        ours = made(chosen, device)
        heads = [(layer.index, head) for layer in ours.attention for head in range(layer.heads)]
        count = len(heads) * percent // 100
        drawn = np.random.default_rng(0).permutation(len(heads))[:count]
        assignment = {heads[at]: programs[turn % len(programs)] for turn, at in enumerate(drawn)}
        prune(ours.model, assignment)
        install(ours, assignment).make_ready()
        for work, run in (("prefill", prefill), ("decode", decode)):
            run(plain.model, prompt, rest, device), run(ours.model, prompt, rest, device)
            found = [
                run(plain.model, prompt, rest, device) / run(ours.model, prompt, rest, device)
                for _ in range(chosen.pairs)
            ]
            figures[f"{work}_ratio_{percent}"] = median(found)
    return figures


def prefill(model: Any, prompt: torch.Tensor, rest: torch.Tensor, device: torch.device) -> float:
    return timed(lambda: model(prompt, use_cache=True, logits_to_keep=1), device)


def decode(model: Any, prompt: torch.Tensor, rest: torch.Tensor, device: torch.device) -> float:
    cache = model(prompt, use_cache=True, logits_to_keep=1).past_key_values

    def steps() -> None:
        for step in range(rest.shape[1]):
            model(rest[:, step : step + 1], past_key_values=cache)

    return timed(steps, device)


def explained(chosen: Any, device: torch.device) -> Figures:
    """`attndsl explain` of the model from a folder, on the device."""
    with TemporaryDirectory() as folder:
        loaded = made(chosen, torch.device("cpu"))
        loaded.model.save_pretrained(Path(folder) / "model")
        loaded.tokenizer.save_pretrained(Path(folder) / "model")
        texts = tuple(texts_of(loaded, chosen.texts, 64))
        del loaded
        settings = Settings(
            model=str(Path(folder) / "model"), texts=texts, folder=Path(folder) / "run",
            minutes=float(chosen.minutes), placing={"device": chosen.device},
        )  # fmt: skip
        taken = timed(lambda: explain(settings), device)
    return {"explain_minutes": taken / 60}


PARTS: dict[str, Callable[[Any, torch.device], Figures]] = {
    "capture": captured, "pairs": pairs, "replaced": replaced, "explain": explained,
}  # fmt: skip


if __name__ == "__main__":
    main()
