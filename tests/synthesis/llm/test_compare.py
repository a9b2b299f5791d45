"""What a prompt to refine says of a program beside its head."""

from attndsl.graph.verify import verify
from attndsl.synthesis.archive import Scorer
from attndsl.synthesis.llm.compare import compared

FIRST = "def first(q, k):\n    return k.i == 0\n"


def test_shares_stand_side_by_side_and_no_row_twice(scorer: Scorer) -> None:
    program = verify(FIRST).programs[0]
    twice = (*scorer.numbers, *scorer.numbers)
    rows, shares = compared(program, scorer.store, scorer.table, twice, scorer.heads[1])
    heads = [line for line in rows.splitlines() if line.startswith("...")]
    assert heads
    assert len(heads) == len(set(heads))
    places, kinds = shares.split("\n\n")
    assert "k.i == 0" in places
    assert kinds.startswith("query (head, program)")
    first = next(line for line in places.splitlines() if line.startswith("k.i == 0"))
    assert first.endswith("1.000"), "the program's share"
    assert all(line.endswith("%") for line in kinds.splitlines()[1:])
