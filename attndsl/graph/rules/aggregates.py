"""Rules of aggregates over positions.

>>> from attndsl.graph.rules import normal_text
>>> normal_text("sum[before 1](q, true, 2)"), normal_text("any[before 1](q, is_open(q), true)")
('mul(2, i(q))', 'and(is_open(q), not(eq(i(q), 0)))')
>>> normal_text("sum[before 1](q, true, select(is_open(bound[1]), i(k), 0))")
'mul(sum[before 1](q, is_open(bound[1]), 1), i(k))'
"""

from attndsl.graph.linear import calm_product
from attndsl.graph.operations import reduction
from attndsl.graph.rewrite import Rewriter, Rule
from attndsl.graph.rules.numbers import as_number
from attndsl.graph.substitute import close, open_aggregate
from attndsl.graph.terms import Aggregate, Term, free_bound
from attndsl.language.nodes import Type


def _made(term: Term, machine: Rewriter, guard: int, body: int) -> int:
    return machine.add("aggregate", (*term.args[:-2], guard, body), term.payload)


def _by_height(machine: Rewriter, term: Term) -> int | None:
    """Name the variable by the height of what is below, as it is after rewriting."""
    graph, payload = machine.graph, term.aggregate
    guard, body = term.args[-2:]
    if payload.height == max(graph[guard].height, graph[body].height) + 1:
        return None
    guard, body, variable = open_aggregate(graph, term)
    return close(graph, payload.function, payload.range, term.args[:-2], guard, body, variable)


def _empty(machine: Rewriter, term: Term) -> int | None:
    """A guard that is never true, or a range that is always empty."""
    payload, over = term.aggregate, term.args[:-2]
    never = machine.graph[term.args[-2]] == machine.graph[machine.graph.bool(False)]
    if payload.range in ("before", "upto") and machine.op(over[0]) == "none":
        never = True
    if payload.range == "between" and machine.op(over[1]) == "none":
        never = True
    return machine.graph.empty(payload.function) if never else None


def _range(machine: Rewriter, term: Term) -> int | None:
    """upto(p.prev) is before(p); between(None, b) is before(b)."""
    payload, over, graph = term.aggregate, term.args[:-2], machine.graph
    if payload.range == "upto" and graph[over[0]].op == "prev":
        over = graph[over[0]].args
    elif payload.range == "between" and graph[over[0]].op == "none":
        over = over[1:]
    else:
        return None
    renamed = Aggregate(payload.function, "before", payload.height)
    return graph.add("aggregate", (*over, *term.args[-2:]), renamed)


def _body_of_bools(machine: Rewriter, term: Term) -> int | None:
    """A sum counts where its body is true; other aggregates see 1 and 0."""
    guard, body = term.args[-2:]
    graph, function = machine.graph, term.aggregate.function
    if not reduction(function).takes_body or graph[body].type is not Type.BOOL:
        return None
    if function == "sum":
        return _made(term, machine, graph.add("and", (guard, body)), graph.number(1))
    return _made(term, machine, guard, as_number(machine, body))


def _body_into_guard(machine: Rewriter, term: Term) -> int | None:
    """The sum of a select with a 0 runs over the rest only."""
    guard, body = term.args[-2:]
    graph = machine.graph
    if term.aggregate.function != "sum" or graph[body].op != "select":
        return None
    test, one, other = graph[body].args
    if machine.value(other) == 0:
        return _made(term, machine, graph.add("and", (guard, test)), one)
    if machine.value(one) == 0:
        negative = graph.add("not", (test,))
        return _made(term, machine, graph.add("and", (guard, negative)), other)
    return None


def _guard_outside(machine: Rewriter, term: Term) -> int | None:
    """Tests that don't look at the variable are asked once, outside."""
    guard, body = term.args[-2:]
    graph, payload = machine.graph, term.aggregate
    bit = free_bound(payload.height)
    tests = graph[guard].args if graph[guard].op == "and" else (guard,)
    outside = [test for test in tests if not graph[test].free & bit and graph[test].op != "bool"]
    if not outside:
        return None
    inside = [test for test in tests if test not in outside]
    inner = _made(term, machine, graph.all_of(inside), body)
    if payload.function == "any":
        return graph.add("and", (*outside, inner))
    return graph.add("select", (graph.all_of(outside), inner, graph.empty(payload.function)))


def _factors_outside(machine: Rewriter, term: Term) -> int | None:
    """Of a sum: factors that don't look at the variable."""
    guard, body = term.args[-2:]
    graph, payload = machine.graph, term.aggregate
    bit = free_bound(payload.height)
    if payload.function != "sum" or machine.value(body) == 1:
        return None
    factors = graph[body].args if graph[body].op == "mul" else (body,)
    outside = [factor for factor in factors if not graph[factor].free & bit]
    if not outside or not calm_product(machine, (*factors, term.args[-1])):
        return None
    inside = [factor for factor in factors if factor not in outside]
    left = graph.number(1) if not inside else inside[0] if len(inside) == 1 else 0
    inner = _made(term, machine, guard, left or graph.add("mul", inside))
    if not calm_product(machine, (*outside, inner)):
        return None
    return graph.add("mul", (*outside, inner))


