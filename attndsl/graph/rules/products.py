"""Rules of products: factors together, numbers in front, zeros and quotients."""

from attndsl.graph import arithmetic
from attndsl.graph.intervals import magnitude
from attndsl.graph.linear import (
    calm_product,
    folded,
    in_order,
    leading,
    number_arms,
    parts_of,
    put_together,
    ratios_apart,
    split,
)
from attndsl.graph.rewrite import Rewriter, Rule
from attndsl.graph.terms import Term
from attndsl.language.nodes import Type


def _product(machine: Rewriter, term: Term) -> int | None:
    graph = machine.graph
    if Type.BOOL in [graph.terms[arg].type for arg in term.args]:
        return None  # until it counts as a number, see "bools count"
    values = [machine.value(arg) for arg in term.args]
    if 0 in values:
        return graph.number(0)
    if all(value == 1 for value in values):
        return graph.number(1)
    if not calm_product(machine, term.args):
        return _wild_product(machine, [arg for arg in term.args if machine.value(arg) != 1])
    number, powers = 1.0, dict[int, float]()
    stack = list(reversed(term.args))
    while stack:
        arg = stack.pop()
        value = machine.value(arg)
        if value is not None:
            number = folded(arithmetic.mul(number, value), number, value)
        elif machine.op(arg) == "mul":
            stack.extend(reversed(machine.args(arg)))
        else:
            base, exponent = _base(machine, arg)
            powers[base] = powers.get(base, 0.0) + exponent
    factors = [
        base if exponent == 1 else graph.add("pow", (base, graph.number(exponent)))
        for base, exponent in powers.items()
    ]
    if not factors:
        return graph.number(number)
    if len(factors) > 1:
        number, factors = ratios_apart(machine, number, factors)
        number, factors = _signs_apart(machine, number, factors)
    if len(factors) == 1 and graph[factors[0]].op == "add":
        return _scaled_sum(machine, number, factors[0])
    if number != 1:
        return machine.add("mul", [graph.number(number), *machine.sort(factors)])
    return factors[0] if len(factors) == 1 else machine.add("mul", machine.sort(factors))


def _signs_apart(machine: Rewriter, number: float, factors: list[int]) -> tuple[float, list[int]]:
    """Sums with their first part positive, so that a sign is the product's and not a sum's."""
    apart = list[int]()
    for factor in factors:
        if machine.op(factor) == "add":
            parts = parts_of(machine, machine.args(factor), flat=False)
            if leading(machine, parts) < 0:
                number, factor = -number, put_together(machine, parts.scaled(-1.0))
        apart.append(factor)
    return number, apart


def _base(machine: Rewriter, factor: int) -> tuple[int, float]:
    """`x ** n` for a whole n as (x, n)."""
    if machine.op(factor) == "pow":
        base, exponent = machine.args(factor)
        value = machine.value(exponent)
        if value is not None and value >= 1 and value.is_integer():
            return base, value
    return factor, 1.0


def _wild_product(machine: Rewriter, args: list[int]) -> int | None:
    """A product that could saturate: pairs from left to right; signs, which are exact, outside."""
    graph = machine.graph
    if len(args) != 2:
        if len(args) > 1 or magnitude(machine.fact(args[0])) <= arithmetic.HUGE:
            return in_order(machine, "mul", args)
        return None
    one, other = machine.sort(args)
    value = machine.value(one)
    number, rest = split(machine, other)
    if value is not None and number != 1 and (number < 0 or value == -1):
        sign = -1.0 if number < 0 else 1.0
        inner = rest if number == sign else graph.add("mul", (graph.number(sign * number), rest))
        if value == -1:
            return graph.add("mul", (graph.number(-number), rest))
        return graph.add("mul", (graph.number(sign * value), inner))
    plain, sign = list[int](), 1.0
    for factor in (one, other):
        number, rest = split(machine, factor)
        if number < 0:
            sign = -sign
            factor = rest if number == -1 else graph.add("mul", (graph.number(-number), rest))
        plain.append(factor)
    turned, plain = _signs_apart(machine, 1.0, plain)
    if sign * turned < 0:
        return graph.add("mul", (graph.number(-1), graph.add("mul", machine.sort(plain))))
    return graph.add("mul", machine.sort(plain))


