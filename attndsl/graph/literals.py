"""How many numbers a program holds: what its reader has to take on trust.

Literals of the canonical form other than 0 and 1 count, each at every place where it stands. One
that is compared with or added to places alone, such as the 3 of `q.i - k.i == 3`, counts half, as
does each member of a set. What is a shipped mechanism's or table's own doesn't count.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

from attndsl.graph.mechanisms import mechanisms
from attndsl.graph.program import Program, expect_program
from attndsl.graph.simplify import machine_for, simplified
from attndsl.graph.terms import Graph, Term
from attndsl.graph.verify import verify
from attndsl.language.nodes import Type
from attndsl.language.shipped import tables

FREE = (0.0, 1.0)
STEPS = {"eq", "lt", "le", "add", "at"}  # in which a distance can stand
HALF = 0.5

Key = bytes


def numbers(program: Program) -> float:
    """The numbers of a program, in halves.

    >>> from attndsl.graph.verify import verify
    >>> source = '''
    ... def three_back(q, k):
    ...     return 0.7 * (q.i - k.i == 3) + 0.3 * (k.lower in {"a", "the"}) + induction(q, k)
    ... '''
    >>> numbers(verify(source).programs[0])  # 0.7, 0.3, half of 3, half of each word
    3.5
    """
    expect_program(program)
    shape = _shapes(program.graph)
    terms = {shape(one): one for one in program.graph.reachable([program.canonical])}
    shipped = [*_mechanisms(), *(one for name in _named(program.source) for one in _table(name))]
    shipped = [marks for marks in shipped if marks.tests <= terms.keys()]
    own = {key for marks in shipped for key in marks.terms}
    for key, one in terms.items():
        if program.graph[one].op == "mul":
            args = {shape(arg) for arg in program.graph[one].args}
            if any(marks.product and marks.product <= args for marks in shipped):
                own.add(key)
    held = (
        _held(program.graph, program.graph[one]) for key, one in terms.items() if key not in own
    )
    return sum(held) + _alone(program)


def _alone(program: Program) -> float:
    """A program that is nothing but a number."""
    root = program.graph[program.canonical]
    return float(root.op == "number" and abs(root.number) not in FREE)


def _held(graph: Graph, term: Term) -> float:
    """The literals that a term holds itself."""
    if term.op == "among":
        return HALF * len(term.values)
    if term.op == "text_is":
        return HALF * len(term.test[1])
    held = [graph[arg] for arg in term.args if graph[arg].op == "number"]
    counted = [one for one in held if abs(one.number) not in FREE]
    texts = sum(HALF for arg in term.args if graph[arg].op == "text" and graph[arg].text)
    return texts + sum(_weight(graph, term, one) for one in counted)


def _weight(graph: Graph, term: Term, literal: Term) -> float:
    others = [arg for arg in term.args if graph[arg].op != "number"]
    distance = term.op in STEPS and literal.number.is_integer()
    return HALF if distance and all(_of_places(graph, arg) for arg in others) else 1.0


def _of_places(graph: Graph, root: int) -> bool:
    """Whether a term is made of indices of positions and whole numbers alone."""
    for number in graph.reachable([root]):
        term = graph[number]
        if term.op == "column" and term.name != "i":
            return False
        if term.op not in ("column", "number", "add", "mul", "abs", "q", "k", "bound"):
            return False
    return True


def _shapes(graph: Graph) -> Callable[[int], Key]:
    """A key of a term that is the same for a key position and for a variable that runs over keys.

    So a body inside a row's sum is no second copy of it.
    """
    known: dict[int, Key] = {}

    def shape(root: int) -> Key:
        for number in graph.reachable([root]):
            if number not in known:
                term = graph[number]
                op = "k" if term.op == "bound" else term.op
                payload = None if term.op == "bound" else term.payload
                below = b"".join(known[arg] for arg in term.args)
                own = f"{op} {payload!r} ".encode()
                known[number] = blake2b(own + below, digest_size=16).digest()
        return known[root]

    return shape


@dataclass(frozen=True, slots=True)
class _Marks:
    """A mechanism's terms; it is part of a program that has all of its tests and numbers. If it is
    a product with a number, so are the factors, which another product may have beside its own."""

    terms: frozenset[Key]
    tests: frozenset[Key]
    product: frozenset[Key]


@cache
def _mechanisms() -> tuple[_Marks, ...]:
    """The shipped mechanisms, each as a program of its own and as what others call."""
    return tuple(mark for one in mechanisms() for mark in _marks(one.program))


@cache
def _table(name: str) -> tuple[_Marks, ...]:
    """A shipped table's, of a key and where it is of one token of a query too."""
    parameters = tables()[name]
    given = ("k", "q") if len(parameters) == 1 else (", ".join(parameters),)
    calls = (f"def {name}_of_{of[0]}(q, k):\n    return {name}({of})\n" for of in given)
    return tuple(mark for one in verify("\n\n".join(calls)).programs for mark in _marks(one))


def _named(source: str) -> set[str]:
    """The tables that a file names."""
    return set(re.findall(r"[a-z_]+", source)) & tables().keys()


def _marks(program: Program) -> Iterator[_Marks]:
    graph, root = program.graph, program.root
    shape = _shapes(graph)
    for value in (simplified(machine_for(graph, root, None), root), program.canonical):
        terms = {shape(one): graph[one] for one in graph.reachable([value])}
        held = {key for key, one in terms.items() if _held(graph, one)}
        top = graph[value]
        product = {shape(arg) for arg in top.args} if top.op == "mul" else set()
        if not any(graph[arg].op == "number" for arg in top.args):
            product = set()
        tests = {key for key, one in terms.items() if one.type == Type.BOOL} | held
        if product:  # as a factor it may stand in a wider one
            tests.discard(shape(value))
        yield _Marks(frozenset(terms), frozenset(tests), frozenset(product))
