"""Patterns of section 1: a program's values, its rows, their fallbacks."""

import math

from attndsl.language.mask import CAUSAL, Mask
from tests.independent.calls import EMPTY, of_definition
from tests.independent.expressions import Frame, Value, as_number
from tests.independent.places import Position, Row, Text
from tests.independent.reading import Definition, File

HIDDEN = -1e30  # a score of this or less hides its key
Matrix = list[list[float]]


def values(file: File, name: str, text: Text, mask: Mask = CAUSAL) -> Matrix:
    """The program's value for each query and visible key, 0 where a key isn't visible."""
    definition = file.definitions[name]
    assert definition.is_head
    rows = [Row(text, mask, query) for query in range(text.n)]
    return [_padded(_values(file, definition, row), row) for row in rows]


def pattern(file: File, name: str, text: Text, mask: Mask = CAUSAL) -> Matrix:
    """The rows over all keys, each with a sum of 1."""
    definition = file.definitions[name]
    rows = [Row(text, mask, query) for query in range(text.n)]
    return [_padded(_shares(_values(file, definition, row), definition, row), row) for row in rows]


def _padded(found: list[float], row: Row) -> list[float]:
    return [0.0] * row.visible.start + found + [0.0] * (row.text.n - row.visible.stop)


def _shares(found: list[float], definition: Definition, row: Row) -> list[float]:
    weights = _weights(found, definition.softmax)
    total = sum(weights)
    if total < EMPTY:
        return _fallback(definition.fallback, row)
    return [each / total for each in weights]


def _values(file: File, definition: Definition, row: Row) -> list[float]:
    query = Position(row.query)
    found = []
    for key in row.visible:
        given: list[Value] = [query, Position(key)]
        frame = Frame(row, file, definition, {})
        found.append(as_number(of_definition(definition, file, given, frame)))
    return found


def _weights(found: list[float], softmax: bool) -> list[float]:
    if not softmax:
        return [max(each, 0.0) for each in found]
    best = max(found)
    return [math.exp(each - best) if each > HIDDEN else 0.0 for each in found]


def _fallback(kind: str, row: Row) -> list[float]:
    if kind == "uniform":
        return [1 / len(row.visible)] * len(row.visible)
    at = row.query if kind == "self" else row.visible.start
    return [float(key == at) for key in row.visible]
