"""What tests of places come to far from the query and from the start: linear forms of k and q - k.

>>> from attndsl.graph.notation import read
>>> graph = Graph()
>>> near = read(graph, "lt(abs(add(i(q), mul(-1, i(k)))), 4)")
>>> Far(graph, [near], 0, 3).of(near), Far(graph, [near], 0, 4).of(near)
(None, False)
>>> far_from(graph, near)[:2]
(0, 4)
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from attndsl.graph.terms import FREE_K, Graph, Term

MOST = 4096  # keys of a window
START = 256  # first keys


@dataclass(frozen=True, slots=True)
class Line:
    """key * k + gap * (q - k) + constant."""

    key: float
    gap: float
    constant: float

    def plus(self, other: "Line", times: float = 1.0) -> "Line":
        return Line(
            self.key + times * other.key,
            self.gap + times * other.gap,
            self.constant + times * other.constant,
        )


Distant = Line | bool | None
ZERO = Line(0.0, 0.0, 0.0)


class Far:
    """Each term below some roots where k >= first and q - k >= window: a line, a truth or None."""

    def __init__(self, graph: Graph, roots: Sequence[int], first: int, window: int) -> None:
        self.first, self.window = first, window
        self.known: dict[int, Distant] = {}
        for number in graph.reachable(roots):
            self.known[number] = self._of(graph, graph[number])

    def of(self, term: int) -> Distant:
        return self.known.get(term)

    def ends(self, line: Line) -> tuple[float, float]:
        """The least and the largest that a line can be."""
        at = line.key * self.first + line.gap * self.window + line.constant
        low = -math.inf if min(line.key, line.gap) < 0 else at
        return low, math.inf if max(line.key, line.gap) > 0 else at

    def _of(self, graph: Graph, term: Term) -> Distant:
        if term.op == "number":
            return Line(0.0, 0.0, term.number)
        if term.op == "column":
            kind = graph[term.args[0]].op
            if term.name != "i" or kind not in ("q", "k"):
                return None
            return Line(1.0, 1.0 if kind == "q" else 0.0, 0.0)
        if term.op in ("and", "or", "not"):
            return _together(term.op, [self.known[arg] for arg in term.args])
        rule = _RULES.get(term.op)
        lines = [line for arg in term.args if isinstance(line := self.known[arg], Line)]
        if rule is None or len(lines) != len(term.args):
            return None
        return rule(self, term, lines)

    def sum(self, term: Term, lines: list[Line]) -> Distant:
        total = ZERO
        for line in lines:
            total = total.plus(line)
        return total

    def product(self, term: Term, lines: list[Line]) -> Distant:
        total, factor = ZERO, 1.0
        for line in lines:
            if not line.key and not line.gap:
                factor *= line.constant
            elif total != ZERO:
                return None
            else:
                total = line
        return ZERO.plus(total, factor) if total != ZERO else Line(0.0, 0.0, factor)

    def magnitude(self, term: Term, lines: list[Line]) -> Distant:
        low, high = self.ends(lines[0])
        return lines[0] if low >= 0 else ZERO.plus(lines[0], -1.0) if high <= 0 else None

    def largest(self, term: Term, lines: list[Line]) -> Distant:
        sign = 1.0 if term.op == "max" else -1.0
        for one in lines:
            if all(self.ends(ZERO.plus(one, sign).plus(each, -sign))[0] >= 0 for each in lines):
                return one
        return None

    def less(self, term: Term, lines: list[Line]) -> Distant:
        low, high = self.ends(lines[1].plus(lines[0], -1.0))
        if low > _CLEAR:
            return True
        if high < -_CLEAR:
            return False
        if term.op == "le" and low >= 0:
            return True
        return False if term.op == "lt" and high <= 0 else None

    def equal(self, term: Term, lines: list[Line]) -> Distant:
        low, high = self.ends(lines[0].plus(lines[1], -1.0))
        if low > _CLEAR or high < -_CLEAR:
            return False
        return True if low == high == 0 else None

    def among(self, term: Term, lines: list[Line]) -> Distant:
        low, high = self.ends(lines[0])
        if all(low > value + _CLEAR or high < value - _CLEAR for value in term.values):
            return False
        return None


def _together(op: str, known: list[Distant]) -> Distant:
    """What a test of tests comes to."""
    if op == "not":
        return (not known[0]) if isinstance(known[0], bool) else None
    decides = op == "or"
    if decides in known:
        return decides
    return None if any(each is not (not decides) for each in known) else not decides


# Numbers of this distance are told apart by every comparison: places are below 2**20.
_CLEAR = 0.01
_RULES: dict[str, Callable[[Far, Term, list[Line]], Distant]] = {
    "add": Far.sum, "mul": Far.product, "abs": Far.magnitude, "max": Far.largest,
    "min": Far.largest, "lt": Far.less, "le": Far.less, "eq": Far.equal, "among": Far.among,
}  # fmt: skip


def far_from(graph: Graph, root: int, start: int = 0, near: int = 0) -> tuple[int, int, Far]:
    """The fewest first and last keys beyond which all is known that can be, and what is known.

    At least `start` first and `near` last ones.
    """
    keyed = [term for term in graph.reachable([root]) if graph[term].free & FREE_K]

    def settled(first: int, window: int) -> bool:
        far = Far(graph, [root], first, window)
        return all(far.of(term) is not None for term in wanted)

    most = Far(graph, [root], START, MOST)
    wanted = [term for term in keyed if most.of(term) is not None]
    first = _least(lambda size: settled(size, MOST), start, START)
    window = _least(lambda size: settled(first, size), near, MOST)
    return first, window, Far(graph, [root], first, window)


def _least(holds: Callable[[int], bool], low: int, high: int) -> int:
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
