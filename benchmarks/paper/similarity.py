"""How much programs look where heads look: the best, those made for a head, and baselines.

Programs are chosen on one half of the texts and measured on the other, rows from the second token
on; beside IoU stands content IoU, without the keys that heads rest on.
"""

import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.constants import EVENLY, FIRST, Constant, packed
from attndsl.fit.excess import constants_on, excess_of
from attndsl.fit.intervals import estimates
from attndsl.fit.iou import iou
from attndsl.fit.measures import Measures
from attndsl.fit.medians import measured, under
from attndsl.fit.places import places, special_ids
from attndsl.graph.mechanisms import mechanisms
from attndsl.heads.packing import row_starts
from attndsl.heads.shards import StoredText
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.models.transfer import assigned_on
from benchmarks.paper.work import CHOOSE, REPORT, Side, Table, Work

F32 = NDArray[np.float32]
Pattern = Callable[[StoredText, Mask, int, frozenset[int]], F32]  # of so many heads, packed

# The published work sorts programs into six categories by a language model that reads their
# docstrings. Here a program has the category of the mechanism that it looks most like.
CATEGORIES = {
    "first token": ("sink", "special_tokens"),
    "the token itself": ("itself",),
    "sequence": ("previous_token", "two_back", "three_back", "last_four", "nearby"),
    "evenly": ("evenly", "others"),
    "repeats": ("copies", "last_copy", "first_copy", "induction", "last_induction",
                "long_induction", "soft_induction", "expected_copies", "alike", "lone_names"),
}  # fmt: skip
REST = "syntax and marks"


def similarity(work: Work) -> Table:
    """By kind of text: each way to name a pattern for a head, with its IoU over the heads."""
    return {kind: of_kind(work, kind) for kind in work.kinds}


def of_kind(work: Work, kind: str) -> Table:
    store = work.stores[kind, REPORT]
    special = special_ids(work.loaded.table)
    found: dict[str, Measures] = {
        name: baseline(store, made, special) for name, made in BASELINES.items()
    }
    constant = constants_on(store, range(len(store)), work.constants(kind), special).texts
    content = next(iter(found.values())).content  # the heads', whatever they are held against
    found["best constant of the head"] = constant = replace(constant, content=content)
    for side in work.sides:
        if max(side.assigned) >= 0:
            mine = assigned_on(store, side.source, range(len(store)), side.assigned)
            found[f"{side.name}: made for the head"] = mine.of(
                [head for head, number in enumerate(side.assigned) if number >= 0]
            )
        best = work.best(side, kind).tolist()
        found[f"{side.name}: best of the library"] = assigned_on(
            store, side.source, range(len(store)), best
        )
    return {name: figures(one, constant) for name, one in found.items()}


def figures(found: Measures, constant: Measures) -> Table:
    """Means over heads with intervals over texts, and quartiles of heads as a box shows them."""
    own = found.iou.mean(axis=0)
    low, middle, high = np.percentile(own, [25, 50, 75])
    (mean,) = estimates(found.iou.mean(axis=1)[None])
    shown: Table = {
        "iou": mean.as_json(), "median": float(middle), "quartiles": [float(low), float(high)],
        "least": float(own.min()), "most": float(own.max()), "heads": [float(x) for x in own],
        "rest_error": float(found.rest_error.mean()),
    }  # fmt: skip
    if found.defined.any():
        content = found.content_iou[:, found.defined].mean(axis=1)
        shown["content_iou"] = estimates(content[None])[0].as_json()
    if found.iou.shape == constant.iou.shape:
        excess = excess_of(found.iou.mean(axis=1), constant.iou.mean(axis=1))
        shown["excess_iou"] = None if excess is None else excess.as_json()
    return shown


