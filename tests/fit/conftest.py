"""A source of patterns that are known, and stores of heads that are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from attndsl.fit.divergence import js_of_pairs
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.packing import row_starts
from attndsl.heads.shards import StoredText
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.mask import CAUSAL, Mask


def rows(rng: np.random.Generator, count: int, length: int, mask: Mask = CAUSAL) -> np.ndarray:
    """Random packed patterns whose rows sum to 1."""
    cells = rng.random((count, mask.cells(length)), dtype=np.float32) ** 5
    starts = row_starts(mask, length)
    if length and count:
        cells /= np.repeat(np.add.reduceat(cells, starts[:-1], axis=1), np.diff(starts), axis=1)
    return cells


def js_distances(programs: np.ndarray, heads: np.ndarray, mask: Mask, length: int) -> np.ndarray:
    """Distance of every program's pattern from every head's: `[programs, heads]`."""
    pairs = np.indices((len(programs), len(heads)), dtype=np.int64).reshape(2, -1)
    made = js_of_pairs(programs, heads, pairs[0], pairs[1], mask, length)
    return made.reshape(len(programs), len(heads))


@dataclass
class Known:
    """Patterns by text number; notes how many texts and programs it was asked for at a time."""

    names: list[str]
    by_text: list[np.ndarray]
    asked: list[tuple[int, int]] = field(default_factory=list)
    windowed: "Known | None" = None
    sizes: tuple[int, ...] = ()
    special: frozenset[int] = frozenset()
    lengths: tuple[float, ...] = ()

    def patterns(self, texts: Sequence[StoredText]) -> list[np.ndarray]:
        self.asked.append((len(texts), len(self.names)))
        return [self.by_text[text.number] for text in texts]

    def part(self, first: int, stop: int) -> "Known":
        kept = [patterns[first:stop] for patterns in self.by_text]
        return Known(self.names[first:stop], kept, self.asked)

    def under(self, mask: Mask) -> "Known":
        assert self.windowed is not None
        return self.windowed


@dataclass
class Case:
    store: HeadStore
    source: Known
    heads: list[np.ndarray]


@pytest.fixture
def case(tmp_path: Path) -> Callable[..., Case]:
    def make(
        lengths: Sequence[int], programs: int = 7, layers: int = 2, seed: int = 0, **more: object
    ) -> Case:
        rng = np.random.default_rng(seed)
        texts = [(list(rng.integers(0, 999, n)), f"text {i}") for i, n in enumerate(lengths)]
        if "texts" in more:
            texts = more["texts"](texts)  # type: ignore[operator]
        heads = [rows(rng, layers * 2, n) for n in lengths]
        for n, some in zip(lengths, heads, strict=True):
            for head in more.get("resting", ()):  # type: ignore[attr-defined]
                some[head] = 0
                some[head, row_starts(CAUSAL, n)[:-1]] = 1
        meta = StoreMeta(
            "tiny", "h", "t", layers, 2, len(texts), texts_hash(texts), CAUSAL, "float32",
            layer_masks=more.get("layer_masks", ()),  # type: ignore[arg-type]
        )  # fmt: skip
        sources: dict[int, int] = more.get("sources", {})  # type: ignore[assignment]
        with StoreWriter(tmp_path / "store", meta, shard_bytes=2000) as writer:
            for number, text in enumerate(texts):
                writer.add(number, *text, heads[number], sources.get(number))
        names = [f"p{number}" for number in range(programs)]
        source = Known(names, [rows(rng, programs, n) for n in lengths])
        return Case(HeadStore.open(tmp_path / "store"), source, heads)

    return make
