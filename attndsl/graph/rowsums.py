"""Sums over a row of a value that the program has anyway: `row_sum(weight)` rather than a second
writing of it, with another name for the key.

>>> from attndsl.graph.notation import read
>>> graph = Graph()
>>> term = read(graph, "select(lt(sum[visible 1](true, exp(i(bound[1]))), 2), 1, exp(i(k)))")
>>> rows_of(graph, term, least=2) == {
...     read(graph, "sum[visible 1](true, exp(i(bound[1])))"): read(graph, "exp(i(k))")}
True
"""

from attndsl.graph.rules.shares import row_of
from attndsl.graph.simplify import machine_for
from attndsl.graph.substitute import close
from attndsl.graph.terms import FREE_K, FREE_Q, Aggregate, Graph
from attndsl.language.nodes import Type


def rows_of(graph: Graph, root: int, least: int) -> dict[int, int]:
    """The sums over the row of terms that stand in a program besides, each with that term; of terms
    with at least so many parts."""
    terms = graph.reachable([root])
    sums = [one for one in terms if _is_row(graph, one)]
    if not sums:
        return {}
    machine = machine_for(graph, root)
    weights = [one for one in terms if _is_weight(graph, one, least)]
    by_form = {machine(one): one for one in reversed(weights)}
    found: dict[int, int] = {}
    for number in sums:
        row = row_of(machine, number)
        weight = None if row is None else by_form.get(row)
        if weight is not None and machine(_row_sum(graph, weight)) == machine(number):
            found[number] = weight
    return found


def _is_row(graph: Graph, number: int) -> bool:
    """Whether a term is a sum over the keys that the query sees, the same for each key."""
    term = graph[number]
    if not isinstance(term.payload, Aggregate) or term.free & ~FREE_Q:
        return False
    return term.payload.function == "sum" and term.payload.range == "visible"


def _is_weight(graph: Graph, number: int, least: int) -> bool:
    """Whether a term can be a local that is summed: a number of query and key."""
    term = graph[number]
    if term.type is not Type.NUMBER or term.free & ~(FREE_Q | FREE_K) or not term.free & FREE_K:
        return False
    return len(graph.reachable([number])) >= least


def _row_sum(graph: Graph, number: int) -> int:
    """The sum of a term over the row, as the language's `row_sum` is read."""
    return close(graph, "sum", "visible", (), graph.bool(True), number, graph.add("k"))
