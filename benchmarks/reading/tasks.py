"""Questions on a run's heads, drawn from the maps of the held-out texts that its report keeps."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attndsl.heads.packing import unpack
from attndsl.language.mask import Mask
from attndsl.report.data import HeadEntry, Report

F64 = NDArray[np.float64]
EACH, QUERIES, MAPS, ROWS = 8, 10, 2, 8  # of a head: edges, strongest keys, maps; rows of a map
CONTENT = 0.3  # of a head's rows, from which it is asked of
LEAST = 0.1  # of a row that doesn't rest, from which it is asked of
EARLIEST = 6  # of the queries: the rows before have few keys to choose from
FALSE = 0.2  # of the true key's weight, under which a key is a false one
NEAR = 10  # heads of like rest that another's program or map is drawn from
EVEN = 1e-6  # weights that differ by less are equal


@dataclass(frozen=True, slots=True)
class Edge:
    """Which of two keys the head looks at more; `right` is the place of that in `keys`."""

    text: int
    query: int
    keys: tuple[int, int]
    right: int


@dataclass(frozen=True, slots=True)
class Strongest:
    """Which keys the head weighs most in a row, resting ones apart: equals are all right."""

    text: int
    query: int
    head: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Whose:
    """Which of two maps is the head's; the other one is of `heads[1 - right]`."""

    text: int
    queries: tuple[int, ...]
    heads: tuple[int, int]
    right: int


Question = Edge | Strongest | Whose


@dataclass(frozen=True)
class Asked:
    """A head's questions, and another head of like rest whose program is shown in its place."""

    head: int
    other: int
    edges: tuple[Edge, ...]
    strongest: tuple[Strongest, ...]
    maps: tuple[Whose, ...]


@dataclass
class Maps:
    """A report's maps as squares: `real[text]` and `predicted[text]` of its heads."""

    report: Report
    real: list[F64] = field(init=False)
    predicted: list[F64] = field(init=False)
    salience: list[F64] = field(init=False)  # the mean of all heads
    resting: list[set[int]] = field(init=False)

    def __post_init__(self) -> None:
        mask = self.report.mask
        slots = [head.map for head in self.report.heads]
        self.real, self.predicted = [], []
        for text in self.report.texts:
            self.real.append(_squares(text.real, mask, len(text.tokens)))
            self.predicted.append(_squares(text.predicted, mask, len(text.tokens))[slots])
        self.salience = [maps.mean(axis=0) for maps in self.real]
        self.resting = [set(text.resting) for text in self.report.texts]

    def keys(self, text: int, query: int) -> list[int]:
        """The keys of a row that it doesn't rest on."""
        length = len(self.report.texts[text].tokens)
        first, last = self.report.mask.visible(query, length)
        return [key for key in range(first, last + 1) if key not in self.resting[text]]

    def row(self, maps: F64, text: int, query: int) -> tuple[list[int], F64]:
        """A row's keys with their weights, resting ones apart."""
        keys = self.keys(text, query)
        return keys, maps[query, keys]

    def content(self, head: int, text: int, query: int) -> float:
        return float(self.row(self.real[text][head], text, query)[1].sum())


def _squares(packed: NDArray[np.float32], mask: Mask, length: int) -> F64:
    return np.asarray(unpack(packed, mask, length), dtype=np.float64)


def drawn(report: Report, heads: int, seed: int) -> tuple[list[Asked], int]:
    """So many heads with their questions, by layer, and how many heads there were to draw from."""
    maps, draw = Maps(report), np.random.default_rng(seed)
    wanted = [n for n, head in enumerate(report.heads) if head.asked and _content(head) > CONTENT]
    found: list[Asked] = []
    for head in draw.permutation(wanted):
        if len(found) == heads:
            break
        asked = _of_head(maps, int(head), draw)
        if asked is not None:
            found.append(asked)
    return sorted(found, key=lambda one: one.head), len(wanted)


def _content(head: HeadEntry) -> float:
    return head.content or 0.0


def _of_head(maps: Maps, head: int, draw: np.random.Generator) -> Asked | None:
    """A head's questions; None where its maps don't give enough of them."""
    others = alike(maps.report, head)
    edges = _edges(maps, head, draw)
    strongest = _strongest(maps, head, draw)
    if len(others) < 2 or len(edges) < EACH or len(strongest) < QUERIES:
        return None
    other, *rivals = (int(one) for one in draw.permutation(others))
    whose = _whose(maps, head, rivals, draw)
    return Asked(head, other, edges, strongest, whose) if len(whose) == MAPS else None


