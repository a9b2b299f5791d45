"""Features beside heads on some texts, sorted by the leaf of their query."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.engines.batch import Library
from attndsl.graph.verify import verify
from attndsl.heads.packing import row_starts
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.synthesis.search.features import Feature
from attndsl.synthesis.search.kinds import LEAVES, leaves_of
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import from_ids

TINY = 1e-37  # a weight whose logarithm is still that of a float32


@dataclass(frozen=True, slots=True)
class Batch:
    """Some texts' cells. Of each leaf: features [J, cells], heads [H, cells], where each row's
    cells begin (and end), and the text of each row; `rows` says how many rows each text has."""

    features: tuple[torch.Tensor, ...]
    heads: tuple[torch.Tensor, ...]
    starts: tuple[NDArray[np.int64], ...]
    text: tuple[torch.Tensor, ...]
    rows: torch.Tensor


@dataclass(frozen=True, slots=True)
class FeatureBasis:
    """The features as programs, ready for any text."""

    features: tuple[Feature, ...]
    library: Library
    mask: Mask

    @classmethod
    def of(cls, features: Sequence[Feature], mask: Mask) -> "FeatureBasis":
        source = "\n\n".join(
            f"@softmax\ndef f{number}(q, k):\n    return {feature.code}\n"
            for number, feature in enumerate(features)
        )
        return cls(tuple(features), Library(verify(source).programs, mask), mask)

    def values(self, texts: Sequence[Encoded]) -> list[NDArray[np.float32]]:
        """Packed values [J, cells], each row less its smallest: softmax drops what a row shares.

        So the logarithm of a softmax pattern gives back its scores, and the engine does it all.
        """
        columns = []
        for text, weights in zip(texts, self.library.patterns(texts), strict=True):
            starts = row_starts(self.mask, text.n)
            row = np.repeat(np.arange(text.n), np.diff(starts))
            logs = np.log(np.maximum(weights, TINY))
            columns.append(logs - np.minimum.reduceat(logs, starts[:-1], axis=1)[:, row])
        return columns


def batches(
    store: HeadStore,
    table: PieceTable,
    numbers: Sequence[int],
    heads: Sequence[int],
    size: int,
    basis: FeatureBasis,
) -> list[Batch]:
    """Some texts of a store, `size` a batch."""
    gathered = []
    for start in range(0, len(numbers), size):
        some = [store[number] for number in numbers[start : start + size]]
        encoded = [from_ids(table, text.ids, text.text) for text in some]
        rows = [np.asarray(text.patterns)[list(heads)] for text in some]
        gathered.append(gather(encoded, basis, rows))
    return gathered


def gather(
    texts: Sequence[Encoded], basis: FeatureBasis, heads: Sequence[NDArray[np.floating]]
) -> Batch:
    """One batch of these texts."""
    values = basis.values(texts)
    kinds = [leaves_of(text) for text in texts]
    starts = [row_starts(basis.mask, text.n) for text in texts]
    parts: list[tuple[torch.Tensor, torch.Tensor, NDArray[np.int64], torch.Tensor]] = []
    for leaf in range(len(LEAVES)):
        widths = [np.diff(start)[kind == leaf] for start, kind in zip(starts, kinds, strict=True)]
        mine = [
            np.repeat(kind == leaf, np.diff(start))
            for start, kind in zip(starts, kinds, strict=True)
        ]
        parts.append(
            (
                _joined([one[:, of] for one, of in zip(values, mine, strict=True)]),
                _joined([one[:, of] for one, of in zip(heads, mine, strict=True)]),
                np.concatenate(([0], np.cumsum(np.concatenate(widths)))).astype(np.int64),
                torch.from_numpy(np.repeat(np.arange(len(texts)), [len(w) for w in widths])),
            )
        )
    features, targets, ends, of_text = zip(*parts, strict=True)
    rows = torch.tensor([text.n for text in texts], dtype=torch.float64)
    return Batch(features, targets, ends, of_text, rows)


def _joined(parts: Sequence[NDArray[np.floating]]) -> torch.Tensor:
    return torch.from_numpy(np.concatenate(parts, 1).astype(np.float32))


def leaf_rows(some: Sequence[Batch]) -> torch.Tensor:
    """How many rows each leaf has."""
    counts = [sum(len(batch.text[leaf]) for batch in some) for leaf in range(len(LEAVES))]
    return torch.tensor(counts, dtype=torch.float32)