def _scaled_sum(machine: Rewriter, number: float, total: int) -> int:
    """A number times a sum whose first part is positive; -1 times a sum is a sum."""
    parts = parts_of(machine, machine.args(total), flat=False)
    if number == -1 or (number != 1 and leading(machine, parts) < 0):
        total, number = put_together(machine, parts.scaled(-1.0)), -number
    if number == 1:
        return total
    return machine.add("mul", (machine.graph.number(number), total))


def _factors_into_select(machine: Rewriter, term: Term) -> int | None:
    for index, arg in enumerate(term.args):
        if machine.op(arg) != "select":
            continue
        test, *arms = machine.args(arg)
        values = [machine.value(arm) for arm in arms]
        rest = [*term.args[:index], *term.args[index + 1 :]]
        by_number = len(rest) == 1 and machine.value(rest[0]) is not None and None not in values
        if 0.0 in values or by_number:
            scaled = [
                machine.add("mul", (*term.args[:index], arm, *term.args[index + 1 :]))
                for arm in arms
            ]
            return machine.add("select", (test, *scaled))
    return None


def _times_quotient(machine: Rewriter, term: Term) -> int | None:
    if len(term.args) == 2 and any(machine.value(arg) == -1 for arg in term.args):
        return None  # a sign is exact: see "sign of a quotient"
    if not calm_product(machine, term.args):
        return None
    for index, arg in enumerate(term.args):
        if machine.op(arg) != "div":
            continue
        top, bottom = machine.args(arg)
        fact = machine.fact(bottom)
        if fact.whole or fact.lo >= 1e-6 or fact.hi <= -1e-6:
            rest = [*term.args[:index], *term.args[index + 1 :]]
            return machine.add("div", (machine.add("mul", [*rest, top]), bottom))
    return None


def _sign_of_quotient(machine: Rewriter, term: Term) -> int | None:
    """Above and below the line what comes first is positive; a sign, which is exact, is outside."""
    turned = [_positive(machine, arg) for arg in term.args]
    if None not in turned:
        return machine.add("div", [arg for arg in turned if arg is not None])
    if turned == [None, None]:
        return None
    args = [arg if new is None else new for arg, new in zip(term.args, turned, strict=True)]
    return machine.add("mul", (machine.graph.number(-1), machine.add("div", args)))


def _positive(machine: Rewriter, part: int) -> int | None:
    """A negative number, choice, product or sum with its sign turned; None if it isn't negative."""
    graph, value = machine.graph, machine.value(part)
    if value is not None:
        return graph.number(-value) if value < 0 else None
    if arms := number_arms(machine, part):
        if (arms[0] or arms[1]) >= 0:
            return None
        turned = (graph.number(0.0 - arm) for arm in arms)
        return machine.add("select", (graph[part].args[0], *turned))
    if machine.op(part) == "add":
        parts = parts_of(machine, machine.args(part), flat=False)
        return put_together(machine, parts.scaled(-1.0)) if leading(machine, parts) < 0 else None
    number, rest = split(machine, part)
    if number >= 0:
        return None
    return rest if number == -1 else machine.add("mul", (graph.number(-number), rest))


RULES = (
    Rule("sign of a quotient", "div", _sign_of_quotient, "-x / y and x / -y are -(x / y)"),
    Rule("factors into select", "mul", _factors_into_select, "0 times anything is 0"),
    Rule("times quotient", "mul", _times_quotient, "a * (x / y) is (a * x) / y"),
    Rule("product", "mul", _product, "flat, numbers and powers together; clear of saturation"),
)
