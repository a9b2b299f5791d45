"""Rows sampled from texts: what the heads do there, and what every part would."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.packing import row_starts
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.synthesis.parts.vocabulary import KINDS, Part
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import from_ids

F32 = NDArray[np.float32]
GROUP = 16  # texts evaluated at a time


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text to take rows from: its number in the store, how much it counts, how many rows."""

    number: int
    weight: float
    rows: int


@dataclass(frozen=True)
class Rows:
    """Sampled rows, one after the other: cells from `start[r]` to `start[r + 1]`.

    `parts` [parts, cells] are whole rows or zeros; `heads` [heads, cells]; `resting` tells the
    cells of resting keys; `text` numbers each row's text, whose weight is in `weight`;
    `kinds` [kinds + 1, rows] tells which rows are of a kind, the first of which is every row.
    """

    start: NDArray[np.int64]
    text: NDArray[np.int64]
    weight: NDArray[np.float64]
    kinds: NDArray[np.bool_]
    resting: NDArray[np.bool_]
    parts: F32
    heads: F32
    found: NDArray[np.bool_]  # [parts, rows]


def compiled(calls: Sequence[str]) -> tuple[Program, ...]:
    """A program for each expression, all in one graph."""
    source = "\n\n\n".join(f"def p_{at}(q, k):\n    return {call}" for at, call in enumerate(calls))
    found = verify(source + "\n")
    if found.errors:
        raise ValueError(f"{calls}: {found.errors[0].message}")
    return found.programs


def sampled(
    store: HeadStore,
    table: PieceTable,
    wanted: Sequence[Wanted],
    heads: Sequence[int],
    parts: Sequence[Part],
    mask: Mask,
    seed: int,
    say: Callable[[int, int], None] = lambda *_: None,
) -> Rows:
    """The rows of some texts, drawn by `seed`, with everything evaluated on them."""
    calls = [part.call for part in parts]
    tests = [f"k == (q if {kind.test} else q.prev)" for kind in KINDS]
    programs = compiled([*calls, *tests])
    rng = np.random.default_rng(seed)
    made: list[tuple[F32, F32, NDArray[np.bool_], list[int], NDArray[np.bool_]]] = []
    text_of: list[int] = []
    for first in range(0, len(wanted), GROUP):
        say(first, len(wanted))
        group = wanted[first : first + GROUP]
        texts = [store[one.number] for one in group]
        encoded = [from_ids(table, text.ids, text.text) for text in texts]
        found = patterns(programs, encoded, mask)
        for at, (one, text, of_all) in enumerate(zip(group, texts, found, strict=True)):
            starts = row_starts(mask, text.length)
            rows = np.sort(rng.permutation(np.arange(1, text.length))[: one.rows])
            cells = np.concatenate([np.arange(starts[r], starts[r + 1]) for r in rows])
            own = np.array([starts[r + 1] - 1 if mask.kind != "full" else starts[r] + r
                            for r in rows])  # fmt: skip
            resting = np.zeros(starts[-1], dtype=np.bool_)
            resting[resting_cells(mask, encoded[at], starts)] = True
            made.append((
                of_all[: len(calls), cells],
                np.asarray(text.patterns[list(heads)][:, cells], dtype=np.float32),
                of_all[len(calls) :, own] > 0.5,
                np.diff(starts)[rows].tolist(),
                resting[cells],
            ))  # fmt: skip
            text_of += [first + at] * len(rows)
    widths = [width for one in made for width in one[3]]
    start = np.concatenate([[0], np.cumsum(widths)]).astype(np.int64)
    values = np.concatenate([one[0] for one in made], axis=1)
    kinds = np.concatenate([one[2] for one in made], axis=1)
    return Rows(
        start,
        np.array(text_of, dtype=np.int64),
        np.array([one.weight for one in wanted]),
        np.concatenate([np.ones((1, kinds.shape[1]), dtype=np.bool_), kinds]),
        np.concatenate([one[4] for one in made]),
        values,
        np.concatenate([one[1] for one in made], axis=1),
        np.add.reduceat(values, start[:-1], axis=1) > 0.5,
    )


def joined(one: Rows, other: Rows, share: float) -> Rows:
    """The rows of both, of which the other's texts count `share` together."""

    def side_by_side(*arrays: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(np.concatenate(arrays, axis=-1))

    mine, theirs = one.weight.sum(), other.weight.sum()
    return Rows(
        side_by_side(one.start, other.start[1:] + one.start[-1]),
        side_by_side(one.text, other.text + len(one.weight)),
        side_by_side(one.weight / mine * (1 - share), other.weight / theirs * share),
        side_by_side(one.kinds, other.kinds),
        side_by_side(one.resting, other.resting),
        side_by_side(one.parts, other.parts),
        side_by_side(one.heads, other.heads),
        side_by_side(one.found, other.found),
    )


def patterns(programs: Sequence[Program], texts: Sequence[Encoded], mask: Mask) -> list[F32]:
    """Packed patterns whose empty rows are zeros: there two ways to fall back differ."""
    from attndsl.engines.batch import Library

    first, own = (
        Library([replace(program, fallback=mark) for program in programs], mask).patterns(texts)
        for mark in ("first", "self")
    )
    made = []
    for one, other, text in zip(first, own, texts, strict=True):
        starts = row_starts(mask, text.n)
        empty = np.add.reduceat(np.abs(one - other), starts[:-1], axis=1) > 0.5
        made.append(np.where(np.repeat(empty, np.diff(starts), axis=1), np.float32(0), one))
    return made


def resting_cells(mask: Mask, text: Encoded, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The packed cells of resting keys: the first token's, or in an encoder the special tokens'."""
    if mask.kind == "causal":
        return starts[:-1]
    if mask.kind == "window":
        return starts[: mask.window]
    special = np.flatnonzero(np.asarray(text.column("is_special"), dtype=np.bool_))
    return (starts[:-1, None] + special[None, :]).ravel()
