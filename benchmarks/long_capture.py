"""Capture of one long text, measured in a process of its own, which `benchmarks.long` begins.

    python -m benchmarks.long_capture TOKENS FOLDER [whole]

Prints JSON: the most memory, seconds, the share of the disk that whole maps would take, what of a
row lies elsewhere in the sketch. With `whole` the maps are captured too, and what a replay measures
is held against them: the largest difference over heads of IoU, content IoU and the error of the
rest, of six programs in turn.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch

from attndsl.fit.library import LibrarySource
from attndsl.fit.sketched import sketch_error
from attndsl.graph.verify import verify
from attndsl.heads.meta import estimated_bytes
from attndsl.heads.store import HeadStore
from attndsl.models import load
from attndsl.models.capture import capture_passages
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage
from attndsl.models.replaying import on_passages
from attndsl.models.transfer import assigned_on
from benchmarks.long import CONTENTS, text_of

PROGRAMS = ("previous", "near", "far", "sentence", "words", "evenly")


def main(tokens: int, folder: Path, whole: bool) -> None:
    torch.set_num_threads(1)
    loaded = load("smollm2")
    passage = Passage(text_of(loaded, tokens)[0].numpy(), "", 0, 0)
    start = time.perf_counter()
    made = capture_passages(loaded, [passage], folder / "sketch", sketch=True)
    figures = {"seconds": time.perf_counter() - start, "peak_mb": peak_mb()}
    if made.meta.sketched:
        store = HeadStore.open(folder / "sketch")
        full = estimated_bytes(made.meta.mask, [tokens], made.meta.total_heads, "float16")
        disk = sum(file.stat().st_size for file in (folder / "sketch").glob("shard-*"))
        error = sketch_error(store)
        assert error is not None
        figures |= {
            "disk_share": disk / full, "sketch_error": float(error.mean()),
            "content": 1 - rest_of(store),
        }  # fmt: skip
    if whole:
        figures["agreement"] = agreement(loaded, passage, folder)
    print(json.dumps(figures))


def peak_mb() -> float:
    """The most memory that this process had, its libraries and the model included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def rest_of(store: HeadStore) -> float:
    sketch = store[0].sketch
    assert sketch is not None
    return float(sketch.rest[:, 1:].astype(np.float64).mean())


def agreement(loaded: LoadedModel, passage: Passage, folder: Path) -> float:
    """Whole maps are kept as float32, so that their rounding has no part in it."""
    capture_passages(loaded, [passage], folder / "whole", dtype="float32")
    store = HeadStore.open(folder / "whole")
    text = "\n".join(
        f"def {name}(q, k):\n    return 0.6 * sink(q, k) + 0.4 * ({CONTENTS[name]})\n"
        for name in PROGRAMS
    )
    source = LibrarySource(verify(text).programs, loaded.table, store.meta.mask)
    assigned = [head % len(PROGRAMS) for head in range(store.meta.total_heads)]
    exact = assigned_on(store, source, [0], assigned)
    found, _ = on_passages(loaded, source, [passage], assigned, None)
    pairs = zip(exact.pairs, found.pairs, strict=True)
    return max(float(np.abs(one - other).max()) for one, other in pairs)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), "whole" in sys.argv[3:])
