"""A table whose pieces are numbers: small, with embeddings where they are given."""

import re
from typing import Any

import numpy as np

from attndsl.language.diagnostics import AttndslError
from attndsl.tokens.pieces import Ids, Offsets, PieceTable, plain_pieces
from attndsl.tokens.pool import TextPool
from attndsl.tokens.similarity import Similarity


def numbered_table(size: int, embeddings: Any = None) -> PieceTable:
    """Reads numbers below the size, parted by white space, each the id of a piece."""

    def split(text: str) -> tuple[Ids, Offsets]:
        words = list(re.finditer(r"\S+", text))
        if not all(re.fullmatch("[0-9]{1,9}", word[0]) and int(word[0]) < size for word in words):
            raise AttndslError(f"{text!r} is no row of numbers below {size}")
        ids = np.array([int(word[0]) for word in words], np.int64)
        return ids, np.array([word.span() for word in words], np.int64).reshape(-1, 2)

    table = PieceTable(f"numbers-{size}", f"numbers-{size}", TextPool(), split)
    table.prefix = True
    pieces = plain_pieces([str(piece) for piece in range(size)], np.arange(size, dtype=np.float64))
    pieces.spelled = [b" " + spelled for spelled in pieces.spelled]
    table.grow(pieces)
    table.similarity = Similarity(table, embeddings)
    return table
