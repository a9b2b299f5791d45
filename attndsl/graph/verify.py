"""From source text to checked programs: every check of a file, in one call."""

from bisect import bisect_left
from dataclasses import replace

from attndsl.graph.build import Builder, Built, Template
from attndsl.graph.canonical import canonical, form_hash
from attndsl.graph.causality import looks_ahead
from attndsl.graph.cost import Limits, cost_of
from attndsl.graph.facts import Facts
from attndsl.graph.limits import over_cost, over_range, over_terms
from attndsl.graph.lints import lint, never_positive, never_shown, shared_out
from attndsl.graph.needs import needs_of
from attndsl.graph.program import Fallback, Program, Verified
from attndsl.graph.simplify import machine_for
from attndsl.graph.terms import Graph
from attndsl.language.budget import PER_TERM, Budget, TooCostly, listed
from attndsl.language.diagnostics import Diagnostic, Span
from attndsl.language.nodes import Definition, Module
from attndsl.language.parser import parse
from attndsl.language.types import infer

__all__ = ["Program", "Verified", "verify"]

_FALLBACKS: dict[str, Fallback] = {"first": "first", "self": "self", "uniform": "uniform"}


def verify(source: str | bytes, file: str = "<text>", limits: Limits | None = None) -> Verified:
    """Check a file; programs with an error are left out, everything found is told.

    >>> found = verify("def previous(q, k):\\n    return k == q.prev\\n")
    >>> found.programs[0].causal, str(found.programs[0].cost.time)
    (True, '5 n^2 + 5 n')
    """
    module, diagnostics = parse(source, file)
    check = _Check(module, Budget.for_code(module.size), limits or Limits())
    check.diagnostics += diagnostics
    try:
        check.everything()
    except TooCostly:
        check.diagnostics.append(check.budget.overspent(file))
    check.graph.budget = Budget()  # what others add to the graph from now on is theirs
    placed = {replace(one, file=file): None for one in unexplained(check.diagnostics)}
    ordered = sorted(placed, key=lambda found: (found.span, found.code, found.message))
    return Verified(tuple(check.programs), listed(ordered, file), module.source)


def unexplained(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Without doubts about a test that holds a literal which was doubted already, or that is
    written out for several texts and always true for one, always false for another."""
    literals = sorted(each.span for each in diagnostics if each.code == "ATT072")
    said: dict[Span, set[str]] = {}
    for each in diagnostics:
        if each.code == "ATT100":
            said.setdefault(each.span, set()).add(each.message)
    return [
        each
        for each in diagnostics
        if each.code != "ATT100"
        or (len(said[each.span]) == 1 and not _holds_one(each.span, literals))
    ]


def _holds_one(outer: Span, literals: list[Span]) -> bool:
    """Whether a stretch holds one of the literals, which are sorted and apart."""
    start = (outer.line, outer.column)
    index = bisect_left(literals, start, key=lambda one: (one.line, one.column))
    if index == len(literals):
        return False
    inner = literals[index]
    return (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)


class _Check:
    """The programs of one file in one graph, with what was found about them."""

    def __init__(self, module: Module, budget: Budget, limits: Limits) -> None:
        self.module, self.budget, self.limits = module, budget, limits
        self.graph = Graph(budget=budget)
        self.facts = Facts(self.graph)
        self.programs: list[Program] = []
        self.diagnostics: list[Diagnostic] = []

    def everything(self) -> None:
        """Types, then each head program, then the helpers; ends where the budget does."""
        typed, notes = infer(self.module, self.budget)
        self.diagnostics += notes
        builder = Builder(typed, self.graph)
        for definition in typed.heads:
            self.budget.place = definition.name_span
            self.head(definition, builder.build(definition))
        for template in builder.templates.values():
            if template is not None:
                self.helper(template)

    def head(self, definition: Definition, built: Built) -> None:
        """Prove what is to be known of a head program; errors leave it out."""
        graph, root, places = self.graph, built.root, built.places
        terms = graph.reachable([root])
        self.budget.spend(PER_TERM * len(terms))
        errors = [*built.diagnostics, *over_terms(len(terms), self.limits, definition.name_span)]
        if not errors:
            errors += over_range(graph, terms, self.facts, places)
        decorators = {mark.name: mark.argument for mark in definition.decorators}
        softmax = "softmax" in decorators
        fallback = _FALLBACKS[decorators.get("fallback") or "first"]
        if not errors:
            machine = machine_for(graph, root)
            form = canonical(graph, root, softmax, None, machine)
            cost = cost_of(graph, form, written=root)
            errors += over_cost(graph, root, cost, self.limits, places)
        self.diagnostics += errors
        if errors:
            return
        self.diagnostics += lint(root, machine, places)
        if not softmax:
            self.diagnostics += never_positive(graph, form, self.facts, definition.name_span)
            self.diagnostics += never_shown(graph, root, form, definition.name_span, places)
            self.diagnostics += shared_out(graph, root, places)
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

    def helper(self, template: Template) -> None:
        """Tests in a helper, looked at once, over its parameters."""
        self.budget.place = template.places.home
        machine = machine_for(self.graph, template.root)
        machine(template.root)
        self.diagnostics += lint(template.root, machine, template.places)


def decorated(softmax: bool, fallback: Fallback) -> str:
    """The decorators as they count towards a program's identity."""
    return f"softmax={softmax} fallback={fallback}"
