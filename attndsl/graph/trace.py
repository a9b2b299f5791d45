"""How a program came to its canonical form: each step with its rule, seen in the whole program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from attndsl.graph.canonical import canonical
from attndsl.graph.printing import expression_of, source_with
from attndsl.graph.rewrite import Fired
from attndsl.graph.rules import RULES
from attndsl.graph.rules.roots import SCORE_RULES, WEIGHT_RULES
from attndsl.graph.terms import Graph

if TYPE_CHECKING:
    from attndsl.graph.program import Program

TOGETHER = "operands in common"
ROOTS = (*WEIGHT_RULES, *SCORE_RULES)
WHY = {
    **{rule.name: rule.why for rule in RULES},
    **{rule.name: rule.why for rule in ROOTS},
    "nested tests": "a test that is decided by the tests around it is not asked again",
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
    now = root
    for one in fired:
        new = replaced(graph, now, one.before, one.after)
        if new != now:
            yield Step(one.rule, WHY[one.rule], one.before, one.after, new)
            now = new
    if now != end:
        yield Step(TOGETHER, WHY[TOGETHER], now, end, end)


@dataclass(frozen=True, slots=True)
class Seen:
    """A step as it reads in the language: the part before and after, and the whole program then."""

    rule: str
    why: str
    before: str
    after: str
    source: str

    def as_json(self) -> dict[str, str]:
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
    graph, last = program.graph, source_with(program, program.root)
    for step in steps_of(program):
        before, after = (expression_of(graph, term) for term in (step.before, step.after))
        source = source_with(program, step.program)
        if before != after or source != last:
            yield Seen(step.rule, step.why, before, after, source)
        last = source


def steps_of(program: Program) -> tuple[Step, ...]:
    return steps(program.graph, program.root, program.softmax)


def replaced(graph: Graph, root: int, before: int, after: int) -> int:
    """The term with one of its parts replaced, wherever that stands."""
    new = dict[int, int]()
    for number in graph.reachable([root]):
        term = graph[number]
        args = tuple(new[arg] for arg in term.args)
        same = number if args == term.args else graph.add(term.op, args, term.payload)
        new[number] = after if before in (number, same) else same
    return new[root]
