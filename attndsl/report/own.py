"""The texts that a head shows beside those of all heads: where its program errs most, and where it
does most. Both are of the longer half of the held-out texts, as the others are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.draw.grid import clean
from attndsl.fit.places import resting_keys, special_ids
from attndsl.fit.sketched import shown as sketched
from attndsl.fit.table import ScoreTable
from attndsl.graph.program import Program
from attndsl.heads.shards import StoredText
from attndsl.heads.store import HeadStore
from attndsl.report.cells import OwnMaps, OwnTexts, Passage
from attndsl.report.chosen import deciles
from attndsl.report.strongest import Strongest
from attndsl.report.texts import Maps, patterns, shown_cells
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import from_ids

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Drawing:
    """What maps are drawn with: programs, and by head the number of its patterns in `maps`."""

    store: HeadStore
    programs: Sequence[Program]
    table: PieceTable
    maps: Maps
    slots: Sequence[int]
    limit: int


def own_texts(
    drawing: Drawing,
    scores: ScoreTable,
    lively: Strongest,
    heads: Sequence[int],
    longer: Sequence[int],
    shown: Sequence[int],
) -> tuple[dict[int, OwnTexts], tuple[Passage, ...]]:
    """By the numbers of the heads; `longer` are the texts to choose of, `shown` those of all heads,
    of which no map is needed twice."""
    place = {number: at for at, number in enumerate(scores.split.report)}
    wrong = {head: min(longer, key=lambda one: scores.per_text[head][place[one]]) for head in heads}
    active = {head: max(longer, key=lambda one: lively.active[head][place[one]]) for head in heads}
    wanted: dict[int, list[int]] = defaultdict(list)
    for head in heads:
        for number in {wrong[head], active[head]} - set(shown):
            wanted[number].append(head)
    maps: dict[int, list[OwnMaps]] = defaultdict(list)
    passages = []
    for number, mine in sorted(wanted.items()):
        text = drawing.store[number]
        encoded = from_ids(drawing.table, text.ids, text.text)
        passages.append(_passage(drawing, text, encoded))
        for head, (real, predicted) in _drawn(drawing, text, encoded, mine).items():
            iou = float(scores.per_text[head][place[number]])
            (tenth,) = deciles(scores, head, [number])
            (active_tenth,) = lively.deciles(head, [place[number]])
            maps[head].append(OwnMaps(number, iou, tenth, active_tenth, real, predicted))
    return (
        {head: OwnTexts(wrong[head], active[head], tuple(maps[head])) for head in heads},
        tuple(passages),
    )


def _drawn(
    drawing: Drawing, text: StoredText, encoded: Encoded, heads: Sequence[int]
) -> Mapping[int, tuple[F32, F32]]:
    """Real and predicted maps of these heads, as much as is shown of a text."""
    mask = drawing.store.meta.mask
    slots = {drawing.slots[head] for head in heads}
    some = {what: slot for what, slot in drawing.maps.items() if slot in slots}
    if text.sketch is None:
        shown = shown_cells(mask, text.length, drawing.limit)
        real = text.patterns[list(heads)][:, shown].astype(np.float32)
        made = patterns(drawing.programs, encoded, mask, some)
        predicted = {slot: pattern[shown] for slot, pattern in made}
    else:
        first = np.arange(min(text.length, drawing.limit))
        real = sketched(text, mask, special_ids(drawing.table), heads, first)
        predicted = dict(patterns(drawing.programs, encoded, mask, some, first))
    return {head: (one, predicted[drawing.slots[head]])
            for head, one in zip(heads, real, strict=True)}  # fmt: skip


def _passage(drawing: Drawing, text: StoredText, encoded: Encoded) -> Passage:
    limit = drawing.limit
    return Passage(
        number=text.number,
        length=text.length,
        tokens=tuple(map(clean, encoded.labels()[:limit])),
        resting=resting_keys(drawing.store.meta.mask, text.ids, special_ids(drawing.table)),
        inside=tuple(np.flatnonzero(encoded.column("starts_word")[:limit] == 0).tolist()),
    )
