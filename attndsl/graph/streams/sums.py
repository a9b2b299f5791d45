"""A function of query and key as the value itself near by and sums of products far off.

Far off tests of places are settled (see streams/distance); what is left is taken apart into
products of what is known at the query, what is known at the key, and tests that both are equal.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from attndsl.graph.streams.distance import Line, far_from
from attndsl.graph.streams.exponents import scores
from attndsl.graph.streams.gates import spot_of, tested
from attndsl.graph.streams.parts import constant, product
from attndsl.graph.streams.plan import Gate, NotStreamed, Part, Rows
from attndsl.graph.substitute import substitute
from attndsl.graph.terms import FREE_K, FREE_Q, Aggregate, Term, free_bound
from attndsl.language.nodes import Type

if TYPE_CHECKING:
    from attndsl.graph.streams.prove import Proof

LARGEST = 1e13  # weights beyond may saturate, or blow up what was dropped as too small
FADING = 1e9  # and weights that fade, where they were dropped as too small
DIVISOR = 1e-6


def rows_of(proof: "Proof", value: int, softmax: bool, near: int = 0) -> Rows:
    """The plan of a value, or NotStreamed; `near` keys at least are kept."""
    value = counted(proof, value)
    whole = Decomposed(proof, value)
    parts = scores(whole, value) if softmax else whole.weights(value)
    window, notes = max(near, whole.window), list[tuple[int, int]]()
    if window or whole.first:
        notes = _notes(proof, value)
    for part in parts:
        for term in (part.query, part.log_query):
            proof.known(term)
        if part.spot is not None:
            proof.known(part.spot)
            proof.back = max(proof.back, abs(part.offset))
        for one, other in (*part.gate.equal, *([part.gate.counter] if part.gate.counter else ())):
            proof.known(one)
            proof.known(other)
    return Rows(value, window, whole.first, tuple(parts), tuple(notes))


def counted(proof: "Proof", value: int) -> int:
    """The value with `any` between key and query as a comparison of counts up to them."""
    graph, new = proof.graph, dict[int, int]()
    for number in graph.reachable([value]):
        term = graph[number]
        if term.op != "aggregate" or term.args[:-2] != (proof.k, proof.q):
            continue
        payload, (*_, guard, _) = term.aggregate, term.args
        alone = not proof.free(guard) & ~free_bound(payload.height)
        if payload.function == "any" and payload.range == "between" and alone:
            counts = [
                graph.add(
                    "aggregate",
                    (end, guard, graph.number(1)),
                    Aggregate("sum", over, payload.height),
                )
                for end, over in ((proof.k, "upto"), (proof.q, "before"))
            ]
            new[number] = graph.add("lt", counts)
    return substitute(graph, [value], new)[0] if new else value


def _notes(proof: "Proof", value: int) -> list[tuple[int, int]]:
    """What near keys have noted; all else of the value is over what is known at the query."""
    stack, seen, notes = [value], set[int](), list[tuple[int, int]]()
    while stack:
        number = stack.pop()
        if number in seen:
            continue
        seen.add(number)
        free, term = proof.free(number), proof.graph[number]
        if not free & FREE_K:
            proof.known(number)
        elif not free & FREE_Q:
            notes.append((number, proof.of_key(number)))
        elif term.op == "aggregate":
            raise NotStreamed("a stretch or a row that each pair goes through anew", number)
        else:
            proof.mixed(number)
            stack.extend(term.args)
    return notes


class Decomposed:
    """One value, and what is known of its terms far off."""

    def __init__(self, proof: "Proof", value: int) -> None:
        self.proof, self.graph = proof, proof.graph
        self.first, self.window, self.far = far_from(
            self.graph, value, self._steps_back(value), self._itself_apart(value)
        )

    def _itself_apart(self, value: int) -> int:
        """1 where counters are compared, which may differ for a query as a key of its own."""
        graph = self.graph
        compared = [n for n in graph.reachable([value]) if graph[n].op in ("lt", "le", "eq")]
        return int(any(self.proof.free(n) & FREE_K and graph[n].height for n in compared))

    def _steps_back(self, value: int) -> int:
        """How many first keys have no key before them that the value compares with another."""
        most = 0
        for number in self.graph.reachable([value]):
            if self.graph[number].op == "same":
                for arg in self.graph[number].args:
                    _, steps = self.stepped(arg)
                    most = max(most, steps)
        return most

    def stepped(self, position: int) -> tuple[int, int]:
        """A position without the steps back from it, and how many they were."""
        steps = 0
        while self.graph[position].op == "prev":
            position, steps = self.graph[position].args[0], steps + 1
        return position, steps

    def one(self) -> Part:
        return constant(self.graph, 1.0)

    def of_query(self, term: int) -> Part:
        zero, one = self.graph.number(0), self.graph.number(1)
        return Part(term, one, zero, zero)

    def of_key(self, term: int) -> Part:
        zero, one = self.graph.number(0), self.graph.number(1)
        return Part(one, self.proof.of_key(term), zero, zero)

    # --- weights -----------------------------------------------------------------------------

    def weights(self, number: int) -> list[Part]:
        """A value as a sum of products."""
        self.proof.visit(number)
        graph, known = self.graph, self.far.of(number)
        if known is False or number in (graph.number(0), graph.bool(False)):
            return []
        if known is True:
            return [self.one()]
        if isinstance(known, Line) and not known.key and not known.gap:
            return [constant(graph, known.constant)] if known.constant else []
        free, term = self.proof.free(number), graph[number]
        if term.op == "select" and isinstance(settled := self.far.of(term.args[0]), bool):
            return self.weights(term.args[1 if settled else 2])
        if not free & FREE_K:
            return [self.of_query(number)]
        if not free & FREE_Q:
            return [self.of_key(number)]
        if term.type is Type.BOOL:
            return self.truth(number, True)
        rule = _WEIGHTS.get(term.op)
        if rule is None:
            raise NotStreamed(_WHY.get(term.op, f"`{term.op}` of query and key together"), number)
        parts = rule(self, number, term)
        for part in parts:
            if self.proof.weight(part) > LARGEST:
                raise NotStreamed("it may saturate", number)
        return parts

    def add(self, number: int, term: Term) -> list[Part]:
        return [part for arg in term.args for part in self.weights(arg)]

    def mul(self, number: int, term: Term) -> list[Part]:
        parts = [self.one()]
        for arg in term.args:
            parts = product(self.graph, parts, self.weights(arg), number)
        return parts

    def select(self, number: int, term: Term) -> list[Part]:
        """Where both arms are numbers, the smaller one and the rest where the test is so."""
        test, *arms = term.args
        one, other = (graph_number(self.graph[arm]) for arm in arms)
        if one is None or other is None or min(one, other) <= 0:
            return self.chosen(term, self.weights, number)
        more = [constant(self.graph, abs(one - other))]
        added = product(self.graph, self.truth(test, one > other), more, number)
        return [constant(self.graph, min(one, other)), *added]

    def chosen(self, term: Term, taken: Callable[[int], list[Part]], number: int) -> list[Part]:
        """The one arm where the test holds, the other where it fails."""
        test, one, other = term.args
        summands = list[Part]()
        for arm, wanted in ((one, True), (other, False)):
            if parts := taken(arm):
                summands += product(self.graph, self.truth(test, wanted), parts, number)
        return summands

    def div(self, number: int, term: Term) -> list[Part]:
        if not self.proof.clear(term.args[1]):
            raise NotStreamed("a divisor that may be next to nothing", number)
        return self.divided(number, "div")

    def ratio(self, number: int, term: Term) -> list[Part]:
        return self.divided(number, "ratio")

    def divided(self, number: int, op: str) -> list[Part]:
        above, below = self.graph[number].args
        free = self.proof.free(below)
        if free & FREE_Q and free & FREE_K:
            raise NotStreamed("a divisor of query and key together", number)
        inverse = self.graph.add(op, (self.graph.number(1), below))
        return product(self.graph, self.weights(above), self.weights(inverse), number)

    def power(self, number: int, term: Term) -> list[Part]:
        base, exponent = term.args
        if graph_number(self.graph[base]) is None or self.graph[base].number <= 0:
            raise NotStreamed("a power of query and key together", number)
        return self.exponential(exponent, math.log(self.graph[base].number), number)

    def exp(self, number: int, term: Term) -> list[Part]:
        return self.exponential(term.args[0], 1.0, number)

    def exponential(self, exponent: int, factor: float, number: int) -> list[Part]:
        known, most = self.far.of(exponent), self.proof.facts[number].hi
        if isinstance(known, Line):
            most = max(
                factor * end if abs(end) < math.inf else math.copysign(math.inf, factor * end)
                for end in self.far.ends(known)
            )
            most = math.exp(most) if most < 30 else math.inf
        if most > FADING:
            raise NotStreamed("it may saturate", number)
        parts = scores(self, exponent, factor)
        if any(part.less for part in parts):
            raise NotStreamed("a test within a power of query and key", number)
        return [replace(part, most=max(most, 1.0)) for part in parts]

    def largest(self, number: int, term: Term) -> list[Part]:
        """max(0, x) is x where every part of x is at least 0."""
        if len(term.args) == 2 and self.graph.number(0) in term.args:
            (other,) = [arg for arg in term.args if arg != self.graph.number(0)]
            parts = self.weights(other)
            self.proof.positive(parts, number)
            return parts
        raise NotStreamed("the largest of what query and key give together", number)

    # --- tests -------------------------------------------------------------------------------

    def truth(self, number: int, wanted: bool) -> list[Part]:
        """1 where a test is as wanted, else 0."""
        self.proof.visit(number)
        graph, known = self.graph, self.far.of(number)
        if isinstance(known, bool):
            return [self.one()] if known is wanted else []
        term, free = graph[number], self.proof.free(number)
        if term.op == "bool":
            return [self.one()] if bool(term.payload) is wanted else []
        if not free & FREE_K or not free & FREE_Q:
            asked = number if wanted else graph.add("not", (number,))
            return [self.of_query(asked) if not free & FREE_K else self.of_key(asked)]
        if term.op == "not":
            return self.truth(term.args[0], not wanted)
        if term.op in ("and", "or"):
            return self.together(number, term, wanted)
        if term.op == "select":
            return self.chosen(term, lambda arm: self.truth(arm, wanted), number)
        return tested(self, number, wanted)

    def together(self, number: int, term: Term, wanted: bool) -> list[Part]:
        """All of the tests, or the first of them that is so, then the second, ..."""
        if (term.op == "and") is wanted:
            parts = [self.one()]
            for arg in term.args:
                parts = product(self.graph, parts, self.truth(arg, wanted), number)
                if not parts:
                    return []
            return parts
        summands, before = list[Part](), [self.one()]
        for arg in term.args:
            summands += product(self.graph, before, self.truth(arg, wanted), number)
            before = product(self.graph, before, self.truth(arg, not wanted), number)
            if not before:
                break
        return summands

    def gate(self, number: int) -> Gate | None:
        """The gate that a test of query and key is, where it is one."""
        parts = tested(self, number, True) if spot_of(self, number) is None else []
        return parts[0].gate if len(parts) == 1 and not parts[0].less else None


def graph_number(term: Term) -> float | None:
    return term.number if term.op == "number" else None


_WHY = {
    "similarity": "`similarity` compares each query with each key",
    "log": "a logarithm of query and key together is no sum of products",
}
_WEIGHTS: dict[str, Callable[[Decomposed, int, Term], list[Part]]] = {
    "add": Decomposed.add, "mul": Decomposed.mul, "select": Decomposed.select,
    "div": Decomposed.div, "ratio": Decomposed.ratio, "pow": Decomposed.power,
    "exp": Decomposed.exp, "max": Decomposed.largest,
}  # fmt: skip
