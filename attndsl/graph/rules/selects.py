"""Rules of select, the `if` of terms.

>>> from attndsl.graph.rules import normal_text
>>> normal_text("select(not(is_quote(k)), 1, select(is_open(q), 1, 0))")
'select(and(not(is_open(q)), is_quote(k)), 0, 1)'
>>> normal_text("select(is_quote(k), add(i(q), 2), i(q))")
'add(i(q), select(is_quote(k), 2, 0))'
"""

from attndsl.graph.linear import (
    Parts,
    calm_product,
    calm_sum,
    number_arms,
    parts_of,
    plus,
    put_together,
    ratios_apart,
    split,
    steps_apart,
)
from attndsl.graph.rewrite import Rewriter, Rule
from attndsl.graph.rules.logic import negated
from attndsl.graph.rules.numbers import as_number
from attndsl.graph.terms import Term
from attndsl.language.nodes import Type


def _decided(machine: Rewriter, term: Term) -> int | None:
    test, one, other = term.args
    part = machine.graph[test]
    if part.op == "bool":
        return one if part.payload else other
    return one if one == other else None


def _arms_of_one_type(machine: Rewriter, term: Term) -> int | None:
    test, one, other = term.args
    if machine.graph[one].type is machine.graph[other].type:
        return None
    return machine.add("select", (test, as_number(machine, one), as_number(machine, other)))


def _as_logic(machine: Rewriter, term: Term) -> int | None:
    """A select of bools with a constant arm."""
    test, one, other = term.args
    graph = machine.graph
    if graph[one].op == "bool":
        if graph[one].payload:
            return machine.add("or", (test, other))
        return machine.add("and", (negated(machine, test), other))
    if graph[other].op == "bool":
        if graph[other].payload:
            return machine.add("or", (negated(machine, test), one))
        return machine.add("and", (test, one))
    if graph[one].type is Type.BOOL and test in (one, other):
        return machine.add("or" if test == one else "and", (one, other))
    return None


def _merge_tests(machine: Rewriter, term: Term) -> int | None:
    """An arm that is a select with an arm in common: one test for both."""
    test, one, other = term.args
    graph = machine.graph
    if graph[other].op == "select":
        inner, x, y = graph[other].args
        if x == one:  # test ? x : (inner ? x : y)
            return machine.add("select", (machine.add("or", (test, inner)), x, y))
        if y == one:
            both = machine.add("and", (negated(machine, test), inner))
            return machine.add("select", (both, x, y))
    if graph[one].op == "select":
        inner, x, y = graph[one].args
        if y == other:  # test ? (inner ? x : y) : y
            return machine.add("select", (machine.add("and", (test, inner)), x, y))
        if x == other:
            both = machine.add("and", (test, negated(machine, inner)))
            return machine.add("select", (both, y, x))
    return None


def weight_of_negation(machine: Rewriter, test: int) -> tuple[int, int]:
    """How often a test says no, and how often its opposite would."""
    no = yes = 0
    stack, seen = [test], set[int]()
    while stack:
        number = stack.pop()
        if number in seen:
            continue
        seen.add(number)
        term = machine.graph[number]
        if term.op in ("and", "or"):
            stack.extend(term.args)
        elif term.op in ("not", "le") or _from_below(machine, term):
            no += 1
        elif term.op != "select":
            yes += 1
    return no, yes


def _from_below(machine: Rewriter, term: Term) -> bool:
    """`3 < x` for a whole x, which is what `x < 4` isn't."""
    return (
        term.op == "lt"
        and machine.op(term.args[0]) == "number"
        and machine.fact(term.args[1]).whole
    )


def _turn(machine: Rewriter, term: Term) -> int | None:
    """Ask the test that says no less often; of equals the one that joins with `and`."""
    test, one, other = term.args
    no, yes = weight_of_negation(machine, test)
    if no > yes or (no == yes and machine.op(test) == "or"):
        return machine.add("select", (negated(machine, test), other, one))
    return None


