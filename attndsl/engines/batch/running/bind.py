"""What a plan needs from the texts at hand: raw columns, similarities, tables, text codes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from attndsl.engines.batch.machine.opcodes import POWERS
from attndsl.engines.batch.planning.numbering import Matches
from attndsl.engines.batch.planning.plan import Plan
from attndsl.engines.batch.running.layout import Tokens
from attndsl.graph.arithmetic import power
from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens.encoded import Encoded, place_together
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.pool import TextPool

Floats = npt.NDArray[np.float64]
Column = npt.NDArray[Any]
Read = dict[str, list[Column]]  # of each column that is read, a text's values each
PLACED = ("place", "repeat")  # levels whose columns say where a position stands


def read_columns(plan: Plan, texts: Sequence[Encoded]) -> Read:
    """What the texts give. A parse gives its labels codes, which must be known before tables are
    made; and it makes columns, so it goes before threads start."""
    names = [name for name in plan.raw if name != "#n"]
    place_together(texts, [name for name in names if ATTRIBUTES[name].level in PLACED])
    return {name: [text.column(name) for text in texts] for name in names}


def raw_columns(plan: Plan, read: Read, part: slice, tokens: Tokens, columns: Floats) -> None:
    """Fill the raw columns of a part of the texts, text by text end to end."""
    for name, number in plan.raw.items():
        if name == "#n":
            columns[number] = tokens.count
        else:
            np.concatenate(read[name][part], out=columns[number], casting="unsafe")


def new_columns(
    plan: Plan, texts: Sequence[Encoded], tokens: Tokens, starts: Sequence[int], columns: Floats
) -> None:
    """Fill the raw columns from position `starts[i]` of each text on. What a piece says is looked
    up for these positions alone; where they stand takes the whole text."""
    read = {name: number for name, number in plan.raw.items() if name != "#n"}
    placed = [name for name in read if ATTRIBUTES[name].level in PLACED]
    place_together(texts, placed)
    new = np.concatenate([
        np.arange(tokens.starts[at] + start, tokens.starts[at + 1])
        for at, start in enumerate(starts)
    ])  # fmt: skip
    pieces = np.concatenate([text.ids[start:] for text, start in zip(texts, starts, strict=True)])
    for name, number in read.items():
        if name in placed:
            parts = [text.column(name)[s:] for text, s in zip(texts, starts, strict=True)]
            columns[number, new] = np.concatenate(parts)
        else:
            columns[number, new] = texts[0].table.columns[name][pieces]


def similarities(plan: Plan, texts: Sequence[Encoded], tokens: Tokens, out: Floats) -> None:
    """The similarity of every pair of positions of each text, into its square."""
    if plan.similarity < 0:
        return
    at = 0
    for text in texts:
        size = text.n * text.n
        pairs = text.table.similarity.pairs(text.ids, text.ids)
        out[plan.similarity, at : at + size] = pairs.reshape(-1)
        at += size


def constants(plan: Plan, pool: TextPool) -> Floats:
    """The plan's constants; a literal text is its code."""
    values = [pool.code(value) if isinstance(value, str) else value for value in plan.constants]
    return np.asarray([*values, 0.0], dtype=np.float64)


def tables(plan: Plan, table: PieceTable) -> tuple[Floats, npt.NDArray[np.int64]]:
    """All look-up tables end to end, and where each starts."""
    parts: list[Floats] = []
    for wanted in plan.tables:
        if isinstance(wanted, Matches):
            parts.append(table.pool.matches(wanted.mode, wanted.literals).astype(np.float64))
        else:
            parts.append(np.asarray([power(wanted.base, float(e)) for e in range(POWERS)]))
    starts = np.cumsum([0, *(len(part) for part in parts)])
    return np.concatenate([*parts, np.zeros(1)]), starts.astype(np.int64)
