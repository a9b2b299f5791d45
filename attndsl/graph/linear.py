"""Sums as coefficients of parts, and when it is safe to change the order of arithmetic."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from attndsl.graph.arithmetic import HUGE
from attndsl.graph.intervals import exact, magnitude
from attndsl.graph.rewrite import Rewriter

_MANY = 300  # operands of one operation, those of operations inside included
_SUM_LIMIT = 1e10  # larger parts of both signs could cancel and leave rounding noise
_LOST = 1e-6  # what nearly cancels is so much smaller than its parts
_CONSTANT_LIMIT = 1e5  # the same for numbers that stand in the program
_PRODUCT_LIMIT = 1e29  # products up to here stay clear of saturation in any order


def tidy(value: float) -> float:
    """A folded constant without its last, noisy digits, where that leaves few digits.

    >>> tidy(0.1 + 0.2), tidy(10.1 - 10.4), tidy(1 / 3), tidy(1e14 + 1)
    (0.3, -0.3, 0.3333333333333333, 100000000000001.0)
    """
    if value.is_integer():
        return value
    short = f"{value:.13g}"
    return float(short) if len(short) < 12 else value


def plus(one: float, other: float) -> float:
    """The sum of two constants without the noise that their own last digits leave in it.

    >>> plus(1.101, -1.1), plus(0.1, 0.2), 1.101 - 1.1
    (0.001, 0.3, 0.0009999999999998899)
    """
    total = one + other
    if total.is_integer() or not (one and other) or tidy(one) != one or tidy(other) != other:
        return total
    size = math.frexp(max(abs(one), abs(other)))[1]  # 13 digits of the larger one, 0.3 a bit
    short = round(total, 13 - math.ceil(0.30103 * size))
    return short if len(repr(short)) < 12 else total


def folded(result: float, *given: float) -> float:
    """What an operation makes of constants: tidy, unless one of them has such last digits itself.

    >>> folded(0.1 * 3.0, 0.1, 3.0), folded(2 * 9.000000000000002, 2.0, 9.000000000000002)
    (0.3, 18.000000000000004)
    """
    return result if any(tidy(value) != value for value in given) else tidy(result)


@dataclass(slots=True)
class Parts:
    """`constant + sum(coefficient * part)`."""

    terms: dict[int, float] = field(default_factory=dict)
    constant: float = 0.0
    lossy: bool = False  # whether coefficients nearly cancelled, or joined could be settled

    def put(self, part: int, coefficient: float) -> None:
        known = self.terms.get(part)
        if known is None:
            self.terms[part] = coefficient
            return
        total = known + coefficient
        if 0 < abs(total) < _LOST * max(abs(known), abs(coefficient)):
            self.lossy = True
        self.terms[part] = folded(total, known, coefficient)

    def scaled(self, factor: float) -> "Parts":
        terms = {part: folded(factor * each, factor, each) for part, each in self.terms.items()}
        return Parts(terms, folded(factor * self.constant, factor, self.constant), self.lossy)

    def minus(self, other: "Parts") -> "Parts":
        lossy = self.lossy or other.lossy
        left = Parts(dict(self.terms), plus(self.constant, -other.constant), lossy)
        for part, coefficient in other.terms.items():
            left.put(part, -coefficient)
        return left


def parts_of(machine: Rewriter, addends: Iterable[int], flat: bool) -> Parts:
    """Addends as parts; with `flat`, sums inside (also negated ones) are opened."""
    parts, opened, terms = Parts(), 0, machine.graph.terms
    stack = [(addend, 1.0) for addend in addends]
    stack.reverse()
    while stack:
        addend, sign = stack.pop()
        value = machine.value(addend)
        if value is not None:
            parts.constant = plus(parts.constant, sign * value)
            continue
        coefficient, part = split(machine, addend)
        coefficient *= sign
        if flat and opened < _MANY and abs(coefficient) == 1.0 and terms[part].op == "add":
            opened += 1
            stack.extend([(arg, coefficient) for arg in reversed(terms[part].args)])
        else:
            joined = part in parts.terms
            parts.put(part, coefficient)
            if joined:  # a product is settled where it is huge, a sum isn't
                size = abs(parts.terms[part]) * magnitude(machine.fact(part))
                parts.lossy |= size > HUGE
    return parts


def split(machine: Rewriter, addend: int) -> tuple[float, int]:
    """A product's number, 1 without, and what it is multiplied with."""
    described = machine.graph.terms[addend]
    if described.op == "mul":
        args = described.args
        value = machine.value(args[0])
        if value is not None:
            return value, args[1] if len(args) == 2 else machine.add("mul", args[1:])
    return 1.0, addend


def put_together(machine: Rewriter, parts: Parts) -> int:
    """The sum of the parts, sorted, the number last."""
    graph = machine.graph
    addends = []
    for part in machine.sort(parts.terms):
        coefficient = parts.terms[part]
        if coefficient == 1:
            addends.append(part)
        elif coefficient != 0:
            factors = graph[part].args if graph[part].op == "mul" else (part,)
            addends.append(graph.add("mul", (graph.number(coefficient), *factors)))
    constant = parts.constant
    if constant != 0 or not addends:
        addends.append(graph.number(constant))
    return addends[0] if len(addends) == 1 else graph.add("add", addends)


def number_arms(machine: Rewriter, part: int) -> tuple[float, float] | None:
    """The arms of a select of two numbers."""
    if machine.op(part) != "select":
        return None
    _, one, other = machine.args(part)
    a, b = machine.value(one), machine.value(other)
    return None if a is None or b is None else (a, b)


