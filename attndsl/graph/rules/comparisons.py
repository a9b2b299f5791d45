"""Rules of comparisons: facts decide, whole numbers get one form.

>>> from attndsl.graph.rules import normal_text
>>> normal_text("le(add(i(q), -3), i(k))"), normal_text("lt(i(q), add(i(k), 4))")
('lt(add(i(q), mul(-1, i(k))), 4)', 'lt(add(i(q), mul(-1, i(k))), 4)')
>>> normal_text("lt(0, i(k))"), normal_text("le(-1, i(k))")
('not(eq(i(k), 0))', 'true')
"""

from attndsl.graph.arithmetic import near
from attndsl.graph.linear import Parts, folded, leading, parts_of, put_together, whole_sum
from attndsl.graph.rewrite import Rewriter, Rule
from attndsl.graph.terms import Term
from attndsl.language.nodes import Type


def _decided(machine: Rewriter, term: Term) -> int | None:
    """A constant, where intervals leave no choice."""
    if not term.args or term.type is Type.TEXT:
        return None
    graph = machine.graph
    fact = machine.fact(graph.add(term.op, term.args, term.payload))
    if term.type is Type.POSITION:
        return graph.add("none") if fact.hi < 0 else None
    if fact.lo != fact.hi:
        return None
    if term.type is Type.BOOL:
        return graph.bool(fact.lo >= 1)
    if term.type is not Type.NUMBER:
        return None
    given = (value for arg in term.args if (value := machine.value(arg)) is not None)
    return graph.number(folded(fact.lo, *given))


def _difference(machine: Rewriter, one: int, other: int) -> Parts | None:
    """one - other as parts, where both are whole."""
    parts = parts_of(machine, (one,), flat=True)
    parts = parts.minus(parts_of(machine, (other,), flat=True))
    parts.terms = {part: times for part, times in parts.terms.items() if times != 0}
    return parts if whole_sum(machine, parts) else None


def _whole_less(machine: Rewriter, term: Term) -> int | None:
    """Whole numbers: what varies on one side, the number on the other, `<` with numbers."""
    graph = machine.graph
    numbers = [graph[arg].op == "number" for arg in term.args]
    if all(numbers) or not all(
        number or machine.fact(arg).whole for number, arg in zip(numbers, term.args, strict=True)
    ):
        return None
    one, other = (_rounded(machine, arg, side, term.op) for side, arg in enumerate(term.args))
    parts = _difference(machine, one, other)
    if parts is None:
        return None
    if not parts.terms:
        return graph.bool(parts.constant < 0 or (term.op == "le" and parts.constant == 0))
    # parts + constant < 0: the constant moves right, `<=` becomes `<`
    limit = -parts.constant + (1.0 if term.op == "le" else 0.0)
    parts.constant = 0.0
    upward = leading(machine, parts) < 0
    if upward:
        parts = parts.scaled(-1.0)  # -limit < parts
    pair = _two_sided(machine, parts)
    if pair is not None and limit in (0.0, 1.0):
        first, second = pair[::-1] if upward else pair
        return graph.add("lt" if limit == 0 else "le", (first, second))
    varying = put_together(machine, parts)
    fact = machine.fact(varying)
    if upward:
        limit = -limit
        if fact.lo == limit:
            return graph.add("not", (graph.add("eq", (varying, graph.number(limit))),))
        if fact.hi == limit + 1:
            return graph.add("eq", (varying, graph.number(limit + 1)))
        return graph.add("lt", (graph.number(limit), varying))
    if fact.hi == limit:
        return graph.add("not", (graph.add("eq", (varying, graph.number(limit))),))
    if fact.lo == limit - 1:
        return graph.add("eq", (varying, graph.number(limit - 1)))
    return graph.add("lt", (varying, graph.number(limit)))


