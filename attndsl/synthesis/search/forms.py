"""Canonical forms of recipes, made on one term graph: parts that recipes share are made once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from attndsl.graph.canonical import canonical, form_hash
from attndsl.graph.rewrite import Rewriter
from attndsl.graph.simplify import machine_for
from attndsl.graph.terms import Graph
from attndsl.graph.verify import decorated, verify
from attndsl.synthesis.search.features import Feature
from attndsl.synthesis.search.mutate import copied
from attndsl.synthesis.search.recipe import Recipe, Terms

WORK = 10**9  # steps of rewriting for all recipes together
ROOM = 200_000  # terms held before a new graph is begun


@dataclass(slots=True)
class Forms:
    """The identity of a recipe's program without its text: `verify` gives the same hash."""

    features: Sequence[Feature]
    graph: Graph = field(init=False)
    machine: Rewriter = field(init=False)
    roots: dict[str, int] = field(init=False)
    tests: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        source = _heads([feature.code for feature in self.features])
        programs = verify(source).programs
        self.graph = programs[0].graph
        pairs = zip(self.features, programs, strict=True)
        self.roots = {feature.name: program.root for feature, program in pairs}
        self.tests = {}
        self.machine = machine_for(self.graph, programs[0].root)
        self.machine.limit = WORK

    def hash_and_size(self, recipe: Recipe) -> tuple[str, int]:
        """The program's hash, and how many terms its canonical form has."""
        if len(self.graph) > ROOM:
            self._begin()
        form = canonical(self.graph, self._root(recipe), True, None, self.machine)
        marks = decorated(softmax=True, fallback="first")
        return form_hash(self.graph, form, marks), len(self.graph.reachable([form]))

    def _root(self, recipe: Recipe) -> int:
        graph, base = self.graph, self._sum(recipe.terms)
        root = base
        for test, rule in reversed(recipe.tests):
            more = self._sum(rule.terms)
            root = graph.add("select", (self._test(test), graph.add("add", (base, more)), root))
        return root

    def _sum(self, terms: Terms) -> int:
        graph = self.graph
        parts = [
            graph.add("mul", (graph.number(share), self.roots[feature.name]))
            for feature, share in terms
        ]
        return graph.add("add", parts) if len(parts) > 1 else parts[0] if parts else graph.number(0)

    def _test(self, test: str) -> int:
        """A condition on `q`, as the canonical term of the program that says it."""
        term = self.tests.get(test)
        if term is None:
            program = verify(_heads([test])).programs[0]
            term = self.tests[test] = copied(program.graph, program.root, self.graph)
        return term


def _heads(codes: Sequence[str]) -> str:
    return "\n\n".join(f"def f{n}(q, k):\n    return {code}\n" for n, code in enumerate(codes))
