"""No pass makes a term that the table of operations doesn't know: of every kind one that is told.

That every term which any test builds or lowers is legal is seen to by tests/conftest.
"""

from typing import Literal

import pytest

from attndsl.graph.legality import IllegalTerm, verify_terms
from attndsl.graph.notation import read
from attndsl.graph.operations import Aggregate
from attndsl.graph.terms import Graph, Payload
from attndsl.language.nodes import Type

STAGES: tuple[Literal["plain", "lowered"], ...] = ("plain", "lowered")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("not(1)", "it takes b"),
        ("add(1)", "it takes nn"),
        ("prev(i(q))", "it takes p"),
        ("select(true, q, 1)", "its arms differ in type"),
        ('text_is[near "a"](lower(k))', "the payload"),
        ('text_is[equals "b" "a"](lower(k))', "the payload"),
        ("among[2 1](i(k))", "the payload"),
        ("sum[nearby 1](q, true, 1)", "the payload"),
        ("sum[before 1](q, true, q)", "it takes pbn"),
        ("sum[visible 1](q, true, 1)", "it takes bn"),
        ("any[before 1](q, true, 1)", "it takes pbb"),
        ("i(bound[1])", "a variable that nothing binds"),
    ],
)
def test_what_is_not_legal_is_told(text: str, fault: str) -> None:
    graph = Graph()
    root = read(graph, text)
    with pytest.raises(IllegalTerm, match=fault):
        verify_terms(graph, root, "plain")


@pytest.mark.parametrize(
    ("op", "args", "payload"),
    [
        ("number", "", 2),
        ("bool", "", 0.5),
        ("number", "", float("inf")),
        ("q", "", "here"),
        ("window", "qqbn", Aggregate("any", "", 1)),
        ("scan", "bn", Aggregate("argmax", "upto", 1)),
        ("loop", "qqbn", Aggregate("sum", "upto", 1)),
        ("parameter", "", (0, Type.NUMBER)),
    ],
)
def test_what_no_notation_writes_is_told_too(op: str, args: str, payload: Payload) -> None:
    graph = Graph()
    leaves = {"q": graph.add("q"), "b": graph.bool(True), "n": graph.number(1)}
    root = graph.add(op, [leaves[letter] for letter in args], payload)
    for stage in STAGES:
        with pytest.raises(IllegalTerm):
            verify_terms(graph, root, stage)


def test_a_stage_has_its_own_operations() -> None:
    graph = Graph()
    for text, own in (("next(q)", "plain"), ("succ(q)", "lowered"), ("prev(q)", "")):
        root = read(graph, text)
        for stage in STAGES:
            if own in ("", stage):
                verify_terms(graph, root, stage)
            else:
                with pytest.raises(IllegalTerm, match=f"belongs to the stage {own}"):
                    verify_terms(graph, root, stage)
