"""Nested tests under known conditions: what an arm can take for granted is not asked again.

In the arms of a select its test is known; in an `and` each compound operand knows the single
tests beside it; the body of an aggregate knows the guard. The walk goes down with a frame of what
is known and keeps a stack of its own. A term that holds nothing a frame knows of is looked at
without the frame, so shared terms stay shared.

>>> from attndsl.graph.notation import read, write
>>> graph = Graph()
>>> root = read(graph, "select(lt(i(q), 3), select(lt(i(q), 5), 1, 2), 3)")
>>> write(graph, assume(graph, root, Facts(graph)))
'select(lt(i(q), 3), select(true, 1, 2), 3)'
"""

from dataclasses import dataclass, field

from attndsl.graph.assumptions import Assumptions
from attndsl.graph.facts import Facts
from attndsl.graph.terms import Aggregate, Graph
from attndsl.language.budget import ASSUME

_VISITS_PER_TERM = 8  # programs that people write take one or two; beyond it the walk gives up
_COMPOUND = frozenset({"and", "or"})  # what isn't a single test


@dataclass(frozen=True, slots=True)
class _Frame:
    number: int
    known: Assumptions
    subjects: int  # bits of the terms that something is known about


@dataclass(slots=True)
class _Walk:
    graph: Graph
    facts: Facts
    holds: dict[int, int]  # for every term the bits of what it holds
    bits: dict[int, int]
    limit: int
    frames: list[_Frame] = field(default_factory=list)
    children: dict[tuple[int, tuple[tuple[int, bool], ...]], int] = field(default_factory=dict)
    done: dict[tuple[int, int], int] = field(default_factory=dict)
    touched: dict[tuple[int, bool], int] = field(default_factory=dict)

    def frame(self, parent: int, tests: tuple[tuple[int, bool], ...]) -> int:
        """What the parent knows and these outcomes besides."""
        key = (parent, tests)
        number = self.children.get(key)
        if number is None:
            known = self.frames[parent].known.copy()
            for test, outcome in tests:
                known.learn(test, outcome)
            number = self.children[key] = len(self.frames)
            self.frames.append(_Frame(number, known, self._bits(known)))
        return number

    def _bits(self, known: Assumptions) -> int:
        bits = 0
        for subject in known.subjects():
            bits |= self.bits.get(subject, 0)
        return bits

    def at(self, term: int, frame: int) -> tuple[int, int]:
        """The term with the frame, or without it where the frame has nothing to say."""
        return (term, frame if self.holds[term] & self.frames[frame].subjects else 0)

    def under(self, term: int, frame: int, test: int, outcome: bool) -> tuple[int, int]:
        """The term where a test is known, too; the same frame where that says nothing about it."""
        touched = self.touched.get((test, outcome))
        if touched is None:
            known = Assumptions(self.graph, self.facts)
            known.learn(test, outcome)
            touched = self.touched[test, outcome] = self._bits(known)
        if not self.holds[term] & touched:
            return self.at(term, frame)
        return self.at(term, self.frame(frame, ((test, outcome),)))

    def run(self, root: int) -> int | None:
        """The root with its nested tests decided; None where that takes too long."""
        start = (root, 0)
        stack, waiting = [start], dict[tuple[int, int], list[tuple[int, int]]]()
        while stack:
            here = stack[-1]
            if here in self.done:
                stack.pop()
                continue
            if len(self.done) > self.limit:
                return None
            term, frame = here
            below = waiting.pop(here, None)
            if below is None and frame:
                decided = self.frames[frame].known.decide(term)
                if decided is not None:
                    self.done[here] = decided
                    stack.pop()
                    continue
            self.graph.budget.spend(ASSUME)
            if below is None:
                below = self._below(term, frame)
                missing = [each for each in below if each not in self.done]
                if missing:
                    waiting[here] = below
                    stack.extend(missing)
                    continue
            args = tuple([self.done[each] for each in below])
            part = self.graph[term]
            if args == part.args:
                self.done[here] = term
            else:
                self.done[here] = self.graph.add(part.op, args, part.payload)
            stack.pop()
        return self.done[start]

    def _below(self, term: int, frame: int) -> list[tuple[int, int]]:
        """Each argument with the frame that it is seen in."""
        part = self.graph[term]
        args = part.args
        if part.op == "select":
            test, one, other = args
            return [
                self.at(test, frame),
                self.under(one, frame, test, True),
                self.under(other, frame, test, False),
            ]
        if part.op in _COMPOUND:
            single = [arg for arg in args if self.graph[arg].op not in _COMPOUND]
            tests = tuple((arg, part.op == "and") for arg in single)
            if not tests or len(single) == len(args):
                return [self.at(arg, frame) for arg in args]
            beside = self.frame(frame, tests)
            return [self.at(arg, frame if arg in single else beside) for arg in args]
        if isinstance(part.payload, Aggregate):
            *over, guard, body = args
            below = [self.at(arg, frame) for arg in (*over, guard)]
            return [*below, self.under(body, frame, guard, True)]
        return [self.at(arg, frame) for arg in args]


def assume(graph: Graph, root: int, facts: Facts) -> int:
    """The term with every nested test decided that the tests around it settle."""
    terms = graph.reachable([root])
    if not any(graph[term].op in ("select", "and", "or") for term in terms):
        return root
    bits, holds = dict[int, int](), dict[int, int]()
    for term in terms:
        held = 0
        for arg in graph[term].args:
            held |= holds[arg]
        bits[term] = 1 << len(bits)
        holds[term] = held | bits[term]
    walk = _Walk(graph, facts, holds, bits, _VISITS_PER_TERM * len(terms) + 200)
    walk.frames.append(_Frame(0, Assumptions(graph, facts), 0))
    assumed = walk.run(root)
    return root if assumed is None else assumed
