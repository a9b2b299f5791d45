"""Each engine has code for every operation of its stage and every reduction, and no more."""

from collections.abc import Collection

import pytest

from attndsl.engines.batch.machine import opcodes
from attndsl.engines.batch.planning import operators
from attndsl.engines.plain import evaluate as lists
from attndsl.engines.plain import ranges as list_ranges
from attndsl.engines.reference import evaluate as arrays
from attndsl.engines.reference import ranges as array_ranges
from attndsl.engines.torch import evaluate as tensors
from attndsl.engines.torch import ranges as tensor_ranges
from attndsl.graph.operations import OPS, REDUCTIONS

LOWERED = {op.name for op in OPS.values() if op.stage != "plain"}
RUNNING = {done.name for done in REDUCTIONS.values() if done.runs}
STEPPING = {done.name for done in REDUCTIONS.values() if done.steps}
WINDOWS = {done.name for done in REDUCTIONS.values() if done.windows}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (arrays.OPERATORS, set(OPS) - {"parameter"}),  # a helper's, filled in before it runs
        (tensors.OPERATORS, LOWERED),
        (lists.OPERATORS, LOWERED),
        (operators.OPERATORS, LOWERED - {"n"}),  # a column, filled in as the texts are known
        (array_ranges.REDUCE, set(REDUCTIONS)),
        (tensor_ranges.REDUCE, set(REDUCTIONS)),
        (list_ranges.REDUCE, set(REDUCTIONS)),
        (opcodes.FUNCTION, set(REDUCTIONS)),
        (opcodes.LOOPS, STEPPING),
        (array_ranges.RUN, RUNNING - {"first"}),  # from the end it is `last` from the start
        (tensor_ranges.RUN, RUNNING),
        (opcodes.RUNS, RUNNING),
        (opcodes.WINDOWS, WINDOWS),
        (array_ranges._COMBINE, WINDOWS),
    ],
)
def test_a_table_of_an_engine_holds_what_the_compiler_gives_it(
    table: Collection[str], expected: set[str]
) -> None:
    assert set(table) == expected


def test_what_an_engine_lacks_is_named() -> None:
    for table in (arrays.OPERATORS, tensors.OPERATORS, operators.OPERATORS, opcodes.FUNCTION):
        with pytest.raises(KeyError, match="mode"):
            table["mode"]  # type: ignore[index]  # tables of unlike values
