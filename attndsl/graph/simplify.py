"""Simplify a term: the rules to a fixpoint, then nested tests under known conditions, and again.

The work is bounded, and the result never has more than twice the terms that came in and a few: a
step that makes the term larger isn't kept.
"""

from attndsl.graph.assume import assume
from attndsl.graph.rewrite import WORK_PER_TERM, Fired, Rewriter, RuleTable
from attndsl.graph.rules import TABLE
from attndsl.graph.terms import Graph

NESTED = "nested tests"  # what is settled by `assume`, as a rule of a trace
_ROUNDS = 8
_SLACK = 32  # terms: a small program may grow to meet its equals


def simplify(graph: Graph, root: int) -> int:
    """An equal term, by the rules."""
    return simplified(machine_for(graph, root), root)


def machine_for(
    graph: Graph, root: int, fired: list[Fired] | None = None, table: RuleTable = TABLE
) -> Rewriter:
    """A rewriter with the work that this term is allowed."""
    limit = WORK_PER_TERM * len(graph.reachable([root]))
    return Rewriter(graph, table, fired, limit)


def simplified(machine: Rewriter, root: int) -> int:
    """The normal form by the machine's rules, with nested tests settled."""
    graph = machine.graph
    before = len(graph.reachable([root]))
    form = machine(root)
    size = len(graph.reachable([form]))
    if size > 2 * before + _SLACK:
        return root
    for _ in range(_ROUNDS):
        settled = assume(graph, form, machine.facts)
        if settled == form:
            break
        again = machine(settled)
        size_now = len(graph.reachable([again]))
        if again == form or size_now > size:
            break
        if machine.trace is not None:
            machine.trace.append(Fired(NESTED, form, again))
        form, size = again, size_now
    return form
