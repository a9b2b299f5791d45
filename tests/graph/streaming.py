"""A plain runner of streaming plans: token by token, with nothing but what the plan keeps.

Values of keys are told apart (`{position: weight}` in place of a vector), so whole rows come out.
Columns of a position are there while the plan keeps it; a look at any other is a KeyError.
"""

import math
from dataclasses import dataclass
from typing import Any

from attndsl.engines.reference.columns import Columns
from attndsl.graph import arithmetic
from attndsl.graph.operations import OPS
from attndsl.graph.program import Program
from attndsl.graph.streams.plan import Extreme, Finder, Gate, Part, Rows, Running, Streams
from attndsl.graph.terms import Graph
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens.encoded import Encoded

Weights = dict[int, float]  # logarithms of weights, by the key's position
NOTHING = -math.inf


def plus(into: Weights, other: Weights, log: float = 0.0) -> None:
    """Sums of weights, kept as logarithms."""
    for key, value in other.items():
        both = (into.get(key, NOTHING), value + log)
        top = max(both)
        into[key] = top + math.log(sum(math.exp(each - top) for each in both))


@dataclass
class Bucket:
    """What one index entry holds: of the counter's value now, and of earlier ones."""

    counter: float = math.nan
    now: Any = None
    earlier: Any = None


@dataclass
class Sums:
    """The running sums of one plan's parts, each an index by the gate's terms."""

    entries: list[dict[tuple[Any, ...], Bucket]]


