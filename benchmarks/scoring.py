"""Scoring, measured: all-pairs IoU beside its rivals, and the memory of a job streamed from disk.

    python -m benchmarks.scoring [--json FILE] [--texts 400]

Rivals sum the same minima, or the differences that give them (`|a - b| = a + b - 2 min(a, b)`).
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numba import get_num_threads, njit, prange

from attndsl.fit.iou import iou, pair_sums
from attndsl.language.mask import CAUSAL
from benchmarks.measure import (
    Figures,
    finish,
    machine,
    options,
    paired,
    seconds,
    table,
)  # fmt: skip
from benchmarks.streamed_job import HEADS_A_LAYER, LAYERS, LIBRARY, TOKENS, packed

PROGRAMS, HEADS, CELLS = 512, 144, 32_768


def main() -> None:
    chosen = options("All-pairs scoring", texts=400)
    print(machine())
    print(f"\n{PROGRAMS} programs x {HEADS} heads x {CELLS:,} cells")
    figures = rivals()
    print("\nratio to one NumPy IoU a pair, 1,000 programs x 270 heads")
    figures |= pair_by_pair()
    print(
        f"\n{LIBRARY} programs x {LAYERS * HEADS_A_LAYER} heads x {chosen.texts} texts of {TOKENS}"
    )
    figures |= streaming(chosen.texts)
    print()
    notes = {
        "cell_pairs_per_second": "goal 8e9 on two cores",
        "peak_mb_streaming": "RssAnon, goal under 1000",
    }
    finish("scoring", figures, notes, chosen.json)


def rivals() -> Figures:
    import torch
    from scipy.spatial.distance import cdist

    rng = np.random.default_rng(0)
    a = rng.random((PROGRAMS, CELLS), dtype=np.float32)
    b = rng.random((HEADS, CELLS), dtype=np.float32)
    wide = a.astype(np.float64), b.astype(np.float64)
    tensors = torch.from_numpy(a), torch.from_numpy(b)
    torch.set_num_threads(get_num_threads())

    def numpy_sums() -> None:
        for row in a:
            np.minimum(row, b).sum(axis=1)

    ways = {
        "scipy cdist cityblock": lambda: cdist(*wide, "cityblock"),
        "numpy minimum and sum": numpy_sums,
        "torch.cdist p=1": lambda: torch.cdist(*tensors, p=1.0),
    }
    pairs = PROGRAMS * HEADS * CELLS
    rows, ratios, ours = [], {}, float("inf")
    for name, rival in ways.items():
        found = paired(lambda: pair_sums(a, b), rival, times=5)
        ours = min(ours, found.ours)
        ratios[name] = found.ratio
        rows.append((name, f"{pairs / found.theirs:.3g}", f"{found.ratio:.1f}"))
    peak = highest_rate()
    rows.insert(0, ("attndsl pair_sums", f"{pairs / ours:.3g}", "1"))
    rows.append(("min and add in registers", f"{peak:.3g}", f"{pairs / ours / peak:.2f} reached"))
    table(("way", "cell pairs/s", "we are faster by"), rows)
    return {
        "cell_pairs_per_second": pairs / ours,
        "speedup_over_scipy": ratios["scipy cdist cityblock"],
        "speedup_over_numpy": ratios["numpy minimum and sum"],
        "speedup_over_torch": ratios["torch.cdist p=1"],
        "fraction_of_peak": pairs / ours / peak,
    }


@njit(parallel=True, fastmath={"reassoc", "nsz"})
def _peak(values, turns, threads):
    """Eight minima and sums a value that is loaded, from 4 KB that stay in the first cache."""
    out = np.zeros((threads, 8))
    for thread in prange(threads):
        for _ in range(turns):
            s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = np.float32(0)
            mine = values[thread]
            limit = mine[0]
            for k in range(len(mine)):
                x = mine[k]
                s0 += min_of(x, limit)
                s1 += min_of(x, limit + np.float32(0.1))
                s2 += min_of(x, limit + np.float32(0.2))
                s3 += min_of(x, limit + np.float32(0.3))
                s4 += min_of(x, limit - np.float32(0.1))
                s5 += min_of(x, limit - np.float32(0.2))
                s6 += min_of(x, limit - np.float32(0.3))
                s7 += min_of(x, limit - np.float32(0.4))
            out[thread, 0] += s0 + s1 + s2 + s3
            out[thread, 1] += s4 + s5 + s6 + s7
            mine[0] = np.float32(out[thread, 0] % 1.0)  # so that no turn can be left out
    return out


@njit
def min_of(a, b):
    return a if a < b else b


def highest_rate() -> float:
    """How many times a second these cores can take a minimum and add it, reading almost nothing."""
    turns, threads = 100_000, int(get_num_threads())
    values = np.random.default_rng(0).random((threads, 1024), np.float32)
    _peak(values, 10, threads)
    return 8 * 1024 * turns * threads / seconds(lambda: _peak(values, turns, threads))


def pair_by_pair() -> Figures:
    rng = np.random.default_rng(1)
    figures, rows = {}, []
    for tokens in (22, 64):
        a, b = (packed(rng, count, tokens) for count in (LIBRARY, LAYERS * HEADS_A_LAYER))
        squares = [np.tril(rng.random((tokens, tokens), dtype=np.float32)) for _ in range(101)]

        def one_by_one(squares: list[np.ndarray] = squares) -> None:
            for other in squares[1:]:
                float(np.minimum(squares[0], other).sum() / np.maximum(squares[0], other).sum())

        def all_at_once(a: np.ndarray = a, b: np.ndarray = b) -> None:
            iou(a, b)

        found = paired(all_at_once, one_by_one, pairs=9, times=5)
        each = found.ours / (len(a) * len(b)), found.theirs / 100
        ratio = found.ratio * len(a) * len(b) / 100
        rows.append(
            (f"{tokens} tokens", f"{each[0] * 1e9:.1f}", f"{each[1] * 1e9:.0f}", f"{ratio:.0f}")
        )
        figures[f"speedup_over_numpy_pair_{tokens}"] = ratio
    table(("text", "ns a pair", "NumPy ns a pair", "ratio"), rows)
    return figures


def streaming(texts: int) -> Figures:
    """Write a store and score it in a process of its own, to see how much memory that takes."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.streamed_job", folder, str(texts)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        size = sum(path.stat().st_size for path in Path(folder).glob("store/*")) / 1e6
    found: Figures = json.loads(done.stdout)
    pairs = LIBRARY * LAYERS * HEADS_A_LAYER * CAUSAL.cells(TOKENS) * texts
    beside = found["seconds"] - found["engine"]
    rows = [
        ("store on disk", f"{size:.0f} MB"),
        ("anonymous memory before scoring", f"{found['before']:.0f} MB"),
        ("anonymous memory at its highest", f"{found['mb']:.0f} MB"),
        ("seconds, patterns included", f"{found['seconds']:.1f}"),
        ("of these the batch engine", f"{found['engine']:.1f}"),
        (
            "cell pairs a second beside the engine",
            f"{pairs / beside:.3g}",
        ),
    ]
    table(("streamed job", ""), rows)
    return {"peak_mb_streaming": found["mb"], "seconds_streaming": found["seconds"]}


if __name__ == "__main__":
    main()
