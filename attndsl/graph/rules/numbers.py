"""Rules of arithmetic: constants, sums, products, quotients, powers, extremes.

>>> from attndsl.graph.rules import normal_text
>>> normal_text("add(1, mul(2, i(q)), add(i(q), mul(-1, i(k))), 2)")
'add(mul(3, i(q)), mul(-1, i(k)), 3)'
>>> normal_text("mul(0.5, mul(4, len(k)), len(k))")
'mul(2, pow(len(k), 2))'
"""

from attndsl.graph import arithmetic
from attndsl.graph.intervals import magnitude
from attndsl.graph.linear import (
    calm_sum,
    folded,
    in_order,
    leading,
    number_arms,
    parts_of,
    plus,
    put_together,
    split,
    steps_apart,
)
from attndsl.graph.operations import FOLDED, TAKE_NUMBERS
from attndsl.graph.rewrite import Rewriter, Rule
from attndsl.graph.terms import Term
from attndsl.language.nodes import Type


def as_number(machine: Rewriter, term: int) -> int:
    """A bool written as 1 or 0; a number as it is."""
    graph = machine.graph
    if graph[term].type is not Type.BOOL:
        return term
    if graph[term].op == "bool":
        return graph.number(float(bool(graph[term].payload)))
    return graph.add("select", (term, graph.number(1), graph.number(0)))


def _bools_counted(machine: Rewriter, term: Term) -> int | None:
    terms = machine.graph.terms
    if Type.BOOL not in [terms[arg].type for arg in term.args]:
        return None
    return machine.add(term.op, [as_number(machine, arg) for arg in term.args], term.payload)


def _folded(machine: Rewriter, term: Term) -> int | None:
    values = [value for arg in term.args if (value := machine.value(arg)) is not None]
    if len(values) < len(term.args):
        return None
    return machine.graph.number(folded(FOLDED[term.op](*values), *values))


def _sum(machine: Rewriter, term: Term) -> int | None:
    graph = machine.graph
    if not calm_sum(machine, term.args):
        if len(term.args) == 2 and _opposites(machine, *term.args):
            return graph.number(0)
        return in_order(machine, "add", [arg for arg in term.args if machine.value(arg) != 0])
    parts = parts_of(machine, term.args, flat=True)
    if parts.lossy:
        return in_order(machine, "add", list(term.args))
    if len(parts.terms) > 1:
        parts = steps_apart(machine, parts)
    elif parts.constant:
        for part, times in parts.terms.items():
            arms = number_arms(machine, part)
            if arms is None:
                break
            values = (graph.number(plus(times * arm, parts.constant)) for arm in arms)
            return graph.add("select", (graph[part].args[0], *values))
    if abs(parts.constant) > arithmetic.HUGE:
        return None
    return put_together(machine, parts)


def _opposites(machine: Rewriter, one: int, other: int) -> bool:
    """Whether one of the two is what minus the other has become: x - x is 0, wild or not."""
    graph = machine.graph
    minus = graph.number(-1)
    for part, negative in ((one, other), (other, one)):
        made = graph.ids.get(("mul", (minus, part), None))
        if made is not None and (made == negative or machine.normal.get(made) == negative):
            return True
    return False


def _same_tests(machine: Rewriter, term: Term) -> int | None:
    by_test: dict[int, list[int]] = {}
    for arg in term.args:
        if machine.op(arg) == "select":
            by_test.setdefault(machine.args(arg)[0], []).append(arg)
    for test, group in by_test.items():
        if len(group) > 1 and calm_sum(machine, term.args) and not machine.fires(_sum, term):
            rest = [arg for arg in term.args if arg not in group]
            _, ones, others = zip(*(machine.args(each) for each in group), strict=True)
            arms = machine.add("add", ones), machine.add("add", others)
            joined = machine.add("select", (test, *arms))
            return machine.add("add", [*rest, joined]) if rest else joined
    return None


def _quotient_of_select(machine: Rewriter, term: Term) -> int | None:
    """Of a choice that is 0 on one arm, above or below the line."""
    top, bottom = term.args
    for choice in term.args:
        if machine.op(choice) == "select":
            test, *arms = machine.args(choice)
            if any(machine.value(arm) == 0 for arm in arms):
                pairs = [(arm, bottom) if choice == top else (top, arm) for arm in arms]
                return machine.add("select", (test, *(machine.add("div", p) for p in pairs)))
    return None


def _first_power(machine: Rewriter, term: Term) -> int | None:
    base, exponent = term.args
    small = magnitude(machine.fact(base)) <= arithmetic.HUGE
    return base if machine.value(exponent) == 1 and small else None


def _by_number(machine: Rewriter, term: Term) -> int | None:
    one, other = term.args
    value = machine.value(other)
    if not value or not 1e-6 <= abs(value) <= 1e6:
        return None
    inverse = 1.0 / value
    if value == 1 and magnitude(machine.fact(one)) <= arithmetic.HUGE:
        return one
    if float(f"{inverse:.6g}") != inverse:
        return None
    return machine.add("mul", (machine.graph.number(inverse), one))


