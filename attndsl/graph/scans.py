"""Aggregates over a < t <= b without a loop, wherever that saves a variable.

A loop goes over every variable of its ends, its guard and its body, and the bound one. A running
table goes over those of the guard and the body alone and is then looked up at the ends, so it
saves whatever only the ends depend on. Sums are subtracted only where they are exact.
"""

from dataclasses import dataclass

from attndsl.graph.arithmetic import HUGE
from attndsl.graph.ends import ends_from
from attndsl.graph.facts import MAX_POSITIONS, Facts
from attndsl.graph.intervals import exact, magnitude
from attndsl.graph.operations import reduction
from attndsl.graph.terms import Aggregate, Graph, free_bound


@dataclass(frozen=True, slots=True)
class Stretch:
    """Positions `after` < t <= `last`, and what is asked of each t."""

    after: int
    last: int
    guard: int
    body: int
    height: int


def aggregate_over(graph: Graph, facts: Facts, function: str, stretch: Stretch) -> int:
    """The lowered aggregate; what doesn't depend on its variable is asked once, outside."""
    outside, stretch = _parted(graph, _ranged(graph, facts, _raised(graph, stretch)))
    value = _constant_body(graph, facts, function, stretch)
    if value is None:
        value = _reduced(graph, facts, function, stretch)
    if not outside:
        return value
    if function == "any":
        return graph.all_of(sorted([*outside, value]))
    return graph.add("select", [graph.all_of(sorted(outside)), value, graph.empty(function)])


def _raised(graph: Graph, s: Stretch, *moving: int) -> Stretch:
    """With a variable above all that its guard and body hold, and what is to move into them."""
    parts = (s.guard, s.body, *moving)
    highest = max(graph[part].height for part in parts)
    if highest < s.height:
        return s
    free = 0
    for part in parts:
        free |= graph[part].free
    height = max(highest, (free & ~free_bound(s.height)).bit_length() - 2) + 1
    guard, body = (rebound(graph, part, s.height, height) for part in (s.guard, s.body))
    return Stretch(s.after, s.last, guard, body, height)


def _ranged(graph: Graph, facts: Facts, s: Stretch) -> Stretch:
    after, last, guard = ends_from(graph, facts, s.after, s.last, s.guard, s.body, s.height)
    return Stretch(after, last, guard, s.body, s.height)


def _parted(graph: Graph, s: Stretch) -> tuple[list[int], Stretch]:
    """The conjuncts of the guard that don't depend on the variable, and the rest."""
    binder = free_bound(s.height)
    guard = graph[s.guard]
    parts = list(guard.args) if guard.op == "and" else [s.guard]
    outside = [part for part in parts if not graph[part].free & binder]
    inside = [part for part in parts if graph[part].free & binder]
    if s.guard == graph.bool(True) or not outside:
        return [], s
    return outside, Stretch(s.after, s.last, graph.all_of(sorted(inside)), s.body, s.height)


def _constant_body(graph: Graph, facts: Facts, function: str, s: Stretch) -> int | None:
    """A body that doesn't depend on the variable: only how many there are matters."""
    body = graph[s.body]
    if body.free & free_bound(s.height) or not body.free:
        return None
    alike = reduction(function).alike
    plain = Stretch(s.after, s.last, s.guard, graph.bool(True), s.height)
    if alike == "body":
        some = _reduced(graph, facts, "any", plain)
        return graph.add("select", [some, s.body, graph.empty(function)])
    if alike == "first":
        return _reduced(graph, facts, "first", plain)
    if alike == "times" and magnitude(facts[s.body]) * MAX_POSITIONS < HUGE:
        counted = Stretch(s.after, s.last, s.guard, graph.number(1), s.height)
        count = _reduced(graph, facts, "sum", counted)
        return graph.add("mul", sorted([count, s.body]))
    return None


def _reduced(graph: Graph, facts: Facts, function: str, stretch: Stretch) -> int:
    ends = graph[stretch.after].free | graph[stretch.last].free
    runs = reduction(function).runs
    if not runs or not ends & ~inner(graph, stretch):
        return _loop(graph, function, stretch)
    if runs == ("upto",):
        return _last(graph, function, stretch)
    if runs == ("from",):
        return _first(graph, facts, stretch)
    return _number(graph, facts, function, stretch)


def inner(graph: Graph, stretch: Stretch) -> int:
    """The variables of the guard and the body besides the bound one."""
    free = graph[stretch.guard].free | graph[stretch.body].free
    return free & ~free_bound(stretch.height)


