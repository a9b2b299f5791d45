"""Terms that depend on how far the key is behind the query, and on nothing else of the two.

Such a term has as many values as a text has positions, not as it has pairs: it becomes a column
with the distance in the place of the query's index, which cells read at their own distance.
"""

from dataclasses import dataclass, field

from attndsl.graph.operations import OPS
from attndsl.graph.terms import FREE_K, FREE_Q, Graph

PAIR = FREE_Q | FREE_K


@dataclass(slots=True)
class DistanceColumns:
    """Finds these terms; what was found is kept."""

    graph: Graph
    known: dict[int, int | None] = field(default_factory=dict)

    def column(self, term: int) -> int | None:
        """The term with `i(q)` for the distance `i(q) - i(k)`; None where there is more in it.

        >>> from attndsl.graph.notation import read, write
        >>> graph = Graph()
        >>> decay = read(graph, "pow(0.5, add(i(q), mul(-1, i(k)), 2))")
        >>> write(graph, DistanceColumns(graph).column(decay))
        'pow(0.5, add(2, i(q)))'
        >>> DistanceColumns(graph).column(read(graph, "add(i(q), i(k))")) is None
        True
        """
        described = self.graph[term]
        if not described.free:
            return term
        if described.free != PAIR:
            return None
        if term not in self.known:
            self.known[term] = self._found(term)
        return self.known[term]

    def _found(self, term: int) -> int | None:
        described = self.graph[term]
        if described.op == "add":
            args, distance = self._without_distance(described.args)
            if not distance:
                args = list(described.args)
        elif OPS[described.op].on_numbers:
            args, distance = list(described.args), []
        else:
            return None
        new = [self.column(arg) for arg in args]
        made = [arg for arg in new if arg is not None]
        if len(made) < len(new):
            return None
        if not made and len(distance) == 1:
            return distance[0]
        return self.graph.add(described.op, (*made, *distance), described.payload)

    def _without_distance(self, args: tuple[int, ...]) -> tuple[list[int], list[int]]:
        """The other parts of a sum; the distance, or its negative, as a column."""
        graph = self.graph
        i_q = graph.index(graph.add("q"))
        i_k = graph.index(graph.add("k"))
        minus = graph.number(-1.0)
        for plus, less in ((i_q, i_k), (i_k, i_q)):
            negative = next((n for n in self._negatives(less, minus) if n in args), None)
            if plus in args and negative is not None:
                rest = [arg for arg in args if arg not in (plus, negative)]
                return rest, [i_q if plus == i_q else graph.add("mul", (minus, i_q))]
        return list(args), []

    def _negatives(self, index: int, minus: int) -> tuple[int, int]:
        return self.graph.add("mul", (minus, index)), self.graph.add("mul", (index, minus))
