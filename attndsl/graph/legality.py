"""Whether terms are what the table of operations says: their arguments, payload and stage.

Asked after building, after rewriting to canonical form and after lowering. What is found is a fault
of the compiler, never of a program, so it stops with the term in notation.

>>> from attndsl.graph.notation import read
>>> graph = Graph()
>>> verify_terms(graph, read(graph, "add(i(q), 1)"), "plain")
>>> verify_terms(graph, read(graph, "succ(q)"), "plain")
Traceback (most recent call last):
attndsl.graph.legality.IllegalTerm: succ(q): the operation belongs to the stage lowered
"""

import math
from collections.abc import Callable, Iterator
from typing import Literal

from attndsl.graph.notation import write
from attndsl.graph.operations import LETTERS, OPS, RANGES, REDUCTIONS, Op
from attndsl.graph.terms import FREE_K, FREE_Q, Graph, Term, free_bound
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES

MODES = ("equals", "starts", "ends", "contains")
_NUMERIC = (Type.BOOL, Type.NUMBER)  # bools count as 0 and 1 wherever a number is taken


class IllegalTerm(Exception):
    """A term that no pass may make."""


def verify_terms(graph: Graph, root: int, stage: Literal["plain", "lowered"]) -> None:
    """Stop at the first term below the root that isn't legal in the stage."""
    if graph[root].free & ~(FREE_Q | FREE_K):
        raise IllegalTerm(f"{write(graph, root)}: a variable that nothing binds")
    for number in graph.reachable([root]):
        for fault in faults(graph, graph[number], stage):
            raise IllegalTerm(f"{_shown(graph, number)}: {fault}")


def _shown(graph: Graph, number: int) -> str:
    try:
        return write(graph, number)
    except (TypeError, OverflowError):  # the payload is what is wrong
        return graph[number].op


def faults(graph: Graph, term: Term, stage: str) -> Iterator[str]:
    """What is wrong with one term, its arguments taken for legal."""
    op = OPS[term.op]
    if op.stage not in ("both", stage) or term.op == "parameter":
        yield f"the operation belongs to the stage {op.stage}"
    if not isinstance(term.payload, op.payload):
        yield f"the payload {term.payload!r} isn't of the type {op.payload.__name__}"
    else:
        if term.op in _PAYLOADS and not _PAYLOADS[term.op](term):
            yield f"the payload {term.payload!r}"
        if term.type != graph.type_of(term.op, term.args, term.payload):
            yield f"it is said to be a {term.type.value}"
        kinds = [graph[arg].type for arg in term.args]
        wanted = _wanted(op, term)
        if len(kinds) != len(wanted) or not all(map(_fits, kinds, wanted)):
            yield f"it takes {wanted}"
        if "xx" in op.arguments and not (kinds[-1] == kinds[-2] or {*kinds[-2:]} == {*_NUMERIC}):
            yield "its arms differ in type"


def _wanted(op: Op, term: Term) -> str:
    """A letter an argument; of aggregates by their range and by what the reduction takes."""
    letters = op.arguments
    if op.variadic:
        letters = letters[:-1]
        return letters + letters[-1] * (len(term.args) - len(letters))
    if term.op == "aggregate":
        letters = "p" * RANGES[term.aggregate.range] + "bx"
    if term.op in _AGGREGATES:
        letters = letters[:-1] + ("n" if REDUCTIONS[term.aggregate.function].takes_body else "b")
    return letters


def _fits(kind: Type, letter: str) -> bool:
    return letter == "x" or kind is LETTERS[letter] or (letter == "n" and kind is Type.BOOL)


_AGGREGATES: dict[str, Callable[[Term], bool]] = {
    "aggregate": lambda term: term.aggregate.range in RANGES,
    "loop": lambda term: term.aggregate.range == "",
    "scan": lambda term: term.aggregate.range in REDUCTIONS[term.aggregate.function].runs,
    "window": lambda term: REDUCTIONS[term.aggregate.function].windows,
}
_PAYLOADS: dict[str, Callable[[Term], bool]] = {
    "number": lambda term: math.isfinite(term.number),
    "column": lambda term: term.name in ATTRIBUTES,
    "bound": lambda term: term.free == free_bound(term.variable),
    "text_is": lambda term: term.test[0] in MODES and list(term.test[1]) == sorted({*term.test[1]}),
    "among": lambda term: list(term.values) == sorted({*term.values}),
    **_AGGREGATES,
}
