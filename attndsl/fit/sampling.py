"""What heads and their constant patterns put on what mechanisms name, some texts at a time."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.constants import Constant, packed, resting_as
from attndsl.fit.detectors import Detectors
from attndsl.fit.places import places, special_ids
from attndsl.graph.mechanisms import Mechanism, mechanisms
from attndsl.heads.meta import HeadGroup
from attndsl.heads.packing import cells_within, row_starts
from attndsl.heads.probes import ProbeStore
from attndsl.heads.shards import StoredText
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.probes import Label
from attndsl.tokens.tokenizer import from_ids

BATCH = 32  # texts that are looked at together
TEXT = "text"  # natural text, in place of a kind of probe

F64 = NDArray[np.float64]
Tables = tuple[tuple[Constant, ...], ...]  # each of them one constant a head


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts of a store by number, natural or of a kind of probe, and what is looked for there."""

    where: str
    numbers: tuple[int, ...]
    mechanisms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """`[mechanisms, heads, texts]`; NaN where a mechanism finds nothing in a text."""

    heads: F64
    constants: F64


Progress = Callable[[int, int], None]
# Who weighs batches in their order, beside the heads' constants, and says how far it is.
Weigh = Callable[[Sequence[Batch], Tables, Progress], Iterable[Weights]]


def batches_of(
    store: HeadStore, numbers: Sequence[int], where: str, looked_for: Sequence[Mechanism]
) -> list[Batch]:
    """In the order in which the texts are on disk."""
    ordered, names = store.by_shard(numbers), tuple(one.name for one in looked_for)
    return [
        Batch(where, tuple(ordered[at : at + BATCH]), names) for at in range(0, len(ordered), BATCH)
    ]


def weighing(store: HeadStore, probes: ProbeStore | None, table: PieceTable) -> Weigh:
    """This process weighs them."""

    def weigh(batches: Sequence[Batch], constants: Tables, tell: Progress) -> Iterable[Weights]:
        done, total = 0, sum(len(batch.numbers) for batch in batches)
        for batch in batches:
            yield weights_of(batch, store, probes, table, constants)
            done += len(batch.numbers)
            tell(done, total)

    return weigh


def weights_of(
    batch: Batch,
    store: HeadStore,
    probes: ProbeStore | None,
    table: PieceTable,
    constants: Tables,
) -> Weights:
    """Weigh the heads, and their constant patterns, on a batch."""
    labels: Mapping[int, tuple[Label, ...]] = {}
    if batch.where != TEXT:
        assert probes is not None, "a batch of probes is of a probe store"
        store, labels = probes.heads, probes.labels(batch.numbers)
    special = special_ids(table)
    own = np.full((len(batch.mechanisms), store.meta.total_heads, len(batch.numbers)), np.nan)
    constant = np.full_like(own, np.nan)
    texts = [store[number] for number in batch.numbers]
    encoded = [from_ids(table, text.ids, text.text) for text in texts]
    given = [labels.get(number, ()) for number in batch.numbers]
    for group in store.meta.groups(text.length for text in texts):
        looks = detectors(group.mask, batch.mechanisms).looks(
            encoded, given, [text.rows for text in texts]
        )
        for at, (text, look) in enumerate(zip(texts, looks, strict=True)):
            patterns, rows = patterns_of(store, text, group), list(group.heads)
            own[:, rows, at] = look.weights(patterns).T
            base = [
                packed([each[h] for h in rows], group.mask, text.ids, special, text.rows)
                for each in constants
            ]
            even = np.ones_like(patterns)
            base += [resting_as(patterns, one, group.mask, text.ids, special, text.rows)
                     for one in (base[-1], even)]  # fmt: skip
            most = np.maximum.reduce([look.weights(patterns) for patterns in base])
            constant[:, rows, at] = most.T
    return Weights(own, constant)


@lru_cache(maxsize=64)
def detectors(mask: Mask, names: tuple[str, ...]) -> Detectors:
    """Those of some mechanisms under a mask, made once."""
    known = {one.name: one for one in mechanisms()}
    return Detectors(mask, tuple(known[name] for name in names))


def patterns_of(store: HeadStore, text: StoredText, group: HeadGroup) -> NDArray[np.float32]:
    """The packed patterns of a group's heads on a text, under the group's mask."""
    patterns = text.patterns[list(group.heads)]
    if group.mask != store.meta.mask:
        patterns = patterns[:, cells_within(store.meta.mask, group.mask, text.length, text.rows)]
    return np.asarray(patterns, dtype=np.float32)


def rest_and_entropy(
    store: HeadStore, numbers: Sequence[int], special: Collection[int]
) -> tuple[F64, F64]:
    """The mean weight on resting keys, and the mean entropy of a row in bits, of every head.

    Resting keys are the first under a causal mask, the special tokens where all is seen.
    """
    rest, entropy = np.zeros((2, store.meta.total_heads))
    mask, rows = store.meta.mask, 0
    for number in store.by_shard(numbers):
        text = store[number]
        patterns = np.asarray(text.patterns, np.float32)
        rest += patterns[:, places(mask, text.ids, special, text.rows).resting].sum(axis=1)
        later = patterns[:, row_starts(mask, text.length)[1] if text.rows is None else 0 :]
        entropy -= (later * np.log2(np.maximum(later, 1e-9))).sum(axis=1)
        rows += text.length - 1 if text.rows is None else len(text.rows)
    return rest / max(1, rows), entropy / max(1, rows)
