"""What a head does, in a page that a language model reads: shares, kinds, edges, rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.synthesis.llm.known import Background
from attndsl.synthesis.llm.relations import common, kinds, pairs
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import from_ids

F64 = NDArray[np.float64]
STRONG = 0.025  # of all cells, as in the paper
EDGE_TEXTS = 3
EDGES = (24, 10, 8)  # strongest, middling, weakest that are shown
LETTERS = 3.2  # of a token, where there is no tokenizer of the asked model
DISTANCES = ((2, 2), (3, 4), (5, 8), (9, 16), (17, 32), (33, 10**9))
DEPTHS = ((1, 1), (2, 3), (4, 7), (8, 15), (16, 31), (32, 10**9))


@dataclass(frozen=True, slots=True)
class Seen:
    """One head on one text."""

    number: int
    text: Encoded
    weights: F64  # [query, key]
    visible: NDArray[np.bool_]


def seen(store: HeadStore, table: PieceTable, numbers: Sequence[int], head: int) -> list[Seen]:
    """The head on some texts of the store."""
    mask, looks = store.meta.mask, []
    for number in numbers:
        stored = store[number]
        text = from_ids(table, stored.ids, stored.text)
        weights = np.asarray(unpack(stored.patterns[head], mask, text.n), np.float64)
        cells = unpack(np.ones(mask.cells(text.n)), mask, text.n) > 0
        looks.append(Seen(number, text, weights, cells))
    return looks


def page(
    store: HeadStore, table: PieceTable, numbers: Sequence[int], head: int, known: Background,
    tokens: int = 3000,
) -> str:  # fmt: skip
    """The head in words and numbers, within about so many tokens."""
    texts = seen(store, table, numbers, head)
    mask = store.meta.mask
    rests = "special tokens" if mask.kind == "full" else "the first token"
    parts = [
        f"Head {store.meta.head_name(head)} of {store.meta.model.rsplit('/', 1)[-1]}: "
        f"{store.meta.layers} layers of {store.meta.heads} heads; {len(texts)} texts of about "
        f"{round(np.mean([one.text.n for one in texts]))} tokens.",
        known.told(head, rests),
        shares(texts, mask),
        by_depth(texts),
        by_query(texts),
        by_key(texts),
        edges(texts[:EDGE_TEXTS]),
    ]
    room = int(tokens * LETTERS) - sum(map(len, parts))
    return "\n\n".join(part for part in (*parts, rows(texts[0], room)) if part)


def places(one: Seen, mask: Mask) -> list[tuple[str, NDArray[np.bool_]]]:
    """The cells of a text by where they are; each in the first place that fits."""
    size = one.text.n
    distance = np.arange(size)[:, None] - np.arange(size)[None, :]
    named = [
        ("k.i == 0", np.broadcast_to(np.arange(size) == 0, (size, size))),
        ("k == q", distance == 0),
        ("k == q.prev", distance == 1),
        *((_range("q.i - k.i", low, high), (distance >= low) & (distance <= high))
          for low, high in DISTANCES),
    ]  # fmt: skip
    if mask.kind == "full":
        named.append(("k == q.next", distance == -1))
        named += [
            (_range("k.i - q.i", low, high), (-distance >= low) & (-distance <= high))
            for low, high in DISTANCES
        ]
    taken = np.zeros((size, size), bool)
    first_fits = []
    for name, cells in named:
        first_fits.append((name, cells & ~taken & one.visible))
        taken |= cells
    return first_fits


def _range(what: str, low: int, high: int) -> str:
    if low == high:
        return f"{what} == {low}"
    return f"{low} <= {what}" if high >= 10**9 else f"{low} <= {what} <= {high}"


def shares(texts: Sequence[Seen], mask: Mask) -> str:
    """Where a row's weight goes, beside where even attention would put it."""
    total: dict[str, list[float]] = {}
    for one in texts:
        even = one.visible / one.visible.sum(axis=1, keepdims=True)
        for name, cells in places(one, mask):
            weight, plain = (one.weights * cells)[1:].sum(), (even * cells)[1:].sum()
            total.setdefault(name, [0.0, 0.0])
            total[name][0] += weight
            total[name][1] += plain
    count = sum(one.text.n - 1 for one in texts)
    top = np.mean(np.concatenate([one.weights[1:].max(axis=1) for one in texts]))
    lines = [
        f"{name:<24}{weight / count:>6.3f} {plain / count:>6.3f}"
        for name, (weight, plain) in total.items()
        if plain > 0
    ]
    head = f"{'cells, first fit counts':<24}{'share':>6} {'even':>6}"
    title = "Where the weight of a row goes on average (even: what even attention would give):"
    told = f"The largest weight of a row is {top:.2f} on average."
    return f"{title}\n\n{head}\n" + "\n".join(lines) + f"\n\n{told}"