def _loop(graph: Graph, function: str, s: Stretch) -> int:
    """Sums, and `any` as a sum, keep in the guard only what depends on every variable."""
    wide = graph[s.guard].free
    parts = graph[s.guard].args if graph[s.guard].op == "and" else ()
    narrow = [part for part in parts if graph[part].free != wide]
    if function in ("sum", "any") and wide.bit_count() > 2 and 0 < len(narrow) < len(parts):
        guard = graph.all_of(sorted(part for part in parts if graph[part].free == wide))
        body = graph.number(1) if function == "any" else s.body
        body = graph.add("select", [graph.all_of(sorted(narrow)), body, graph.number(0)])
        args = [s.after, s.last, guard, body]
        total = graph.add("loop", args, Aggregate("sum", "", s.height))
        return total if function == "sum" else graph.add("lt", [graph.number(0), total])
    payload = Aggregate(function, "", s.height)
    return graph.add("loop", [s.after, s.last, s.guard, s.body], payload)


def _table(graph: Graph, function: str, way: str, s: Stretch, at: int) -> int:
    scan = graph.add("scan", [s.guard, s.body], Aggregate(function, way, s.height))
    return graph.add("take", [at, scan], s.height)


def _last(graph: Graph, function: str, s: Stretch) -> int:
    """The latest up to the end, if that lies after the start; `any` asks whether there is one."""
    nearest = _table(graph, "last", "upto", s, s.last)
    if graph[s.after].op == "none":
        return graph.add("is_there", [nearest]) if function == "any" else nearest
    inside = graph.add("lt", [graph.index(s.after), graph.index(nearest)])
    if function == "any":
        return inside
    return graph.add("select", [inside, nearest, graph.add("none")])


def _first(graph: Graph, facts: Facts, s: Stretch) -> int:
    """The earliest from just after the start on, if that isn't past the end."""
    nearest = _table(graph, "first", "from", s, _following(graph, facts, s.after))
    inside = graph.add("le", [graph.index(nearest), graph.index(s.last)])
    return graph.add("select", [inside, nearest, graph.add("none")])


def _number(graph: Graph, facts: Facts, function: str, s: Stretch) -> int:
    inside = inner(graph, s)
    if graph[s.after].op == "none":
        return _table(graph, function, "upto", s, s.last)
    done = reduction(function)
    if done.subtracts and exact(facts[s.body], MAX_POSITIONS):
        return _difference(graph, s)
    if not graph[s.after].free & ~inside:
        s = _raised(graph, s, s.after)
        here = graph.add("bound", (), s.height)
        started = graph.add("lt", [graph.index(s.after), graph.index(here)])
        return _table(graph, function, "upto", _narrowed(graph, s, started), s.last)
    if not graph[s.last].free & ~inside:
        s = _raised(graph, s, s.last)
        here = graph.add("bound", (), s.height)
        going = graph.add("le", [graph.index(here), graph.index(s.last)])
        at = _following(graph, facts, s.after)
        return _table(graph, function, "from", _narrowed(graph, s, going), at)
    if done.windows and not inside:
        payload = Aggregate(function, "", s.height)
        return graph.add("window", [s.after, s.last, s.guard, s.body], payload)
    return _loop(graph, function, s)


def _difference(graph: Graph, s: Stretch) -> int:
    """What the table holds at the end less what it holds at the start."""
    least = graph.add("mul", [graph.number(-1), _table(graph, "sum", "upto", s, s.after)])
    rest = graph.add("add", sorted([_table(graph, "sum", "upto", s, s.last), least]))
    filled = graph.add("lt", [graph.index(s.after), graph.index(s.last)])
    return graph.add("select", [filled, rest, graph.number(0)])


def _narrowed(graph: Graph, s: Stretch, test: int) -> Stretch:
    guard = graph.all_of(sorted([s.guard, test]))
    return Stretch(s.after, s.last, guard, s.body, s.height)


def _following(graph: Graph, facts: Facts, position: int) -> int:
    """The position just after; of the missing one: the first."""
    if graph[position].op == "none":
        return graph.add("pick", [graph.number(0)])
    if facts[position].lo >= 0:
        return graph.add("succ", [position])
    return graph.add("pick", [graph.add("add", sorted([graph.index(position), graph.number(1)]))])


def rebound(graph: Graph, root: int, old: int, new: int) -> int:
    """A lowered term with the variable bound at one height renamed to that of another."""
    bit, known = free_bound(old), {graph.add("bound", (), old): graph.add("bound", (), new)}
    for number in graph.reachable([root]):
        term = graph[number]
        if number in known or not term.free & bit:
            known.setdefault(number, number)
            continue
        args = [known[arg] for arg in term.args]
        if term.op == "take" and term.variable == old:  # its table has a variable of its own
            args[1] = term.args[1]
        if isinstance(term.payload, Aggregate) and term.payload.height == old:
            args[-2:] = term.args[-2:]
        known[number] = graph.add(term.op, args, term.payload)
    return known[root]
