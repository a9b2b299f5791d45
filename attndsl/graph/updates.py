"""Which addends of a sum can be written as updates: `if test: w += value`."""

from collections.abc import Container, Sequence

from attndsl.graph.linear import calm_sum, number_arms, parts_of, plus
from attndsl.graph.rewrite import Rewriter
from attndsl.graph.terms import Graph


def updates(graph: Graph, root: int, named: Container[int]) -> list[int]:
    """The arguments that are a value where a test is true, else 0, and have no name already."""
    return [arg for arg in graph[root].args if arg not in named and _is_update(graph, arg)]


def _is_update(graph: Graph, number: int) -> bool:
    term = graph[number]
    if term.op != "select":
        return False
    zero = graph[term.args[2]]
    return zero.op == "number" and zero.payload == 0.0


def stand_apart(graph: Graph, root: int, steps: Sequence[int]) -> bool:
    """Whether the updates read back as the same sum: in any order, with no part in common."""
    machine = Rewriter(graph, {})
    args = graph[root].args
    rest = [arg for arg in args if arg not in steps]
    if _constant_joins(machine, rest, steps):
        return False
    seen, tests = set[int](), set[int]()
    numbers, mixed = 0, False
    for arg in (*rest, *steps):
        step = arg in steps
        inner = graph[arg].args[1] if step else arg
        parts = parts_of(machine, (inner,), flat=True)
        asked = {machine.args(part)[0] for part in parts.terms if machine.op(part) == "select"}
        if seen & set(parts.terms) or (step and tests & asked):
            return False
        seen |= set(parts.terms)
        tests |= {machine.args(arg)[0]} if step else asked
        chosen = step and any(number_arms(machine, part) for part in parts.terms)
        numbers += bool(parts.constant) or chosen
        mixed = mixed or chosen or (step and bool(parts.terms and parts.constant))
    # Numbers beside other parts of an update would join those of other updates.
    return not (mixed and numbers > 1) and calm_sum(machine, args)


def _constant_joins(machine: Rewriter, rest: Sequence[int], steps: Sequence[int]) -> bool:
    """Whether a constant would be read as one with a choice beside it, or lose an update."""
    start = parts_of(machine, rest, flat=False)
    choices = [number_arms(machine, part) for part in start.terms]
    lone = choices[0] if len(choices) == 1 else None
    if start.constant and lone:
        return True
    arms = [machine.args(step)[1] for step in steps]
    values = [value for arm in arms if (value := machine.value(arm)) is not None]
    starts = lone or (start.constant,)
    return any(_lost(value, each) for value in values for each in starts if each)


def _lost(step: float, start: float) -> bool:
    """Whether a step from a number can't be told exactly when both numbers are there."""
    after = plus(step, start)
    return after == 0 or plus(after, -start) != step or plus(after, -step) != start
