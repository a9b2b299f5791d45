"""The columns of a text as plain lists, for oracles that know nothing of engines."""

from functools import cached_property
from typing import Any

import numpy as np

from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens.encoded import Encoded


class Text:
    """`text.lower[i]`, `text.head[i]` (-1 for none), `text.similarity[i][j]`."""

    def __init__(self, encoded: Encoded) -> None:
        self.encoded, self.n = encoded, encoded.n

    def __getattr__(self, name: str) -> Any:
        column = self.encoded.column(name)
        if ATTRIBUTES[name].type is Type.TEXT:
            values = [self.encoded.table.pool.strings[code] for code in column]
        elif ATTRIBUTES[name].type is Type.NUMBER:
            values = [int(value) for value in column]
        else:
            values = column.tolist()
        setattr(self, name, values)
        return values

    @cached_property
    def similarity(self) -> list[list[float]]:
        ids = self.encoded.ids
        return np.asarray(self.encoded.table.similarity.pairs(ids, ids)).tolist()

    def child(self, below: int, above: int) -> bool:
        """Whether one word depends directly on another."""
        word, head = self.encoded.column("parse_word"), self.encoded.column("_head_word")
        return bool(word[below] >= 0 and word[above] >= 0 and head[below] == word[above])
