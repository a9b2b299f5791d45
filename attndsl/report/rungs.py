"""Rungs of ladders on the first text shown: what a program of so many parts predicts."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from attndsl.engines.batch import Library
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.packing import cells_within, row_starts
from attndsl.language.mask import Mask
from attndsl.report.data import Ladder
from attndsl.tokens.encoded import Encoded

BLOCK = 64  # programs run at a time
F32 = NDArray[np.float32]


def with_maps(
    ladders: Mapping[str, Ladder],
    masks: Mapping[str, Mask],
    text: Encoded,
    outer: Mask,
    cells: NDArray[np.int64],
) -> dict[str, Ladder]:
    """The ladders, each rung that has its source with its map: of the cells shown of a text."""
    wanted: dict[Mask, dict[str, None]] = {}
    for name, ladder in ladders.items():
        for rung in ladder.rungs:
            if rung.source:
                wanted.setdefault(masks[name], {})[rung.source] = None
    maps = {
        (mask, source): pattern
        for mask, sources in wanted.items()
        for source, pattern in _patterns(list(sources), text, mask, outer, cells).items()
    }
    return {
        name: replace(ladder, rungs=tuple(
            replace(rung, predicted=maps.get((masks[name], rung.source))) for rung in ladder.rungs
        ))
        for name, ladder in ladders.items()
    }  # fmt: skip


def _patterns(
    sources: list[str], text: Encoded, mask: Mask, outer: Mask, cells: NDArray[np.int64]
) -> dict[str, F32]:
    """Each program's pattern in the cells that are shown; one that isn't sound has none."""
    checked = [(source, _program(source)) for source in sources]
    programs = [(source, program) for source, program in checked if program is not None]
    by_source: dict[str, F32] = {}
    for start in range(0, len(programs), BLOCK):
        block = programs[start : start + BLOCK]
        made = Library([program for _, program in block], mask).patterns([text])[0]
        for (source, _), pattern in zip(block, made, strict=True):
            wide = np.zeros(int(row_starts(outer, text.n)[-1]), dtype=np.float32)
            wide[cells_within(outer, mask, text.n)] = pattern
            by_source[source] = wide[cells]
    return by_source


def _program(source: str) -> Program | None:
    programs = verify(source).programs
    return programs[0] if len(programs) == 1 else None
