"""How alike two pieces are: cosine of their input embeddings, or of their letters without a model.

Computed in float64 for each pair of ids and rounded to 1/1024, so that every engine decides alike.
"""

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from attndsl.tokens.pieces import PieceTable

STEPS = 1024
KEPT, SMALL = 256, 128 * 128  # matrices that are kept, and cells of the largest one: 32 MB in all
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
        found = self._kept.get(key)
        if found is None:
            found = self._computed(ids_a, ids_b)
            found.setflags(write=False)
            if len(self._kept) >= KEPT:
                self._kept = {}
            self._kept[key] = found
        return found

    def __getstate__(self) -> dict[str, Any]:
        """What other processes need; they keep matrices of their own."""
        return {**vars(self), "_kept": {}}

    def _computed(self, ids_a: Ids, ids_b: Ids) -> Matrix:
        distinct, which = np.unique(np.concatenate([ids_a, ids_b]), return_inverse=True)
        rows = self.rows(distinct)
        alike = self.rounded(rows @ rows.T)
        return np.asarray(alike[np.ix_(which[: len(ids_a)], which[len(ids_a) :])], np.float64)

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
        strings = self._table.pool.strings
        lowers = self._table.columns["lower"]
        counts = [trigrams(strings[lowers[piece]]) for piece in ids]
        column = {gram: at for at, gram in enumerate(sorted(set().union(*counts)))}
        rows = np.zeros((len(ids), len(column)))
        for at, count in enumerate(counts):
            for gram, times in count.items():
                rows[at, column[gram]] = times
        return rows


def trigrams(text: str) -> Counter[str]:
    """Runs of three letters, with a space before the text and after it.

    >>> sorted(trigrams("cat"))
    [' ca', 'at ', 'cat']
    """
    padded = f" {text} " if text else ""
    return Counter(padded[at : at + 3] for at in range(len(padded) - 2))


def _embedded(embeddings: Any, ids: Ids) -> Matrix:
    rows = np.zeros((len(ids), embeddings.shape[1]))
    known = ids < len(embeddings)  # a tokenizer may have pieces that its model has no row for
    if isinstance(embeddings, np.ndarray):
        rows[known] = embeddings[ids[known]]
    else:
        rows[known] = embeddings.detach()[ids[known].tolist()].double().cpu().numpy()
    return rows
