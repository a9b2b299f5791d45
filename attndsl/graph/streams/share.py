"""How many heads stream: of a program for each head, its kind."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from attndsl.graph.program import Program
from attndsl.graph.streams.decide import streams_of
from attndsl.graph.streams.plan import BOUNDED, KINDS, Streams
from attndsl.graph.terms import Graph

_plans: dict[str, tuple[Graph, Streams]] = {}


def plan_of(program: Program) -> Streams:
    """How a program runs in generation; proved once for each canonical form of a graph.

    A plan names terms by their numbers, so that of an equal program in another graph won't do.
    """
    graph, plan = _plans.get(program.hash, (None, None))
    if plan is None or graph is not program.graph:
        plan = streams_of(program)
        _plans[program.hash] = program.graph, plan
    return plan


def streaming_figures(programs: Iterable[Program]) -> dict[str, Any]:
    """Heads by the kind of their program, and the share whose program needs few keys."""
    counted = Counter(plan_of(program).kind for program in programs)
    heads = sum(counted.values())
    bounded = sum(counted[kind] for kind in BOUNDED)
    return {
        "streams": {kind: counted[kind] for kind in KINDS},
        "streaming_share": bounded / heads if heads else 0.0,
    }


def told_share(figures: dict[str, Any]) -> str:
    """In one line.

    >>> told_share({"streams": {"window": 3, "recurrent": 2, "copies": 1, "full": 4}})
    '5 of 10 heads stream in generation (3 window, 2 recurrent), 1 by an index of copies'
    """
    counted = figures["streams"]
    kinds = [f"{counted[kind]} {kind}" for kind in BOUNDED if counted.get(kind)]
    heads, bounded = sum(counted.values()), sum(counted.get(kind, 0) for kind in BOUNDED)
    copies = f", {counted['copies']} by an index of copies" if counted.get("copies") else ""
    listed = f" ({', '.join(kinds)})" if kinds else ""
    return f"{bounded} of {heads} heads stream in generation{listed}{copies}"
