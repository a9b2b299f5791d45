"""Upper bounds, proved before anything runs: element operations and bytes, as polynomials in n.

Counted on the lowered graph by the schedule that every evaluation keeps to: a term is worked out
once for each value of the variables that it depends on. What is counted is what the reference
engine does; its own count is never above.

>>> str(Polynomial((5, 0, 3))), Polynomial((5, 0, 3)).at(10)
('3 n^2 + 5', 305)
"""

from dataclasses import dataclass
from itertools import zip_longest
from operator import add

from attndsl.graph.lower import lowered_by_mask
from attndsl.graph.operations import reduction
from attndsl.graph.schedule import BLOCK, SchedulePhase, reach, schedule
from attndsl.graph.terms import FREE_Q, Graph, weight
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.language.nodes import Type

ROW_WEIGHT = 4  # operations a cell for normalising a row
TABLE_LEVELS = 20  # of a sparse table over at most 2**20 positions
_BYTES = {Type.BOOL: 1, Type.TEXT: 4}  # of an element; numbers and positions 8
_SCRATCH = 32  # bytes an element that working out one term takes besides its value
_COLUMN_BYTES = 2**10  # a position's share of the columns and of sparse tables
_PAIR_BYTES = 4  # of the similarities of one text


@dataclass(frozen=True, slots=True)
class Polynomial:
    """Whole coefficients, that of n**0 first; without zeros at the end."""

    coefficients: tuple[int, ...] = ()

    @classmethod
    def term(cls, coefficient: int, degree: int) -> "Polynomial":
        return cls((0,) * degree + (coefficient,)) if coefficient else cls()

    def __add__(self, other: "Polynomial") -> "Polynomial":
        pairs = zip_longest(self.coefficients, other.coefficients, fillvalue=0)
        return Polynomial(tuple(a + b for a, b in pairs))

    def __or__(self, other: "Polynomial") -> "Polynomial":
        """Each coefficient the larger: at least both for every n."""
        pairs = zip_longest(self.coefficients, other.coefficients, fillvalue=0)
        return Polynomial(tuple(max(a, b) for a, b in pairs))

    @property
    def degree(self) -> int:
        return max(0, len(self.coefficients) - 1)

    def at(self, n: int) -> int:
        return sum(coefficient * n**power for power, coefficient in enumerate(self.coefficients))

    def __str__(self) -> str:
        parts = []
        for power, coefficient in reversed(list(enumerate(self.coefficients))):
            if coefficient:
                variable = {0: "", 1: " n"}.get(power, f" n^{power}")
                parts.append(f"{coefficient:,}{variable}")
        return " + ".join(parts) or "0"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program may take on a text of n positions."""

    time: Polynomial  # element operations
    bytes: Polynomial  # held at once
    terms: int

    @property
    def degree(self) -> int:
        return self.time.degree


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may cost; over any of these is an error."""

    terms: int = 512
    degree: int = 3
    length: int = 1024  # the n at which time and bytes are held against their limits
    operations: int = 2 * 10**9
    bytes: int = 64 * 2**20


def cost_of(
    graph: Graph, form: int, masks: tuple[Mask, ...] = (CAUSAL, FULL), written: int | None = None
) -> Cost:
    """The larger of what a program costs under each mask; in time also as it is written."""
    roots = [form] if written is None else [form, written]
    lowered = lowered_by_mask(graph, roots, masks)  # mostly the same under each
    time = held = Polynomial()
    for root in {new[root] for new in lowered for root in roots}:
        time |= time_of(graph, root)
    for root in {new[form] for new in lowered}:
        held |= bytes_of(graph, root)
    return Cost(time, held, max(len(graph.reachable([root])) for root in roots))


def time_of(graph: Graph, lowered: int) -> Polynomial:
    """Operations of a lowered graph, its rows normalised."""
    coefficients = [0, 0, ROW_WEIGHT]
    for term in graph.reachable([lowered]):
        for degree, count in operations(graph, term):
            while len(coefficients) <= degree:
                coefficients.append(0)
            coefficients[degree] += count
    return Polynomial(tuple(coefficients))


def operations(graph: Graph, number: int) -> list[tuple[int, int]]:
    """What one lowered term costs by itself: pairs of a power of n and how many."""
    term = graph[number]
    rank = term.free.bit_count()
    price = weight(term)
    own = [(rank, price)] if price else []
    if term.op == "window":
        return [*own, (1, 2 * TABLE_LEVELS)]
    if term.op in ("loop", "aggregate"):
        wide = reach(graph, number)
        if not reduction(term.aggregate.function).steps:
            return [*own, (wide + (wide > 2), TABLE_LEVELS)]  # for a pair it is over the limit
        # Going over the stretch rides along with a guard or a body made for every cell of it.
        if all(graph[arg].free.bit_count() < wide for arg in term.args[-2:]):
            return [*own, (wide, 1)]
    return own


def bytes_of(graph: Graph, root: int) -> Polynomial:
    """The most held at once: finished values of earlier phases and the live ones of this one."""
    phases = schedule(graph, root)
    terms = graph.terms
    degrees = 2 + max(2, *(phase.rank for phase in phases))
    kept, most = [0] * degrees, [0] * degrees
    similar = any(graph[term].op == "similarity" for phase in phases for term in phase.terms)
    kept[1], kept[2] = _COLUMN_BYTES, 8 + _PAIR_BYTES * similar
    for phase in phases:
        if phase.axis != FREE_Q:
            for term in phase.kept:
                _change(kept, _whole(graph, term), 1)
        live = list(kept)
        sizes: dict[int, Size] = {}
        scratch = [_vector(_block(_SCRATCH, rank, phase), degrees) for rank in range(degrees)]
        for term, drops in zip(phase.terms, phase.drops, strict=True):
            own = _block(_width(graph, term), terms[term].free.bit_count(), phase)
            if terms[term].op == "window":  # its table
                own += ((16 * TABLE_LEVELS, 1),)
            sizes[term] = own
            _change(live, own, 1)
            passing = map(add, live, scratch[reach(graph, term)])
            most = list(map(max, most, passing))
            for dropped in drops:
                _change(live, sizes[dropped], -1)
        for term in phase.ends:
            _change(kept, _whole(graph, term), -1)
    while most and not most[-1]:
        most.pop()
    return Polynomial(tuple(most))


Size = tuple[tuple[int, int], ...]  # pairs of bytes and a power of n


def _change(total: list[int], size: Size, sign: int) -> None:
    for count, power in size:
        total[power] += sign * count


def _vector(size: Size, degrees: int) -> list[int]:
    """Bytes by the power of n."""
    total = [0] * degrees
    _change(total, size, 1)
    return total


def _width(graph: Graph, term: int) -> int:
    described = graph[term]
    if described.op == "scan" and described.type is Type.POSITION:
        return 4
    return _BYTES.get(described.type, 8)


def _whole(graph: Graph, term: int) -> Size:
    return ((_width(graph, term), graph[term].free.bit_count()),)


def _block(width: int, rank: int, phase: SchedulePhase) -> Size:
    """One block: as many rows as BLOCK holds, or a single one."""
    if phase.axis == 0 or rank == 0:
        return ((width, rank),)
    return ((width * BLOCK, 0), (width, rank - 1))
