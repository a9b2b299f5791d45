"""Rules of a whole program: rows are normalised, so what a whole row shares has no say.

They look at the value of a program and go on into the arms of selects. Where only tests of the
query lie above an arm, its row is the arm's alone ("row"); where the other arm is 0, or hidden,
scaling still scales the row ("share"); elsewhere only a cell is seen ("cell").
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from attndsl.graph.intervals import magnitude
from attndsl.graph.linear import calm_product, calm_sum, split
from attndsl.graph.rewrite import Fired, Rewriter
from attndsl.graph.rules.shares import row_of
from attndsl.graph.terms import FREE_Q
from attndsl.language.nodes import Type

View = Literal["row", "share", "cell"]
_LEAST, _MOST = 1e-6, 1e6  # factors beyond could move a row across the threshold of empty rows
_ADDEND = 2.0**21  # larger ones would cost a score its last digits
_HIDDEN = -1e30  # scores from here down are hidden


@dataclass(frozen=True, slots=True)
class RootRule:
    """`right` gives what may stand in place of a value seen as one of `views`, or None."""

    name: str
    views: tuple[View, ...]
    right: Callable[[Rewriter, int], int | None]
    why: str


def at_root(machine: Rewriter, root: int, softmax: bool) -> int:
    """The value of a program after the root rules, arms of selects included."""
    rules = SCORE_RULES if softmax else WEIGHT_RULES
    graph, start = machine.graph, (root, "row")
    done: dict[tuple[int, str], int] = {}
    stack: list[tuple[int, str]] = [start]
    while stack:
        here = stack[-1]
        term, view = here
        if here in done:
            stack.pop()
            continue
        new = _by_rule(machine, rules, term, view)
        if new is not None:
            if (new, view) in done:
                done[here] = done[new, view]
            else:
                stack.append((new, view))
            continue
        part = graph[term]
        if part.op != "select":
            done[here] = term
            continue
        test, one, other = part.args
        views = _views(machine, part.args, view, softmax)
        arms = [(one, views[0]), (other, views[1])]
        missing = [arm for arm in arms if arm not in done]
        if missing:
            stack.extend(missing)
            continue
        done[here] = machine(graph.add("select", (test, *(done[arm] for arm in arms))))
    return done[start]


def _by_rule(machine: Rewriter, rules: tuple[RootRule, ...], term: int, view: str) -> int | None:
    for rule in rules:
        if view in rule.views:
            new = rule.right(machine, term)
            if new is not None and new != term:
                if machine.trace is not None:
                    machine.trace.append(Fired(rule.name, term, new))
                return machine(new)
    return None


def _views(machine: Rewriter, args: tuple[int, ...], view: str, softmax: bool) -> tuple[str, str]:
    test, one, other = args
    if _of_query(machine, test):
        return view, view
    if view == "cell":
        return "cell", "cell"

    def nothing(arm: int) -> bool:
        return machine.fact(arm).hi <= (_HIDDEN if softmax else 0.0)

    return ("share" if nothing(other) else "cell"), ("share" if nothing(one) else "cell")


def _of_query(machine: Rewriter, term: int) -> bool:
    return not machine.graph[term].free & ~FREE_Q


def _no_less_than_nothing(machine: Rewriter, term: int) -> int | None:
    """max(w, 0) is w; what can't be above 0 is 0."""
    graph = machine.graph
    if graph[term].type is not Type.NUMBER:
        return None
    if machine.fact(term).hi <= 0:
        return graph.number(0)
    if graph[term].op != "max":
        return None
    rest = [arg for arg in graph[term].args if machine.fact(arg).hi > 0]
    return rest[0] if len(rest) == 1 else graph.add("max", rest)


def _truth(machine: Rewriter, term: int) -> int | None:
    """select(c, 1, 0) is c; true is 1."""
    graph = machine.graph
    part = graph[term]
    if part.op == "bool":
        return graph.number(1.0 if part.payload else 0.0)
    if part.op == "select":
        test, one, other = part.args
        if machine.value(one) == 1 and machine.value(other) == 0:
            return test
        if machine.value(one) == 0 and machine.value(other) == 1:
            return graph.add("not", (test,))
    return None


def _own_share(machine: Rewriter, term: int) -> int | None:
    """ratio(x, the row's sum of x) is x."""
    graph = machine.graph
    if graph[term].op != "ratio":
        return None
    share, total = graph[term].args
    return share if row_of(machine, total) == share and machine.fact(share).lo >= 0 else None


def _row_factor(machine: Rewriter, term: int) -> int | None:
    """Factors of the query alone, all of them together within bounds."""
    graph = machine.graph
    part = graph[term]
    if part.type is not Type.NUMBER:
        return None
    if _of_query(machine, term):
        return graph.number(1) if _bounded(machine, [term]) else None
    if part.op == "mul":
        factors = machine.sort(arg for arg in part.args if _of_query(machine, arg))
        while factors and not _bounded(machine, factors):
            factors.pop()
        if not calm_product(machine, part.args):
            return None
        rest = [arg for arg in part.args if arg not in factors]
        return rest[0] if len(rest) == 1 else graph.add("mul", rest)
    return None


def _row_divisor(machine: Rewriter, term: int) -> int | None:
    """A divisor of the query alone, within bounds; a sign before the quotient stays."""
    sign, quotient = split(machine, term)
    if abs(sign) != 1 or machine.op(quotient) != "div":
        return None
    top, bottom = machine.args(quotient)
    small = magnitude(machine.fact(top)) <= _MOST**4
    if not (small and _of_query(machine, bottom) and _bounded(machine, [bottom])):
        return None
    return top if sign == 1 else machine.add("mul", (machine.graph.number(sign), top))


def _bounded(machine: Rewriter, factors: list[int]) -> bool:
    low = high = 1.0
    for factor in factors:
        fact = machine.fact(factor)
        low, high = low * fact.lo, high * fact.hi
        if fact.lo <= 0:
            return False
    return low >= _LEAST and high <= _MOST


def _row_addend(machine: Rewriter, term: int) -> int | None:
    """Addends of the query alone, where they are small beside a hidden score."""
    graph = machine.graph
    part = graph[term]

    def small(addend: int) -> bool:
        fact = machine.fact(addend)
        return _of_query(machine, addend) and fact.lo >= -_ADDEND and fact.hi <= _ADDEND

    if small(term):
        return graph.number(0)
    if part.op != "add" or not calm_sum(machine, part.args):
        return None
    rest = [arg for arg in part.args if not small(arg)]
    if not rest:
        return None
    return rest[0] if len(rest) == 1 else graph.add("add", rest)


WEIGHT_RULES = (
    RootRule("no weight below 0", ("row", "share", "cell"), _no_less_than_nothing,
             "a negative weight counts 0"),
    RootRule("truth as weight", ("row",), _truth, "a bool counts 0 or 1"),
    RootRule("own share", ("row",), _own_share, "rows are divided by their sum anyway"),
    RootRule("row factor", ("row", "share"), _row_factor, "it is the same for the whole row"),
    RootRule("row divisor", ("row", "share"), _row_divisor, "it is the same for the whole row"),
)  # fmt: skip
SCORE_RULES = (
    RootRule("row addend", ("row", "share"), _row_addend, "softmax leaves out what a row shares"),
)
