"""How alike two pieces are: cosine of their input embeddings, or of their letters without a model.

Computed in float64 for each pair of ids and rounded to 1/1024, so that every engine decides alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from attndsl.language.diagnostics import AttndslError

if TYPE_CHECKING:
    from attndsl.tokens.pieces import PieceTable

STEPS = 1024
KEPT, SMALL = 256, 128 * 128  # matrices that are kept, and cells of the largest one: 32 MB in all
DENSE = 2**27  # cells of rows of letters, at most: 1 GB
Ids = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float64]


class Similarity:
    """Cosines between the pieces of one table.

    `embeddings` is a matrix with a row per id, a NumPy array or a torch tensor on any device; it is
    kept as it is, and only the rows asked for are brought to float64.
    """

    def __init__(self, table: "PieceTable", embeddings: Any = None) -> None:
        self._table = table
        self._embeddings = embeddings
        self._kept: dict[tuple[bytes, bytes], Matrix] = {}

    @property
    def source(self) -> Literal["model", "letters"]:
        return "letters" if self._embeddings is None else "model"

    def pairs(self, ids_a: Ids, ids_b: Ids) -> Matrix:
        """The similarity of each id of the first with each of the second, not to be written to."""
        ids_a, ids_b = np.asarray(ids_a, np.int64), np.asarray(ids_b, np.int64)
        if len(ids_a) * len(ids_b) > SMALL:
            return self._computed(ids_a, ids_b)
        # A search asks for the same texts again and again.
        key = ids_a.tobytes(), ids_b.tobytes()
        cosines = self._kept.get(key)
        if cosines is None:
            cosines = self._computed(ids_a, ids_b)
            cosines.setflags(write=False)
            if len(self._kept) >= KEPT:
                self._kept = {}
            self._kept[key] = cosines
        return cosines

    def __getstate__(self) -> dict[str, Any]:
        """What other processes need; they keep matrices of their own."""
        return {**vars(self), "_kept": {}}

    def _computed(self, ids_a: Ids, ids_b: Ids) -> Matrix:
        if self.source == "letters":
            first, place_a = np.unique(ids_a, return_inverse=True)
            second, place_b = np.unique(ids_b, return_inverse=True)
            counts = self._trigrams(np.concatenate([first, second]))
            alike = self.rounded(_cosines(counts, len(first)))
        else:
            second, where = np.unique(np.concatenate([ids_a, ids_b]), return_inverse=True)
            place_a, place_b = where[: len(ids_a)], where[len(ids_a) :]
            rows = self.rows(second)
            alike = self.rounded(rows @ rows.T)
        return np.asarray(alike[np.ix_(place_a, place_b)], np.float64)

    @staticmethod
    def rounded(products: Matrix) -> Matrix:
        """Products of rows, as similarities are rounded."""
        return np.asarray(np.round(products * STEPS) / STEPS, np.float64)

    def rows(self, ids: Ids) -> Matrix:
        """A row of length 1 for each id (of zeros where it has no direction).

        Rows of one call can be multiplied with each other; without a model their columns are the
        letter trigrams found in these pieces, so rows of different calls can't.
        """
        rows = _embedded(self._embeddings, ids) if self.source == "model" else self._letters(ids)
        lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
        return np.asarray(np.divide(rows, np.where(lengths > 0, lengths, 1.0)), np.float64)

    def _letters(self, ids: Ids) -> Matrix:
        counts = self._trigrams(ids)
        if len(ids) * counts.grams > DENSE:
            raise AttndslError(
                f"similarity without a model takes too much memory for {len(ids):,} pieces with "
                f"{counts.grams:,} runs of three letters; take a model's tokenizer and embeddings"
            )
        rows = np.zeros((len(ids), counts.grams))
        rows[counts.piece, counts.gram] = counts.times
        return rows

    def _trigrams(self, ids: Ids) -> "Trigrams":
        strings = self._table.pool.strings
        lowers = self._table.columns["lower"]
        return trigrams([strings[lowers[piece]] for piece in ids])


@dataclass(frozen=True, slots=True)
class Trigrams:
    """How often runs of three letters, numbered, are in each of some pieces; in order of pieces."""

    pieces: int
    grams: int
    piece: Ids
    gram: Ids
    times: Matrix


def trigrams(texts: Sequence[str]) -> Trigrams:
    """Runs of three letters, with a space before the text and after it.

    >>> found = trigrams(["cat", "", "caca"])
    >>> found.grams, found.piece.tolist(), found.times.tolist()
    (6, [0, 0, 0, 2, 2, 2, 2], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    """
    runs, pieces, times = [], [], []
    for at, text in enumerate(texts):
        if text:
            letters = np.array([32, *map(ord, text), 32], np.int64)
            own = (letters[:-2] << 42) | (letters[1:-1] << 21) | letters[2:]
            kinds, count = np.unique(own, return_counts=True)
            runs.append(kinds)
            times.append(count.astype(np.float64))
            pieces.append(np.full(len(kinds), at, np.int64))
    if not runs:
        return Trigrams(len(texts), 0, *(np.zeros(0, np.int64),) * 2, np.zeros(0))
    kinds, gram = np.unique(np.concatenate(runs), return_inverse=True)
    return Trigrams(
        len(texts), len(kinds), np.concatenate(pieces), gram.reshape(-1), np.concatenate(times)
    )


def _cosines(trigrams: Trigrams, first: int) -> Matrix:
    """Of the first so many pieces with the others; 0 for a piece without a letter.

    The memory goes with the pairs and the letters, not with pieces times runs.
    """
    products = np.empty((first, trigrams.pieces - first))
    own = np.zeros(trigrams.grams)
    starts = np.searchsorted(trigrams.piece, np.arange(first + 1))
    others, grams, times = (
        part[starts[first] :] for part in (trigrams.piece, trigrams.gram, trigrams.times)
    )
    for at, (start, stop) in enumerate(pairwise(starts)):
        own[trigrams.gram[start:stop]] = trigrams.times[start:stop]
        products[at] = np.bincount(others - first, times * own[grams], trigrams.pieces - first)
        own[trigrams.gram[start:stop]] = 0.0
    lengths = np.sqrt(np.bincount(trigrams.piece, trigrams.times**2, trigrams.pieces))
    lengths[lengths == 0.0] = 1.0
    products /= lengths[:first, None] * lengths[first:]
    return products


def _embedded(embeddings: Any, ids: Ids) -> Matrix:
    rows = np.zeros((len(ids), embeddings.shape[1]))
    known = ids < len(embeddings)  # a tokenizer may have pieces that its model has no row for
    if isinstance(embeddings, np.ndarray):
        rows[known] = embeddings[ids[known]]
    else:
        rows[known] = embeddings.detach()[ids[known].tolist()].double().cpu().numpy()
    return rows
