"""The proof: what of a term is known of one position alone, and by which running states."""

import math
from collections.abc import Iterable
from dataclasses import replace

from attndsl.graph.arithmetic import HUGE
from attndsl.graph.facts import Facts
from attndsl.graph.intervals import magnitude
from attndsl.graph.simplify import machine_for, simplified
from attndsl.graph.streams.distance import Far
from attndsl.graph.streams.plan import (
    Extreme,
    Finder,
    Gate,
    NotStreamed,
    Part,
    Running,
    State,
)
from attndsl.graph.streams.sums import DIVISOR, LARGEST, Decomposed, rows_of
from attndsl.graph.substitute import substitute
from attndsl.graph.terms import FREE_K, FREE_Q, Graph, free_bound
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES

COUNTERS = frozenset({"word", "sentence", "line", "char"})  # they never fall from token to token
BESIDE = 1e3  # times what a row has surely may be taken away: 2**20 roundings stay below 1e-6
VISITS = 5000  # of terms that are taken apart
BACK = 64  # steps that may be read beside a kept position
_AHEAD = {
    "next": "`next` needs a key that comes later",
    "at": "`at` may ask for any position",
    "head": "a parse is of the whole text",
    "is_child": "a parse is of the whole text",
    "is_ancestor": "a parse is of the whole text",
    "n": "`n` counts the whole text",
}
_HORIZON = ("next", "at", "head")


