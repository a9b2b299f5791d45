"""One chunk of texts through all passes of a plan."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from attndsl.engines.batch.machine.opcodes import WINDOWS
from attndsl.engines.batch.planning.plan import Pass, Plan, Window
from attndsl.engines.batch.running import bind
from attndsl.engines.batch.running.layout import (
    Area,
    CellLayout,
    Tokens,
    place_cells,
    place_line,
    place_squares,
    place_tokens,
)
from attndsl.engines.batch.running.memory import Floats, Patterns, Space
from attndsl.engines.workers import run_shared, shares
from attndsl.language.mask import Mask
from attndsl.tokens.encoded import Encoded

Tables = tuple[Floats, npt.NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Data:
    """What every pass over a chunk reads and writes."""

    constants: Floats
    tables: Tables
    columns: Floats
    matrices: Floats
    patterns: Patterns
    space: Space
    threads: int  # that may share a pass

    def into(self, patterns: Patterns) -> "Data":
        """The same with patterns written elsewhere."""
        return replace(self, patterns=patterns)


# Runs a pass; gives the number of instructions times cells, 0 where it doesn't count them.
Runner = Callable[[Pass, CellLayout, Data], int]


@dataclass(frozen=True, slots=True)
class Stock:
    """What a run need not make: raw columns, other columns of the first `starts[i]` positions of
    each text, and the similarities. Rows from there on are made."""

    columns: Floats
    matrices: Floats
    starts: Sequence[int]


def fill_stock(
    plan: Plan, texts: Sequence[Encoded], read: bind.Read, part: slice, space: Space
) -> tuple[Tokens, Stock]:
    """Of a part of the texts, nothing but what they give."""
    texts = texts[part]
    tokens = place_tokens([text.n for text in texts])
    columns = space.columns_of(max(1, plan.columns), tokens.total)
    bind.raw_columns(plan, read, part, tokens, columns)
    matrices = space.matrices_of(max(1, plan.matrices), tokens.squares)
    bind.similarities(plan, texts, tokens, matrices)
    return tokens, Stock(columns, matrices, [0] * len(texts))


def run_chunk(
    plan: Plan,
    mask: Mask,
    tokens: Tokens,
    starts: Sequence[int],
    known: Mapping[Area, CellLayout],
    final: CellLayout,
    data: Data,
    runner: Runner,
) -> None:
    """All passes in order: columns from the rows `starts` on, patterns for the rows of `final`."""
    run_first(plan, mask, tokens, starts, known, data, runner)
    run_last(plan, final, data, runner)


def run_first(
    plan: Plan,
    mask: Mask,
    tokens: Tokens,
    starts: Sequence[int],
    known: Mapping[Area, CellLayout],
    data: Data,
    runner: Runner,
) -> None:
    """All passes but the last: what the patterns' rows read."""
    from attndsl.engines.batch.machine.rows import fill_window

    layouts = dict(known)
    for step in plan.steps[:-1]:
        if isinstance(step, Window):
            guard, body = data.columns[step.guard], data.columns[step.body]
            fill_window(
                WINDOWS[step.function], guard, body, tokens.starts, data.matrices[step.matrix]
            )
            continue
        if step.area not in layouts:
            layouts[step.area] = _layout(step.area, tokens, mask, starts)
        runner(step, layouts[step.area], data)


def run_last(plan: Plan, final: CellLayout, data: Data, runner: Runner) -> None:
    """The pass that writes patterns, for the rows of `final`."""
    last = plan.steps[-1]
    assert isinstance(last, Pass)
    runner(last, final, data)


def _layout(area: Area, tokens: Tokens, mask: Mask, starts: Sequence[int]) -> CellLayout:
    if area == "line":
        return place_line(tokens)
    return place_squares(tokens) if area == "square" else place_cells(tokens, mask, starts)


def run_machine(step: Pass, layout: CellLayout, data: Data) -> int:
    """One pass by the register machine."""
    from attndsl.engines.batch.machine.interpreter import run

    tokens = layout.tokens
    where = (tokens.base, tokens.count, tokens.square)
    registers = data.space.registers

    done: list[int] = []

    def blocks(worker: int, part: tuple[int, int]) -> None:
        counted = run(
            step.code, data.constants, registers[worker], part, layout.row_starts,
            layout.row_tokens, layout.row_keys, layout.block_rows, where, data.columns, data.tables,
            data.matrices, data.patterns,
        )  # fmt: skip
        done.append(int(counted))

    parts = shares(len(layout.block_rows) - 1, layout.cells * len(step.code), data.threads)
    data.space.ready(min(data.threads, len(parts)), step.registers, layout.width)
    run_shared(blocks, parts, data.threads)
    return sum(done)
