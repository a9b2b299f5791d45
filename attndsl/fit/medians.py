"""Constant patterns fitted to the heads of a store, and the best of them for each head."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attndsl.files.places import Place, place
from attndsl.files.reading import read_json
from attndsl.files.whole import write_json, write_text
from attndsl.fit.codelength import bits_of_pairs, logarithms
from attndsl.fit.constants import (
    EVENLY,
    FIRST,
    Constant,
    alone,
    distances,
    packed,
    resting_cells,
    steps_of,
)
from attndsl.fit.measures import Measures
from attndsl.fit.pairs import own_pairs
from attndsl.fit.places import Places, places
from attndsl.fit.split import SHORTEST
from attndsl.heads.meta import HeadGroup
from attndsl.heads.packing import cells_within, row_starts
from attndsl.heads.shards import StoredText
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask

DECIMALS = 5
FORMAT = 1
KEPT, PROGRAMS = "constants.json", "constants.attn"
ROOM = 60_000_000  # weights that medians are taken of; of more texts some are left out, evenly

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Cells = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Constants:
    """Each head's best constant pattern on selection texts: by IoU, and by content IoU."""

    by_iou: tuple[Constant, ...]
    by_content: tuple[Constant, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "by_iou": [one.as_json() for one in self.by_iou],
            "by_content": [one.as_json() for one in self.by_content],
        }

    @staticmethod
    def from_json(record: Mapping[str, Any]) -> "Constants":
        try:
            sides = [
                tuple(Constant.from_json(one) for one in record[side])
                for side in ("by_iou", "by_content")
            ]
        except (KeyError, TypeError, ValueError) as fault:
            raise AttndslError(f"these are no constant patterns: {fault!r}") from None
        return Constants(sides[0], sides[1])

    def sources(self, names: Sequence[str], masks: Sequence[Mask]) -> str:
        """A library of them: each head's best by IoU, under the name `constant_` and the head's."""
        return "\n\n".join(
            one.source(f"constant_{name.lower().replace('.', '_')}", mask)
            for one, name, mask in zip(self.by_iou, names, masks, strict=True)
        )

    def on(self, store: HeadStore, number: int, special: Collection[int]) -> tuple[Measures, F64]:
        """Each head against its own constants on one text, as `[1, heads]`, and its bits a row.

        IoU, rest error and bits are those of the best by IoU, content IoU that of the best by
        content.
        """
        text = store[number]
        measures, bits = Measures.zeros(1, store.meta.total_heads), np.zeros(store.meta.total_heads)
        for group in store.meta.groups([text.length]):
            heads = under(store, group, text)
            where = places(group.mask, text.ids, special, text.rows)
            sides = [
                packed([one[h] for h in group.heads], group.mask, text.ids, special, text.rows)
                for one in (self.by_iou, self.by_content)
            ]
            whole, content = (measured(side, heads, where) for side in sides)
            logs = logarithms(sides[0], group.mask, text.length, text.rows)
            bits[list(group.heads)] = bits_of_pairs(logs, heads, text.length, text.rows)
            mixed = Measures(whole.iou, content.content_iou, whole.rest_error, whole.content)
            measures.add(mixed, slice(0, 1), group.heads)
        return measures, bits


def fit_constants(
    store: HeadStore, numbers: Sequence[int], special: Collection[int] = ()
) -> Constants:
    """The best constant of each head on some texts: of equals first token, evenly, by distance."""
    numbers = [number for number in numbers if store.length(number) >= SHORTEST]
    heads = store.meta.total_heads
    tables = by_distance(store, numbers, special)
    candidates = [(FIRST,) * heads, (EVENLY,) * heads, tables]
    sums = [Measures.zeros(1, heads) for _ in candidates]
    for number in numbers:
        text = store[number]
        for group in store.meta.groups([text.length]):
            patterns = under(store, group, text)
            where = places(group.mask, text.ids, special, text.rows)
            for total, side in zip(sums, candidates, strict=True):
                own = [side[head] for head in group.heads]
                mine = packed(own, group.mask, text.ids, special, text.rows)
                total.add(measured(mine, patterns, where), slice(0, 1), group.heads)
    best = [
        np.argmax([getattr(total, name)[0] for total in sums], axis=0)
        for name in ("iou", "content_iou")
    ]
    sides = [tuple(candidates[one][head] for head, one in enumerate(chosen)) for chosen in best]
    return Constants(sides[0], sides[1])