def alike(report: Report, head: int) -> list[int]:
    """The heads of other programs whose share of rest is next to this one's."""
    program = report.heads[head].program
    others = [
        n for n, one in enumerate(report.heads) if one.asked and one.program != program
    ]  # fmt: skip
    rest = _content(report.heads[head])
    return sorted(others, key=lambda n: abs(_content(report.heads[n]) - rest))[:NEAR]


def _rows(maps: Maps, head: int, text: int) -> list[int]:
    """The queries of a text that are asked of."""
    length = len(maps.report.texts[text].tokens)
    return [q for q in range(EARLIEST, length) if maps.content(head, text, q) >= LEAST]


def _edges(maps: Maps, head: int, draw: np.random.Generator) -> tuple[Edge, ...]:
    """Half of them from one text, half from another."""
    found: list[Edge] = []
    for text in map(int, draw.permutation(len(maps.report.texts))):
        here: list[Edge] = []
        for query in map(int, draw.permutation(_rows(maps, head, text))):
            edge = edge_at(maps, head, text, query, int(draw.integers(2)))
            if edge is not None and len(here) < EACH // 2:
                here.append(edge)
        if len(here) == EACH // 2:
            found += sorted(here, key=lambda one: one.query)
        if len(found) == EACH:
            break
    return tuple(found)


def edge_at(maps: Maps, head: int, text: int, query: int, right: int) -> Edge | None:
    """The head's strongest key beside a false one at a like distance: of those with under a fifth
    of its weight the one that the model's heads look at most."""
    keys, weights = maps.row(maps.real[text][head], text, query)
    true = keys[int(weights.argmax())]
    away = abs(query - true)
    false = [
        key
        for key, weight in zip(keys, weights, strict=True)
        if weight < FALSE * weights.max() and abs(abs(query - key) - away) <= max(1, away // 2)
    ]
    if not false:
        return None
    wrong = max(false, key=lambda key: maps.salience[text][query, key])
    return Edge(text, query, (wrong, true) if right else (true, wrong), right)


def _strongest(maps: Maps, head: int, draw: np.random.Generator) -> tuple[Strongest, ...]:
    for text in map(int, draw.permutation(len(maps.report.texts))):
        rows = _rows(maps, head, text)
        if len(rows) >= QUERIES:
            chosen = sorted(int(one) for one in draw.permutation(rows)[:QUERIES])
            return tuple(
                Strongest(text, query, strongest(maps, maps.real[text][head], text, query))
                for query in chosen
            )
    return ()


def strongest(maps: Maps, square: F64, text: int, query: int) -> tuple[int, ...]:
    """The strongest keys of a row, resting ones apart."""
    keys, weights = maps.row(square, text, query)
    return tuple(
        key
        for key, weight in zip(keys, weights, strict=True)
        if weight >= weights.max() - EVEN
    )  # fmt: skip


def _whose(
    maps: Maps, head: int, rivals: Sequence[int], draw: np.random.Generator
) -> tuple[Whose, ...]:
    """Each of another text, beside another head."""
    found: list[Whose] = []
    texts = map(int, draw.permutation(len(maps.report.texts)))
    for text in texts:
        own = _rows(maps, head, text)
        for rival in rivals:
            used = any(rival in one.heads for one in found)
            both = sorted(set(own) & set(_rows(maps, rival, text)))
            if len(both) >= ROWS and not used:
                rows = tuple(sorted(int(one) for one in draw.permutation(both)[:ROWS]))
                right = int(draw.integers(2))
                found.append(Whose(text, rows, (rival, head) if right else (head, rival), right))
                break
        if len(found) == MAPS:
            break
    return tuple(found)


def answered(maps: Maps, head: int, question: Question) -> float:
    """How right the predicted map of a head is on a question: 1, 0, or between where it can't say.

    The head may be another one than the question's.
    """
    square = maps.predicted[question.text][head]
    if isinstance(question, Strongest):
        given = strongest(maps, square, question.text, question.query)
        return len(set(given) & set(question.head)) / len(given)
    if isinstance(question, Edge):
        shares = [float(square[question.query, key]) for key in question.keys]
    else:
        shares = [_shared(maps, square, question, one) for one in question.heads]
    if abs(shares[0] - shares[1]) < EVEN:
        return 0.5
    return float((shares[1] > shares[0]) == bool(question.right))


def _shared(maps: Maps, square: F64, question: Whose, head: int) -> float:
    """IoU of a map's content with a head's, over the rows that are shown."""
    least = most = 0.0
    for query in question.queries:
        _, mine = maps.row(square, question.text, query)
        _, theirs = maps.row(maps.real[question.text][head], question.text, query)
        least += float(np.minimum(mine, theirs).sum())
        most += float(np.maximum(mine, theirs).sum())
    return least / max(most, EVEN)
