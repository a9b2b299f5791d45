"""From the plain graph to one that every engine runs: no masks, no ranges, no horizon left in it.

What `next`, `at` and the ranges mean under a mask is made explicit; aggregates become running
tables, sparse tables or loops (graph/scans); long `and or min max` are grouped by what they depend
on, so that what depends on fewer variables is worked out less often.
"""

from collections.abc import Callable, Sequence

from attndsl.graph.facts import Facts
from attndsl.graph.isolate import COMPARISONS, isolate
from attndsl.graph.scans import Stretch, aggregate_over
from attndsl.graph.terms import Graph, Term
from attndsl.language.mask import Mask

_GROUPED = frozenset({"and", "or", "min", "max"})  # any order gives the same value
_MASKED = frozenset({"next", "at", "head", "aggregate"})  # what the horizon has a say in


def lower(graph: Graph, root: int, mask: Mask) -> int:
    """The root's meaning under a mask, in operations whose stage is `both` or `lowered`.

    >>> from attndsl.language.mask import CAUSAL
    >>> graph = Graph()
    >>> graph[lower(graph, graph.add("next", [graph.add("k")]), CAUSAL)].op
    'select'
    """
    return lowered_terms(graph, [root], mask)[root]


def lowered_terms(graph: Graph, roots: Sequence[int], mask: Mask) -> dict[int, int]:
    """Every plain term below the roots with its lowered one."""
    (lowered,) = lowered_by_mask(graph, roots, (mask,))
    return lowered


def lowered_by_mask(
    graph: Graph, roots: Sequence[int], masks: Sequence[Mask]
) -> list[dict[int, int]]:
    """The same under each mask; what no mask has a say in is lowered once."""
    order = graph.reachable(roots)
    masked, lowered = list[int](), list[dict[int, int]]()
    seen: set[int] = set()
    for number in order:
        term = graph.terms[number]
        if term.op in _MASKED or not seen.isdisjoint(term.args):
            seen.add(number)
            masked.append(number)
    for mask in masks:
        lowering = _Lowering(graph, mask)
        if lowered:
            lowering.new = {term: new for term, new in lowered[0].items() if term not in seen}
        for number in masked if lowered else order:
            lowering.take(number)
        lowered.append(lowering.new)
    return lowered


class _Lowering:
    """The lowered term of each plain one, and which positions may lie beyond the horizon."""

    def __init__(self, graph: Graph, mask: Mask) -> None:
        self.graph, self.mask = graph, mask
        self.facts = Facts(graph)
        self.new: dict[int, int] = {}
        self.beyond: set[int] = set()  # plain positions that `head` may have taken past the horizon
        self.q = graph.add("q")
        last = graph.add("add", [graph.add("n"), graph.number(-1)])
        self.horizon = graph.add("pick", [last]) if mask.kind == "full" else self.q

    def take(self, number: int) -> None:
        """Lower a term whose arguments are lowered already."""
        term = self.graph[number]
        new = self.new
        args = [new[arg] for arg in term.args]
        if term.op in _FAMILIES:
            self.new[number] = _FAMILIES[term.op](self, term, args)
        elif term.op in COMPARISONS and term.free:
            self.new[number] = isolate(self.graph, self.facts, term.op, args)
        elif term.op in _GROUPED:
            self.new[number] = grouped(self.graph, term.op, args)
        else:
            same = tuple(args) == term.args
            new[number] = number if same else self.graph.add(term.op, args, term.payload)
        if self.mask.kind != "full" and (
            term.op == "head"
            or (term.op in ("prev", "select") and not self.beyond.isdisjoint(term.args))
        ):
            self.beyond.add(number)

    def clipped(self, position: int, plain: int) -> int:
        """The position, or the horizon where that is earlier."""
        if plain not in self.beyond:
            return position
        earlier = self.graph.add("lt", [self.graph.index(position), self.graph.index(self.q)])
        return self.graph.add("select", [earlier, position, self.q])

    def next(self, term: Term, args: list[int]) -> int:
        following = self.graph.add("succ", args)
        if self.mask.kind == "full":
            return following
        inside = self.graph.add("lt", [self.graph.index(args[0]), self.graph.index(self.q)])
        return self.graph.add("select", [inside, following, self.graph.add("none")])

    def at(self, term: Term, args: list[int]) -> int:
        picked = self.graph.add("pick", args)
        if self.mask.kind == "full" or self.facts[args[0]].hi <= 0:
            return picked
        inside = self.graph.add("le", [args[0], self.graph.index(self.q)])
        return self.graph.add("select", [inside, picked, self.graph.add("none")])

    def is_child(self, term: Term, args: list[int]) -> int:
        """A root, and what is no word, has a head word that no word is."""
        child, parent = args
        head = self.graph.add("column", [child], "_head_word")
        word = self.graph.add("column", [parent], "parse_word")
        return self.graph.add("eq", sorted([head, word]))

    def is_ancestor(self, term: Term, args: list[int]) -> int:
        """The walk of the tree enters the second's word within the first's."""
        above, below = args
        start = self.graph.add("column", [above], "_tree_in")
        entered = self.graph.add("column", [below], "_tree_in")
        end = self.graph.add("column", [above], "_tree_out")
        after = self.graph.add("lt", [start, entered])
        return self.graph.add("and", sorted([after, self.graph.add("le", [entered, end])]))

    def aggregate(self, term: Term, args: list[int]) -> int:
        *positions, guard, body = args
        payload = term.aggregate
        after, last = self.ends(payload.range, positions, term.args)
        stretch = Stretch(after, last, guard, body, payload.height)
        return aggregate_over(self.graph, self.facts, payload.function, stretch)

    def ends(self, name: str, positions: list[int], plain: tuple[int, ...]) -> tuple[int, int]:
        """A range as the position before its first and its last."""
        none = self.graph.add("none")
        if name == "visible":
            if self.mask.kind != "window":
                return none, self.horizon
            window = self.graph.number(-self.mask.window)
            start = self.graph.add("add", sorted([self.graph.index(self.q), window]))
            return self.graph.add("pick", [start]), self.q
        if name == "after":
            return positions[0], self.horizon
        if name == "upto":
            return none, self.clipped(positions[0], plain[0])
        end = len(positions) - 1
        before = self.clipped(self.graph.add("prev", [positions[end]]), plain[end])
        return (positions[0] if name == "between" else none), before


def grouped(graph: Graph, op: str, args: list[int]) -> int:
    """Those with the same variables together, fewest variables first."""
    groups: dict[int, list[int]] = {}
    for arg in args:
        groups.setdefault(graph[arg].free, []).append(arg)
    if len(groups) == len(args) or len(groups) == 1:
        return graph.add(op, sorted(args))
    whole = max(groups, key=lambda free: (free.bit_count(), free))
    parts = [
        graph.add(op, sorted(members)) if len(members) > 1 else members[0]
        for free, members in groups.items()
        if free != whole
    ]
    return graph.add(op, sorted(parts + groups[whole]))


_FAMILIES: dict[str, Callable[[_Lowering, Term, list[int]], int]] = {
    "next": _Lowering.next,
    "at": _Lowering.at,
    "is_child": _Lowering.is_child,
    "is_ancestor": _Lowering.is_ancestor,
    "aggregate": _Lowering.aggregate,
}