def by_distance(
    store: HeadStore,
    numbers: Sequence[int],
    special: Collection[int],
    middle: Callable[..., Any] = np.median,
) -> tuple[Constant, ...]:
    """Each head's constant pattern by distance on some texts.

    The median is the closer pattern; the mean is fair to heads whose weight jumps about, of which
    the median sees nothing.
    """
    tables = [FIRST] * store.meta.total_heads
    numbers = [number for number in numbers if store.length(number) >= SHORTEST]
    for group in store.meta.groups(store.length(number) for number in numbers):
        fitted = _group_tables(store, _some(store, numbers), group, special, middle)
        for head, constant in zip(group.heads, fitted, strict=True):
            tables[head] = constant
    return tuple(tables)


def _group_tables(
    store: HeadStore,
    numbers: Sequence[int],
    group: HeadGroup,
    special: Collection[int],
    middle: Callable[..., Any],
) -> list[Constant]:
    """The middle weight by step of distance, and of the resting keys, of rows from 1 on."""
    weights: list[F32] = []
    kinds: list[Cells] = []  # 0 rests, then steps behind, then (negative) steps ahead
    for number in numbers:
        text = store[number]
        distance = distances(group.mask, text.length, text.rows)
        behind = 1 + steps_of(np.maximum(distance, 0), alone(group.mask))
        ahead = -steps_of(np.maximum(-distance, 0), alone(group.mask))
        kind = np.where(distance >= 0, behind, ahead)
        kind[resting_cells(group.mask, text.ids, special, text.rows)] = 0
        # Row 0 is in no measure; where some rows are kept it is none of them.
        row = row_starts(group.mask, text.length)[1] if text.rows is None else 0
        weights.append(under(store, group, text)[:, row:].astype(np.float32))
        kinds.append(kind[row:])
    every, kind = np.concatenate(weights, axis=1), np.concatenate(kinds)
    order = np.argsort(kind, kind="stable")
    every, kind = every[:, order], kind[order]
    middles = {
        int(one): np.round(middle(every[:, low:high], axis=1).astype(float), DECIMALS)
        for one in np.unique(kind)
        for low, high in [np.searchsorted(kind, [one, one + 1])]
    }
    nothing = np.zeros(len(every))
    behind_steps = [middles.get(one, nothing) for one in range(1, 1 + max(1, int(kind.max())))]
    ahead_steps = [middles.get(-one, nothing) for one in range(1, 1 + max(1, -int(kind.min())))]
    return [
        Constant(
            "distance",
            float(middles.get(0, nothing)[head]),
            tuple(float(step[head]) for step in behind_steps),
            tuple(float(step[head]) for step in ahead_steps),
        )
        for head in range(len(every))
    ]


def measured(mine: F32, heads: NDArray[np.floating], where: Places) -> Measures:
    """Row i against head i, as `[1, heads]`."""
    return own_pairs(mine, heads, where).measures()


def under(store: HeadStore, group: HeadGroup, text: StoredText) -> NDArray[np.floating]:
    """The patterns of a group's heads in the cells of its own mask."""
    heads = text.patterns
    if len(group.heads) < len(heads):
        heads = heads[list(group.heads)]
    if group.mask != store.meta.mask:
        heads = heads[:, cells_within(store.meta.mask, group.mask, text.length, text.rows)]
    return heads


def head_masks(store: HeadStore) -> tuple[Mask, ...]:
    """Each head's mask."""
    meta = store.meta
    return tuple(
        mask for mask in meta.layer_masks or (meta.mask,) * meta.layers for _ in range(meta.heads)
    )


def _some(store: HeadStore, numbers: Sequence[int]) -> Sequence[int]:
    """As many texts, evenly spread, as medians can be taken of."""
    cells = sum(store.cells(number) for number in numbers)
    step = -(-cells * store.meta.total_heads // ROOM)
    return numbers[:: max(1, step)]


def write_constants(folder: Place | str, constants: Constants, store: HeadStore) -> None:
    """Keep them with a run: as figures, and as programs that a person reads and runs."""
    names = [store.meta.head_name(head) for head in range(store.meta.total_heads)]
    write_json(place(folder) / KEPT, {"format": FORMAT, "heads": names, **constants.as_json()})
    write_text(place(folder) / PROGRAMS, constants.sources(names, head_masks(store)))


def read_constants(folder: Place | str) -> Constants | None:
    """What a run keeps of them; nothing where it was made before they were."""
    path = place(folder) / KEPT
    if not path.exists():
        return None
    record = read_json(path)
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise AttndslError(f"{path} is not of format {FORMAT}, which this version reads")
    try:
        return Constants.from_json(record)
    except AttndslError as fault:
        raise AttndslError(f"{path}: {fault}") from None
