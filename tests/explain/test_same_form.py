"""Two programs that rounding made one: a run that has both opens again."""

from dataclasses import replace
from pathlib import Path

import pytest

from attndsl.explain.write import written_as
from attndsl.fit.assignment import Assigned, Assignment, read_assignment, write_assignment
from attndsl.graph.verify import verify

TEXTS = ("def near(q, k):\n    return k == q.prev", "def near_2(q, k):\n    return q.prev == k")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_name_in_the_assignment_is_that_in_the_library(
    order: tuple[int, int], tmp_path: Path
) -> None:
    programs = verify("\n\n\n".join(TEXTS) + "\n").programs
    assert programs[0].hash == programs[1].hash
    one = Assigned(layer=0, head=0, program=programs[order[0]], iou=0.5)
    heads = (one, replace(one, head=1, program=programs[order[1]]))
    write_assignment(tmp_path, Assignment("m", "h", heads), written_as(programs, TEXTS))
    names = {each.program.name for each in read_assignment(tmp_path).heads}
    assert names == {programs[order[0]].name}
