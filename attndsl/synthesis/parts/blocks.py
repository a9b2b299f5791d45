"""Rows of texts, with what every factor is there and what every head does, in blocks of like width.

Torch tensors: everything that is fitted works on all rows of a block and many heads at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.packing import Rows, row_starts
from attndsl.language.mask import Mask
from attndsl.synthesis.parts.vocabulary import LIKE, STEP, TABLE, TEST, Factor
from attndsl.tokens.encoded import Encoded

F32 = NDArray[np.float32]
TINY = 1e-37
# Where likeness counts; elsewhere it is 0, so that a softmax tells it from what it has there.
KNOWN = {"causal": "k.i > 0", "full": "not k.is_special", "window": "k != q"}
STRIDE = 8  # tokens, in which distances are counted so that their numbers are as large as others'


def _nobody_asks() -> torch.Tensor:
    return torch.zeros(0, 0)


def _no_keys() -> torch.Tensor:
    return torch.zeros(0, 0, 2, dtype=torch.long)


@dataclass(frozen=True, slots=True)
class Block:
    """Rows padded to one width: factors [J, R, W], heads [H, R, W], which cells are seen and which
    of them rest [R, W], which text each row is of [R], and which token of the batch each cell's key
    is [R, W].

    `asked` [N] are the cells, of all in a row, that the mechanisms of probes name, `named` [N, M]
    how strongly each does. `keys` [H, R, 2] are each head's strongest key and a rival, `counts`
    [H, R] how much it counts that a program tells which of them is the strongest.
    """

    factors: torch.Tensor
    heads: torch.Tensor
    seen: torch.Tensor
    resting: torch.Tensor
    text: torch.Tensor
    key: torch.Tensor
    asked: torch.Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.long))
    named: torch.Tensor = field(default_factory=_nobody_asks)
    keys: torch.Tensor = field(default_factory=_no_keys)
    counts: torch.Tensor = field(default_factory=_nobody_asks)


@dataclass(frozen=True, slots=True)
class Batch:
    """Blocks of some texts; `weight` says how much each text counts, together 1.

    `gives` [H, tokens, few] is what each token gives to each head (nothing where it isn't known),
    `varies` [H, T] how much the head's output varies in a row of texts of that kind. `trials` are
    the mechanisms that probes ask for, `does` [H, M] how much the heads do of each. `hangs` [H] is
    how many times as much each head's output counts, where that is known.
    """

    blocks: tuple[Block, ...]
    weight: torch.Tensor
    rows: torch.Tensor  # of each text
    gives: torch.Tensor
    varies: torch.Tensor
    trials: tuple[str, ...] = ()
    does: torch.Tensor = field(default_factory=_nobody_asks)
    hangs: torch.Tensor | None = None


def joined(batches: Sequence[Batch]) -> Batch:
    """All texts of some batches as one, without what probes ask."""
    blocks, text, token = [], 0, 0
    for one in batches:
        blocks += [
            Block(block.factors, block.heads, block.seen, block.resting, block.text + text,
                  block.key + token)
            for block in one.blocks
        ]  # fmt: skip
        text, token = text + len(one.weight), token + one.gives.shape[1]
    return Batch(
        tuple(blocks),
        torch.cat([one.weight for one in batches]) / len(batches),
        torch.cat([one.rows for one in batches]),
        torch.cat([one.gives for one in batches], 1),
        torch.cat([one.varies for one in batches], 1),
        does=torch.zeros(len(batches[0].varies), 0),
        hangs=batches[0].hangs,
    )


@dataclass(frozen=True, slots=True)
class Basis:
    """Factors as programs, ready for any text."""

    factors: tuple[Factor, ...]
    tests: tuple[Program, ...]
    likes: tuple[Program, ...]
    tables: tuple[Program, ...]
    mask: Mask

    @classmethod
    def of(cls, factors: Sequence[Factor], mask: Mask) -> "Basis":
        tests = [_as_test(one) for one in factors if one.form == TEST]
        likes = [f"{one.code} if {KNOWN[mask.kind]} else 0" for one in factors if one.form == LIKE]
        tables = [_as_weight(one, mask) for one in factors if one.form == TABLE]
        return cls(
            tuple(factors),
            programs_of(tests),
            programs_of(likes, "@softmax\n"),
            programs_of(tables),
            mask,
        )

    def values(
        self, texts: Sequence[Encoded], rows: Sequence[Rows | None] | None = None
    ) -> list[NDArray[np.float32]]:
        """Packed values [J, cells]: powers of the numbers that weights are multiplied by.

        A gate's stand at the resting cells, any other's at all the others. `rows` are those of each
        text that are asked for, or None for all.
        """
        some = rows or [None] * len(texts)
        tests = patterns(self.tests, texts, self.mask, some)
        likes = patterns(self.likes, texts, self.mask, some)
        tables = patterns(self.tables, texts, self.mask, some)
        found = zip(texts, some, tests, likes, tables, strict=True)
        return [self._of_text(*one) for one in found]

    def _of_text(
        self, text: Encoded, of_rows: Rows | None, tests: F32, likes: F32, tables: F32
    ) -> F32:
        starts = row_starts(self.mask, text.n, of_rows)
        rows = np.arange(text.n) if of_rows is None else of_rows
        at = np.repeat(np.arange(len(rows)), np.diff(starts))
        row = rows[at]
        key = np.arange(starts[-1]) - starts[at] + self.mask.first(rows)[at]
        own, away = np.flatnonzero(key == row), np.abs(row - key)
        zero = own if self.mask.kind == "window" else starts[:-1]
        resting = np.zeros(starts[-1], dtype=np.bool_)
        resting[resting_cells(self.mask, text, of_rows)] = True
        sure, like, table = (
            iter(tests > 0),
            *(iter(np.log(np.maximum(one, TINY))) for one in (likes, tables)),
        )
        before = np.maximum(own - 1, starts[:-1])  # what a table of queries leaves at 1
        values = np.zeros((len(self.factors), starts[-1]), dtype=np.float32)
        for value, one in zip(values, self.factors, strict=True):
            if one.form == TEST:
                found = next(sure)
                value[:] = found[own][at] if one.gate else found
            elif one.form == LIKE:
                logs = next(like)
                value[:] = logs - logs[zero][at]
            elif one.form == TABLE:
                logs = next(table)
                value[:] = (logs[own] - logs[before])[at] if one.gate else logs - logs[zero][at]
            elif one.form == STEP:
                value[:] = away / STRIDE
            else:
                value[:] = np.log1p(row if one.gate else away)
            value *= resting if one.gate else ~resting
        return values


def _as_test(one: Factor) -> str:
    return f"k == (q if {one.code} else q.prev)" if one.gate else one.code


def _as_weight(one: Factor, mask: Mask) -> str:
    """A table's weights where they count, 1 elsewhere: of a query's at the query alone."""
    if one.gate:
        return f"{one.code.replace('(q)', '(k)')} if k == q else 1"
    return f"{one.code} if {KNOWN[mask.kind]} else 1"


def programs_of(codes: Sequence[str], marks: str = "") -> tuple[Program, ...]:
    """A program for each expression, all in one graph."""
    source = "\n\n\n".join(
        f"{marks}def f_{at}(q, k):\n    return {code}" for at, code in enumerate(codes)
    )
    checked = verify(source + "\n")
    if checked.errors:
        raise ValueError(f"{codes}: {checked.errors[0].message}")
    return checked.programs


def patterns(
    programs: Sequence[Program],
    texts: Sequence[Encoded],
    mask: Mask,
    rows: Sequence[Rows | None],
) -> list[F32]:
    """Packed patterns whose empty rows are zeros: there two ways to fall back differ."""
    from attndsl.engines.batch import Library
    from attndsl.engines.batch.opened import patterns_at

    begins = [row_starts(mask, text.n, of) for text, of in zip(texts, rows, strict=True)]
    if not programs:
        return [np.zeros((0, int(starts[-1])), np.float32) for starts in begins]
    first, own = (
        patterns_at(
            Library([replace(program, fallback=mark) for program in programs], mask), texts, rows
        )
        for mark in ("first", "self")
    )
    made = []
    for one, other, starts in zip(first, own, begins, strict=True):
        empty = np.add.reduceat(np.abs(one - other), starts[:-1], axis=1) > 0.5
        made.append(np.where(np.repeat(empty, np.diff(starts), axis=1), np.float32(0), one))
    return made


def resting_cells(mask: Mask, text: Encoded, of_rows: Rows | None = None) -> NDArray[np.int64]:
    """The packed cells of resting keys: the first token's, or in an encoder the special tokens'."""
    starts = row_starts(mask, text.n, of_rows)
    if mask.kind == "causal":
        return starts[:-1]
    if mask.kind == "window":
        return starts[:-1][(np.arange(text.n) if of_rows is None else of_rows) < mask.window]
    special = np.flatnonzero(np.asarray(text.column("is_special"), dtype=np.bool_))
    return (starts[:-1, None] + special[None, :]).ravel()
