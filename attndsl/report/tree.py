"""A program's canonical tree as data: each node's text, type, cost, and where it comes from.

No array is needed, so that pages which run the compiler themselves can ask for it too.
"""

from dataclasses import dataclass

from attndsl.graph.build import Builder
from attndsl.graph.canonical import canonical
from attndsl.graph.places import Places
from attndsl.graph.printing import expression_of
from attndsl.graph.program import Program
from attndsl.graph.rewrite import Fired
from attndsl.graph.simplify import machine_for
from attndsl.graph.terms import FREE_K, FREE_Q, Graph, weight
from attndsl.language.diagnostics import Span
from attndsl.language.parser import parse
from attndsl.language.types import infer


@dataclass(frozen=True, slots=True)
class Built:
    """A program built once more, with the places that each term of its form comes from."""

    graph: Graph
    form: int
    places: Places
    changes: dict[int, list[str]]  # the rules that made a term


def tree_of(program: Program) -> dict[str, object]:
    """The canonical tree: its root and its nodes by number, without values."""
    built = rebuilt(program)
    names = names_of(built)
    return {"root": names[built.form], "nodes": [node_of(built, term, names) for term in names]}


def names_of(built: Built) -> dict[int, int]:
    """The numbers of the form's terms."""
    order = built.graph.reachable([built.form])
    return {term: place for place, term in enumerate(order)}


def rebuilt(program: Program) -> Built:
    typed, _ = infer(parse(program.source, program.file)[0])
    builder = Builder(typed, Graph())
    (definition,) = (one for one in typed.heads if one.name == program.name)
    built = builder.build(definition)
    fired: list[Fired] = []
    machine = machine_for(builder.graph, built.root, fired)
    form = canonical(builder.graph, built.root, program.softmax, None, machine)
    for old, new in machine.normal.items():
        built.places.copy(old, new)
    changes: dict[int, list[str]] = {}
    for one in fired:
        built.places.copy(one.before, one.after)
        changes.setdefault(one.after, []).append(one.rule)
    for old, new in machine.normal.items():
        built.places.copy(old, new)
    return Built(builder.graph, form, built.places, changes)


def node_of(built: Built, number: int, names: dict[int, int]) -> dict[str, object]:
    graph = built.graph
    term = graph[number]
    depends = [name for bit, name in ((FREE_Q, "q"), (FREE_K, "k")) if term.free & bit]
    inner = bin(term.free & ~(FREE_Q | FREE_K)).count("1")
    spans = [_span(span) for span in dict.fromkeys(built.places.of(number))]
    degree = len(depends) + inner
    cost = weight(term)
    return {
        "op": term.aggregate.function if term.op == "aggregate" else term.op,
        "text": expression_of(graph, number),
        "type": term.type.value,
        "args": [names[arg] for arg in term.args],
        "spans": spans,
        "depends": depends + ["a bound position"] * bool(inner),
        "cost": f"{cost} n^{degree}" if degree and cost else str(cost),
        "rules": built.changes.get(number, []),
    }


def _span(span: Span) -> list[int]:
    return [span.line, span.column, span.end_line, span.end_column]
