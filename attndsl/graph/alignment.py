"""Two terms side by side: what they have in common, and the smallest parts in which they differ.

>>> from attndsl.graph.notation import read
>>> one, other = Graph(), Graph()
>>> a = read(one, "add(mul(0.5, is_quote(k)), i(k))")
>>> b = read(other, "add(mul(0.7, is_quote(k)), i(k), 1)")
>>> for line in lines(aligned(one, a, other, b), one, other):
...     print(line)
  add
    mul
-     0.5
+     0.7
      k.is_quote
    k.i
+   1
"""

from collections.abc import Iterator
from dataclasses import dataclass

from attndsl.graph.printing import expression_of
from attndsl.graph.terms import OPS, Graph


@dataclass(frozen=True, slots=True)
class Pair:
    """A term of the one and a term of the other that stand in the same place.

    `parts` are pairs of arguments where both are the same operation; without parts they are equal,
    or differ as a whole. A side that has nothing in this place is None.
    """

    one: int | None
    other: int | None
    equal: bool
    parts: tuple["Pair", ...] = ()


def aligned(one: Graph, a: int, other: Graph, b: int) -> Pair:
    """The two terms, matched from the root down; operands in any order where order has no say."""
    if one.digest(a) == other.digest(b):
        return Pair(a, b, True)
    first, second = one[a], other[b]
    if first.op != second.op or first.payload != second.payload or not first.args:
        return Pair(a, b, False)
    if OPS[first.op].commutative:
        pairs = _matched(one, first.args, other, second.args)
    else:
        pairs = list(zip(first.args, second.args, strict=True))
    return Pair(a, b, False, tuple(_side(one, x, other, y) for x, y in pairs))


def _side(one: Graph, a: int | None, other: Graph, b: int | None) -> Pair:
    return Pair(a, b, False) if a is None or b is None else aligned(one, a, other, b)


def _matched(
    one: Graph, first: tuple[int, ...], other: Graph, second: tuple[int, ...]
) -> list[tuple[int | None, int | None]]:
    """Equal operands first, then those of one operation, then what is left in its order."""
    pairs: list[tuple[int | None, int | None]] = []
    left, right = list(first), list(second)
    for look in (Graph.digest, _operation, _kind):
        for a in tuple(left):
            b = next((b for b in right if look(one, a) == look(other, b)), None)
            if b is not None:
                pairs.append((a, b))
                left.remove(a)
                right.remove(b)
    pairs += [(a, None) for a in left]
    pairs += [(None, b) for b in right]
    order: dict[int | None, int] = {a: place for place, a in enumerate(first)}
    return sorted(pairs, key=lambda pair: order.get(pair[0], len(first)))


def _operation(graph: Graph, term: int) -> object:
    return graph[term].op, graph[term].payload


def _kind(graph: Graph, term: int) -> object:
    return graph[term].op


def lines(pair: Pair, one: Graph, other: Graph, depth: int = 0) -> Iterator[str]:
    """A line a part: `-` what only the first has, `+` what only the second has."""
    margin = "  " * depth
    if pair.equal:
        assert pair.one is not None
        yield f"  {margin}{expression_of(one, pair.one)}"
    elif pair.parts:
        assert pair.one is not None
        term = one[pair.one]
        name = term.aggregate.function if term.op == "aggregate" else term.op
        yield f"  {margin}{name}"
        for part in pair.parts:
            yield from lines(part, one, other, depth + 1)
    else:
        if pair.one is not None:
            yield f"- {margin}{expression_of(one, pair.one)}"
        if pair.other is not None:
            yield f"+ {margin}{expression_of(other, pair.other)}"
