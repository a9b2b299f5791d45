"""Where each term of a rewritten program comes from: the rule that made it, and of what.

Told along the steps of the rewriting. A term that only holds other parts than before stays what it
was; one that a rule puts in comes from what the rule took away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attndsl.graph.rewrite import Fired
from attndsl.graph.simplify import NESTED
from attndsl.graph.terms import Graph
from attndsl.graph.trace import TOGETHER, Step, became

WHOLE = (NESTED, TOGETHER)  # steps that take the whole program and leave most of it


@dataclass(frozen=True, slots=True)
class Origin:
    """A term's: whether the program's text gave it, the last rule that made it anywhere ("" where
    none did), and the written terms that it came from."""

    own: bool
    rule: str
    terms: frozenset[int]

    def __or__(self, other: "Origin") -> "Origin":
        """Of one that comes from two places; what the text says itself needs no other source."""
        if self.own == other.own:
            terms = self.terms | other.terms
        else:
            terms = self.terms if self.own else other.terms
        return Origin(self.own or other.own, other.rule or self.rule, terms)


Origins = Mapping[int, Origin]


def lineage(graph: Graph, root: int, steps: Sequence[Step]) -> Origins:
    """The origin of every term of the program that the steps lead to.

    >>> from attndsl.graph.notation import read
    >>> from attndsl.graph.trace import steps
    >>> graph = Graph()
    >>> root = read(graph, "select(not(is_quote(k)), 2, 3)")
    >>> found = lineage(graph, root, steps(graph, root, softmax=True))
    >>> sorted((graph[term].op, one.own, one.rule) for term, one in found.items())[-2:]
    [('number', True, ''), ('select', False, 'turned select')]
    """
    known: Origins = {
        term: Origin(True, "", frozenset((term,))) for term in graph.reachable([root])
    }
    now = root
    for step in steps:
        known = (_whole if step.rule in WHOLE else _local)(graph, now, step, known)
        now = step.program
    return known


def _local(graph: Graph, now: int, step: Step, known: Origins) -> Origins:
    """After a rule put one term in the place of another."""
    made = dict[int, Origin]()
    below = set(graph.reachable([step.before]))
    for old, new in became(graph, now, Fired(step.rule, step.before, step.after)).items():
        if new != step.after or old == new:
            _add(made, new, known[old])
        elif new not in below:
            _add(made, new, Origin(False, step.rule, known[old].terms))
    return _filled(graph, step.program, made, known)


def _whole(graph: Graph, now: int, step: Step, known: Origins) -> Origins:
    """After the whole program was gone through: what stands where its like stood is that one."""
    made = dict[int, Origin]()
    pairs, seen = [(now, step.program)], set[tuple[int, int]]()
    while pairs:
        old, new = pairs.pop()
        if old == new or (old, new) in seen:
            continue
        seen.add((old, new))
        inner = _alike(graph, old, new)
        if inner is None:
            _add(made, new, Origin(False, step.rule, known[old].terms))
        else:
            _add(made, new, known[old])
            pairs += inner
    return _filled(graph, step.program, made, known)


def _alike(graph: Graph, old: int, new: int) -> list[tuple[int, int]] | None:
    """The parts in which two terms of one kind differ, in pairs; None where they don't pair."""
    one, other = graph[old], graph[new]
    if (one.op, one.payload, len(one.args)) != (other.op, other.payload, len(other.args)):
        return None
    gone = [arg for arg in one.args if arg not in other.args]
    come = [arg for arg in other.args if arg not in one.args]
    return list(zip(gone, come, strict=True)) if len(gone) == len(come) else None


def _filled(graph: Graph, root: int, made: dict[int, Origin], known: Origins) -> Origins:
    """What the program holds: what was there before, and with what a rule made all that is new
    below it."""
    found = dict[int, Origin]()
    for term in reversed(graph.reachable([root])):  # those that use a term before it
        if term in made and term in known:
            found[term] = made[term] | known[term] if known[term] != made[term] else made[term]
        elif term in made or term in known:
            found[term] = made.get(term) or known[term]
        for arg in graph[term].args:
            if arg not in made and arg not in known:
                found[arg] = made[arg] = found[term]
    return found


def _add(made: dict[int, Origin], term: int, origin: Origin) -> None:
    made[term] = made[term] | origin if term in made else origin