def row_shares(one: Seen) -> F64:
    """Weight of each row on the first token, itself, the one before, and others, [rows, 4]."""
    size = one.text.n
    first, own = one.weights[:, 0], np.diagonal(one.weights).copy()
    own[0] = 0
    before = np.concatenate(([0.0], np.diagonal(one.weights, -1)))
    before[1:2] = 0  # the one before the second token is the first
    shares_of_rows = np.stack([first, own, before, np.zeros(size)], axis=1)
    shares_of_rows[:, 3] = one.weights.sum(axis=1) - shares_of_rows[:, :3].sum(axis=1)
    return shares_of_rows


def by_depth(texts: Sequence[Seen]) -> str:
    """The shares by how far into the text the query is."""
    each = [(np.arange(one.text.n), row_shares(one)) for one in texts]
    index = np.concatenate([where for where, _ in each])
    shares_each = np.concatenate([values for _, values in each])
    lines = []
    for low, high in DEPTHS:
        mine = (index >= low) & (index <= high)
        if mine.any():
            lines.append(f"{_range('q.i', low, high):<24}" + _four(shares_each[mine].mean(axis=0)))
    return f"By the place of the query:\n\n{_head('query')}\n" + "\n".join(lines)


def by_query(texts: Sequence[Seen]) -> str:
    """The shares by the kind of the query, the kinds that differ most from the mean first."""
    shares_each = np.concatenate([row_shares(one)[1:] for one in texts])
    flags: dict[str, NDArray[np.bool_]] = {}
    each = [kinds(one.text) for one in texts]
    for name in each[0]:
        flags[name.replace("t.", "q.")] = np.concatenate([kind[name][1:] for kind in each])
    mean = shares_each.mean(axis=0)
    lines = []
    for name, mine in flags.items():
        if mine.sum() >= max(8, 0.01 * len(mine)):
            here = shares_each[mine].mean(axis=0)
            far = float(np.abs(here - mean).sum())
            lines.append((far, f"{name:<24}{_four(here)}  {mine.mean():>5.0%} of rows"))
    lines.sort(key=lambda line: -line[0])
    listed = [f"{'all':<24}{_four(mean)}", *(line for _, line in lines[:12])]
    return "By the kind of the query:\n\n" + _head("query") + "\n" + "\n".join(listed)


def _head(what: str) -> str:
    return f"{what:<24}{'k.i==0':>7}{'k==q':>7}{'q.prev':>7}{'others':>7}"


def _four(values: F64) -> str:
    return "".join(f"{value:>7.3f}" for value in values)


