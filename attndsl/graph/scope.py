"""What expressions are built in: the names of one definition, and the bound on its terms."""

from dataclasses import dataclass, field
from typing import Protocol

from attndsl.graph.places import Places
from attndsl.graph.substitute import TooLarge
from attndsl.graph.terms import Graph
from attndsl.language.budget import BUILD
from attndsl.language.diagnostics import Span
from attndsl.language.nodes import Type, TypedModule

Instance = tuple[str, tuple[Type, ...]]  # a helper for these types of arguments


class Maker(Protocol):
    """What expressions need of the builder."""

    typed: TypedModule
    graph: Graph
    sets: dict[tuple[str, Type], tuple[str | float, ...]]  # named sets that were read

    def call(
        self, instance: Instance, arguments: tuple[int, ...], scope: "Scope", span: Span
    ) -> int: ...


@dataclass(slots=True)
class Scope:
    """The names of one definition while it is built; `key` is its parameter `k`, if any."""

    maker: Maker
    names: dict[str, int]
    rows: list[tuple[int, Span]]
    key: int | None
    limit: int  # terms that the graph may reach
    places: Places
    steps: int = 0
    lent: set[tuple[Instance, tuple[int, ...]]] = field(default_factory=set)  # calls with places
    graph: Graph = field(init=False)

    def __post_init__(self) -> None:
        self.graph = self.maker.graph

    def row(self, query: int, span: Span) -> None:
        """Note that a row of this position is looked at; it must turn out to be `q`."""
        if (query, span) not in self.rows:
            self.rows.append((query, span))

    def copied(self, old: int, new: int) -> None:
        self.spend()
        self.places.copy(old, new)

    def spend(self, steps: int = 1) -> None:
        self.steps += steps
        self.graph.budget.spend(BUILD * steps)
        if len(self.graph.terms) > self.limit or self.steps > self.limit:
            raise TooLarge("written out with its helpers it has more terms than fit")


def as_test(term: int, scope: Scope) -> int:
    """A bool, or whether a position is there."""
    if scope.graph[term].type is Type.POSITION:
        return scope.graph.add("is_there", (term,))
    return term


def negative(term: int, scope: Scope) -> int:
    part = scope.graph[term]
    if part.op == "number" and isinstance(part.payload, float):
        return scope.graph.number(-part.payload)
    return scope.graph.add("mul", (scope.graph.number(-1), term))


def opposite(term: int, scope: Scope) -> int:
    return scope.graph.add("not", (term,))
