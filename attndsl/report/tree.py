"""A program's canonical tree as data: each node's text, type, cost, and where it comes from.

No array is needed, so that pages which run the compiler themselves can ask for it too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from attndsl.graph.build import Builder
from attndsl.graph.lineage import Origins, lineage
from attndsl.graph.printing import expression_of
from attndsl.graph.program import Program
from attndsl.graph.terms import FREE_K, FREE_Q, Graph
from attndsl.graph.trace import steps
from attndsl.language.diagnostics import Span
from attndsl.language.nodes import Definition, Module
from attndsl.language.parser import parse
from attndsl.language.types import infer
from attndsl.report.costs import costs_of
from attndsl.report.sources import Sources, sources_of


@dataclass(frozen=True, slots=True)
class Built:
    """A program built once more, with what each term of its form comes from and costs."""

    graph: Graph
    form: int
    module: Module
    definition: Definition
    origins: Origins
    sources: Sources
    costs: Mapping[int, tuple[str, str]]

    def spans(self, term: int) -> tuple[Span, ...]:
        """The places of what the program's text says, from which the term came."""
        told = [
            span for one in sorted(self.origins[term].terms) for span in self.sources.spans[one]
        ]
        return tuple(dict.fromkeys(told))

    def made(self, term: int) -> str:
        """What made a term, in words."""
        origin = self.origins[term]
        rule = f"the rule {origin.rule}" if origin.rule else ""
        if not origin.own:
            said = rule
        else:
            changed = term not in self.sources.spans
            said = "as it is written" + (", but for its parts" if changed else "")
            said += f"; elsewhere {rule}" if rule else ""
        names = {self.sources.inside[one] for one in origin.terms if one in self.sources.inside}
        return f"{said}, inside {' and '.join(sorted(names))}" if names else said


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
    graph, root = builder.graph, built.root
    way = steps(graph, root, program.softmax)
    form = way[-1].program if way else root
    return Built(
        graph,
        form,
        typed.module,
        definition,
        lineage(graph, root, way),
        sources_of(builder, definition, built),
        costs_of(graph, form),
    )


def node_of(built: Built, number: int, names: dict[int, int]) -> dict[str, object]:
    graph = built.graph
    term = graph[number]
    depends = [name for bit, name in ((FREE_Q, "q"), (FREE_K, "k")) if term.free & bit]
    inner = term.free & ~(FREE_Q | FREE_K)
    cost, whole = built.costs[number]
    return {
        "op": term.aggregate.function if term.op == "aggregate" else term.op,
        "text": expression_of(graph, number),
        "type": term.type.value,
        "args": [names[arg] for arg in term.args],
        "spans": [list(span) for span in built.spans(number)],
        "depends": depends + ["a bound position"] * bool(inner),
        "cost": cost,
        "whole": whole,
        "made": built.made(number),
    }