def _constant_body(machine: Rewriter, term: Term) -> int | None:
    """The largest or smallest of one value; the earliest of equals."""
    guard, body = term.args[-2:]
    graph, payload = machine.graph, term.aggregate
    if graph[body].free & free_bound(payload.height):
        return None
    over, alike = term.args[:-2], reduction(payload.function).alike
    true = graph.bool(True)
    if alike == "first":
        first = Aggregate("first", payload.range, payload.height)
        return graph.add("aggregate", (*over, guard, true), first)
    if alike == "body":
        any_of = Aggregate("any", payload.range, payload.height)
        some = graph.add("aggregate", (*over, guard, true), any_of)
        return graph.add("select", (some, body, graph.empty(payload.function)))
    return None


def _whole_range(machine: Rewriter, term: Term) -> int | None:
    """Without a guard: whether there is a position, and how many, by indices."""
    guard, body = term.args[-2:]
    graph, payload = machine.graph, term.aggregate
    if graph[guard] != graph[graph.bool(True)] or payload.function not in ("any", "sum"):
        return None
    if payload.function == "sum" and machine.value(body) != 1:
        return None
    if payload.range == "upto" and machine.op(term.args[0]) == "prev":
        return None  # the rule "range" makes it `before`, whose count is shorter
    # A head may lie beyond the horizon, where ranges end; other positions can't.
    if any(_may_pass_horizon(machine, position) for position in term.args[:-2]):
        return None
    index = [graph.index(position) for position in term.args[:-2]]
    number = graph.number
    match payload.range:
        case "before":
            many = index[0]
        case "upto":
            many = graph.add("add", (index[0], number(1)))
        case "between":
            gap = (index[1], graph.add("mul", (number(-1), index[0])), number(-1))
            many = graph.add("add", gap)
        case _:
            return None
    if payload.function == "any":
        return graph.add("lt", (number(0), many))
    return graph.add("max", (many, number(0)))


def _may_pass_horizon(machine: Rewriter, position: int) -> bool:
    stack = [position]
    while stack:
        term = machine.graph[stack.pop()]
        if term.op == "head":
            return True
        if term.type is Type.POSITION and term.op != "aggregate":
            stack.extend(arg for arg in term.args if machine.graph[arg].type is Type.POSITION)
    return False


def _found(machine: Rewriter, term: Term) -> int | None:
    """Something was found where anything passes the guard."""
    inner = machine.graph[term.args[0]]
    if inner.op != "aggregate":
        return None
    payload = inner.aggregate
    some = Aggregate("any", payload.range, payload.height)
    return machine.add("aggregate", (*inner.args[:-1], machine.graph.bool(True)), some)


def _by_any(machine: Rewriter, term: Term) -> int | None:
    """Any of one or any of the other, over one range, is any of either."""
    graph = machine.graph
    groups: dict[tuple[object, ...], list[int]] = {}
    for arg in term.args:
        part = graph[arg]
        if part.op == "aggregate" and part.aggregate.function == "any":
            groups.setdefault((part.aggregate.range, *part.args[:-2]), []).append(arg)
    for (name, *_), group in groups.items():
        if len(group) > 1:
            rest = [arg for arg in term.args if arg not in group]
            opened = []
            variable = -1
            for arg in group:
                guard, _, mine = open_aggregate(graph, graph[arg], *group)
                assert variable in (-1, mine)
                variable = mine
                opened.append(guard)
            either, true = graph.add("or", opened), graph.bool(True)
            over = graph[group[0]].args[:-2]
            joined = close(graph, "any", str(name), over, either, true, variable)
            return graph.add("or", (*rest, joined)) if rest else joined
    return None


RULES = (
    Rule("variable by height", "aggregate", _by_height, "equal aggregates are the same term"),
    Rule("empty", "aggregate", _empty, "nothing to run over"),
    Rule("range", "aggregate", _range, "two ways to write one range"),
    Rule("sum of bools", "aggregate", _body_of_bools, "a bool counts 0 or 1"),
    Rule("sum of select", "aggregate", _body_into_guard, "zeros add nothing"),
    Rule("guard outside", "aggregate", _guard_outside, "it is the same for every position"),
    Rule("constant body", "aggregate", _constant_body, "all bodies are equal"),
    Rule(
        "factors outside", "aggregate", _factors_outside, "a multiple of a sum; clear of saturation"
    ),
    Rule("whole range", "aggregate", _whole_range, "the number of positions between indices"),
    Rule("found", "is_there", _found, "a position is found where one passes the guard"),
    Rule("any of either", "or", _by_any, "one pass instead of two"),
)