def baseline(store: HeadStore, made: Pattern, special: frozenset[int]) -> Measures:
    """A pattern for every head, `[texts, heads]`."""
    total = store.meta.total_heads
    found = Measures.zeros(len(store), total)
    for row in range(len(store)):
        text = store[row]
        for group in store.meta.groups([text.length]):
            heads = list(group.heads)
            mine = made(text, group.mask, len(heads), special)
            where = places(group.mask, text.ids, special)
            one = measured(mine, under(store, group, text), where)
            for values, more in zip(found.pairs, one.pairs, strict=True):
                values[row, heads] = more[0]
            found.content[heads] += one.content / len(store)
    return found


def random_token(text: StoredText, mask: Mask, heads: int, special: frozenset[int]) -> F32:
    """In each row all weight on a key that is drawn anew for each head."""
    starts = row_starts(mask, text.length)
    rng = np.random.default_rng(zlib.crc32(np.asarray(text.ids, np.int64).tobytes()))
    at = starts[:-1] + rng.integers(0, np.diff(starts), (heads, text.length))
    cells = np.zeros((heads, int(starts[-1])), np.float32)
    cells[np.arange(heads)[:, None], at] = 1
    return cells


def random_column(text: StoredText, mask: Mask, heads: int, special: frozenset[int]) -> F32:
    """All weight on one key, drawn for each head; rows that don't see it yet look at the first."""
    starts = row_starts(mask, text.length)
    rng = np.random.default_rng(zlib.crc32(np.asarray(text.ids, np.int64).tobytes()) + 1)
    columns = rng.integers(0, text.length, heads)
    cells = np.zeros((heads, int(starts[-1])), np.float32)
    for row in range(text.length):
        first, last = mask.visible(row, text.length)
        place = np.where((columns >= first) & (columns <= last), columns - first, 0)
        cells[np.arange(heads), starts[row] + place] = 1
    return cells


def _constant(one: Constant) -> Pattern:
    def made(text: StoredText, mask: Mask, heads: int, special: frozenset[int]) -> F32:
        return np.repeat(packed([one], mask, text.ids, special), heads, axis=0)

    return made


BASELINES: dict[str, Pattern] = {
    "random token": random_token,
    "random column": random_column,
    "evenly (lower diagonal)": _constant(EVENLY),
    "first token": _constant(FIRST),
}


def by_layer(work: Work) -> Table:
    """The first kind's figures layer by layer, and the category of each head's best program."""
    kind = work.first_kind
    store = work.stores[kind, REPORT]
    found: Table = {"kind": kind, "layers": [layer.index for layer in work.loaded.attention]}
    for side in work.sides:
        best = work.best(side, kind)
        iou_of = assigned_on(store, side.source, range(len(store)), best.tolist())
        own = iou_of.iou.mean(axis=0).reshape(work.loaded.layers, -1)
        content = np.where(iou_of.defined, iou_of.content_iou.mean(axis=0), np.nan)
        content = content.reshape(work.loaded.layers, -1)
        names = categories(work, side, kind)
        found[side.name] = {
            "iou": own.mean(axis=1).tolist(),
            "content_iou": [None if np.isnan(row).all() else float(np.nanmean(row))
                            for row in content],
            "heads": own.tolist(),
            "categories": [names[number] for number in best.tolist()],
        }  # fmt: skip
    return found


def categories(work: Work, side: Side, kind: str) -> list[str]:
    """The category of each program: that of the mechanism whose pattern is most like its own."""
    from attndsl.fit.library import LibrarySource

    store = work.stores[kind, CHOOSE]
    known = mechanisms()
    looks = LibrarySource([one.program for one in known], work.loaded.table, store.meta.mask)
    total = np.zeros((len(side.source.names), len(known)))
    for number in range(min(8, len(store))):
        texts = [store[number]]
        total += iou(side.source.patterns(texts)[0], looks.patterns(texts)[0])
    of = {name: category for category, names in CATEGORIES.items() for name in names}
    return [of.get(known[at].name, REST) for at in total.argmax(axis=1)]
