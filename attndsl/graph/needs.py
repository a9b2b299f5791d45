"""Which levels of the vocabulary a program uses, and what of it looks ahead of the query.

>>> from attndsl.graph.terms import Graph
>>> graph = Graph()
>>> head = graph.add("head", [graph.add("q")])
>>> sorted(needs_of(graph, head)), [source.name for source in sources(graph, head).values()]
(['linguistics', 'place'], ['head'])
"""

from dataclasses import dataclass

from attndsl.graph.terms import Graph, Term
from attndsl.language.vocabulary import ATTRIBUTES, FUNCTIONS, NUMBERS, Level


@dataclass(frozen=True, slots=True)
class Read:
    """What a term reads from the text: its name in the vocabulary, the level, and if causal."""

    name: str
    level: Level
    causal: bool


_BY_OP: dict[str, Read] = {
    name: Read(name, FUNCTIONS[name].level or "place", FUNCTIONS[name].causal)
    for name in ("similarity", "is_child", "is_ancestor")
} | {
    "head": Read("head", ATTRIBUTES["head"].level, ATTRIBUTES["head"].causal),
    "n": Read("n", "place", NUMBERS["n"].causal),
}


_BY_ATTRIBUTE = {one.name: Read(one.name, one.level, one.causal) for one in ATTRIBUTES.values()}


def source_of(term: Term) -> Read | None:
    return _BY_ATTRIBUTE[term.name] if term.op == "column" else _BY_OP.get(term.op)


def sources(graph: Graph, root: int) -> dict[int, Read]:
    """Every term below the root that reads something of the text besides its order."""
    by_term = ((term, source_of(graph.terms[term])) for term in graph.reachable([root]))
    return {term: source for term, source in by_term if source is not None}


def needs_of(graph: Graph, root: int) -> frozenset[Level]:
    """`place` is needed by all: every text has positions."""
    levels: set[Level] = {source.level for source in sources(graph, root).values()}
    levels.add("place")
    return frozenset(levels)
