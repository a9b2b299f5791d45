"""Where a program is off: the rows that it misses most, and its shares beside the head's."""

from collections.abc import Sequence

import numpy as np

from attndsl.fit.library import LibrarySource
from attndsl.graph.program import Program
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.synthesis.llm.summary import F64, Seen, places, row, seen
from attndsl.tokens.pieces import PieceTable

TEXTS = 8
ROWS, OF_ONE_TEXT = 12, 3


def compared(
    program: Program, store: HeadStore, table: PieceTable, numbers: Sequence[int], head: int
) -> tuple[str, str]:
    """The worst rows, and the mean shares by place: head and program side by side."""
    texts = seen(store, table, numbers[:TEXTS], head)
    source = LibrarySource([program], table, store.meta.mask)
    found = [
        np.asarray(unpack(pattern[0], store.meta.mask, one.text.n), np.float64)
        for one, pattern in zip(
            texts, source.patterns([store[one.number] for one in texts]), strict=True
        )
    ]
    return worst(texts, found), side_by_side(texts, found, store)


def worst(texts: Sequence[Seen], found: Sequence[F64]) -> str:
    """The rows with most weight in other places, a few of each text."""
    off: list[tuple[float, int, int]] = []
    for at, (one, mine) in enumerate(zip(texts, found, strict=True)):
        apart = np.abs(one.weights - mine).sum(axis=1) / 2
        order = np.argsort(-apart, kind="stable")[:OF_ONE_TEXT]
        off += [(float(apart[query]), at, int(query)) for query in order]
    off.sort(key=lambda item: (-item[0], *item[1:]))
    lines = []
    for apart, at, query in off[:ROWS]:
        labels = texts[at].text.labels()
        before = " ".join(labels[max(0, query - 6) : query])
        lines.append(
            f"... {before} {labels[query]}[{query}], {apart:.0%} off\n"
            f"  head:    {row(texts[at].weights[query], labels, 4, 0.05)}\n"
            f"  program: {row(found[at][query], labels, 4, 0.05)}"
        )
    return "\n".join(lines)


def side_by_side(texts: Sequence[Seen], found: Sequence[F64], store: HeadStore) -> str:
    total: dict[str, list[float]] = {}
    for one, mine in zip(texts, found, strict=True):
        for name, cells in places(one, store.meta.mask):
            pair = total.setdefault(name, [0.0, 0.0])
            pair[0] += float((one.weights * cells)[1:].sum())
            pair[1] += float((mine * cells)[1:].sum())
    count = sum(one.text.n - 1 for one in texts)
    lines = [f"{'cells, first fit counts':<24}{'head':>6} {'program':>8}"]
    lines += [
        f"{name:<24}{head / count:>6.3f} {program / count:>8.3f}"
        for name, (head, program) in total.items()
        if head or program
    ]
    return "\n".join(lines)