class Proof:
    """States that run along and what is noted of keys, as the proof comes to need them."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.facts = graph, Facts(graph)
        self.q, self.k = graph.add("q"), graph.add("k")
        self.states: dict[int, State] = {}
        self.seen: set[int] = set()
        self.frees: dict[int, int] = {}
        self.sizes: dict[int, float] = {}
        self.back = self.visits = 0
        self.index = False

    def free(self, root: int) -> int:
        """The variables of a term under the causal mask, where `before` and `upto` end anyhow."""
        free = self.frees.get(root)
        if free is not None:
            return free
        for number in self.graph.reachable([root]):
            if number not in self.frees:
                self.frees[number] = self._free(number)
        return self.frees[root]

    def _free(self, number: int) -> int:
        term = self.graph[number]
        if not term.args:
            return term.free
        free = 0
        if term.op == "aggregate":
            *ends, guard, body = term.args
            free = (self.frees[guard] | self.frees[body]) & ~free_bound(term.aggregate.height)
            for end in ends:
                free |= self.frees[end]
            return free | (FREE_Q if term.aggregate.range in ("visible", "after") else 0)
        for arg in term.args:
            free |= self.frees[arg]
        return free | (FREE_Q if term.op in _HORIZON else 0)

    def visit(self, term: int) -> None:
        """Count a step: shared terms are gone through anew for each of their users."""
        self.visits += 1
        if self.visits > VISITS:
            raise NotStreamed("it takes too long to prove anything", term)

    def of_key(self, term: int) -> int:
        """A term over k alone as one over q; proved to be known when the key comes."""
        (moved,) = substitute(self.graph, [term], {self.k: self.q})
        self.known(moved)
        return moved

    def known(self, root: int) -> None:
        """Prove that a term over q can be worked out from what is kept."""
        stack = [root]
        while stack:
            number = stack.pop()
            if number in self.seen:
                continue
            self.seen.add(number)
            term = self.graph[number]
            if term.op in _AHEAD:
                raise NotStreamed(_AHEAD[term.op], number)
            if term.op == "aggregate":
                self.states[number] = self._state(number)
                continue
            if term.op == "column":
                if not ATTRIBUTES[term.name].causal:
                    raise NotStreamed("a parse is of the whole text", number)
                self.index |= ATTRIBUTES[term.name].level == "repeat"
            self.reads(number)
            stack.extend(term.args)

    def reads(self, number: int) -> None:
        """Note how far beside a kept position something is read."""
        back = 0
        while self.graph[number].op == "prev":
            back, number = back + 1, self.graph[number].args[0]
        if back > BACK:
            raise NotStreamed("it looks too many steps back", number)
        self.back = max(self.back, back)

    def _state(self, number: int) -> State:
        graph = self.graph
        term = graph[number]
        payload = term.aggregate
        *ends, guard, body = term.args
        over = "upto" if payload.range == "visible" else payload.range
        if over not in ("upto", "before") or (ends and ends != [self.q]):
            raise NotStreamed("a stretch that doesn't run from the start to the query", number)
        bound = graph.add("bound", (), payload.height)
        guard, body = substitute(graph, [guard, body], {bound: self.k})
        if payload.function in ("sum", "any"):
            return self._running(over, payload.function == "any", guard, body)
        if payload.function in ("first", "last"):
            return self._finder(over, payload.function, guard, number)
        if payload.function in ("min", "max"):
            if (self.free(guard) | self.free(body)) & FREE_Q:
                raise NotStreamed(f"a {payload.function} that each query asks anew", number)
            return Extreme(over, payload.function, self.of_key(guard), self.of_key(body))
        if payload.function in ("argmin", "argmax"):
            raise NotStreamed("a best position by its score", number)
        raise NotStreamed(f"a {payload.function} of all that came before", number)

    def _running(self, over: str, found: bool, guard: int, body: int) -> Running:
        graph = self.graph
        value = body
        if guard != graph.bool(True):
            value = guard
            if not found and body not in (graph.number(1), graph.bool(True)):
                nothing = graph.bool(False) if graph[body].type is Type.BOOL else graph.number(0)
                value = graph.add("select", (guard, body, nothing))
        rows = rows_of(self, value, False, near=1 if over == "before" else 0)
        if len(rows.parts) > 1 or any(part.less for part in rows.parts):
            self.positive(rows.parts, value)
        return Running(over, found, rows)

    def _finder(self, over: str, function: str, guard: int, number: int) -> Finder:
        """A guard of tests of the query, tests of the key, and tests that both are equal."""
        graph, true = self.graph, self.graph.bool(True)
        gate, of_query, of_key = Gate(), list[int](), list[int]()
        decomposed = Decomposed(self, guard)
        for test in graph[guard].args if graph[guard].op == "and" else (guard,):
            free = self.free(test)
            if not free & FREE_K:
                of_query.append(test)
            elif not free & FREE_Q:
                of_key.append(self.of_key(test))
            else:
                one = decomposed.gate(test)
                if one is None or (
                    one.counter and (gate.counter or one.counter[0] != one.counter[1])
                ):
                    raise NotStreamed("a search that each query does anew", number)
                gate = Gate(
                    tuple(sorted({*gate.equal, *one.equal})),
                    one.counter or gate.counter,
                    one.earlier or gate.earlier,
                )
        test = graph.all_of(of_query)
        self.known(test)
        if function == "first" and gate.counter and gate.earlier:
            raise NotStreamed("a first by a counter", number)
        return Finder(over, function, test, graph.all_of(of_key) if of_key else true, gate)

    def counters(self, of_query: int, of_key: int) -> tuple[int, int] | None:
        """Both sides as counters that never fall, where far keys' are at most the query's."""
        graph, one = self.graph, self.graph[of_query]
        if self.free(of_query) & FREE_K or self.free(of_key) & FREE_Q:
            return None
        (moved,) = substitute(graph, [of_key], {self.k: self.q})
        other = graph[moved]
        if one.op == "column":
            counts = moved == of_query and one.name in COUNTERS and one.args == (self.q,)
            return (of_query, moved) if counts else None
        if not one.op == other.op == "aggregate" or one.args != other.args:
            return None
        payload, (*ends, guard, body) = one.aggregate, one.args
        alike = replace(other.aggregate, range=payload.range) == payload
        rises = payload.function == "sum" and self.facts[body].lo >= 0 and self.facts[body].whole
        alone = not (self.free(guard) | self.free(body)) & ~free_bound(payload.height)
        known = ends == [self.q] and {payload.range, other.aggregate.range} <= {"before", "upto"}
        return (of_query, moved) if alike and rises and alone and known else None

    def grows(self, key: int) -> bool:
        """Whether an index by this key grows with the text: not by truths and labels."""
        term = self.graph[key]
        if term.type is Type.BOOL:
            return False
        return not (term.op == "column" and ATTRIBUTES[term.name].labels)

    def positive(self, parts: Iterable[Part], value: int, least: float = 0.0) -> None:
        """Far parts are never negative, so a sum of them loses nothing and needs no max.

        What is taken away again is exact, or its rounding is small beside the `least` that the
        row has on the query itself.
        """
        for part in parts:
            query, key = self.facts[part.query], self.facts[part.key]
            if not ((query.lo >= 0 and key.lo >= 0) or (query.hi <= 0 and key.hi <= 0)):
                raise NotStreamed("a weight that is not proved to be at least 0", value)
            if self.weight(part) > LARGEST:
                raise NotStreamed("a weight that may saturate", value)
            plain = part.log_query == part.log_key == self.graph.number(0)
            exact = plain and key.whole and magnitude(key) < 2**30
            if part.less and not exact and self.weight(part) > BESIDE * least:
                raise NotStreamed("a rest that isn't exact", value)

    def weight(self, part: Part) -> float:
        """A bound on the weight that a part gives a key."""
        return self.size(part.query) * self.size(part.key) * part.most

    def size(self, number: int) -> float:
        """A bound on a term's magnitude, where divisors that are proved not to vanish count."""
        size = self.sizes.get(number)
        if size is None:
            term = self.graph[number]
            size = magnitude(self.facts[number])
            if term.op in ("mul", "div", "ratio") and size > LARGEST:
                args = term.args if term.op == "mul" else term.args[:1]
                size = min(size, math.prod(self.size(arg) for arg in args))
                if term.op != "mul":
                    size = size / DIVISOR if self.clear(term.args[1]) else HUGE
            elif term.op in ("add", "select") and size > LARGEST:
                args = term.args if term.op == "add" else term.args[1:]
                size = min(size, sum(self.size(arg) for arg in args))
            self.sizes[number] = size
        return size

    def clear(self, number: int) -> bool:
        """Whether a divisor is 0 or well away from it."""
        facts = self.facts[number]
        return facts.whole or facts.lo > DIVISOR or self.anchored(number)

    def anchored(self, number: int) -> bool:
        """Whether a sum over a row counts the query itself, in each row where it isn't 0."""
        graph, term = self.graph, self.graph[number]
        if term.op != "aggregate" or term.aggregate.range not in ("visible", "upto"):
            return False
        if term.aggregate.function != "sum" or self.facts[term.args[-1]].lo < 0:
            return False
        guard, body = self.at_itself(number)
        machine = machine_for(graph, body)
        guard, body = simplified(machine, guard), simplified(machine, body)
        holds = guard == graph.bool(True) or Far(graph, [guard], 1, 0).of(guard) is True
        return holds and self.facts[body].lo >= DIVISOR

    def mixed(self, number: int) -> None:
        """A term of query and key, for near keys: nothing that lies ahead may be in it."""
        term = self.graph[number]
        if term.op in _AHEAD:
            raise NotStreamed(_AHEAD[term.op], number)
        self.reads(number)

    def at_itself(self, number: int) -> tuple[int, int]:
        """Guard and body of an aggregate where its variable is the query."""
        term = self.graph[number]
        bound = self.graph.add("bound", (), term.aggregate.height)
        guard, body = substitute(self.graph, list(term.args[-2:]), {bound: self.q})
        return guard, body