def by_key(texts: Sequence[Seen]) -> str:
    """What of others' weight goes to which kinds of keys, by which relations to the query."""
    total: dict[str, list[float]] = {}
    whole = cells_all = 0.0
    for one in texts:
        others = one.visible.copy()
        others[:, 0] = False
        size = one.text.n
        others[np.arange(size), np.arange(size)] = False
        others[np.arange(1, size), np.arange(size - 1)] = False
        weights = one.weights * others
        even = (
            others
            / np.maximum(others.sum(axis=1, keepdims=True), 1)
            * weights.sum(axis=1, keepdims=True)
        )
        whole += weights.sum()
        cells_all += one.text.n - 1
        named = [
            (name.replace("t.", "k."), flags[None, :]) for name, flags in kinds(one.text).items()
        ]
        words = [(f'k.lower == "{word}"', flags[None, :]) for word, flags in common(one.text)]
        for name, cells in (*named, *words, *pairs(one.text)):
            mine = total.setdefault(name, [0.0, 0.0])
            mine[0] += float((weights * cells).sum())
            mine[1] += float((even * cells).sum())
    if whole < 0.03 * cells_all:
        return "Almost nothing goes to other keys than the first token, q itself and q.prev."
    lines = []
    for name, (weight, even_weight) in total.items():
        share, plain = weight / whole, even_weight / whole
        if plain > 0.003 and (share > 0.05 or "k.lower ==" not in name or "q." in name):
            gain = share * abs(np.log(max(share, 1e-3) / plain))
            lines.append((gain, f"{share:>6.3f} {plain:>6.3f}  {name}"))
    lines.sort(key=lambda line: -line[0])
    title = (
        "The others (keys but the first token, q itself and q.prev): which kinds of them get "
        "weight, as a share of all that others get, beside the share that even spread over them "
        "would give; the tests overlap:"
    )
    head = f"{'share':>6} {'even':>6}  test"
    return f"{title}\n\n{head}\n" + "\n".join(line for _, line in lines[:16])


def edges(texts: Sequence[Seen]) -> str:
    """Single pairs: strongest (the top cells of all), middling and weakest."""
    cells = [
        (float(one.weights[query, key]), at, query, key)
        for at, one in enumerate(texts)
        for query, key in np.argwhere(one.visible).tolist()
        if query > 0
    ]
    cells.sort(key=lambda edge: (-edge[0], edge[1:]))
    strong = cells[: max(1, round(STRONG * len(cells)))]
    firsts = sum(key == 0 for *_, key in strong)
    shown = [edge for edge in strong if edge[3] != 0]
    middling = [edge for edge in cells[len(strong) : len(cells) // 4] if edge[3] != 0]
    weak = [edge for edge in cells if edge[3] != 0 and 0 < edge[2] - edge[3] <= 6]
    parts = [
        f"Strongest edges: of the top {STRONG:.1%} of all cells ({len(strong)}, down to weight "
        f"{strong[-1][0]:.2f}) {firsts} go to the first token"
        + (f"; of the others, spread over them:\n\n{_edges(texts, shown, EDGES[0])}" if shown
           else "; none to other keys."),
    ]  # fmt: skip
    if middling:
        parts.append(f"Middling edges:\n\n{_edges(texts, middling, EDGES[1])}")
    if weak:
        parts.append(f"Weakest edges at a short distance:\n\n{_edges(texts, weak[-40:], EDGES[2])}")
    return "\n\n".join(parts)


def _edges(texts: Sequence[Seen], cells: Sequence[tuple[float, int, int, int]], most: int) -> str:
    """So many of them, evenly over the order by weight."""
    step = max(1.0, len(cells) / most)
    chosen = [cells[int(at * step)] for at in range(min(most, len(cells)))]
    lines = []
    for weight, at, query, key in chosen:
        labels = texts[at].text.labels()
        back = query - key
        where = "itself" if not back else f"{back} back" if back > 0 else f"{-back} ahead"
        lines.append(f"{labels[query]!r}[{query}] -> {labels[key]!r}[{key}] {weight:.2f} ({where})")
    return "\n".join(lines)


def rows(one: Seen, room: int) -> str:
    """The rows of one text as far as there is room: the keys that get most."""
    labels = one.text.labels()
    title = "Rows of one text, keys with at least 0.08, at most five (`first` is the first token):"
    lines = [title, ""]
    room -= len(title)
    for query in range(1, one.text.n):
        line = f"{labels[query]}[{query}]: {row(one.weights[query], labels, 5, 0.08)}"
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    return "\n".join(lines) if len(lines) > 2 else ""


def row(weights: F64, labels: Sequence[str], most: int, least: float) -> str:
    """The keys of a row with most weight.

    >>> row(np.array([0.5, 0.4, 0.1]), ["a", "b", "c"], 2, 0.05)
    'first 0.50, b[1] 0.40'
    """
    order = [int(key) for key in np.argsort(-weights, kind="stable")[:most]]
    told = [
        f"{f'{labels[key]}[{key}]' if key else 'first'} {weights[key]:.2f}"
        for key in order
        if weights[key] >= least
    ]
    return ", ".join(told) or f"nothing above {least:g}"
