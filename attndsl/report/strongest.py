"""Where a head's content is strongest on all held-out texts, and how active it is on each.

Of a text that is kept as a sketch this is said of the rows that are kept whole.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.draw.grid import clean
from attndsl.fit.places import resting_keys, special_ids
from attndsl.graph.program import Program
from attndsl.heads.packing import Rows, row_starts
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.report.cells import ReadEntry, Spot
from attndsl.report.texts import Maps, patterns
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import from_ids

SPOTS, OF_A_TEXT = 8, 2  # of a head; of these from one text
EARLY = 8  # rows that see so few keys that one has most of the weight whatever the head does
F64 = NDArray[np.float64]
Found = tuple[float, int, int, int]  # the weight, the text, the query and the key


@dataclass(frozen=True)
class Content:
    """Of a text's rows, without row 0: the packed `cells` [heads, cells] without what rests, and
    where each row's begin."""

    number: int
    length: int
    rows: Rows
    starts: Rows
    cells: F64


@dataclass(frozen=True)
class Strongest:
    """`spots` of each head, the strongest first; `active` [heads, texts], the content of its rows;
    `read` are the texts that spots are on."""

    spots: tuple[tuple[Spot, ...], ...]
    active: F64
    read: tuple[ReadEntry, ...]

    def deciles(self, head: int, places: Sequence[int]) -> tuple[int, ...]:
        """The tenth that each text is in by a head's activity on all of them, 1 the most active."""
        own = self.active[head]
        return tuple(1 + min(9, int(10 * np.mean(own > own[place]))) for place in places)


def strongest(
    store: HeadStore,
    numbers: Sequence[int],
    programs: Sequence[Program],
    table: PieceTable,
    maps: Maps,
    slots: Sequence[int],
) -> Strongest:
    """Over the texts of these numbers; `slots` number each head's predicted patterns in `maps`."""
    special = special_ids(table)
    found: list[list[Found]] = [[] for _ in slots]
    active = np.zeros((len(slots), len(numbers)))
    for place, number in enumerate(numbers):
        content = _content(store, number, special)
        of_rows = np.add.reduceat(content.cells, content.starts[:-1], axis=1)
        active[:, place] = of_rows.sum(1) / len(content.rows)
        for head, here in enumerate(_best(content, store.meta.mask)):
            found[head] = sorted([*found[head], *here], key=lambda one: (-one[0], *one[1:]))[:SPOTS]
    predicted = _predicted(store, found, programs, table, maps, slots)
    spots = tuple(
        tuple(Spot(text, query, key, weight, predicted[head, text, query, key])
              for weight, text, query, key in mine)
        for head, mine in enumerate(found)
    )  # fmt: skip
    texts = sorted({one.text for mine in spots for one in mine})
    return Strongest(spots, active, tuple(_read(store, number, table) for number in texts))


def _content(store: HeadStore, number: int, special: frozenset[int]) -> Content:
    text, mask = store[number], store.meta.mask
    cells = np.asarray(text.patterns, dtype=np.float64)
    if text.rows is None:
        rows, cells = np.arange(1, text.length), cells[:, row_starts(mask, text.length)[1] :]
    else:
        rows = text.rows
    starts = row_starts(mask, text.length, rows)
    at = np.repeat(np.arange(len(rows)), np.diff(starts))
    keys = np.arange(starts[-1]) - starts[at] + mask.first(rows)[at]
    resting = np.isin(keys, resting_keys(mask, text.ids, special))
    return Content(number, text.length, rows, starts, np.where(resting, 0.0, cells))


def _best(content: Content, mask: Mask) -> list[list[Found]]:
    """Of each head the rows of a text whose strongest key has most weight."""
    starts, rows = content.starts, content.rows
    largest = np.maximum.reduceat(content.cells, starts[:-1], axis=1)
    first = mask.first(rows)
    late = np.flatnonzero(rows >= first_told(mask, content.length))
    best = []
    for head, of_rows in enumerate(largest):
        here = []
        for at in late[np.argsort(-of_rows[late], kind="stable")[:OF_A_TEXT]]:
            cells = content.cells[head, starts[at] : starts[at + 1]]
            key = int(cells.argmax())
            if cells[key] > 0:
                found = float(cells[key]), content.number, int(rows[at]), int(first[at]) + key
                here.append(found)
        best.append(here)
    return best


def first_told(mask: Mask, length: int) -> int:
    """The first row of a text that may be told of: of a short one in its later half."""
    return 1 if mask.kind == "full" else min(EARLY, max(1, length // 2))


def _predicted(
    store: HeadStore,
    found: Sequence[Sequence[Found]],
    programs: Sequence[Program],
    table: PieceTable,
    maps: Maps,
    slots: Sequence[int],
) -> dict[tuple[int, int, int, int], float]:
    """What each head's program gives to its spots, by head, text, query and key."""
    wanted: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for head, mine in enumerate(found):
        for _, number, query, key in mine:
            wanted[number].append((head, query, key))
    given = {}
    mask = store.meta.mask
    for number, cells in wanted.items():
        text = store[number]
        rows = np.arange(text.length) if text.rows is None else text.rows
        starts, first = row_starts(mask, text.length, rows), mask.first(rows)
        of_slot = defaultdict(list)
        for head, query, key in cells:
            of_slot[slots[head]].append((head, query, key))
        some = {what: slot for what, slot in maps.items() if slot in of_slot}
        encoded = from_ids(table, text.ids, text.text)
        for slot, pattern in patterns(programs, encoded, mask, some, text.rows):
            for head, query, key in of_slot[slot]:
                at = int(np.searchsorted(rows, query))
                given[head, number, query, key] = float(pattern[starts[at] + key - first[at]])
    return given


def _read(store: HeadStore, number: int, table: PieceTable) -> ReadEntry:
    text = store[number]
    return ReadEntry(number, tuple(map(clean, from_ids(table, text.ids, text.text).labels())))
