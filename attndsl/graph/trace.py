"""How a program came to its canonical form: each step with its rule, seen in the whole program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from attndsl.graph.canonical import canonical
from attndsl.graph.printing import expression_of, source_with, spelled_with
from attndsl.graph.rewrite import Fired
from attndsl.graph.rules import RULES
from attndsl.graph.rules.roots import SCORE_RULES, WEIGHT_RULES
from attndsl.graph.simplify import NESTED
from attndsl.graph.terms import Graph

if TYPE_CHECKING:
    from attndsl.graph.program import Program

TOGETHER = "operands in common"
ROOTS = (*WEIGHT_RULES, *SCORE_RULES)
AT_ROOT = frozenset(rule.name for rule in ROOTS)
WHY = {
    **{rule.name: rule.why for rule in RULES},
    **{rule.name: rule.why for rule in ROOTS},
    NESTED: "a test that is decided by the tests around it is not asked again",
    TOGETHER: "what sums and products have in common is computed once",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that made `after` of the term `before`, and with it `program` of the whole program."""

    rule: str
    why: str
    before: int
    after: int
    program: int


def steps(graph: Graph, root: int, softmax: bool) -> tuple[Step, ...]:
    """The steps that change the program, each once, in order; the last gives the canonical form.

    >>> from attndsl.graph.notation import read, write
    >>> graph = Graph()
    >>> found = steps(graph, read(graph, "add(mul(2, 3), is_quote(k))"), softmax=True)
    >>> [step.rule for step in found][:2]
    ['product', 'bools count']
    """
    fired: list[Fired] = []
    end = canonical(graph, root, softmax, fired)
    return tuple(_changes(graph, root, end, fired))


def _changes(graph: Graph, root: int, end: int, fired: list[Fired]) -> Iterator[Step]:
    """Each firing once in the whole program; what comes to stand there later is replaced too, by
    the rule that did so where it stood first."""
    known, ways, now = dict[int, Fired](), {root}, root
    for one in fired:
        if one.rule not in AT_ROOT:
            known[one.before] = one
        waiting = [one]
        while waiting:
            fires = waiting.pop()
            new = became(graph, now, fires)[now]
            if new not in ways:
                yield Step(fires.rule, WHY[fires.rule], fires.before, fires.after, new)
                ways.add(new)
                now = new
                waiting += [known[term] for term in graph.reachable([now]) if term in known][:1]
    if now != end:
        yield Step(TOGETHER, WHY[TOGETHER], now, end, end)


@dataclass(frozen=True, slots=True)
class Seen:
    """A step as it reads in the language: the part before and after, and the whole program then.

    Where the whole program reads as before, the step being within a sum over a row that is said in
    short, `spelled` has it before and after with those sums written out; where that reads alike,
    too, it is empty.
    """

    rule: str
    why: str
    before: str
    after: str
    source: str
    spelled: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def seen(program: Program) -> Iterator[Seen]:
    """The steps that can be seen: terms apart in the order of their operands alone read alike.

    >>> from attndsl.graph.verify import verify
    >>> source = "def f(q, k):\\n    return k == last(t for t in before(q) if t.is_quote)\\n"
    >>> [step.rule for step in steps_of(verify(source).programs[0])]
    ['same place']
    >>> list(seen(verify(source).programs[0]))
    []
    """
    graph, now = program.graph, program.root
    last = source_with(program, now)
    for step in steps_of(program):
        before, after = (expression_of(graph, term) for term in (step.before, step.after))
        source, spelled = source_with(program, step.program), tuple[str, ...]()
        if source == last and before != after:
            spelled = tuple(spelled_with(program, root) for root in (now, step.program))
        if before != after or source != last:
            yield Seen(
                step.rule, step.why, before, after, source, spelled if len(set(spelled)) > 1 else ()
            )
        last, now = source, step.program


def steps_of(program: Program) -> tuple[Step, ...]:
    return steps(program.graph, program.root, program.softmax)


def became(graph: Graph, root: int, fired: Fired | Step) -> dict[int, int]:
    """What each term below the root is once one of them is replaced: wherever that stands, by a
    rule of whole programs where it is the program's value."""
    new = dict[int, int]()
    values = _values(graph, root) if fired.rule in AT_ROOT else None
    for number in graph.reachable([root]):
        term = graph[number]
        args = term.args
        if values is None:
            args = tuple(new[arg] for arg in args)
        elif term.op == "select" and number in values:
            args = (args[0], *(new[arg] for arg in args[1:]))
        same = number if args == term.args else graph.add(term.op, args, term.payload)
        here = fired.before in (number, same) and (values is None or number in values)
        new[number] = fired.after if here else same
    return new


def _values(graph: Graph, root: int) -> set[int]:
    """The terms that may be a program's value: its own, and the arms of choices among them."""
    values, waiting = set[int](), [root]
    while waiting:
        number = waiting.pop()
        if number not in values:
            values.add(number)
            if graph[number].op == "select":
                waiting += graph[number].args[1:]
    return values
