"""All programs against all heads over the texts of a store, within a given memory.

The work is `partial_sums`, a pure function of (texts of a store, programs). It sums share by share,
some texts each in the order of the store, and then the shares; so processes that take a share each
(`shares`) give the same bits as one that takes them all.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.comparing import KERNELS, Comparing
from attndsl.fit.iou import CELLS
from attndsl.fit.measures import Measures
from attndsl.fit.places import places
from attndsl.fit.split import SHORTEST
from attndsl.heads.meta import HeadGroup
from attndsl.heads.packing import cells_within
from attndsl.heads.shards import StoredText
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask

MEMORY = 400_000_000  # bytes for patterns, widened heads and figures
BATCH = 64  # texts handed to an engine at once, at most
SHARE = 16  # texts that are summed first among themselves

F64 = NDArray[np.float64]
Progress = Callable[[int, int], None]


class ProgramSource(Protocol):
    """Where program patterns come from: an engine with its programs, or anything that acts so."""

    @property
    def names(self) -> Sequence[str]:
        """The programs' names, in the order of the patterns."""

    @property
    def sizes(self) -> Sequence[int]:
        """How large each program is: of two that fit alike the smaller one is better."""

    @property
    def lengths(self) -> Sequence[float]:
        """How long each program is in bits, or nothing where that is not known."""

    @property
    def special(self) -> Collection[int]:
        """The ids of the tokenizer's special tokens, on which an encoder's heads rest."""

    def patterns(self, texts: Sequence[StoredText]) -> Sequence[NDArray[np.float32]]:
        """For each text the packed patterns of all programs, `[programs, cells]`."""

    def part(self, first: int, stop: int) -> "ProgramSource":
        """The same for programs first to stop - 1: for a text too long for all at once."""

    def under(self, mask: Mask) -> "ProgramSource":
        """The same for layers of another mask, which have the window of another width."""


@dataclass(frozen=True, slots=True)
class Sums:
    """The measures of every program with every head, summed over `texts` texts."""

    total: Measures
    texts: int

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.total.plus(other.total), self.texts + other.texts)

    @property
    def mean(self) -> Measures:
        return self.total.over(max(self.texts, 1))


@dataclass(frozen=True, slots=True)
class TextScores:
    """The programs from `first` on with the heads of a group on one text.

    `programs` and `patterns` are what was compared, under the group's mask.
    """

    text: StoredText
    group: HeadGroup
    first: int
    programs: NDArray[np.float32]
    patterns: NDArray[np.floating]
    measures: Measures

    @property
    def stop(self) -> int:
        return self.first + len(self.programs)


