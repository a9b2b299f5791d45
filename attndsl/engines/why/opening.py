"""An aggregate opened at one cell: its condition and its body at each position of its range."""

from collections.abc import Sequence
from dataclasses import replace

from attndsl.engines.why.cells import Cells
from attndsl.engines.why.found import Found, Place, chosen_of
from attndsl.engines.why.told import written
from attndsl.graph.scope import Scope
from attndsl.graph.substitute import substitute
from attndsl.language.nodes import Aggregate, Call, Expression, Logic, String, Type, children

ROWS = ("row_sum", "row_max")
TESTS = ("any", "all", "count")  # of a body that is true or false


def of_aggregate(node: Aggregate, scope: Scope, cells: Cells) -> Found:
    """The positions of the range that count, by the engine's own values at each of them."""
    positions = _range(node, scope, cells)
    inner = _with_variable(node, scope, cells)
    if node.condition is None:
        passing = list(positions)
    else:
        condition = cells.row(cells.truth(node.condition, inner))
        passing = [at for at in positions if condition[at]]
    return Found(
        node.function, len(positions), len(passing), *_counted(node, inner, passing, cells)
    )


def of_row(node: Call, scope: Scope, cells: Cells) -> Found:
    """`row_sum` or `row_max`: the argument for each visible key."""
    values = cells.row(cells.term(node.arguments[0], scope))
    keys = range(cells.first, cells.last + 1)
    places = tuple(Place(at, cells.labels[at], float(values[at])) for at in keys)
    return Found(node.function, len(keys), len(keys), places, chosen_of(node.function, places))


def of_mechanism(node: Call, scope: Scope, cells: Cells) -> Found:
    """The keys of the row to which a mechanism gives anything."""
    values = cells.row(cells.term(node, scope))
    keys = range(cells.first, cells.last + 1)
    places = tuple(Place(at, cells.labels[at]) for at in keys if values[at] > 0)
    return Found("any", len(keys), len(keys), places)


def of_texts(node: Logic, scope: Scope, cells: Cells, source: list[str]) -> Found:
    """`any` or `all` over literal texts, which is written out before: a test for each of them."""
    function = "any" if node.operator == "or" else "all"
    places = tuple(
        Place(None, _literal(test, source))
        for test in node.operands
        if bool(cells.at(cells.truth(test, scope))) == (function == "any")
    )
    many = len(node.operands)
    return Found(function, many, many, places, chosen_of(function, places), texts=True)


def _range(node: Aggregate, scope: Scope, cells: Cells) -> Sequence[int]:
    """The positions that exist for the query, as the specification's table of ranges has them."""
    if node.range_name == "visible":
        return range(cells.first, cells.last + 1)
    ends = [int(cells.at(cells.term(end, scope))) for end in node.range_arguments]
    last = {"before": ends[-1] - 1, "upto": ends[-1], "between": ends[-1] - 1}
    first = ends[0] + 1 if node.range_name in ("after", "between") else 0
    return range(first, min(last.get(node.range_name, cells.last), cells.last) + 1)


def _with_variable(node: Aggregate, scope: Scope, cells: Cells) -> Scope:
    """The names inside the comprehension, its variable standing where the key stands in a row.

    So a row of values has one for each position. The key itself is put in by its number.
    """
    graph = scope.graph
    key = graph.add("k")
    here = graph.add("at", (graph.number(cells.key),))
    fixed = substitute(graph, list(scope.names.values()), {key: here})
    names = dict(zip(scope.names, fixed, strict=True))
    return replace(scope, names={**names, node.variable: key}, rows=[])


def _counted(
    node: Aggregate, inner: Scope, passing: Sequence[int], cells: Cells
) -> tuple[tuple[Place, ...], int | None]:
    """The places that count, and which of them decides."""
    if node.function in TESTS:
        true = cells.row(cells.truth(node.body, inner))
        wanted = node.function != "all"
        places = tuple(Place(at, cells.labels[at]) for at in passing if bool(true[at]) == wanted)
    elif node.body.type is Type.POSITION:
        places = tuple(Place(at, cells.labels[at]) for at in passing)
    else:
        body = cells.row(cells.term(node.body, inner))
        places = tuple(Place(at, cells.labels[at], float(body[at])) for at in passing)
    return places, chosen_of(node.function, places)


def _literal(test: Expression, source: list[str]) -> str:
    """The text that was put in for the variable: one that isn't in quotes where it stands."""
    stack: list[Expression] = [test]
    while stack:
        node = stack.pop()
        if isinstance(node, String) and written(source, node)[:1] not in ("'", '"'):
            return node.value
        stack += [child for child in children(node) if isinstance(child, Expression)]
    return ""  # a test that doesn't name its variable
