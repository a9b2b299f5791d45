"""Which held-out texts a report shows: hard ones and easy ones, whatever the programs are."""

from collections.abc import Sequence

import numpy as np

from attndsl.fit.table import ScoreTable
from attndsl.heads.store import HeadStore


def spread_texts(table: ScoreTable, store: HeadStore, texts: int, tokens: int) -> list[int]:
    """So many of the longer half of the report texts, evenly over the mean IoU of the heads'
    constant patterns, worst first.

    Programs have no say, so runs on the same heads show the same texts, by which they are compared
    and merged. Chosen by the programs' IoU, the texts are of no more tenths of a head's.
    """
    mean = dict(zip(table.split.report, table.constant_texts.iou.mean(axis=1), strict=True))
    ranked = sorted(longer_texts(table, store, texts, tokens), key=lambda number: mean[number])
    places = np.linspace(0, len(ranked) - 1, min(texts, len(ranked))).round().astype(int)
    return [ranked[place] for place in places]


def longer_texts(table: ScoreTable, store: HeadStore, texts: int, tokens: int) -> list[int]:
    """The longer half of the report texts, or so many: of a few words little is to be seen."""
    report = table.split.report
    length = {number: min(store.length(number), tokens) for number in report}
    return sorted(report, key=lambda number: -length[number])[: max(texts, len(report) // 2)]


def deciles(table: ScoreTable, head: int, numbers: Sequence[int]) -> tuple[int, ...]:
    """The tenth that each text is in by a head's IoU among all report texts, 1 the worst."""
    own = table.per_text[head]
    place = {number: at for at, number in enumerate(table.split.report)}
    return tuple(1 + min(9, int(10 * np.mean(own < own[place[number]]))) for number in numbers)
