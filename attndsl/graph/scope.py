"""What expressions are built in: the names of one definition, and the bound on its terms."""

from dataclasses import dataclass
from typing import Protocol

from attndsl.graph.substitute import TooLarge
from attndsl.graph.terms import Graph
from attndsl.language.diagnostics import Span
from attndsl.language.nodes import Type, TypedModule

Instance = tuple[str, tuple[Type, ...]]  # a helper for these types of arguments


class Maker(Protocol):
    """What expressions need of the builder."""

    typed: TypedModule
    graph: Graph

    def call(
        self, instance: Instance, arguments: tuple[int, ...], scope: "Scope", span: Span
    ) -> int: ...

    def mark(self, term: int, span: Span) -> int: ...

    def copied(self, old: int, new: int, scope: "Scope") -> None: ...


@dataclass(slots=True)
class Scope:
    """The names of one definition while it is built; `key` is its parameter `k`, if any."""

    maker: Maker
    names: dict[str, int]
    rows: list[tuple[int, Span]]
    key: int | None
    limit: int  # terms that the graph may reach
    steps: int = 0

    @property
    def graph(self) -> Graph:
        return self.maker.graph

    def row(self, query: int, span: Span) -> None:
        """Note that a row of this position is looked at; it must turn out to be `q`."""
        if (query, span) not in self.rows:
            self.rows.append((query, span))

    def mark(self, term: int, span: Span) -> int:
        return self.maker.mark(term, span)

    def copied(self, old: int, new: int) -> None:
        self.maker.copied(old, new, self)

    def spend(self) -> None:
        self.steps += 1
        if len(self.graph) > self.limit or self.steps > self.limit:
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
