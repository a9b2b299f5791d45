"""Typed mutation and crossover of any program, on its term graph.

A mutation puts one term in the place of another of the same type, so what comes out is a program;
it is printed and checked like any other candidate.
"""

from collections.abc import Callable, Sequence

import numpy as np

from attndsl.graph.printing import source_of
from attndsl.graph.program import Program
from attndsl.graph.terms import FREE_K, FREE_Q, Graph
from attndsl.language.diagnostics import AttndslError
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES

Draw = np.random.Generator
Change = tuple[int, int]  # a term, and what takes its place
Move = Callable[[Graph, int, Sequence[Program], Draw], Change | None]

JITTER = 0.3
BOUNDS = ("min", "max")


def mutant(program: Program, others: Sequence[Program], name: str, rng: Draw) -> str | None:
    """The text of one variant by one move; None where the move finds no place."""
    graph = Graph()
    root = copied(program.graph, program.canonical, graph)
    move, words = MOVES[rng.integers(len(MOVES))]
    change = move(graph, root, others, rng)
    if change is None:
        return None
    new = replaced(graph, root, *change)
    marks = ["@softmax"] if program.softmax else []
    if program.fallback != "first":
        marks.append(f"@fallback({program.fallback})")
    try:
        source = source_of(graph, new, name, tuple(marks))
    except AttndslError:
        return None
    head = f"def {name}(q, k):\n"
    return source.replace(head, f'{head}    """Like {program.name}, {words}."""\n', 1)


def number_jittered(graph: Graph, root: int, others: Sequence[Program], rng: Draw) -> Change | None:
    """A number a little larger or smaller; a whole one stays whole."""
    term = _drawn([n for n in graph.reachable([root]) if graph[n].op == "number"], rng)
    if term is None:
        return None
    value = graph[term].number
    if value == round(value):
        return term, graph.number(value + float(rng.choice((-1.0, 1.0))))
    return term, graph.number(round(value * float(np.exp(JITTER * rng.standard_normal())), 3))


def attribute_swapped(
    graph: Graph, root: int, others: Sequence[Program], rng: Draw
) -> Change | None:
    """Another attribute of the same type, level and kind of labels."""
    term = _drawn([n for n in graph.reachable([root]) if graph[n].op == "column"], rng)
    if term is None:
        return None
    own = ATTRIBUTES[graph[term].name]
    like = [
        name
        for name, other in ATTRIBUTES.items()
        if (other.type, other.labels, other.hidden) == (own.type, own.labels, own.hidden)
        and other.level != "linguistics"
        and name != own.name
    ]
    if not like:
        return None
    return term, graph.add("column", graph[term].args, like[int(rng.integers(len(like)))])


def subterm_crossed(graph: Graph, root: int, others: Sequence[Program], rng: Draw) -> Change | None:
    """A term of another program in the place of one of the same type; neither binds a variable."""
    if not others:
        return None
    other = others[int(rng.integers(len(others)))]
    term = _drawn(_plain(graph, root), rng)
    if term is None:
        return None
    like = [
        number
        for number in _plain(other.graph, other.canonical)
        if other.graph[number].type == graph[term].type
    ]
    new = _drawn(like, rng)
    return None if new is None else (term, copied(other.graph, new, graph))


def number_wrapped(graph: Graph, root: int, others: Sequence[Program], rng: Draw) -> Change | None:
    """A number within a product, a least or a greatest."""
    numbers = [n for n in _plain(graph, root) if graph[n].type is Type.NUMBER]
    term = _drawn(numbers, rng)
    if term is None:
        return None
    limit = graph.number(round(float(np.exp(rng.standard_normal())), 2))
    op = ("mul", *BOUNDS)[int(rng.integers(3))]
    return term, graph.add(op, (term, limit))


def term_unwrapped(graph: Graph, root: int, others: Sequence[Program], rng: Draw) -> Change | None:
    """A term gives way to one of its own parts of the same type."""
    parts = [
        (term, arg)
        for term in _plain(graph, root)
        for arg in graph[term].args
        if graph[arg].type == graph[term].type
    ]
    return parts[int(rng.integers(len(parts)))] if parts else None


MOVES: tuple[tuple[Move, str], ...] = (
    (number_jittered, "with a number changed"),
    (attribute_swapped, "with another attribute looked at"),
    (subterm_crossed, "with a part from another program"),
    (number_wrapped, "with a number bounded or scaled"),
    (term_unwrapped, "with a part in place of the whole"),
)


def _plain(graph: Graph, root: int) -> list[int]:
    """Terms that hold no aggregate and depend on q and k alone."""
    return [
        number
        for number in graph.reachable([root])
        if graph[number].height == 0 and not graph[number].free & ~(FREE_Q | FREE_K)
        and graph[number].op not in ("text", "bool")
    ]  # fmt: skip


def _drawn(terms: Sequence[int], rng: Draw) -> int | None:
    return terms[int(rng.integers(len(terms)))] if terms else None


def copied(source: Graph, root: int, target: Graph) -> int:
    """The same term in another graph."""
    places: dict[int, int] = {}
    for number in source.reachable([root]):
        term = source[number]
        places[number] = target.add(term.op, [places[arg] for arg in term.args], term.payload)
    return places[root]


def replaced(graph: Graph, root: int, old: int, new: int) -> int:
    """The root with one term in the place of another, wherever it stands."""
    places: dict[int, int] = {}
    for number in graph.reachable([root]):
        term = graph[number]
        args = [places[arg] for arg in term.args]
        places[number] = new if number == old else graph.add(term.op, args, term.payload)
    return places[root]
