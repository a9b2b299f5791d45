"""How long a program is, in bits; the specification says it as a number that anyone can compute.

The terms of the canonical form are told one after another, each once, arguments before what uses
them. A term costs the choice among the operations of its type, for each argument the choice among
the terms so far, and what its payload takes.

>>> from attndsl.graph.notation import read
>>> graph = Graph()
>>> first = read(graph, "eq(i(k), 0)")
>>> [round(own, 2) for own in costs(graph, first)]  # k, its index, 0, whether they are equal
[3.46, 11.27, 12.71, 8.09]
"""

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal

from attndsl.graph.operations import LETTERS, OPS, RANGES, REDUCTIONS
from attndsl.graph.program import Program, expect_program
from attndsl.graph.terms import MAX_HEIGHT, Aggregate, Graph, Term
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES

WORDS = 50_000  # a text, or a member of a set, is one of so many
DIGIT = 3.32  # bits
NUMBER = 1 + 4  # sign and exponent
MODES = 4  # of tests of texts: equal, begins with, ends with, holds


def length(program: Program) -> float:
    """Bits of a program's canonical form."""
    expect_program(program)
    return math.fsum(costs(program.graph, program.canonical))


def library_length(programs: Iterable[Program]) -> float:
    """Bits of a library: each distinct program once, and what several of them share once."""
    paid: set[bytes] = set()
    total: list[float] = []
    for program in {program.hash: program for program in programs}.values():
        graph = program.graph
        terms = list(in_order(graph, program.canonical))
        for term, bits in zip(terms, costs(graph, program.canonical), strict=True):
            if graph.digest(term) not in paid:
                paid.add(graph.digest(term))
                total.append(bits)
    return math.fsum(total)


def costs(graph: Graph, root: int) -> list[float]:
    """Bits of each distinct term, in the order in which they are told."""
    return [
        math.log2(choices(graph[term].type))
        + len(graph[term].args) * math.log2(told + 1)
        + payload_bits(graph[term])
        for told, term in enumerate(in_order(graph, root))
    ]


def in_order(graph: Graph, root: int) -> Iterator[int]:
    """Every term below the root once: a term's arguments, from left to right, then the term.

    The order of the arena would depend on what else a file holds.
    """
    seen: set[int] = set()
    stack = [(root, False)]
    while stack:
        term, ready = stack.pop()
        if term in seen:
            continue
        if ready:
            seen.add(term)
            yield term
            continue
        stack.append((term, True))
        stack += [(arg, False) for arg in reversed(graph[term].args)]


def choices(kind: Type) -> int:
    """How many operations can give a value of this type in a canonical form."""
    can = {
        "x": True,
        "column": any(row.type == kind for row in ATTRIBUTES.values()),
        "aggregate": any(row.result == kind for row in REDUCTIONS.values()),
        **{letter: own == kind for letter, own in LETTERS.items()},
    }
    plain = (op for op in OPS.values() if op.stage != "lowered" and op.name != "parameter")
    return sum(can[op.name if op.result == "v" else op.result] for op in plain)


def payload_bits(term: Term) -> float:
    """What a term says beyond its operation and arguments."""
    if term.op == "number":
        return NUMBER + DIGIT * digits(term.number)
    if term.op == "bool":
        return 1.0
    if term.op == "text":
        return math.log2(WORDS)
    if term.op == "column":
        return math.log2(len(ATTRIBUTES))
    if term.op == "bound":
        return math.log2(MAX_HEIGHT)
    if term.op == "among":
        return len(term.values) * math.log2(WORDS)
    if term.op == "text_is":
        return math.log2(MODES) + len(term.test[1]) * math.log2(WORDS)
    if isinstance(term.payload, Aggregate):
        alike = sum(row.result == term.type for row in REDUCTIONS.values())
        return math.log2(alike) + math.log2(len(RANGES))
    return 0.0


def digits(value: float) -> int:
    """Significant digits of a number as it is written, 1 at least.

    >>> digits(0.25), digits(-120.0), digits(0.0), digits(1e-6)
    (2, 2, 1, 1)
    """
    written = "".join(map(str, Decimal(repr(value)).as_tuple().digits))
    return max(1, len(written.strip("0")))
