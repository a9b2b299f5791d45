"""Reported figures of long texts: the model runs again, and rows are compared as they are made.

Every row counts, so the figures are those of whole maps; what is kept is sums.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.codelength import bits_of_pairs, logarithms
from attndsl.fit.comparing import comparing_on
from attndsl.fit.constants import packed
from attndsl.fit.divergence import js_of_pairs
from attndsl.fit.excess import Beside
from attndsl.fit.library import LibrarySource
from attndsl.fit.measures import Measures
from attndsl.fit.medians import Constants
from attndsl.fit.pairs import PairSums, own_pairs
from attndsl.fit.passes import KeptFigures, Numbers, OneProcess, Reported
from attndsl.fit.places import Places, places
from attndsl.fit.scoring import Progress, Sums
from attndsl.heads.meta import HeadGroup, StoreMeta
from attndsl.heads.packing import cells_within
from attndsl.heads.store import HeadStore
from attndsl.models.capture import describe_store
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage
from attndsl.models.replay import replay
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.tokenizer import from_ids

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
PAIRS = ("iou", "content_iou", "rest_error")


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a text: the heads of a group there, and the programs."""

    group: HeadGroup
    rows: NDArray[np.int64]
    ids: NDArray[np.int64]
    heads: F32
    programs: F32
    where: Places

    @property
    def length(self) -> int:
        return len(self.ids)


def blocks(
    loaded: LoadedModel, meta: StoreMeta, source: LibrarySource, ids: NDArray[np.int64], text: str
) -> Iterator[Block]:
    """A text's rows in order, each group of heads in turn; row 0, which is in no measure but the
    distance of rows, comes alone."""
    read = replay(loaded, ids, meta.mask)
    encoded = from_ids(loaded.table, ids, text)
    groups = meta.groups([len(ids)])
    opened = [_under(source, group, meta, encoded) for group in groups]
    for rows in chain([np.array([0])], read.blocks(beside=len(source.names))):
        patterns = read.patterns(rows)
        for group, programs in zip(groups, opened, strict=True):
            mine = patterns[list(group.heads)] if len(groups) > 1 else patterns
            if group.mask != meta.mask:
                mine = mine[:, cells_within(meta.mask, group.mask, len(ids), rows)]
            where = places(group.mask, ids, source.special, rows)
            yield Block(group, rows, ids, mine, programs(rows), where)


def _under(
    source: LibrarySource, group: HeadGroup, meta: StoreMeta, text: Encoded
) -> Callable[[NDArray[np.int64]], F32]:
    part = source if group.mask == meta.mask else source.under(group.mask)
    return part.opened(text).patterns


@dataclass
class Figures:
    """What is summed of one text, by head: against constants, how far the best program's rows lie,
    and the bits that its rows take."""

    constants: tuple[PairSums, PairSums]
    distance: F64
    told: F64
    told_constant: F64

    @staticmethod
    def zeros(heads: int) -> Figures:
        sums = PairSums.zeros(1, heads), PairSums.zeros(1, heads)
        return Figures(sums, *np.zeros((3, heads)))

    def add_constants(self, block: Block, constants: Constants, special: Collection[int]) -> None:
        heads, mask = list(block.group.heads), block.group.mask
        for total, side in zip(
            self.constants, (constants.by_iou, constants.by_content), strict=True
        ):
            own = packed([side[head] for head in heads], mask, block.ids, special, block.rows)
            total.put(heads, own_pairs(own, block.heads, block.where))
            if total is self.constants[0]:
                self.told_constant[heads] += _bits(own, block)

    def count(self, rows: int, *sums: PairSums) -> None:
        """Say of how many rows these sums, and those of the constants, are."""
        for one in (*self.constants, *sums):
            one.rows = rows

    def keep(self, beside: Measures, row: int) -> None:
        """Of a text, by its row: what the constants get; content by the one that is best there."""
        by_iou, by_content = (one.measures() for one in self.constants)
        beside.iou[row], beside.rest_error[row] = by_iou.iou[0], by_iou.rest_error[0]
        beside.content_iou[row] = by_content.content_iou[0]

    def add_distance(self, block: Block, best: Numbers) -> None:
        heads = list(block.group.heads)
        each = np.arange(len(heads))
        self.distance[heads] += len(block.rows) * js_of_pairs(
            block.programs[best[heads]], block.heads, each, each, block.group.mask, block.length,
            block.rows,
        )  # fmt: skip

    def add_bits(self, block: Block, best: Numbers) -> None:
        heads = list(block.group.heads)
        self.told[heads] += _bits(block.programs[best[heads]], block)