def steps_apart(machine: Rewriter, parts: Parts) -> Parts:
    """Selects of two numbers, neither 0, as the second and a step from it: so that sums agree.

    0.8 where c, else 0.5, is 0.5 and 0.3 more where c.
    """
    choices = {part: number_arms(machine, part) for part in parts.terms}
    if not any(arms and arms[0] and arms[1] for arms in choices.values()):
        return parts
    apart, graph = Parts(constant=parts.constant, lossy=parts.lossy), machine.graph
    for part, number in parts.terms.items():
        arms = choices[part]
        if arms and arms[0] and arms[1]:
            step = graph.number(plus(arms[0], -arms[1]))
            apart.put(graph.add("select", (graph[part].args[0], step, graph.number(0))), number)
            apart.constant = plus(apart.constant, folded(number * arms[1], number, arms[1]))
        else:
            apart.put(part, number)
    return apart


def ratios_apart(machine: Rewriter, number: float, factors: list[int]) -> tuple[float, list[int]]:
    """Selects of two numbers, neither 0, as the second and a ratio: so that products agree."""
    apart, graph = list[int](), machine.graph
    for factor in factors:
        arms = number_arms(machine, factor)
        if arms and arms[0] and arms[1] and arms[1] != 1:
            ratio = graph.number(folded(arms[0] / arms[1], *arms))
            factor = graph.add("select", (graph[factor].args[0], ratio, graph.number(1)))
            number = folded(number * arms[1], number, arms[1])
        apart.append(factor)
    return number, apart


def leading(machine: Rewriter, parts: Parts) -> float:
    """The coefficient that gives a sum its sign: of the first part, 0 without parts.

    A choice that is 0 on one arm takes a sign into its other arm, so it's asked last. Sums inside
    are opened: their parts are the same whichever sign they have.
    """
    terms = parts.terms
    if any(machine.op(part) == "add" for part in terms):
        terms = _opened(machine, parts).terms or terms
    plain = [part for part in terms if not _takes_sign(machine, part)]
    if not plain and terms and parts.constant:
        return parts.constant
    first = min(plain or terms, key=machine.order, default=None)
    return 0.0 if first is None else terms[first]


def _opened(machine: Rewriter, parts: Parts) -> Parts:
    """The parts of sums inside, whatever they are multiplied with; those that cancel left out."""
    flat, opened = Parts(), 0
    stack = list(parts.terms.items())
    while stack:
        part, times = stack.pop()
        if machine.op(part) != "add" or opened >= _MANY:
            flat.put(part, times)
            continue
        opened += 1
        for arg in machine.args(part):
            if machine.value(arg) is None:
                number, rest = split(machine, arg)
                stack.append((rest, times * number))
    flat.terms = {part: times for part, times in flat.terms.items() if times}
    return flat


def _takes_sign(machine: Rewriter, part: int) -> bool:
    return machine.op(part) == "select" and 0 in map(machine.value, machine.args(part)[1:])


def calm_sum(machine: Rewriter, addends: Iterable[int]) -> bool:
    """Whether a sum is the same in any order: exact, without cancelling, or of modest size.

    Sums inside are looked into, so that the answer doesn't depend on how addends are grouped.
    """
    stack, terms = [(addend, 1.0) for addend in addends], machine.graph.terms
    seen, size, grain = 0, 0.0, 1.0
    positive = modest = True
    while stack:
        if seen > _MANY:
            return False
        addend, sign = stack.pop()
        times, part = split(machine, addend)
        if abs(times) == 1.0 and terms[part].op == "add":
            stack.extend([(arg, sign * times) for arg in terms[part].args])
            continue
        fact = machine.fact(addend)
        seen += 1
        size += magnitude(fact)
        grain = min(grain, fact.grain)
        positive = positive and (fact.lo if sign > 0 else -fact.hi) >= 0
        if fact.lo == fact.hi and abs(fact.lo) > _CONSTANT_LIMIT and not exact(fact):
            modest = False
    if grain > 0 and size < 2.0**53 * grain:
        return True
    return positive or (size <= _SUM_LIMIT and modest)


def calm_product(machine: Rewriter, factors: Iterable[int]) -> bool:
    """Whether a product stays clear of saturation in any order, products inside included."""
    size, stack, seen = 1.0, list(factors), 0
    while stack and size <= _PRODUCT_LIMIT:
        factor, seen = stack.pop(), seen + 1
        if seen > _MANY:
            return False
        if machine.op(factor) == "mul":
            stack.extend(machine.args(factor))
        else:
            size *= max(1.0, magnitude(machine.fact(factor)))
    return size <= _PRODUCT_LIMIT


def whole_sum(machine: Rewriter, parts: Parts) -> bool:
    """Whether every part and coefficient is whole, so that terms may change sides."""
    if not float(parts.constant).is_integer():
        return False
    size = abs(parts.constant)
    for part, coefficient in parts.terms.items():
        fact = machine.fact(part)
        size += abs(coefficient) * magnitude(fact)
        if not (fact.whole and coefficient.is_integer()):
            return False
    return size < 2.0**52


def in_order(machine: Rewriter, op: str, args: list[int]) -> int:
    """From left to right in pairs, as it must be done; only the two of a pair change places."""
    joined, *rest = args
    for arg in rest:
        joined = machine.add(op, machine.sort((joined, arg)))
    return joined
