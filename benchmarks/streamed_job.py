"""A job as large as a real one, streamed from disk: writes a store, scores it, tells its memory.

`benchmarks.scoring` runs it in a process of its own: `-m benchmarks.streamed_job FOLDER 400`.
"""

import json
import random
import re
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from attndsl.fit.library import LibrarySource
from attndsl.fit.scoring import ProgramSource, partial_sums
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.packing import row_starts
from attndsl.heads.shards import StoredText
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.assets import asset
from attndsl.language.mask import CAUSAL, Mask
from attndsl.tokens.texts import builtin_texts
from attndsl.tokens.tokenizer import builtin_table, encode
from benchmarks.measure import anonymous_mb, seconds, watched

LAYERS, HEADS_A_LAYER, TOKENS, LIBRARY = 30, 9, 128, 1000


def job(folder: Path, texts: int) -> None:
    """The streamed job: all programs against all heads on every text of the store."""
    ids = encode(" ".join(text.text for text in builtin_texts())).ids
    starts = np.random.default_rng(0).integers(0, len(ids) - TOKENS, texts)
    write_store(folder / "store", [ids[start : start + TOKENS].tolist() for start in starts])
    programs = varied_examples(LIBRARY)
    store = HeadStore.open(folder / "store")
    source = Timed(LibrarySource(programs, builtin_table(), CAUSAL))
    before = anonymous_mb()
    with watched() as peak:
        took = seconds(lambda: partial_sums(store, range(texts), source), 1)
    print(json.dumps({"before": before, "mb": peak.mb, "seconds": took, "engine": source.spent}))


def varied_examples(count: int) -> list[Program]:
    """The examples that need no parse, again and again with other numbers."""
    rng = random.Random(0)
    files = [path.read_text() for path in sorted(asset("examples").glob("*.attn"))]
    found: list[Program] = []
    while len(found) < count:
        for text in files:
            varied = re.sub(r"(?<![\w.])0\.\d+", lambda _: f"{rng.random():.3f}", text)
            found += [p for p in verify(varied).programs if "linguistics" not in p.needs]
    return found[:count]


@dataclass
class Timed:
    """A source, and the seconds spent in it."""

    inner: ProgramSource
    spent: float = 0.0

    @property
    def names(self) -> Sequence[str]:
        return self.inner.names

    @property
    def sizes(self) -> Sequence[int]:
        return self.inner.sizes

    @property
    def lengths(self) -> Sequence[float]:
        return self.inner.lengths

    @property
    def special(self) -> Collection[int]:
        return self.inner.special

    def patterns(self, texts: Sequence[StoredText]) -> Sequence[np.ndarray]:
        start = time.perf_counter()
        found = self.inner.patterns(texts)
        self.spent += time.perf_counter() - start
        return found

    def part(self, first: int, stop: int) -> ProgramSource:
        return self.inner.part(first, stop)

    def under(self, mask: Mask) -> ProgramSource:
        return self.inner.under(mask)


def write_store(folder: Path, texts: Sequence[list[int]]) -> None:
    """Heads that are random but differ from text to text, as a capture would leave them."""
    rng = np.random.default_rng(2)
    items = [(ids, f"text {number}") for number, ids in enumerate(texts)]
    meta = StoreMeta("random", "-", "-", LAYERS, HEADS_A_LAYER, len(items), texts_hash(items))
    some = [packed(rng, meta.total_heads, TOKENS).astype(np.float16) for _ in range(4)]
    with StoreWriter(folder, meta) as writer:
        for number, (ids, text) in enumerate(items):
            writer.add(number, ids, text, some[number % 4])


def packed(rng: np.random.Generator, count: int, tokens: int) -> np.ndarray:
    """Random uneven patterns whose rows sum to 1."""
    cells = rng.random((count, CAUSAL.cells(tokens)), dtype=np.float32) ** 6
    starts = row_starts(CAUSAL, tokens)
    cells /= np.repeat(np.add.reduceat(cells, starts[:-1], axis=1), np.diff(starts), axis=1)
    return cells


if __name__ == "__main__":
    job(Path(sys.argv[1]), int(sys.argv[2]))
