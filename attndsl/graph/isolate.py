"""Comparisons with each variable on a side of its own, so that less is done for every pair.

`q.i - k.i < 4` is asked as `q.i - 4 < k.i`: both sides are worked out once a position, and what is
left for each pair is the comparison. Only whole numbers change sides, which is exact.

>>> from attndsl.graph.facts import Facts
>>> from attndsl.graph.notation import read, write
>>> graph = Graph()
>>> test = graph[read(graph, "lt(add(i(q), mul(-1, i(k))), 4)")]
>>> write(graph, isolate(graph, Facts(graph), test.op, list(test.args)))
'lt(add(i(q), -4), i(k))'
"""

from attndsl.graph.facts import Facts
from attndsl.graph.intervals import magnitude
from attndsl.graph.terms import Graph

COMPARISONS = frozenset({"eq", "lt", "le"})
_EXACT = 2.0**52

# A whole sum: parts with their coefficients, the number last under the key -1.
_Sum = dict[int, float]


def isolate(graph: Graph, facts: Facts, op: str, args: list[int]) -> int:
    """The comparison of two numbers, the highest variable alone on one side where that helps."""
    one, other = args
    if graph[one].op != "add" and graph[other].op != "add":
        return graph.add(op, args)
    parts = _parts(graph, facts, one, 1.0)
    parts = parts and _parts(graph, facts, other, -1.0, parts)
    if not parts:
        return graph.add(op, args)
    free = 0
    for part in parts:
        free |= graph[part].free if part >= 0 else 0
    highest = 1 << (free.bit_length() - 1) if free else 0
    alone = {part: times for part, times in parts.items() if _free(graph, part) & highest}
    rest = {part: times for part, times in parts.items() if part not in alone}
    if not any(_free(graph, part) for part in rest) or any(
        _free(graph, part) == free for part in alone
    ):
        return graph.add(op, args)
    # alone + rest < 0: one of them changes sides, the one that needs fewer signs
    if sum(alone.values()) < 0:
        return graph.add(op, (_sum(graph, rest), _sum(graph, _negative(alone))))
    return graph.add(op, (_sum(graph, alone), _sum(graph, _negative(rest))))


def _free(graph: Graph, part: int) -> int:
    return graph[part].free if part >= 0 else 0


def _parts(
    graph: Graph, facts: Facts, term: int, sign: float, parts: _Sum | None = None
) -> _Sum | None:
    """The addends of a side added to what was found; None where they aren't all whole."""
    parts = dict(parts or {})
    size = 0.0
    for addend in _addends(graph, term):
        times, part = sign, graph[addend]
        if part.op == "number" and isinstance(part.payload, float):
            times, addend = sign * part.payload, -1
        elif part.op == "mul" and len(part.args) == 2:
            number = graph[part.args[0]]
            if isinstance(number.payload, float) and number.op == "number":
                times, addend = sign * number.payload, part.args[1]
        fact = facts[addend] if addend >= 0 else None
        size += abs(times) * (magnitude(fact) if fact else 1.0)
        if not times.is_integer() or (fact and not fact.whole) or size > _EXACT / 4:
            return None
        parts[addend] = parts.get(addend, 0.0) + times
    return parts


def _addends(graph: Graph, term: int) -> list[int]:
    """What a sum adds up; a sum that several share stands in it as a part."""
    if graph[term].op != "add":
        return [term]
    return [addend for arg in graph[term].args for addend in _addends(graph, arg)]


def _negative(parts: _Sum) -> _Sum:
    return {part: -times for part, times in parts.items()}


def _sum(graph: Graph, parts: _Sum) -> int:
    addends = []
    for part, times in sorted(parts.items()):
        if part == -1 or times == 0:
            continue
        scaled = part if times == 1 else graph.add("mul", (graph.number(times), part))
        addends.append(scaled)
    if parts.get(-1) or not addends:
        addends.append(graph.number(parts.get(-1, 0.0)))
    return addends[0] if len(addends) == 1 else graph.add("add", addends)
