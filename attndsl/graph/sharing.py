"""Operands in common: a sum within a larger sum is computed once.

The rules open nested sums, products, conjunctions and the like, so that equal ones meet. Here what
one has in common with another is put back as one term, so that a weight updated twenty times and
looked at in between doesn't cost twenty sums. The rules open it again to the same form.

>>> from attndsl.graph.notation import read, write
>>> graph = Graph()
>>> root = read(graph, "lt(add(i(q), i(k), 3), add(i(q), i(k), len(k), 5))")
>>> write(graph, shared(Rewriter(graph, {}), root))
'lt(add(add(i(q), i(k)), 3), add(add(i(q), i(k)), len(k), 5))'
"""

from dataclasses import dataclass, field

from attndsl.graph.linear import calm_product, calm_sum
from attndsl.graph.operations import WIDE
from attndsl.graph.rewrite import Rewriter
from attndsl.graph.terms import Graph

_MANY = 200  # where more of one operation stand together they are left as they are

Operands = frozenset[int]


@dataclass(slots=True)
class _Sets:
    """The operand sets of one operation, numbers left out, and the smaller sets each is made of."""

    op: str
    pieces: dict[Operands, list[Operands]] = field(default_factory=dict)
    uses: dict[Operands, int] = field(default_factory=dict)
    built: dict[Operands, int] = field(default_factory=dict)


def shared(machine: Rewriter, root: int) -> int:
    """The term with common operands of its wide operations put together."""
    graph = machine.graph
    terms = graph.reachable([root])
    by_op: dict[str, list[int]] = {op: [] for op in WIDE}
    for term in terms:
        if graph[term].op in by_op:
            by_op[graph[term].op].append(term)
    sets: dict[int, Operands] = {}
    families: dict[str, _Sets] = {}
    for op, members in by_op.items():
        wide = [term for term in members if _orderless(machine, term)] if len(members) > 1 else []
        if 1 < len(wide) <= _MANY and any(len(graph[term].args) > 2 for term in wide):
            mine = {term: _operands(graph, term) for term in wide}
            families[op] = _family(machine, op, list(mine.values()))
            sets |= mine
    if not families:
        return root
    known: dict[int, int] = {}
    for term in terms:
        part = graph[term]
        if term in sets:
            known[term] = _rebuilt(machine, term, sets[term], families[part.op], known)
        else:
            known[term] = graph.add(part.op, [known[arg] for arg in part.args], part.payload)
    return known[root]


def _orderless(machine: Rewriter, term: int) -> bool:
    part = machine.graph[term]
    calm = {"add": calm_sum, "mul": calm_product}.get(part.op)
    return calm is None or calm(machine, part.args)


def _operands(graph: Graph, term: int) -> Operands:
    return frozenset(arg for arg in graph[term].args if graph[arg].op != "number")


def _family(machine: Rewriter, op: str, sets: list[Operands]) -> _Sets:
    """Each set as the largest smaller sets that fit into it side by side."""
    family = _Sets(op)
    for operands in sets:
        family.uses[operands] = family.uses.get(operands, 0) + 1

    def order(operands: Operands) -> tuple[int, list[tuple[int, bytes]]]:
        return len(operands), sorted(map(machine.order, operands))

    ordered = sorted(filter(lambda operands: len(operands) > 1, family.uses), key=order)
    for index, whole in enumerate(ordered):
        left, pieces = set(whole), family.pieces.setdefault(whole, [])
        for smaller in reversed(ordered[:index]):
            if len(smaller) < len(whole) and smaller <= left:
                pieces.append(smaller)
                family.uses[smaller] += 1
                left -= smaller
    return family


def _rebuilt(
    machine: Rewriter, term: int, operands: Operands, family: _Sets, known: dict[int, int]
) -> int:
    graph = machine.graph
    part = graph[term]
    numbers = [arg for arg in part.args if graph[arg].op == "number"]
    if len(operands) < 2:
        return graph.add(part.op, [known[arg] for arg in part.args])
    if not numbers:
        return _built(machine, operands, family, known)
    if family.uses[operands] > 1:
        args = [_built(machine, operands, family, known)]
    else:
        args = _args(machine, operands, family, known)
    return graph.add(part.op, [*numbers, *args] if part.op == "mul" else [*args, *numbers])


def _built(machine: Rewriter, operands: Operands, family: _Sets, known: dict[int, int]) -> int:
    """The term of a set, those of its pieces made before it."""
    waiting, order = [operands], list[Operands]()
    while waiting:
        whole = waiting.pop()
        if whole not in family.built:
            order.append(whole)
            waiting += family.pieces[whole]
    for whole in sorted(order, key=len):
        if whole not in family.built:
            args = _args(machine, whole, family, known)
            family.built[whole] = machine.graph.add(family.op, args)
    return family.built[operands]


def _args(machine: Rewriter, operands: Operands, family: _Sets, known: dict[int, int]) -> list[int]:
    """Pieces, then single operands."""
    pieces = family.pieces[operands]
    left = operands.difference(*pieces)
    args = [_built(machine, piece, family, known) for piece in pieces]
    return [*args, *(known[arg] for arg in machine.sort(left))]