class Runner:
    """One program on one text; `row()` takes the next token in and gives its row."""

    def __init__(self, program: Program, plan: Streams, text: Encoded) -> None:
        assert plan.rows is not None
        self.graph: Graph = program.graph
        self.program, self.plan, self.rows = program, plan, plan.rows
        self.columns = Columns(text)
        self.states = dict(plan.states)
        self.every = [("row", plan.rows)] + [
            (number, state.rows) for number, state in plan.states if isinstance(state, Running)
        ]
        self.sums = {name: Sums([{} for _ in rows.parts]) for name, rows in self.every}
        self.found: dict[Any, dict[Any, Bucket]] = {
            number: {} for number, state in plan.states if isinstance(state, Finder)
        }
        self.best: dict[int, float | None] = {
            number: None for number, state in plan.states if isinstance(state, Extreme)
        }
        self.window = max(rows.window for _, rows in self.every)
        self.first = max(rows.first for _, rows in self.every)
        self.kept: dict[int, dict[int, Any]] = {}  # position: what was noted of it
        self.noted = {term for _, rows in self.every for _, term in rows.notes}
        for _, rows in self.every:
            for part in rows.parts:
                self.noted |= {part.key, part.log_key, *(key for _, key in part.gate.equal)}
                self.noted |= {part.gate.counter[1]} if part.gate.counter else set()
        self.now = -1
        self.memo: dict[int, Any] = {}
        self.entered: set[Any] = set()

    def row(self) -> Weights:
        self.now += 1
        self.memo = {}
        self.entered = set()
        self.kept[self.now] = {}  # so that it may be read
        self.kept[self.now] = {term: self.value(term) for term in self.noted}
        for name, rows in self.every:
            self.enter(name, rows)
        weights = self.weights("row", self.rows)
        for number, _state in self.plan.states:
            self.value(number)
        self.commit()
        self.forget()
        return weights

    # --- what is known at the query ----------------------------------------------------------

    def value(self, number: int) -> Any:
        if number not in self.memo:
            self.memo[number] = self._value(number)
        return self.memo[number]

    def _value(self, number: int) -> Any:
        state = self.states.get(number)
        if isinstance(state, Running):
            weights = self.total(number, state)
            return weights > 0 if state.any else weights
        if isinstance(state, Extreme):
            best = self.best[number]
            if state.over == "upto" and self.value(state.guard):
                here = float(self.value(state.body))
                chosen = max if state.function == "max" else min
                best = here if best is None else chosen(best, here)
            return 0.0 if best is None else best
        if isinstance(state, Finder):
            return self.find(number, state)
        term = self.graph[number]
        assert term.op != "aggregate"
        return self.apply(number, [self.value(arg) for arg in term.args])

    def apply(self, number: int, args: list[Any]) -> Any:
        """One operation on scalars; positions are indices, -1 for none, texts codes."""
        term = self.graph[number]
        match term.op:
            case "number" | "bool":
                return term.payload
            case "text":
                return int(self.columns.code(term.text))
            case "none":
                return -1
            case "q":
                return self.now
            case "prev":
                return max(-1, args[0] - 1)
            case "is_there":
                return args[0] >= 0
            case "same" | "text_same":
                return args[0] == args[1]
            case "column":
                return self.column(term.name, args[0])
            case "similarity":
                if min(args) < 0:
                    return 0.0
                assert all(map(self.readable, args))
                return float(self.columns.similarity(*args))
            case "text_is":
                return bool(self.columns.text_is(*term.test, args[0]))
            case "among":
                return any(arithmetic.near(float(args[0]), value) for value in term.values)
            case "select":
                one = args[1] if args[0] else args[2]
                return float(one) if term.type is Type.NUMBER else one
        meaning = OPS[term.op].meaning
        assert meaning is not None, term.op
        numbers = [float(arg) for arg in args]
        if not OPS[term.op].variadic:
            found = meaning(*numbers)
        else:
            found = numbers[0]
            for each in numbers[1:]:
                found = meaning(found, each)
        return bool(found) if term.type is Type.BOOL else float(found)

    def column(self, name: str, position: int) -> Any:
        if name == "i":
            return float(position)
        if position < 0:
            return {Type.TEXT: 0}.get(ATTRIBUTES[name].type, ATTRIBUTES[name].missing)
        if not self.readable(position):
            raise KeyError(f"{name} of {position} at {self.now}")
        return self.columns.at(name, position).item()

    def readable(self, position: int) -> bool:
        """A kept position, or one as near to it as the plan says."""
        back = self.plan.back
        return any(
            here in self.kept for here in range(position - back, min(position + back, self.now) + 1)
        )

    # --- sums --------------------------------------------------------------------------------

    def enter(self, name: Any, rows: Rows) -> None:
        """The key that leaves the window goes into the sums, once a step and before they count."""
        key = self.now - rows.window
        if name in self.entered or key < rows.first:
            return
        self.entered.add(name)
        for part, entries in zip(rows.parts, self.sums[name].entries, strict=True):
            if part.spot is not None:
                continue
            note = self.value if key == self.now else self.kept[key].__getitem__
            bucket = self.bucket(entries, part.gate, tuple(note(y) for _, y in part.gate.equal))
            factor = float(note(part.key))
            if factor == 0:
                continue
            value = {key: math.log(abs(factor)) + float(note(part.log_key))}
            old = part.gate.counter and note(part.gate.counter[1]) < bucket.counter
            target = bucket.earlier if old else bucket.now
            plus(target, value)

    def bucket(self, entries: dict[Any, Bucket], gate: Gate, key: tuple[Any, ...]) -> Bucket:
        """The entry, its counter brought up to now."""
        bucket = entries.setdefault(key, Bucket(now={}, earlier={}))
        if gate.counter:
            counter = float(self.value(gate.counter[0]))
            if counter != bucket.counter:
                plus(bucket.earlier, bucket.now)
                bucket.now, bucket.counter = {}, counter
        return bucket

    def far(self, name: Any, rows: Rows) -> list[tuple[bool, Weights]]:
        """The far parts' weights, and whether they are taken away."""
        self.enter(name, rows)
        found = []
        for part, entries in zip(rows.parts, self.sums[name].entries, strict=True):
            factor = float(self.value(part.query))
            if factor == 0:
                continue
            log = math.log(abs(factor)) + float(self.value(part.log_query))
            into: Weights = {}
            if part.spot is not None:
                self.spot(part, rows, log, into)
            else:
                key = tuple(self.value(x) for x, _ in part.gate.equal)
                bucket = self.bucket(entries, part.gate, key)
                plus(into, bucket.earlier if part.gate.earlier else bucket.now, log)
            found.append((part.less, into))
        return found

    def spot(self, part: Part, rows: Rows, log: float, into: Weights) -> None:
        place = self.value(part.spot)
        key = place + part.offset
        if place < 0 or not rows.first <= key <= self.now - rows.window:
            return
        notes = self.kept[key]
        for one, other in part.gate.equal:
            if self.value(one) != notes[other]:
                return
        if part.gate.counter:
            here, there = self.value(part.gate.counter[0]), notes[part.gate.counter[1]]
            if not (there < here if part.gate.earlier else there == here):
                return
        factor = float(notes[part.key])
        if factor:
            plus(into, {key: log + math.log(abs(factor)) + float(notes[part.log_key])})

    def near(self, rows: Rows, last: int) -> dict[int, float]:
        """The value itself at the first and the last keys."""
        start = max(rows.first, self.now - rows.window + 1)
        keys = [*range(min(rows.first, self.now + 1)), *range(start, self.now + 1)]
        return {key: float(self.pair(rows, key)) for key in keys if key <= last}

    def pair(self, rows: Rows, key: int) -> Any:
        memo: dict[int, Any] = {k_term: self.kept[key][q_term] for k_term, q_term in rows.notes}

        def at(number: int) -> Any:
            if number not in memo:
                if not self.graph[number].free & 2:
                    memo[number] = self.value(number)
                else:
                    memo[number] = self.apply(number, [at(arg) for arg in self.graph[number].args])
            return memo[number]

        return at(rows.value)

    def total(self, number: int, state: Running) -> float:
        last = self.now if state.over == "upto" else self.now - 1
        total = sum(self.near(state.rows, last).values())
        for less, weights in self.far(number, state.rows):
            part = math.fsum(math.exp(value) for value in weights.values())
            total += -part if less else part
        return total

    def weights(self, name: Any, rows: Rows) -> Weights:
        """The row: weights that sum to 1, or the fallback."""
        near = self.near(rows, self.now)
        if self.program.softmax:
            logs = {key: score for key, score in near.items() if score > -arithmetic.HUGE}
            for less, part in self.far(name, rows):
                assert not less
                plus(logs, part)
            top = max(logs.values(), default=0.0)
            found = {key: math.exp(log - top) for key, log in logs.items()}
        else:
            found = {key: max(value, 0.0) for key, value in near.items()}
            for less, part in self.far(name, rows):
                for key, log in part.items():
                    found[key] = found.get(key, 0.0) + (-1 if less else 1) * math.exp(log)
        total = sum(found.values())
        if total >= arithmetic.ROW_EMPTY:
            return {key: value / total for key, value in found.items()}
        if self.plan.fallback == "uniform":
            return dict.fromkeys(range(self.now + 1), 1 / (self.now + 1))
        assert self.plan.fallback == self.program.fallback, "a row that is never empty is"
        return {self.now if self.plan.fallback == "self" else 0: 1.0}

    # --- positions ---------------------------------------------------------------------------

    def find(self, number: int, state: Finder) -> int:
        if not self.value(state.test):
            return -1
        key = tuple(self.value(x) for x, _ in state.gate.equal)
        bucket = self.register(number, state.gate, key)
        found = bucket.earlier if state.gate.earlier else bucket.now
        own = state.over == "upto" and self.value(state.guard) and not state.gate.earlier
        own = own and all(self.value(x) == self.value(y) for x, y in state.gate.equal)
        if own and (found is None or state.function == "last"):
            return self.now
        return -1 if found is None else found

    def register(self, number: int, gate: Gate, key: tuple[Any, ...]) -> Bucket:
        bucket = self.found[number].setdefault(key, Bucket())
        if gate.counter:
            counter = float(self.value(gate.counter[0]))
            if counter != bucket.counter:
                bucket.earlier = bucket.earlier if bucket.now is None else bucket.now
                bucket.now, bucket.counter = None, counter
        return bucket

    def commit(self) -> None:
        """The query becomes a key that later queries find."""
        for number, state in self.plan.states:
            if isinstance(state, Finder) and self.value(state.guard):
                key = tuple(self.value(y) for _, y in state.gate.equal)
                bucket = self.register(number, state.gate, key)
                if bucket.now is None or state.function == "last":
                    bucket.now = self.now
            elif isinstance(state, Extreme) and self.value(state.guard):
                here, best = float(self.value(state.body)), self.best[number]
                chosen = max if state.function == "max" else min
                self.best[number] = here if best is None else chosen(best, here)

    def forget(self) -> None:
        """Let go of all positions that the plan doesn't keep."""
        back = self.plan.back
        places = {position for position in self.kept if position < self.first + back}
        places |= set(range(self.now - self.window - back, self.now + 1))
        for entries in self.found.values():
            for bucket in entries.values():
                for found in (bucket.now, bucket.earlier):
                    if found is not None:
                        places |= set(range(found - back, found + back + 1))
        self.kept = {position: notes for position, notes in self.kept.items() if position in places}
