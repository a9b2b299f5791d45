"""The tables of operations and reductions: nothing is guessed about what has no row."""

import pytest

from attndsl.graph.facts import Facts
from attndsl.graph.operations import OPS, REDUCTIONS, Aggregate
from attndsl.graph.terms import Graph
from attndsl.graph.verify import verify
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import AGGREGATES, FUNCTIONS

COMPOSED = {"all", "count", "mean"}  # aggregates that are made of others
WRITTEN = {"clip", "same_word"}  # functions that are


def test_every_callable_of_the_vocabulary_is_an_operation() -> None:
    assert set(FUNCTIONS) - WRITTEN <= set(OPS)
    assert set(AGGREGATES) - COMPOSED == set(REDUCTIONS)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_the_vocabulary_says_what_a_reduction_gives(name: str) -> None:
    entry, done = AGGREGATES[name], REDUCTIONS[name]
    shown = {"None": "missing", "0.0": "0"}.get(str(done.empty), str(done.empty))
    assert (entry.result, entry.empty) == (done.result, shown)
    assert done.takes_body == (Type.NUMBER in entry.body)


def test_what_has_no_row_is_an_error_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a row of the table taken out a program was once folded to another one."""
    graph = Graph()
    with pytest.raises(KeyError, match="'cube'"):
        graph.add("cube", [graph.number(2)])
    with pytest.raises(KeyError, match="'mode'"):
        graph.add("aggregate", [graph.bool(True), graph.number(1)], Aggregate("mode", "after", 1))
    with pytest.raises(KeyError, match="'mode'"):
        graph.empty("mode")
    root = graph.add("sqrt", [graph.number(2)])
    monkeypatch.delitem(OPS, "sqrt")
    with pytest.raises(KeyError, match="sqrt"):
        Facts(graph)[root]
    with pytest.raises(KeyError, match="sqrt"):
        verify("def f(q, k):\n    return sqrt(k.len) > 1.5\n")


def test_a_root_of_a_whole_number_is_not_taken_for_whole() -> None:
    (program,) = verify("def f(q, k):\n    return sqrt(k.len) > 1.5\n").programs
    graph = program.graph
    assert 1.5 in [graph[t].payload for t in graph.reachable([program.canonical])]