def _numbers_of_quotient(machine: Rewriter, term: Term) -> int | None:
    """Numbers above and below the line become one above, where that is short."""
    times, top = split(machine, term.args[0])
    value = machine.value(top)
    if value is not None:
        times, top = value, machine.graph.number(1)
    by, bottom = split(machine, term.args[1])
    if by == 1 or not 1e-6 <= abs(by) <= 1e6:
        return None
    share = folded(times / by, times, by)
    if float(f"{share:.6g}") != share:
        return None
    above = machine.add("mul", (machine.graph.number(share), top))
    return machine.add("div", (above, bottom))


def _whole_already(machine: Rewriter, term: Term) -> int | None:
    return term.args[0] if machine.fact(term.args[0]).whole else None


def _magnitude(machine: Rewriter, term: Term) -> int | None:
    (x,) = term.args
    graph, fact = machine.graph, machine.fact(x)
    if fact.lo >= 0:
        return x
    if fact.hi <= 0:
        return graph.add("mul", (graph.number(-1), x))
    if graph[x].op == "add":
        parts = parts_of(machine, graph[x].args, flat=False)
        if leading(machine, parts) < 0:
            return graph.add("abs", (put_together(machine, parts.scaled(-1.0)),))
    number, rest = split(machine, x)
    if number < 0:
        flipped = rest if number == -1 else graph.add("mul", (graph.number(-number), rest))
        return graph.add("abs", (flipped,))
    return None


def _extreme(machine: Rewriter, term: Term) -> int | None:
    """Flat, sorted, and without the operands that another one always beats."""
    flat: dict[int, None] = {}
    stack = list(reversed(term.args))
    while stack:
        arg = stack.pop()
        if machine.op(arg) == term.op:
            stack.extend(reversed(machine.args(arg)))
        else:
            flat[arg] = None
    keep = machine.sort(flat)
    for arg in [*keep]:
        low, high = machine.fact(arg).lo, machine.fact(arg).hi
        others = [machine.fact(other) for other in keep if other != arg]
        beaten = any(other.lo >= high if term.op == "max" else other.hi <= low for other in others)
        if beaten:
            keep.remove(arg)
    return keep[0] if len(keep) == 1 else machine.add(term.op, keep)


def _clamp(machine: Rewriter, term: Term) -> int | None:
    """max(min(x, high), low) -> min(max(x, low), high)."""
    lows = [arg for arg in term.args if machine.value(arg) is not None]
    inner = [arg for arg in term.args if machine.op(arg) == "min"]
    if len(term.args) != 2 or not lows or not inner:
        return None
    low, args = machine.value(lows[0]), machine.args(inner[0])
    highs = [arg for arg in args if machine.value(arg) is not None]
    if len(args) != 2 or not highs or low is None:
        return None
    (x,) = (arg for arg in args if arg != highs[0])
    high = machine.value(highs[0])
    if high is None or low > high:
        return None
    return machine.add("min", (machine.add("max", (x, lows[0])), highs[0]))


RULES = (
    Rule("bools count", "|".join(TAKE_NUMBERS), _bools_counted, "true counts 1, false 0"),
    Rule("fold numbers", "|".join(FOLDED), _folded, "of constants the value is known"),
    Rule("sum", "add", _sum, "flat, like parts together, sorted; where no order can matter"),
    Rule("sum on one test", "add", _same_tests, "selects with one test add arm by arm"),
    Rule("divide 0", "div(0, x)", "0", "0 / x is 0, for x = 0 too"),
    Rule("divide by 0", "div(x, 0)", "0", "by definition"),
    Rule("divide by a number", "div", _by_number, "as a product, where the inverse is short"),
    Rule("numbers of a quotient", "div", _numbers_of_quotient, "2 * x / (4 * y) is x / (2 * y)"),
    Rule("quotient of a choice", "div", _quotient_of_select, "0 / x and x / 0 are 0"),
    Rule("power 1", "pow", _first_power, "clear of saturation"),
    Rule("power 0", "pow(x, 0)", "1", "for 0 too"),
    Rule("power of 1", "pow(1, x)", "1", "for every x"),
    Rule("root", "pow(x, 0.5)", "sqrt(x)", "both are 0 where x is negative"),
    Rule("inverse", "pow(x, -1)", "div(1, x)", "both are 0 where x is 0"),
    Rule("divide by 1 down", "floordiv(x, 1)", "floor(x)", "by definition"),
    Rule("floor of whole", "floor|round", _whole_already, "whole numbers stay"),
    Rule("magnitude twice", "abs(abs(x))", "abs(x)", "a magnitude isn't negative"),
    Rule("magnitude", "abs", _magnitude, "the sign is known, or may be turned"),
    Rule("clamp", "max", _clamp, "low <= high: either bound first"),
    Rule("extreme", "min|max", _extreme, "flat, sorted, operands that can't win dropped"),
)  # fmt: skip
