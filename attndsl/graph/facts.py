"""What is always true of a term's value: an interval, and the grain that it is a multiple of.

Sound for every tokenizer, every mask (or the one given) and every text of at most MAX_POSITIONS
positions. A term's fact is a pure function of the term, so `Facts` keeps each one it has found.

>>> from attndsl.graph.terms import Graph
>>> graph = Graph()
>>> gap = graph.add("add", [graph.add("n"), graph.number(0.5)])
>>> facts_of(graph, [gap])[gap]
Interval(lo=1.5, hi=1048576.5, grain=0.5)
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from attndsl.graph.bounds import MAX_POSITIONS
from attndsl.graph.intervals import Interval
from attndsl.graph.operations import OPS
from attndsl.graph.terms import Graph, Term

__all__ = ["MAX_POSITIONS", "Facts", "facts_of"]


@dataclass(slots=True)
class Facts:
    """The facts of one graph's terms, each found once; `facts[term]` finds what it needs."""

    graph: Graph
    known: dict[int, Interval] = field(init=False)

    def __post_init__(self) -> None:
        """There is one set of facts for a graph, whoever asks for it."""
        self.known = self.graph.intervals

    def __getitem__(self, term: int) -> Interval:
        interval = self.known.get(term)
        return interval if interval is not None else self._find(term)

    def _find(self, root: int) -> Interval:
        stack, known, terms = [root], self.known, self.graph.terms
        while stack:
            missing = [arg for arg in terms[stack[-1]].args if arg not in known]
            if missing:
                stack.extend(missing)
                continue
            number = stack.pop()
            if number not in known:
                term = terms[number]
                known[number] = self._fact(term, [known[arg] for arg in term.args])
        return known[root]

    def _fact(self, term: Term, args: list[Interval]) -> Interval:
        return OPS[term.op].fact(term, args)


def facts_of(graph: Graph, terms: Iterable[int]) -> dict[int, Interval]:
    """The interval of every term given and of all below them."""
    facts = Facts(graph)
    for term in terms:
        facts[term]
    return facts.known
