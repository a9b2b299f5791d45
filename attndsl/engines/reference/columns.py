"""What positions of a text know, looked up by arrays of positions; -1 is the missing one."""

from typing import TYPE_CHECKING

import numpy as np

from attndsl.engines.reference.arithmetic import Array, near
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES

if TYPE_CHECKING:
    from attndsl.tokens.encoded import Encoded

_KIND = {
    Type.BOOL: np.bool_,
    Type.NUMBER: np.float64,
    Type.TEXT: np.int32,
    Type.POSITION: np.int64,
}
_ROWS = 64  # of similarities made at a time


class Columns:
    """The columns of one text, each with its value at the missing position behind the last."""

    def __init__(self, text: "Encoded") -> None:
        self.text = text
        self.known: dict[str, Array] = {}
        self.pairs: Array | None = None

    def at(self, name: str, position: Array) -> Array:
        column = self.known.get(name)
        if column is None:
            column = self.known[name] = self._load(name)
        return np.asarray(column[position])

    def _load(self, name: str) -> Array:
        attribute = ATTRIBUTES[name]
        kind = _KIND[attribute.type]
        missing = {Type.TEXT: 0, Type.POSITION: -1}.get(attribute.type, attribute.missing)
        values: Array = self.text.column(name).astype(kind)
        return np.append(values, np.array([missing], dtype=kind))

    def code(self, text: str) -> Array:
        return np.array(self.text.table.pool.code(text), dtype=np.int32)

    def text_is(self, mode: str, literals: tuple[str, ...], codes: Array) -> Array:
        return np.asarray(self.text.table.pool.matches(mode, literals)[codes])

    def among(self, values: tuple[float, ...], x: Array) -> Array:
        equal = np.zeros(x.shape, dtype=np.bool_)
        for value in values:
            equal |= near(x, np.asarray(value))
        return equal

    def similarity(self, a: Array, b: Array) -> Array:
        if self.pairs is None:
            ids, table = self.text.ids, self.text.table.similarity
            # Whole numbers of 1/1024, so float32 holds them exactly; made a block at a time.
            self.pairs = np.zeros((len(ids) + 1, len(ids) + 1), dtype=np.float32)
            for start in range(0, len(ids), _ROWS):
                rows = slice(start, min(start + _ROWS, len(ids)))
                self.pairs[rows, :-1] = table.pairs(ids[rows], ids)
        return self.pairs[a, b].astype(np.float64)

    def is_child(self, child: Array, parent: Array) -> Array:
        """A root, and what is no word, has a head word that no word is."""
        return np.asarray(self.at("_head_word", child) == self.at("parse_word", parent))

    def is_ancestor(self, above: Array, below: Array) -> Array:
        """A walk of the tree enters the second's word within the first's."""
        start, end = self.at("_tree_in", above), self.at("_tree_out", above)
        entered = self.at("_tree_in", below)
        return np.asarray((start < entered) & (entered <= end))
