"""The reference engine: what a program means, in NumPy, one term at a time.

It runs a program's plain graph under a mask, or its lowered graph, and counts operations. It is
the measure for every other engine, and is plain rather than fast.
"""

from typing import TYPE_CHECKING

import numpy as np

from attndsl.engines.reference.arithmetic import Array
from attndsl.engines.reference.evaluate import Evaluation, Work
from attndsl.engines.reference.rows import attention, fallback_rows, visible_cells
from attndsl.graph.cost import ROW_WEIGHT
from attndsl.graph.lower import lower
from attndsl.graph.program import Program, expect_program
from attndsl.language.mask import CAUSAL, Mask, expect_mask
from attndsl.tokens.encoded import expect_encoded

if TYPE_CHECKING:
    from attndsl.tokens.encoded import Encoded

__all__ = ["operations", "pattern", "values"]


def pattern(
    program: Program, encoded: "Encoded", mask: Mask = CAUSAL, lowered: bool = True
) -> Array:
    """The attention matrix [n, n]: visible keys of a row sum to 1, hidden ones are 0.

    Lowered, it stays within the program's cost. Not lowered it goes over the program as written,
    one axis a variable: this is the meaning, for tests on short texts.
    """
    expect_program(program)
    expect_encoded(encoded)
    expect_mask(mask)
    root = lower(program.graph, program.canonical, mask) if lowered else program.root
    run = Evaluation(program.graph, root, encoded, mask)
    result = np.zeros((encoded.n, encoded.n))
    for block, cells in run.rows():
        visible = visible_cells(run.first_visible[block], run.horizon[block], encoded.n)
        queries = np.arange(block.start, block.stop)
        empty = fallback_rows(program.fallback, visible, queries)
        result[block] = attention(cells, visible, program.softmax, empty)
    return result


def values(
    program: Program, encoded: "Encoded", mask: Mask = CAUSAL, lowered: bool = True
) -> Array:
    """The program's own value at every visible cell before it is normalised; 0 elsewhere."""
    root = lower(program.graph, program.root, mask) if lowered else program.root
    run = Evaluation(program.graph, root, encoded, mask)
    result = np.zeros((encoded.n, encoded.n))
    for block, cells in run.rows():
        visible = visible_cells(run.first_visible[block], run.horizon[block], encoded.n)
        result[block] = np.where(visible, cells, 0.0)
    return result


def operations(program: Program, encoded: "Encoded", mask: Mask = CAUSAL) -> Work:
    """What one lowered run did: weighted operations of each term, and bytes of values held."""
    root = lower(program.graph, program.canonical, mask)
    run = Evaluation(program.graph, root, encoded, mask)
    for _ in run.rows():
        pass
    run.work.operations[-1] = ROW_WEIGHT * encoded.n**2  # dividing by the sums of the rows
    return run.work
