"""Where a program is off: the rows that it misses most, and its shares beside the head's."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from attndsl.fit.library import LibrarySource
from attndsl.graph.program import Program
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.synthesis.archive import Scorer
from attndsl.synthesis.llm.known import Background
from attndsl.synthesis.llm.relations import kinds
from attndsl.synthesis.llm.summary import F64, Seen, places, row, row_shares, seen
from attndsl.tokens.pieces import PieceTable

TEXTS = 32
ROWS, OF_ONE_TEXT = 12, 2
KINDS, FEWEST = 8, 0.02  # kinds of query that are shown, and the share of rows that one has


def figures_of(scorer: Scorer, program: Program, at: int) -> str:
    """How well a program fits one of the scorer's heads, in words."""
    found = replace(scorer, heads=(scorer.heads[at],)).measures([program])
    content, rest, iou = (
        float(one[0, 0]) for one in (found.content_iou, found.rest_error, found.iou)
    )
    return f"content IoU {content:.3f}, rest error {rest:.3f}, IoU {iou:.3f}"


def against(known: Background, program: Program, scorer: Scorer, at: int) -> str:
    """What the probes that may choose say against a program of a head."""
    if known.probes is None:
        return "No probes were asked."
    source = LibrarySource([program], scorer.table, scorer.store.meta.mask)
    assigned: list[int | None] = [None] * scorer.store.meta.total_heads
    assigned[scorer.heads[at]] = 0
    told = known.probes.contradictions(source, assigned)
    if not told:
        return "No probe contradicts it."
    return "Probes contradict it:\n\n" + "\n".join(f"- {one}" for one in told)


def compared(
    program: Program, store: HeadStore, table: PieceTable, numbers: Sequence[int], head: int
) -> tuple[str, str]:
    """The worst rows; and the mean shares by place and kind of query, head beside program."""
    texts = seen(store, table, numbers[:TEXTS], head)
    source = LibrarySource([program], table, store.meta.mask)
    pairs = [
        np.asarray(unpack(pattern[0], store.meta.mask, one.text.n), np.float64)
        for one, pattern in zip(
            texts, source.patterns([store[one.number] for one in texts]), strict=True
        )
    ]
    shares = f"{by_place(texts, pairs, store)}\n\n{by_kind(texts, pairs)}"
    return worst(texts, pairs), shares


def worst(texts: Sequence[Seen], patterns: Sequence[F64]) -> str:
    """The rows with most weight in other places, a few of each text, none twice."""
    off: list[tuple[float, int, int]] = []
    for at, (one, mine) in enumerate(zip(texts, patterns, strict=True)):
        apart = np.abs(one.weights - mine).sum(axis=1) / 2
        order = np.argsort(-apart, kind="stable")[:OF_ONE_TEXT]
        off += [(float(apart[query]), at, int(query)) for query in order]
    off.sort(key=lambda item: (-item[0], *item[1:]))
    lines: dict[str, str] = {}  # by the words, as many texts begin alike
    for apart, at, query in off:
        labels = texts[at].text.labels()
        words = f"{' '.join(labels[max(0, query - 6) : query])} {labels[query]}[{query}]"
        if words not in lines and len(lines) < ROWS:
            lines[words] = (
                f"... {words}, {apart:.0%} off\n"
                f"  head:    {row(texts[at].weights[query], labels, 4, 0.05)}\n"
                f"  program: {row(patterns[at][query], labels, 4, 0.05)}"
            )
    return "\n".join(lines.values())


def by_place(texts: Sequence[Seen], patterns: Sequence[F64], store: HeadStore) -> str:
    """Where a row's weight goes on average."""
    total: dict[str, list[float]] = {}
    for one, mine in zip(texts, patterns, strict=True):
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


def by_kind(texts: Sequence[Seen], patterns: Sequence[F64]) -> str:
    """The same for the kinds of query that are furthest apart, by their share of all rows."""
    mine = [replace(one, weights=weights) for one, weights in zip(texts, patterns, strict=True)]
    head, program = (
        np.concatenate([row_shares(one)[1:] for one in some]) for some in (texts, mine)
    )
    each = [kinds(one.text) for one in texts]
    lines: list[tuple[float, str]] = []
    for name in each[0]:
        rows = np.concatenate([kind[name][1:] for kind in each])
        if (share := float(rows.mean())) < FEWEST:
            continue
        theirs, ours = head[rows].mean(axis=0), program[rows].mean(axis=0)
        far = share * float(np.abs(theirs - ours).sum())
        pairs = "".join(f"{a:>9.3f} {b:<6.3f}" for a, b in zip(theirs, ours, strict=True))
        lines.append((far, f"{name.replace('t.', 'q.'):<24}{pairs} {share:>4.0%}"))
    lines.sort(key=lambda line: -line[0])
    columns = "".join(f"{name:>12}    " for name in ("k.i == 0", "k == q", "k == q.prev", "others"))
    return f"{'query (head, program)':<24}{columns} rows\n" + "\n".join(
        line for _, line in lines[:KINDS]
    )