def _rounded(machine: Rewriter, arg: int, side: int, op: str) -> int:
    """What a whole number is compared with, moved to the whole one that decides alike."""
    value = machine.value(arg)
    if value is None or value.is_integer() or abs(value - round(value)) < 1e-6 or abs(value) > 1e9:
        return arg
    # x < 2.5 is x < 3, x <= 2.5 is x <= 2; 2.5 < x is 2 < x, 2.5 <= x is 3 <= x
    up = (side == 1) == (op == "lt")
    return machine.graph.number(float(int(value // 1) + (1 if up else 0)))


def _two_sided(machine: Rewriter, parts: Parts) -> tuple[int, int] | None:
    """x and y of x - y."""
    if sorted(parts.terms.values()) != [-1.0, 1.0] or parts.constant != 0:
        return None
    first, second = machine.sort(parts.terms)
    return (first, second) if parts.terms[first] > 0 else (second, first)


def _whole_equal(machine: Rewriter, term: Term) -> int | None:
    graph = machine.graph
    if any(graph[arg].type is not Type.NUMBER for arg in term.args):
        return None
    if not all(machine.fact(arg).whole for arg in term.args):
        return None
    parts = _difference(machine, *term.args)
    if parts is None:
        return None
    if not parts.terms:
        return graph.bool(parts.constant == 0)
    if leading(machine, parts) < 0:
        parts = parts.scaled(-1.0)
    pair = _two_sided(machine, parts)
    if pair is not None:
        return graph.add("eq", machine.sort(pair))  # the sign of a sum can be another part's
    value, parts.constant = -parts.constant, 0.0
    return graph.add("eq", (put_together(machine, parts), graph.number(value)))


def _whole_among(machine: Rewriter, term: Term) -> int | None:
    graph = machine.graph
    values = list(term.values)
    if len(values) == 1:
        return graph.add("eq", (term.args[0], graph.number(values[0])))
    if not machine.fact(term.args[0]).whole:
        return None
    parts = parts_of(machine, term.args, flat=True)
    if not whole_sum(machine, parts) or not parts.terms:
        return None
    sign = 1.0
    if leading(machine, parts) < 0:
        parts, sign = parts.scaled(-1.0), -1.0
    shift, parts.constant = parts.constant, 0.0
    varying = put_together(machine, parts)
    fact = machine.fact(varying)
    moved = sorted({sign * value - shift + 0.0 for value in values if float(value).is_integer()})
    moved = [value for value in moved if fact.lo <= value <= fact.hi]
    if not moved:
        return graph.bool(False)
    return graph.add("among", (varying,), tuple(moved))


def _equal_sides(machine: Rewriter, term: Term) -> int | None:
    """The number second, else sorted."""
    one, other = term.args
    values = machine.value(one), machine.value(other)
    if values[0] is not None and values[1] is not None:
        return machine.graph.bool(near(values[0], values[1]))
    if values[0] is not None:
        return machine.add("eq", (other, one))
    if machine.op(other) == "number":
        return None
    return machine.add("eq", machine.sort(term.args))


def _beyond_clamp(machine: Rewriter, term: Term) -> int | None:
    """x == max(y, c) is x == y where x is surely above c."""
    for one, other in (term.args, term.args[::-1]):
        if machine.op(other) == "max" and len(machine.args(other)) == 2:
            for bound, rest in (machine.args(other), machine.args(other)[::-1]):
                value = machine.value(bound)
                if value is not None and machine.fact(one).lo > value + 1e-6:
                    return machine.add("eq", (one, rest))
    return None


def _of_select(machine: Rewriter, term: Term) -> int | None:
    """A number compared with a choice of which one arm is a number: arm by arm."""
    graph = machine.graph
    for index, arg in enumerate(term.args):
        others = [*term.args[:index], *term.args[index + 1 :]]
        if graph[arg].op != "select" or any(graph[each].op != "number" for each in others):
            continue
        test, *arms = graph[arg].args
        if all(machine.value(arm) is None for arm in arms):
            continue
        made = []
        for arm in arms:
            args = [*term.args[:index], arm, *term.args[index + 1 :]]
            made.append(graph.add(term.op, args, term.payload))
        return graph.add("select", (test, *made))
    return None


def _above_nothing(machine: Rewriter, term: Term) -> int | None:
    """0 < w, w == 0 or w <= 0 for a sum of parts that are 0 or clearly above: by its tests."""
    graph = machine.graph
    one, other = term.args
    if term.op == "lt":
        one, other = other, one
    if machine.value(other) != 0 or graph[one].op not in ("add", "max"):
        return None
    tests = [_positive(machine, part) for part in graph[one].args]
    if None in tests:
        return None
    some = graph.add("or", [test for test in tests if test is not None])
    return some if term.op == "lt" else graph.add("not", (some,))


def _positive(machine: Rewriter, term: int) -> int | None:
    """When the term is above 0, if it is never below nor next to it."""
    graph, fact = machine.graph, machine.fact(term)
    if fact.lo >= 1e-6 or fact.hi == fact.lo == 0:
        return graph.bool(fact.lo > 0)
    if graph[term].op != "select":
        return None
    test, one, other = graph[term].args
    arms = _positive(machine, one), _positive(machine, other)
    if arms[0] is None or arms[1] is None:
        return None
    return graph.add("select", (test, arms[0], arms[1]))


RULES = (
    Rule("known", "*", _decided, "the intervals of the operands leave one value"),
    Rule("equal to itself", "eq(x, x)", "true", "values are finite"),
    Rule("less than itself", "lt(x, x)", "false", "values are finite"),
    Rule("at most itself", "le(x, x)", "true", "values are finite"),
    Rule("largest is it", "eq(max(x, y), y)", "le(x, y)", "x is no larger, or nearly equal"),
    Rule("smallest is it", "eq(min(x, y), y)", "le(y, x)", "x is no smaller, or nearly equal"),
    Rule("compare a choice", "lt|le|eq|among", _of_select, "arm by arm, one of them a constant"),
    Rule("any weight yet", "lt|le|eq", _above_nothing, "a sum is 0 where all its parts are"),
    Rule("whole order", "lt|le", _whole_less, "whole differences are exact; x <= 3 is x < 4"),
    Rule("whole equality", "eq", _whole_equal, "whole differences are exact"),
    Rule("whole set", "among", _whole_among, "whole numbers shift exactly; a single value is =="),
    Rule("beyond the clamp", "eq", _beyond_clamp, "the bound of a max can't be met"),
    Rule("equal sides", "eq", _equal_sides, "equality has no direction"),
)
