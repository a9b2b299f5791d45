"""Rules of `ratio`, a value's share of its row's sum: x / s, and 0 where s is under 1e-12.

>>> from attndsl.graph.rules import normal_text
>>> normal_text("ratio(mul(4, len(k)), mul(4, sum[visible 1](true, similarity(q, bound[1]))))")
'ratio(len(k), sum[visible 1](true, similarity(q, bound[1])))'
"""

from attndsl.graph.linear import split
from attndsl.graph.rewrite import Rewriter, Rule
from attndsl.graph.substitute import substitute
from attndsl.graph.terms import FREE_K, Term

# Factors within these move a sum across the threshold only where it is next to nothing anyway.
_LEAST, _MOST = 1e-6, 1e6
SCALE = 1e12  # a sum counts where SCALE times it is at least 1
_SURE = 2 / SCALE  # sums from here on count, whatever was rounded


def _sure(machine: Rewriter, term: Term) -> int | None:
    """A whole sum is 0 or far from the threshold; others may be known to be."""
    fact = machine.fact(term.args[1])
    if machine.fires(_common_factor, term):
        return None  # of a quotient no factor could go
    if (fact.whole and fact.lo >= 0) or fact.lo >= _SURE:
        return machine.add("div", term.args)
    return None


def _by_number(machine: Rewriter, term: Term) -> int | None:
    share, total = term.args
    number, rest = split(machine, total)
    if number == 1 or not _LEAST <= number <= _MOST:
        return None
    scaled = machine.add("mul", (machine.graph.number(1.0 / number), share))
    return machine.add("ratio", (scaled, rest))


def _common_factor(machine: Rewriter, term: Term) -> int | None:
    graph = machine.graph
    if any(graph[arg].op != "mul" for arg in term.args):
        return None
    mine, theirs = (list(graph[arg].args) for arg in term.args)
    for factor in mine:
        fact = machine.fact(factor)
        if factor in theirs and fact.lo >= _LEAST and fact.hi <= _MOST:
            mine.remove(factor)
            theirs.remove(factor)
            one = graph.number(1)
            args = [graph.add("mul", (one, one, *left)) for left in (mine, theirs)]
            return graph.add("ratio", args)
    return None


def _of_select(machine: Rewriter, term: Term) -> int | None:
    """Of a sum, or of a value, that is 0 on one arm; a value stays whole beside its own sum."""
    share, total = term.args
    graph = machine.graph
    for choice in (total, share):
        if graph[choice].op == "select":
            test, *arms = graph[choice].args
            if any(machine.value(arm) == 0 for arm in arms):
                if choice == share and row_of(machine, total) == share:
                    return None
                pairs = [(share, arm) if choice == total else (arm, total) for arm in arms]
                return graph.add("select", (test, *(graph.add("ratio", pair) for pair in pairs)))
    return None


def _written_out(machine: Rewriter, term: Term) -> int | None:
    """x / s if s * 1e12 >= 1 else 0: how a share is written that isn't `normalized`."""
    graph = machine.graph
    test, one, other = term.args
    if graph[test].op == "lt":
        one, other = other, one
    if machine.value(other) != 0:
        return None
    sign, quotient = split(machine, one)
    if abs(sign) != 1 or graph[quotient].op != "div":
        return None
    number = graph.number
    share, total = graph[quotient].args
    scaled = graph.add("mul", (number(SCALE), total))
    asked = ("lt", (scaled, number(1))) if graph[test].op == "lt" else ("le", (number(1), scaled))
    if machine(graph.add(*asked)) != test:
        return None
    return graph.add("ratio", (graph.add("mul", (number(sign), share)), total))


def row_of(machine: Rewriter, total: int) -> int | None:
    """The value whose sum over the row is this term, if it is such a sum."""
    graph = machine.graph
    part = graph[total]
    if part.op == "mul":
        rows = [arg for arg in part.args if graph[arg].op == "aggregate"]
        rest = [arg for arg in part.args if arg not in rows]
        row = row_of(machine, rows[0]) if len(rows) == 1 else None
        if row is None or any(graph[arg].free & FREE_K for arg in rest):
            return None
        return machine(graph.add("mul", (*rest, row)))
    if part.op != "aggregate":
        return None
    payload = part.aggregate
    if payload.function != "sum" or payload.range != "visible" or part.free & FREE_K:
        return None
    bound = graph.add("bound", (), payload.height)
    guard, body = substitute(graph, part.args, {bound: graph.add("k")})
    return machine(graph.add("select", (guard, body, graph.number(0))))


RULES = (
    Rule("empty share", "ratio(0, x)", "0", "0 / x is 0"),
    Rule("share of a multiple", "ratio", _by_number, "x / (c * s) is (x / c) / s"),
    Rule("share without factor", "ratio", _common_factor, "(f * x) / (f * s) is x / s"),
    Rule("sure share", "ratio", _sure, "a sum that can't be next to nothing"),
    Rule("share of a choice", "ratio", _of_select, "arm by arm"),
    Rule("share written out", "select", _written_out, "the definition of a share"),
)
