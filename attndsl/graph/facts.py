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

from attndsl.graph import intervals
from attndsl.graph.bounds import MAX_POSITIONS
from attndsl.graph.intervals import Interval
from attndsl.graph.operations import OPS
from attndsl.graph.terms import FREE_K, FREE_Q, Graph, Term
from attndsl.language.mask import Mask

__all__ = ["MAX_POSITIONS", "Facts", "facts_of"]


@dataclass(slots=True)
class Facts:
    """The facts of one graph's terms, each found once; `facts[term]` finds what it needs."""

    graph: Graph
    mask: Mask | None = None
    known: dict[int, Interval] = field(default_factory=dict)

    def __getitem__(self, term: int) -> Interval:
        found = self.known.get(term)
        return found if found is not None else self._find(term)

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
        if term.op == "add" and self.mask is not None and self.mask.kind != "full":
            return _causal_gap(self.graph, term, intervals.add(args))
        return OPS[term.op].fact(term, args)


def facts_of(graph: Graph, terms: Iterable[int], mask: Mask | None = None) -> dict[int, Interval]:
    """The interval of every term given and of all below them."""
    facts = Facts(graph, mask)
    for term in terms:
        facts[term]
    return facts.known


def _causal_gap(graph: Graph, term: Term, fact: Interval) -> Interval:
    """`q.i - k.i` is at least 0 at every visible cell of a causal mask."""
    fewer, more = set(), 0.0
    for arg in term.args:
        part = graph[arg]
        if part.op == "number" and isinstance(part.payload, float):
            more += part.payload
        elif part.op == "column" and part.payload == "i" and part.free == FREE_Q:
            fewer.add(graph[part.args[0]].op)
        elif part.op == "mul" and len(part.args) == 2:
            one, other = (graph[inner] for inner in part.args)
            if one.op == "column":
                one, other = other, one
            if one.payload == -1.0 and other.payload == "i" and other.free == FREE_K:
                fewer.add(graph[other.args[0]].op)
    if fewer == {"q", "k"} and len(term.args) == 2 + (more != 0.0):
        return Interval(max(fact.lo, more), fact.hi, fact.grain)
    return fact
