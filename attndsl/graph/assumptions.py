"""What follows from tests that are known to be true or false."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import inf

from attndsl.graph import intervals
from attndsl.graph.arithmetic import NEAR
from attndsl.graph.facts import Facts
from attndsl.graph.intervals import Interval, point
from attndsl.graph.terms import Graph, Term

_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda value, literal: value == literal,
    "starts": lambda value, literal: value.startswith(literal),
    "ends": lambda value, literal: value.endswith(literal),
    "contains": lambda value, literal: literal in value,
}


def text_test(mode: str, value: str, literals: tuple[str, ...]) -> bool:
    """What `text_is` says of a constant text."""
    return any(_TEXT_TESTS[mode](value, literal) for literal in literals)


@dataclass(slots=True)
class Assumptions:
    """Terms whose value is known, bounds of numbers, and what texts can be.

    `values` maps a term to the constant that it equals, `allowed` a text to the literals that it
    is one of, `excluded` to those that it isn't, `patterns` to how it starts, ends, what it holds;
    `unequal` maps a whole number to values that it doesn't have.
    """

    graph: Graph
    facts: Facts
    values: dict[int, int] = field(default_factory=dict)
    bounds: dict[int, Interval] = field(default_factory=dict)
    allowed: dict[int, frozenset[str]] = field(default_factory=dict)
    excluded: dict[int, frozenset[str]] = field(default_factory=dict)
    patterns: dict[int, tuple[tuple[str, tuple[str, ...], bool], ...]] = field(default_factory=dict)
    unequal: dict[int, frozenset[float]] = field(default_factory=dict)

    def copy(self) -> "Assumptions":
        return Assumptions(
            self.graph, self.facts, dict(self.values), dict(self.bounds),
            dict(self.allowed), dict(self.excluded), dict(self.patterns), dict(self.unequal),
        )  # fmt: skip

    def subjects(self) -> set[int]:
        """The terms about which something is known."""
        return {
            *self.values, *self.bounds, *self.allowed, *self.excluded, *self.patterns, *self.unequal
        }  # fmt: skip

    def learn(self, test: int, outcome: bool) -> None:
        """Take in that a test has this outcome, and what follows from that."""
        graph, stack = self.graph, [(test, outcome)]
        while stack:
            number, true = stack.pop()
            term = graph[number]
            self.values[number] = graph.bool(true)
            if term.op == "not":
                stack.append((term.args[0], not true))
            elif (term.op == "and" and true) or (term.op == "or" and not true):
                stack.extend((arg, true) for arg in term.args)
            elif term.op in ("lt", "le", "eq"):
                self._learn_comparison(term, true)
            elif term.op == "among":
                self._learn_among(term, true)
            elif term.op == "text_is":
                self._learn_text(term, true)

    def decide(self, number: int) -> int | None:
        """The term as far as what is known settles it: a constant, a smaller test, or None."""
        if number in self.values:
            return self.values[number]
        term = self.graph[number]
        if term.op == "text_is":
            return self._decide_text(term)
        if term.op in ("eq", "among"):
            decided = self._decide_equal(term)
            if decided is not None:
                return decided
        if term.op not in ("lt", "le", "eq") or not any(arg in self.bounds for arg in term.args):
            return None
        args = [self.bounds.get(arg) or self.facts[arg] for arg in term.args]
        if term.op == "eq":
            fact = intervals.equal(*args)
        else:
            fact = intervals.less(args[0], args[1], nearly=term.op == "le")
        return self.graph.bool(fact.lo >= 1) if fact.lo == fact.hi else None

    # Equality with numbers

    def _learn_among(self, term: Term, true: bool) -> None:
        (x,), values = term.args, term.values
        if true:
            slack = 0.0 if self.facts[x].whole else 2 * NEAR * max(1.0, *map(abs, values))
            self._bound(x, values[0] - slack, values[-1] + slack)
        else:
            self._exclude(x, values)

    def _exclude(self, x: int, values: Iterable[float]) -> None:
        """A whole number isn't any of these; at an end of its interval that moves the end."""
        if not self.facts[x].whole:
            return
        gone = self.unequal[x] = self.unequal.get(x, frozenset()) | frozenset(values)
        fact = self.bounds.get(x) or self.facts[x]
        low, high = fact.lo, fact.hi
        while low in gone:
            low += 1
        while high in gone:
            high -= 1
        self._bound(x, low, high)

    def _decide_equal(self, term: Term) -> int | None:
        """`eq` or `among` with constants: the values that are still possible."""
        x = term.args[0]
        if x not in self.bounds and x not in self.unequal:
            return None
        if term.op == "eq" and self.graph[term.args[1]].op != "number":
            return None
        values = (self.graph[term.args[1]].number,) if term.op == "eq" else term.values
        gone, fact = self.unequal.get(x, frozenset()), self.bounds.get(x) or self.facts[x]
        left = [v for v in values if v not in gone and intervals.equal(fact, point(v)).hi >= 1]
        if not left:
            return self.graph.bool(False)
        if any(intervals.equal(fact, point(v)).lo >= 1 for v in left):
            return self.graph.bool(True)
        if len(left) == len(values):
            return None
        return self.graph.add("among", (x,), tuple(left))

    # Comparisons

    def _learn_comparison(self, term: Term, true: bool) -> None:
        one, other = term.args
        if self.graph[other].op == "number":
            self._learn_bound(term.op, one, self.graph[other].number, true, above=False)
        elif self.graph[one].op == "number":
            self._learn_bound(term.op, other, self.graph[one].number, true, above=True)
        elif term.op == "lt":
            self._relate(one, other, {"lt": True, "le": True} if true else {"lt": False})
            self._relate(other, one, {"lt": False, "le": False} if true else {"le": True})
            if true:
                self._relate(one, other, {"eq": False})
        elif term.op == "le":
            self._relate(other, one, {"lt": False} if true else {"lt": True, "le": True})
            if not true:
                self._relate(one, other, {"eq": False, "lt": False})
        elif true:
            self._relate(one, other, {"lt": False, "le": True})
            self._relate(other, one, {"lt": False, "le": True})

    def _relate(self, one: int, other: int, outcomes: dict[str, bool]) -> None:
        for op, outcome in outcomes.items():
            pair = (one, other)
            for args in (pair, pair[::-1]) if op == "eq" else (pair,):
                difference = self.graph.ids.get((op, args, None))
                if difference is not None:
                    self.values[difference] = self.graph.bool(outcome)

    def _learn_bound(self, op: str, x: int, c: float, true: bool, above: bool) -> None:
        """`x op c`, or `c op x` where `above`, has this outcome."""
        whole = self.facts[x].whole
        slack = 0.0 if whole else 2 * NEAR * max(1.0, abs(c))
        if op == "eq":
            if true:
                self._bound(x, c - slack, c + slack)
                if whole:
                    self.values[x] = self.graph.number(c)
            else:
                self._exclude(x, (c,))
            return
        strict = (op == "lt") == true  # lt true, le false: the end itself is out
        step = 1.0 if whole and strict and c.is_integer() else 0.0
        loose = slack if not strict else 0.0
        if above == true:  # x lies above c
            self._bound(x, c + step - loose, inf)
        else:
            self._bound(x, -inf, c - step + loose)

    def _bound(self, x: int, low: float, high: float) -> None:
        known = self.bounds.get(x) or self.facts[x]
        low, high = max(low, known.lo), min(high, known.hi)
        if low <= high:  # else the tests contradict each other; what follows is never reached
            self.bounds[x] = Interval(low, high, known.grain)

    # Texts

    def _learn_text(self, term: Term, true: bool) -> None:
        mode, literals = term.test
        text = term.args[0]
        if mode != "equals":
            self.patterns[text] = (*self.patterns.get(text, ()), (mode, literals, true))
        elif true:
            now = frozenset(literals) & self.allowed.get(text, frozenset(literals))
            self.allowed[text] = now - self.excluded.get(text, frozenset())
        else:
            self.excluded[text] = self.excluded.get(text, frozenset()) | frozenset(literals)
            if text in self.allowed:
                self.allowed[text] -= frozenset(literals)

    def _decide_text(self, term: Term) -> int | None:
        mode, literals = term.test
        text, graph = term.args[0], self.graph
        allowed = self.allowed.get(text)
        if allowed:
            outcomes = {value for value in allowed if text_test(mode, value, literals)}
            if not outcomes or outcomes == allowed:
                return graph.bool(bool(outcomes))
            if mode == "equals":
                literals = tuple(sorted(outcomes))
        if mode == "equals":
            excluded, patterns = self.excluded.get(text, ()), self.patterns.get(text, ())
            literals = tuple(
                literal
                for literal in literals
                if literal not in excluded
                and all(text_test(mode, literal, those) == true for mode, those, true in patterns)
            )
            if not literals:
                return graph.bool(False)
        if literals == term.test[1]:
            return None
        return graph.add("text_is", term.args, (mode, literals))