def _bits(own: F32, block: Block) -> F64:
    """The bits of all rows of a block."""
    logs = logarithms(own, block.group.mask, block.length, block.rows)
    return len(block.rows) * bits_of_pairs(logs, block.heads, block.length, block.rows)


def on_passages(
    loaded: LoadedModel,
    source: LibrarySource,
    found: Sequence[Passage],
    assigned: Sequence[int],
    constants: Constants | None,
) -> tuple[Measures, Measures]:
    """Each head against its own program, by number, and against its constants, `[texts, heads]`;
    heads without a program have the first's."""
    meta = describe_store(loaded, found, "float16")
    heads, own = meta.total_heads, np.maximum(np.array(assigned), 0)
    programs, beside = Measures.zeros(len(found), heads), Measures.zeros(len(found), heads)
    for row, passage in enumerate(found):
        sums, figures = PairSums.zeros(1, heads), Figures.zeros(heads)
        for block in blocks(loaded, meta, source, passage.ids, passage.text):
            if block.rows[0] == 0:
                continue
            mine = block.programs[own[list(block.group.heads)]]
            sums.put(block.group.heads, own_pairs(mine, block.heads, block.where))
            if constants is not None:
                figures.add_constants(block, constants, source.special)
        figures.count(len(passage.ids) - 1, sums)
        measures = sums.measures()
        for values, one in zip(programs.pairs, measures.pairs, strict=True):
            values[row] = one[0]
        programs.content[:] += measures.content / len(found)
        figures.keep(beside, row)
    return programs, beside


def text_figures(
    loaded: LoadedModel,
    store: HeadStore,
    source: LibrarySource,
    number: int,
    best: Numbers,
    constants: Constants,
) -> dict[str, F64]:
    """All that is reported of one text: of all pairs, of the heads' best programs, and of their
    constants."""
    text, heads = store[number], store.meta.total_heads
    pairs, figures = PairSums.zeros(len(source.names), heads), Figures.zeros(heads)
    comparing = comparing_on(loaded.device)
    for block in blocks(loaded, store.meta, source, np.array(text.ids), text.text):
        figures.add_distance(block, best)
        if block.rows[0] == 0:
            continue
        pairs.put(block.group.heads, comparing.sums(block.programs, block.heads, block.where))
        figures.add_bits(block, best)
        figures.add_constants(block, constants, source.special)
    rows = text.length - 1
    figures.count(rows, pairs)
    measures, beside = pairs.measures(), Measures.zeros(1, heads)
    figures.keep(beside, 0)
    return {
        **dict(zip(PAIRS, measures.pairs, strict=True)), "content": measures.content,
        **{f"beside_{name}": one[0] for name, one in zip(PAIRS, beside.pairs, strict=True)},
        "distance": figures.distance / text.length, "told": figures.told / rows,
        "bits": figures.told_constant / rows,
    }  # fmt: skip


def put_together(
    parts: Sequence[Mapping[str, F64]], best: Numbers, second: Numbers, constants: Constants
) -> Reported:
    """The figures of all texts, in their order."""
    programs, heads = parts[0]["iou"].shape
    total, kept = Sums(Measures.zeros(programs, heads), 0), KeptFigures.zeros(len(parts), heads)
    beside, bits = Measures.zeros(len(parts), heads), np.zeros(heads)
    for row, part in enumerate(parts):
        measures = Measures(*(part[name] for name in (*PAIRS, "content")))
        total += Sums(measures, 1)
        for rank, chosen in zip(kept.ranks, (best, second), strict=True):
            for values, found in zip(rank.pairs, measures.pairs, strict=True):
                values[row] = found[chosen, np.arange(heads)]
        for values, name in zip(beside.pairs, PAIRS, strict=True):
            values[row] = part[f"beside_{name}"]
        kept.distance[row], kept.told[row] = part["distance"], part["told"]
        bits += part["bits"]
    return Reported(total, kept, Beside(constants, beside, bits))


@dataclass(frozen=True)
class ByReplay:
    """The passes of scoring over a store of sketches: programs are chosen by the rows that it keeps
    whole, and reported by all rows, made anew."""

    loaded: LoadedModel
    store: HeadStore
    source: LibrarySource
    memory: int
    tell: Progress

    def sums(self, numbers: Sequence[int]) -> Sums:
        comparing = comparing_on(self.loaded.device)
        return OneProcess(self.store, self.source, self.memory, comparing=comparing).sums(numbers)

    def reported(
        self, numbers: Sequence[int], best: Numbers, second: Numbers, constants: Constants
    ) -> Reported:
        parts: list[dict[str, F64]] = []
        for number in numbers:
            self.tell(len(parts), len(numbers))
            parts.append(
                text_figures(self.loaded, self.store, self.source, number, best, constants)
            )
        return put_together(parts, best, second, constants)
