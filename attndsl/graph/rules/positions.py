"""Rules of positions: the missing one, neighbours, equality as equal indices.

>>> from attndsl.graph.rules import normal_text
>>> normal_text("same(k, prev(q))"), normal_text("same(at(0), k)")
('eq(add(i(q), mul(-1, i(k))), 1)', 'eq(i(k), 0)')
>>> normal_text("is_quote(none)"), normal_text("is_there(prev(q))")
('false', 'not(eq(i(q), 0))')
"""

from attndsl.graph.rewrite import Rewriter, Rule
from attndsl.graph.terms import Term
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES

_THERE = frozenset({"q", "k", "bound"})


def _column(machine: Rewriter, term: Term) -> int | None:
    """Of the missing position a constant, of a choice arm by arm, of `prev` by subtraction."""
    graph = machine.graph
    inner = graph[term.args[0]]
    if inner.op == "none":
        missing = ATTRIBUTES[term.name].missing
        match term.type:
            case Type.BOOL:
                return graph.bool(bool(missing))
            case Type.NUMBER:
                return graph.number(float(missing or 0.0))
        return graph.add("text", (), str(missing or ""))
    if inner.op == "select" and any(graph[arm].op == "none" for arm in inner.args[1:]):
        test, *arms = inner.args
        columns = [graph.add("column", (arm,), term.payload) for arm in arms]
        return graph.add("select", (test, *columns))
    if term.payload == "i" and inner.op == "prev":
        index = graph.index(inner.args[0])
        before = graph.add("add", (index, graph.number(-1)))
        return graph.add("max", (before, graph.number(-1)))
    return None


def _is_there(machine: Rewriter, term: Term) -> int | None:
    graph = machine.graph
    inner = graph[term.args[0]]
    if inner.op == "prev":
        return graph.add("lt", (graph.number(0), graph.index(inner.args[0])))
    if inner.op == "at" and machine.value(inner.args[0]) == 0:
        return graph.bool(True)
    if inner.op == "select":
        test, *arms = inner.args
        return graph.add("select", (test, *(graph.add("is_there", (arm,)) for arm in arms)))
    return None


def _same(machine: Rewriter, term: Term) -> int | None:
    """Equal positions have equal indices, and only they; missing is -1."""
    graph = machine.graph
    for one, other in (term.args, term.args[::-1]):
        part = graph[other]
        if part.op == "none":
            return graph.add("not", (graph.add("is_there", (one,)),))
        if graph[one].op not in _THERE:
            continue
        index = graph.index(one)
        if part.op in _THERE or part.op == "prev":
            return graph.add("eq", (index, graph.index(other)))
        # What lies beyond the horizon is missing, and `one` never lies there.
        if part.op == "at" and machine.fact(part.args[0]).whole:
            return graph.add("eq", (index, part.args[0]))
        if part.op == "next" and graph[part.args[0]].op in _THERE:
            following = graph.index(part.args[0])
            return graph.add("eq", (index, graph.add("add", (following, graph.number(1)))))
        if part.op == "select":
            test, *arms = part.args
            if any(graph[arm].op == "none" for arm in arms):
                tests = [graph.add("same", (one, arm)) for arm in arms]
                return graph.add("select", (test, *tests))
    return graph.add("same", machine.sort(term.args))


def _sorted_pair(machine: Rewriter, term: Term) -> int | None:
    return machine.add(term.op, machine.sort(term.args), term.payload)


def _relation_of_missing(machine: Rewriter, term: Term) -> int | None:
    if any(machine.op(arg) == "none" for arg in term.args):
        return machine.graph.bool(False)
    return None


RULES = (
    Rule("before missing", "prev(none)", "none", "the missing position's neighbours are itself"),
    Rule("after missing", "next(none)", "none", "the missing position's neighbours are itself"),
    Rule("head of missing", "head(none)", "none", "the missing position's head is itself"),
    Rule("itself", "same(x, x)", "true", "a position equals itself"),
    Rule("missing column", "column", _column, "a missing position's values are fixed"),
    Rule("there", "is_there", _is_there, "prev of the first is missing, at(0) never is"),
    Rule("same place", "same", _same, "positions are equal where their indices are"),
    Rule("pair", "similarity", _sorted_pair, "a cosine has no direction"),
    Rule("missing relation", "is_child|is_ancestor", _relation_of_missing, "missing has no word"),
)
