"""What is known of a term's value without looking at a text."""

import pytest

from attndsl.graph.build import Builder
from attndsl.graph.facts import MAX_POSITIONS, Facts, facts_of
from attndsl.graph.intervals import FALSE, MAYBE, TRUE, Interval
from attndsl.graph.terms import Graph
from attndsl.language.parser import parse
from attndsl.language.types import infer

LAST = float(MAX_POSITIONS - 1)


def fact(expression: str) -> Interval:
    module, problems = parse(f"def head(q, k):\n    return {expression}\n")
    typed, more = infer(module)
    assert not [each for each in (*problems, *more) if each.severity == "error"]
    graph = Graph()
    root = Builder(typed, graph).build(typed.heads[0]).root
    return facts_of(graph, [root])[root]


@pytest.mark.parametrize(
    ("expression", "low", "high", "whole"),
    [
        ("q.i", 0, LAST, True),
        ("q.prev.i", -1, LAST - 1, True),
        ("k.occurrence + 1", 1, LAST + 1, True),
        ("similarity(q, k)", -1, 1, False),
        ("0.8 ** abs(q.i - k.i)", 0, 1, False),
        ("q.i % 4", 0, 4, True),
        ("clip(q.i, 0, 5)", 0, 5, True),
        ("count(t for t in before(q))", 0, MAX_POSITIONS, True),
        ("count(t for t in visible(q))", 1, MAX_POSITIONS, True),
        ("max(t.i for t in before(q))", 0, LAST, True),
        ("row_sum(k.is_punct)", 0, MAX_POSITIONS, True),
        ("normalized(k.i)", 0, LAST, False),
        ("n", 1, MAX_POSITIONS, True),
        ("0.5 if q.is_quote else 2", 0.5, 2, False),
        ("at(0).i", -1, 0, True),
        ("last(t for t in before(q)).i", -1, LAST, True),
    ],
)
def test_intervals_of_expressions(expression: str, low: float, high: float, whole: bool) -> None:
    found = fact(expression)
    assert (found.lo, found.hi) == pytest.approx((low, high))
    assert found.whole == whole


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("q.i < 0", FALSE),
        ("q.i >= 0", TRUE),
        ("q.prev.i >= 0", MAYBE),
        ("q.i == 0.5", FALSE),
        ("q is None", FALSE),
        ("q.prev is None", MAYBE),
        ("None is None", TRUE),
        ("k.i <= q.i", MAYBE),
        ("any(t.is_punct for t in visible(q))", MAYBE),
        ("any(True for t in visible(q))", TRUE),
        ("any(True for t in before(q))", MAYBE),
        ("q.i < 0 and k.is_punct", FALSE),
        ("similarity(q, k) > 1", FALSE),
    ],
)
def test_comparisons_that_are_decided(expression: str, expected: Interval) -> None:
    assert fact(expression) == expected


def test_a_fact_is_found_once() -> None:
    graph = Graph()
    index = graph.add("column", [graph.add("q")], "i")
    term = index
    for _ in range(3000):
        term = graph.add("add", [term, index])
    facts = Facts(graph)
    assert facts[term].hi == 3001 * LAST
    assert len(facts.known) == len(graph)
