"""What attndsl does on a GPU, measured: Llama-3.2-3B by its published shape, with random weights.

    python -m benchmarks.gpu [--json FILE] [--device cuda] [--shape llama3b] [--texts 64]
        [--tokens 512] [--steps 32] [--pairs 5] [--minutes 10] [--only NAMES]

NAMES are of capture, pairs, replaced, explain. `pairs` is what `score` calls on the device, beside
the compiled kernel of the CPU and, where the device tells, beside its bound of two instructions a
cell; and the sums of minima alone by tiles of several sizes and by other ways. `--shape tiny
--device cpu` tries all of it without a GPU; of its figures only those of tiles say something.
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
from numpy.typing import NDArray

from attndsl.explain import Settings, explain
from attndsl.fit.comparing import KERNELS
from attndsl.fit.iou import pair_sums
from attndsl.fit.on_device import OnDevice, Tiles
from attndsl.fit.places import places
from attndsl.language.mask import CAUSAL
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
PROGRAMS, TOKENS = 1000, 512  # of the pairs: heads are the model's
SMALL = 128, 128, 128  # programs, heads and tokens on a CPU
SIZES = ((4, 4096), (16, 4096), (32, 1024), (64, 256), (64, 4096), (256, 1024))  # rows, cells
LANES = 128  # float32 instructions a clock of one multiprocessor
NOTES = {
    "capture_tokens_s": "of attndsl's capture",
    "forward_tokens_s": "of the model's own pass, sdpa, the same texts a batch at a time",
    "pairs_cells_s": "all measures, what is sent to the device and back included",
    "sums_cells_s_distances": "off by too much to be taken",
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
    """All programs with all heads of a text: what `score` calls there beside the CPU's kernels."""
    shape = FILL[chosen.shape]
    heads = shape["num_hidden_layers"] * shape["num_attention_heads"]
    programs, heads, tokens = SMALL if device.type == "cpu" else (PROGRAMS, heads, TOKENS)
    where = places(CAUSAL, [5] * tokens)
    cells, draw = len(where.content), np.random.default_rng(0)
    first, second = (
        np.asarray(draw.random((rows, cells), np.float32) ** 6 / tokens, np.float32)
        for rows in (programs, heads)
    )
    ours = OnDevice(str(device))
    wanted, found = (one.measures(first, second, where) for one in (KERNELS, ours))
    both = zip(found.pairs, wanted.pairs, strict=True)
    off = max(float(np.abs(one - other).max()) for one, other in both)
    if off > 1e-6:
        raise SystemExit(f"the device's measures are off by {off:.1e}")
    rates = {
        name: programs * heads * cells
        / middle(partial(one.measures, first, second, where), device, chosen.pairs)
        for name, one in (("cpu", KERNELS), ("device", ours))
    }  # fmt: skip
    figures = {
        "pairs_cells_s": rates["device"], "pairs_cells_s_cpu": rates["cpu"], "pairs_off": off,
        **sums_alone(first, second, device, chosen.pairs),
    }  # fmt: skip
    if device.type == "cuda":
        told = torch.cuda.get_device_properties(device)
        clock = getattr(told, "clock_rate", None)  # in kHz; older torch doesn't tell
        if clock:
            bound = told.multi_processor_count * LANES * clock * 500
            figures["pairs_of_bound"] = rates["device"] / bound
    return figures


def middle(work: Callable[[], object], device: torch.device, times: int) -> float:
    return median(timed(work, device) for _ in range(times))


def sums_alone(
    first: NDArray[np.float32], second: NDArray[np.float32], device: torch.device, times: int
) -> Figures:
    """The sums of minima alone, of what is on the device: by tiles of several sizes, and by other
    ways, with how far each is off."""
    one, other = (torch.from_numpy(side).to(device) for side in (first, second))
    wanted = torch.from_numpy(pair_sums(first, second))
    ways: dict[str, Way] = {
        f"tiles_{side}_{stretch}": partial(tiled, side=side, stretch=stretch)
        for side, stretch in SIZES
    }
    ways["distances"] = distances
    if device.type != "cpu":
        ways["compiled"] = torch.compile(minima)  # by Inductor: one Triton kernel
    rows: list[tuple[str, ...]] = []
    figures: Figures = {}
    for name, way in ways.items():
        off = float((way(one, other).double().cpu() / wanted - 1).abs().max())
        seconds = middle(partial(way, one, other), device, times)
        rate = len(first) * first.shape[1] * len(second) / seconds
        rows.append((name, f"{rate:.2e}", f"{off:.1e}"))
        figures |= {f"sums_cells_s_{name}": rate, f"sums_off_{name}": off}
    table(("way", "cells a second", "off by"), rows)
    return figures


def tiled(first: torch.Tensor, second: torch.Tensor, side: int, stretch: int) -> torch.Tensor:
    """As the product, with tiles of so many rows of either side and so many cells."""
    tiles = Tiles(first.device, side * side * stretch, stretch)
    out = tiles.zeros(len(first), len(second))
    tiles.add(first, second, out)
    return out


def minima(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    return torch.minimum(first[:, None], second[None]).sum(-1)


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
