"""From source text to checked programs: every check of a file, in one call."""

from dataclasses import replace

from attndsl.graph.build import Builder
from attndsl.graph.canonical import canonical, form_hash
from attndsl.graph.causality import looks_ahead
from attndsl.graph.cost import Limits, cost_of, with_time_of
from attndsl.graph.doubts import doubts, never_positive
from attndsl.graph.facts import Facts
from attndsl.graph.limits import over_cost, over_range, over_terms
from attndsl.graph.needs import needs_of
from attndsl.graph.program import Fallback, Program, Verified
from attndsl.graph.simplify import machine_for
from attndsl.graph.terms import Graph
from attndsl.language.diagnostics import Diagnostic, Span
from attndsl.language.nodes import Definition, Module
from attndsl.language.parser import parse
from attndsl.language.shipped import MARK
from attndsl.language.types import infer

__all__ = ["Program", "Verified", "verify"]

_FALLBACKS: dict[str, Fallback] = {"first": "first", "self": "self", "uniform": "uniform"}


def verify(source: str | bytes, file: str = "<text>", limits: Limits | None = None) -> Verified:
    """Check a file; programs with an error are left out, everything found is told.

    >>> found = verify("def previous(q, k):\\n    return k == q.prev\\n")
    >>> found.programs[0].causal, str(found.programs[0].cost.time)
    (True, '5 n^2 + 5 n')
    """
    module, found = parse(source, file)
    typed, more = infer(module)
    check = _Check(module, Builder(typed, Graph()), limits or Limits())
    check.diagnostics += [*found, *more]
    for definition in typed.heads:
        check.head(definition)
    check.helpers()
    placed = {replace(found, file=file): None for found in unexplained(check.diagnostics)}
    ordered = sorted(placed, key=lambda found: (found.span, found.code, found.message))
    return Verified(tuple(check.programs), tuple(ordered))


def unexplained(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Without doubts about a test that holds a literal which was doubted already."""
    literals = [each.span for each in diagnostics if each.code == "ATT072"]
    return [
        each
        for each in diagnostics
        if each.code != "ATT100" or not any(_holds(each.span, span) for span in literals)
    ]


def _holds(outer: Span, inner: Span) -> bool:
    start, end = (inner.line, inner.column), (inner.end_line, inner.end_column)
    return (outer.line, outer.column) <= start and end <= (outer.end_line, outer.end_column)


class _Check:
    """The programs of one file in one graph, with what was found about them."""

    def __init__(self, module: Module, builder: Builder, limits: Limits) -> None:
        self.module, self.builder, self.limits = module, builder, limits
        self.graph = builder.graph
        self.facts = Facts(self.graph)
        self.programs: list[Program] = []
        self.diagnostics: list[Diagnostic] = []

    def head(self, definition: Definition) -> None:
        """Build one head program and prove what is to be known of it; errors leave it out."""
        graph = self.graph
        built = self.builder.build(definition)
        root, places = built.root, built.places
        terms = graph.reachable([root])
        errors = [*built.diagnostics, *over_terms(len(terms), self.limits, definition.name_span)]
        if not errors:
            errors += over_range(graph, terms, self.facts, places)
        decorators = {mark.name: mark.argument for mark in definition.decorators}
        softmax = "softmax" in decorators
        fallback = _FALLBACKS[decorators.get("fallback") or "first"]
        if not errors:
            machine = machine_for(graph, root)
            form = canonical(graph, root, softmax, None, machine)
            cost = with_time_of(cost_of(graph, form), graph, root)
            errors += over_cost(graph, root, cost, self.limits, places)
        self.diagnostics += errors
        if errors:
            return
        self.diagnostics += doubts(root, machine, places)
        if not softmax:
            self.diagnostics += never_positive(graph, form, self.facts, definition.name_span)
        ahead = looks_ahead(graph, root, form, places)
        self.programs.append(
            Program(
                name=definition.name,
                definition=definition,
                docstring=definition.docstring,
                graph=graph,
                root=root,
                canonical=form,
                softmax=softmax,
                fallback=fallback,
                needs=needs_of(graph, form),
                causal=not ahead,
                not_causal=ahead,
                cost=cost,
                hash=form_hash(graph, form, decorated(softmax, fallback)),
                file=self.module.file,
                source=self.module.source,
            )
        )

    def helpers(self) -> None:
        """Tests in helpers, each looked at once, over its parameters."""
        for instance, template in self.builder.templates.items():
            if template is not None and not instance[0].startswith(MARK):
                machine = machine_for(self.graph, template.root)
                machine(template.root)
                self.diagnostics += doubts(template.root, machine, template.places)


def decorated(softmax: bool, fallback: Fallback) -> str:
    """The decorators as they count towards a program's identity."""
    return f"softmax={softmax} fallback={fallback}"
