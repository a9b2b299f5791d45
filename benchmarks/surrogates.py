"""Programs in place of heads, measured: SmolLM2's prefill and decoding beside the unmodified model.

    python -m benchmarks.surrogates [--json FILE] [--pairs 7] [--tokens 512] [--steps 64]
        [--run DIR]

A quarter and a half of the heads, drawn at random, follow 24 of the example programs; or, with the
folder of an `explain` run, its first heads follow the programs that it found for them. The replaced
model is pruned; the other runs on transformers' own sdpa. Both run in turns on the same tokens.
"""

import gc
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import numpy as np
import torch

from attndsl.fit.assignment import read_assignment
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.models import load
from attndsl.models.loading import LoadedModel
from attndsl.surrogates import install, prune
from attndsl.tokens.texts import builtin_texts
from benchmarks.measure import Figures, finish, machine, options, table

LAYERS, HEADS = 30, 9  # of SmolLM2
BATCH = 4
Order = list[tuple[tuple[int, int], Program]]  # heads with their programs, as they are replaced
SEED = 2026
# Token-level programs by what they cost: an aggregate, a similarity, neither.
AGGREGATES = (
    "last_noun", "verb_to_subject", "noun_to_determiner", "sentence_start", "own_clause",
    "last_sentence_end", "last_pause", "commas_fade", "within_quotes", "last_same_token",
    "shared_occurrences", "first_mention",
)  # fmt: skip
SIMILARITIES = ("most_similar", "similar_and_near", "best_match", "similar_content")
SIMPLE = (
    "previous_token", "first_token", "first_then_recent", "fast_decay", "inverse_distance",
    "own_token", "same_token", "induction",
)  # fmt: skip


def main() -> None:
    chosen = options("Programs in place of heads", pairs=7, tokens=512, steps=64, run="")
    torch.set_grad_enabled(False)
    print(machine())
    order = found_by(chosen.run) if chosen.run else drawn()
    figures: Figures = {}
    rows: list[tuple[object, ...]] = []
    for percent in (25, 50):
        found, shown = measure(percent, order, chosen.pairs, chosen.tokens, chosen.steps)
        figures |= found
        rows += shown
    table(("heads", "work", "unmodified s", "programs s", "ratio"), rows)
    notes = {
        "prefill_ratio_25": "goal 0.95 (over 1: the programs are faster)",
        "decode_ratio_25": "goal 0.9",
        "parameters_dropped_percent": "with half of the heads replaced",
    }
    finish("surrogates", figures, notes, chosen.json)


def drawn() -> Order:
    """All heads of SmolLM2 at random, the example programs by turns."""
    programs = examples((*AGGREGATES, *SIMILARITIES, *SIMPLE))
    print(
        f"{len(programs)} programs: {len(AGGREGATES)} with an aggregate "
        f"({', '.join(AGGREGATES)}), {len(SIMILARITIES)} with a similarity "
        f"({', '.join(SIMILARITIES)}), {', '.join(SIMPLE)}"
    )
    places = np.random.default_rng(SEED).permutation(LAYERS * HEADS)
    return [
        (divmod(int(place), HEADS), programs[turn % len(programs)])
        for turn, place in enumerate(places)
    ]


def found_by(run: str) -> Order:
    """The heads of an `explain` run in its order, each with its own program."""
    assignment = read_assignment(run)
    programs = {one.program.hash: one.program for one in assignment.heads}
    print(
        f"the assignment of {run}: {len(assignment.heads)} heads of {assignment.model} in its "
        f"order, {len(programs)} distinct programs"
    )
    return [((one.layer, one.head), one.own) for one in assignment.heads]


def examples(names: tuple[str, ...]) -> list[Program]:
    found = {}
    for path in sorted(asset("examples").glob("*.attn")):
        for program in verify(path.read_text(encoding="utf-8"), str(path)).programs:
            found[program.name] = program
    return [found[name] for name in names]


def measure(
    percent: int, order: Order, pairs: int, tokens: int, steps: int
) -> tuple[Figures, list[tuple[object, ...]]]:
    plain, ours = load("smollm2"), load("smollm2")
    count = LAYERS * HEADS * percent // 100
    if len(order) < count:
        raise SystemExit(f"{percent}% is {count} heads, but the run has programs for {len(order)}")
    assignment = dict(order[:count])
    print(f"{percent}%: {describe(assignment)}")
    dropped = prune(ours.model, assignment).percent
    install(ours, assignment)
    ids = batch(plain, tokens)
    figures: Figures = {}
    rows: list[tuple[object, ...]] = []
    for work, run in (
        ("prefill", lambda model: prefill(model, ids)),
        ("decode", lambda model: decode(model, ids, steps)),
    ):
        found = in_turns(plain.model, ours.model, run, pairs)
        ratio = median(one / other for one, other in found)
        figures[f"{work}_ratio_{percent}"] = ratio
        times = [median(side) for side in zip(*found, strict=True)]
        rows.append((f"{percent}%", work, *(f"{t:.2f}" for t in times), f"{ratio:.3f}"))
    figures["parameters_dropped_percent"] = dropped
    del plain, ours
    gc.collect()
    return figures, rows


def describe(assignment: Mapping[tuple[int, int], Program]) -> str:
    """How many heads follow how many programs, and how many of these have what costs."""
    programs = {program.hash: program for program in assignment.values()}.values()
    ops = [
        {program.graph[term].op for term in program.graph.reachable([program.root])}
        for program in programs
    ]
    return (
        f"{len(assignment)} heads by {len(programs)} distinct programs, "
        f"{sum('aggregate' in found for found in ops)} with an aggregate, "
        f"{sum('similarity' in found for found in ops)} with a similarity"
    )


def batch(loaded: LoadedModel, tokens: int) -> torch.Tensor:
    """Texts that come with attndsl, end to end, as a batch without padding."""
    ids = loaded.encode("\n\n".join(text.text for text in builtin_texts()))
    ids = np.resize(ids, BATCH * tokens)
    return torch.as_tensor(ids).reshape(BATCH, tokens)


def prefill(model: Any, ids: torch.Tensor) -> float:
    start = time.perf_counter()
    model(ids, use_cache=True)
    return time.perf_counter() - start


def decode(model: Any, ids: torch.Tensor, steps: int) -> float:
    """The steps after a prefill; both models go on with the same tokens."""
    cache = model(ids, use_cache=True).past_key_values
    start = time.perf_counter()
    for step in range(steps):
        model(ids[:, step : step + 1], past_key_values=cache)
    return time.perf_counter() - start


def in_turns(
    plain: Any, ours: Any, run: Callable[[Any], float], pairs: int
) -> list[tuple[float, float]]:
    run(plain), run(ours)
    return [(run(plain), run(ours)) for _ in range(pairs)]


if __name__ == "__main__":
    main()