def partial_sums(
    store: HeadStore,
    numbers: Sequence[int],
    source: ProgramSource,
    memory: int = MEMORY,
    seen: Callable[[TextScores], None] | None = None,
    comparing: Comparing = KERNELS,
) -> Sums:
    """Sum the measures over some texts; `seen` is told each text's own as they are made.

    Texts of fewer than two tokens have no row to measure and are left out.
    """
    wanted = shares(store, numbers)
    share_of = {number: at for at, share in enumerate(wanted) for number in share}
    total = Sums(Measures.zeros(len(source.names), store.meta.total_heads), 0)
    open_ones: dict[int, Measures] = {}
    for scores in text_scores(store, list(share_of), source, memory, comparing):
        at = share_of[scores.text.number]
        for old in [one for one in open_ones if one < at - BATCH // SHARE]:  # no batch holds both
            total += Sums(open_ones.pop(old), len(wanted[old]))
        if at not in open_ones:
            open_ones[at] = Measures.zeros(len(source.names), store.meta.total_heads)
        rows = slice(scores.first, scores.stop)
        open_ones[at].add(scores.measures, rows, scores.group.heads)
        if seen is not None:
            seen(scores)
    for old in sorted(open_ones):
        total += Sums(open_ones[old], len(wanted[old]))
    return total


def shares(store: HeadStore, numbers: Sequence[int]) -> list[list[int]]:
    """The texts of two tokens or more in the order of the store, in shares; of none no share."""
    filled = [number for number in numbers if store.length(number) >= SHORTEST]
    ordered = store.by_shard(filled)
    return [ordered[start : start + SHARE] for start in range(0, len(ordered), SHARE)]


def text_scores(
    store: HeadStore,
    numbers: Sequence[int],
    source: ProgramSource,
    memory: int = MEMORY,
    comparing: Comparing = KERNELS,
) -> Iterator[TextScores]:
    """Text after text as the store has them; block after block where a text is too long."""
    parts = _Parts(source, store.meta.mask, {})
    for batch, block in _batches(store, store.by_shard(numbers), len(source.names), memory):
        texts = [store[number] for number in batch]
        for group in store.meta.groups(text.length for text in texts):
            for first in range(0, len(source.names), block):
                part = parts.get(group.mask, first, min(first + block, len(source.names)))
                packed = part.patterns(texts)
                if len(packed) != len(texts):
                    raise AttndslError(f"{len(texts)} texts gave patterns of {len(packed)}")
                for text, patterns in zip(texts, packed, strict=True):
                    yield _score(store, text, group, patterns, part, first, comparing)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Blocks of a source under each mask; those of the last size are kept for the next text."""

    source: ProgramSource
    mask: Mask
    made: dict[tuple[Mask, int], ProgramSource]

    def get(self, mask: Mask, first: int, stop: int) -> ProgramSource:
        key, count = (mask, first), stop - first
        if key not in self.made or len(self.made[key].names) != count:
            under = self.source if mask == self.mask else self.source.under(mask)
            self.made[key] = under if count == len(under.names) else under.part(first, stop)
        return self.made[key]


def _score(
    store: HeadStore,
    text: StoredText,
    group: HeadGroup,
    patterns: NDArray[np.float32],
    part: ProgramSource,
    first: int,
    comparing: Comparing,
) -> TextScores:
    names = part.names
    if len(patterns) != len(names):
        raise AttndslError(
            f"text {text.number}: {len(names)} programs gave {len(patterns)} patterns"
        )
    heads = text.patterns
    if len(group.heads) < len(heads):
        heads = heads[list(group.heads)]
    if group.mask != store.meta.mask:
        heads = heads[:, cells_within(store.meta.mask, group.mask, text.length, text.rows)]
    try:
        where = places(group.mask, text.ids, part.special, text.rows)
        measures = comparing.measures(patterns, heads, where)
        return TextScores(text, group, first, patterns, heads, measures)
    except AttndslError as error:
        bad = np.flatnonzero(~np.isfinite(patterns).all(axis=1))
        who = f" (program {names[bad[0]]})" if bad.size else ""
        raise AttndslError(f"text {text.number}{who}: {error}") from None


def _batches(
    store: HeadStore, numbers: Sequence[int], programs: int, memory: int
) -> Iterator[tuple[list[int], int]]:
    """Texts to take together, and how many programs at once; refuses what can't fit."""
    if programs == 0:
        raise AttndslError("the library has no program to score")
    heads = store.meta.total_heads
    figures = 12 * 8 * programs * heads
    batch: list[int] = []
    taken = 0
    for number in numbers:
        cells = store.cells(number)
        wide = min(cells, CELLS)  # cells that are held as float32 beside the patterns
        room = memory - figures - 4 * heads * wide
        each = 4 * (cells + wide)
        if batch and (taken + each * programs > room or len(batch) == BATCH):
            yield batch, programs
            batch, taken = [], 0
        if each * programs > room:
            block = int(room // each)
            if block < 1:
                raise AttndslError(
                    f"text {number} has {store.length(number)} tokens; scoring it takes "
                    f"{(memory - room + each) / 1e6:.0f} MB and {memory / 1e6:.0f} MB are allowed; "
                    "raise the memory or leave out the text"
                )
            yield [number], block
        else:
            batch.append(number)
            taken += each * programs
    if batch:
        yield batch, programs
