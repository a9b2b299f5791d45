"""The rewriting machine: rules as a table, terms brought to normal form arguments first.

A rule says what it is called, what it looks at (a pattern in the notation of graph/notation, or the
names of operations), what comes instead (a pattern, or a function), and why that is the same. The
machine keeps a stack of its own, remembers every term that it has finished, and stops at a bound.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from attndsl.graph.facts import Facts
from attndsl.graph.intervals import Interval
from attndsl.graph.notation import TermPattern, instantiate, parse
from attndsl.graph.terms import OPS, Graph, Payload, Term
from attndsl.language.budget import REWRITE

WORK_PER_TERM = 50  # rewrites that a program may cost, for each of its terms

Bindings = dict[str, int]
Replacement = Callable[["Rewriter", Term], int | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """`left` is a pattern, or names of operations parted by `|` for a function on the right."""

    name: str
    left: str
    right: str | Replacement
    why: str


RuleTable = dict[str, tuple[tuple[Rule, Replacement], ...]]  # by operation, in their order


@dataclass(frozen=True, slots=True)
class Fired:
    """One step of a trace."""

    rule: str
    before: int
    after: int


@dataclass(slots=True)
class Rewriter:
    """Brings terms of one graph to normal form; `trace` collects the rules that fired."""

    graph: Graph
    rules: RuleTable
    trace: list[Fired] | None = None
    limit: int = 0
    work: int = 0
    cycles: int = 0
    facts: Facts = field(init=False)
    normal: dict[int, int] = field(default_factory=dict)
    becomes: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.facts = Facts(self.graph)

    def __call__(self, root: int) -> int:
        """The normal form of a term."""
        terms, normal = self.graph.terms, self.normal
        stack, waiting = [root], set[int]()
        while stack:
            number = stack[-1]
            if number in normal:
                stack.pop()
                continue
            term = terms[number]
            missing = [arg for arg in term.args if arg not in normal]
            if missing:
                stack.extend(missing)
                continue
            args = tuple([normal[arg] for arg in term.args])
            same = number if args == term.args else self.graph.add(term.op, args, term.payload)
            new = normal.get(same)
            if new is None:
                next_one = self._next(same)
                if next_one in normal:
                    new = normal[same] = normal[next_one]
                elif next_one == same:
                    new = normal[same] = same
                elif same in waiting or next_one in waiting:  # rules that undo each other stop
                    new = normal[same] = same
                    self.cycles += 1
                else:
                    waiting.add(same)
                    stack.append(next_one)
                    continue
            normal[number] = new
            stack.pop()
        return normal[root]

    def _next(self, number: int) -> int:
        """The term after one rewrite; itself where no rule fires or the work is used up."""
        if self.work >= self.limit:
            return number
        becomes = self.becomes.get(number)
        if becomes is None:
            becomes = self.becomes[number] = self._rewritten(number)
        return becomes

    def _rewritten(self, number: int) -> int:
        self.graph.budget.spend(REWRITE)
        term = self.graph.terms[number]
        for rule, replacement in self.rules.get(term.op, ()):
            new = replacement(self, term)
            if new is not None and new != number:
                self.work += 1
                if self.trace is not None:
                    self.trace.append(Fired(rule.name, number, new))
                return new
        return number

    # What rules are written with.

    def fires(self, replacement: Replacement, term: Term) -> bool:
        """Whether a rule changes the term: asked by rules that must come after it in any order."""
        new = replacement(self, term)
        return new is not None and self.graph.terms[new] is not term

    def add(self, op: str, args: Iterable[int], payload: Payload = None) -> int:
        return self.graph.add(op, args, payload)

    def op(self, term: int) -> str:
        return self.graph.terms[term].op

    def args(self, term: int) -> tuple[int, ...]:
        return self.graph.terms[term].args

    def value(self, term: int) -> float | None:
        """The number that a constant is."""
        part = self.graph.terms[term]
        payload = part.payload  # read as it is, for this is asked more than all else
        return payload if part.op == "number" and isinstance(payload, float) else None

    def fact(self, term: int) -> Interval:
        return self.facts[term]

    def order(self, term: int) -> tuple[int, bytes]:
        """How commutative operands are sorted: by what they depend on, then by structure."""
        return self.graph.terms[term].free, self.graph.digest(term)

    def sort(self, terms: Iterable[int]) -> list[int]:
        terms = list(terms)
        return sorted(terms, key=self.order) if len(terms) > 1 else terms


def compile_rules(rules: Iterable[Rule]) -> RuleTable:
    """The rules of each operation, in the order of the table, patterns made into functions."""
    table: dict[str, list[tuple[Rule, Replacement]]] = {}
    for rule in rules:
        if isinstance(rule.right, str):
            left, right = parse(rule.left), parse(rule.right)
            table.setdefault(left.op, []).append((rule, _replacement(left, right)))
        else:
            names = OPS if rule.left == "*" else rule.left.split("|")
            for name in names:
                assert name in OPS, f"rule {rule.name!r} is about an unknown operation {name!r}"
                table.setdefault(name, []).append((rule, rule.right))
    return {op: tuple(listed) for op, listed in table.items()}


def _replacement(left: TermPattern, right: TermPattern) -> Replacement:
    def replace(machine: Rewriter, term: Term) -> int | None:
        bindings: Bindings = {}
        if not _match(machine.graph, left, term, bindings):
            return None
        return instantiate(machine.graph.add, right, bindings)

    return replace


def _match(graph: Graph, shape: TermPattern, term: Term, bindings: Bindings) -> bool:
    """Whether the term has the shape; fills the bindings. Commutative pairs match both ways."""
    if term.op != shape.op or len(term.args) != len(shape.args):
        return False
    if shape.payload is not None and shape.payload != term.payload:
        return False
    orders = [term.args]
    if OPS[term.op].commutative and len(term.args) == 2:
        orders.append((term.args[1], term.args[0]))
    for args in orders:
        trial = dict(bindings)
        for part, arg in zip(shape.args, args, strict=True):
            if part.variable:
                if trial.setdefault(part.variable, arg) != arg:
                    break
            elif not _match(graph, part, graph.terms[arg], trial):
                break
        else:
            bindings.update(trial)
            return True
    return False