def _common_addends(machine: Rewriter, term: Term) -> int | None:
    test, one, other = term.args
    if term.type is not Type.NUMBER:
        return None
    if None not in (machine.value(one), machine.value(other)):
        return None
    if machine.fires(_merge_tests, term):
        return None
    zero = machine.graph.number(0)
    for arm, rest in ((one, other), (other, one)):  # one more addend: exact, whatever it is
        args = machine.args(arm)
        if machine.op(arm) == "add" and len(args) == 2 and rest in args and rest != zero:
            more = args[0] if args[1] == rest else args[1]
            arms = (more, zero) if arm == one else (zero, more)
            return machine.add("add", (rest, machine.add("select", (test, *arms))))
    addends = [machine.args(arm) if machine.op(arm) == "add" else (arm,) for arm in (one, other)]
    mine, theirs = (parts_of(machine, each, flat=False) for each in addends)
    mine = steps_apart(machine, _on_same_steps(machine, mine, theirs))
    theirs = steps_apart(machine, _on_same_steps(machine, theirs, mine))
    shared = {part: times for part, times in mine.terms.items() if theirs.terms.get(part) == times}
    alike = mine.constant == theirs.constant != 0
    number = not mine.terms or not theirs.terms  # one arm is a number, which the other adds too
    if not (shared or (alike and number)) or not all(calm_sum(machine, each) for each in addends):
        return None
    for part in shared:
        del mine.terms[part], theirs.terms[part]
    constant = mine.constant if alike else 0.0
    mine.constant = plus(mine.constant, -constant)
    theirs.constant = plus(theirs.constant, -constant)
    arms = put_together(machine, mine), put_together(machine, theirs)
    mine.terms, mine.constant = shared, constant
    return machine.add("add", (put_together(machine, mine), machine.add("select", (test, *arms))))


def _on_same_steps(machine: Rewriter, mine: Parts, theirs: Parts) -> Parts:
    """Choices of two numbers as the other side's with a 0: 0.3 or 0.5 is 0 or 0.2, and 0.3."""
    others = {}
    for part, times in theirs.terms.items():
        arms = number_arms(machine, part)
        if arms and 0 in arms:
            others[machine.args(part)[0], times, plus(arms[0], -arms[1])] = part, arms
    if not others:
        return mine
    parts = Parts(constant=mine.constant)
    for part, times in mine.terms.items():
        arms = number_arms(machine, part)
        other = (
            others.get((machine.args(part)[0], times, plus(arms[0], -arms[1]))) if arms else None
        )
        if arms and other and 0 not in arms:
            part, base = other
            parts.constant = plus(parts.constant, times * plus(arms[1], -base[1]))
        parts.put(part, times)
    return parts


def _common_factors(machine: Rewriter, term: Term) -> int | None:
    test, one, other = term.args
    if term.type is not Type.NUMBER or 0.0 in (machine.value(one), machine.value(other)):
        return None
    numbers, factors = list[float](), list[list[int]]()
    for arm in (one, other):
        number, rest = split(machine, arm)
        if machine.value(arm) is not None:
            return None
        parts = list(machine.args(rest) if machine.op(rest) == "mul" else (rest,))
        number, parts = ratios_apart(machine, number, parts)
        numbers.append(number)
        factors.append(parts)
    shared = [factor for factor in factors[0] if factor in factors[1]]
    if not shared or not (calm_product(machine, (one,)) and calm_product(machine, (other,))):
        return None
    if not all(calm_product(machine, each) for each in factors):
        return None
    arms = []
    for number, each in zip(numbers, factors, strict=True):
        left = [factor for factor in each if factor not in shared]
        ones = machine.graph.number(number), machine.graph.number(1)
        arms.append(machine.add("mul", (*ones, *left)))
    return machine.add("mul", [*shared, machine.add("select", (test, *arms))])


RULES = (
    Rule("decided select", "select", _decided, "a constant test, or the same arms"),
    Rule("arms of one type", "select", _arms_of_one_type, "a bool counts 0 or 1"),
    Rule("turned select", "select(not(c), x, y)", "select(c, y, x)", "the arms change places"),
    Rule("select as logic", "select", _as_logic, "bools with a constant arm"),
    Rule("merge tests", "select", _merge_tests, "the same arm twice needs one test"),
    Rule("turn", "select", _turn, "the test that says no less often"),
    Rule("common addends", "select", _common_addends, "what both arms add is added outside"),
    Rule("common factors", "select", _common_factors, "what both arms multiply with goes outside"),
)
