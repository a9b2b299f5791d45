"""Aggregates of section 10: ranges, and what each makes of the positions that pass."""

import ast
from collections.abc import Callable, Iterator

from tests.independent import numbers
from tests.independent.expressions import Frame, Value, as_number, condition, holds, value
from tests.independent.places import MISSING, Position

Found = list[tuple[Position, Value]]  # positions that pass, each with its body


def aggregate(name: str, loop: ast.GeneratorExp, frame: Frame) -> Value:
    (part,) = loop.generators
    assert isinstance(part.target, ast.Name)
    found: Found = []
    if not isinstance(part.iter, ast.Call):  # section 10.1: over literal texts
        texts = ast.literal_eval(part.iter)
        named = [frame.naming(part.target.id, text) for text in texts]
        found = [(MISSING, value(loop.elt, inner)) for inner in named
                 if all(condition(each, inner) for each in part.ifs)]  # fmt: skip
        return AGGREGATES[name](found)
    for index in indices(part.iter, frame):
        inner = frame.naming(part.target.id, Position(index))
        if all(condition(each, inner) for each in part.ifs):
            found.append((Position(index), value(loop.elt, inner)))
    return AGGREGATES[name](found)


def indices(call: ast.Call, frame: Frame) -> list[int]:
    """The indices of a range that exist, earliest first (section 10.2)."""
    assert isinstance(call.func, ast.Name)
    ends = [value(each, frame) for each in call.args]
    given = [end.i for end in ends if isinstance(end, Position)]
    row, kind = frame.row, call.func.id
    if kind == "visible":
        assert given == [row.query], "a row of another position than the query"
        return list(row.visible)
    start, stop = {
        "before": (0, given[0]),
        "upto": (0, given[0] + 1),
        "after": (given[0] + 1, row.horizon + 1),
        "between": (given[0] + 1, given[-1]),
    }[kind]
    return list(range(start, min(stop, row.horizon + 1)))


def _numbers(found: Found) -> list[float]:
    return [as_number(body) for _, body in found]


def _truths(found: Found) -> Iterator[bool]:
    return (holds(body) for _, body in found)


def _mean(found: Found) -> float:
    return numbers.divided(sum(_numbers(found)), float(len(found)))


def _largest(found: Found, sign: float) -> Position:
    """The earliest of those that equal the largest (section 7.3)."""
    bodies = [sign * body for body in _numbers(found)]
    best = max(bodies, default=0.0)
    places = zip(found, bodies, strict=True)
    return next((at for (at, _), body in places if numbers.equal(body, best)), MISSING)


AGGREGATES: dict[str, Callable[[Found], Value]] = {
    "any": lambda found: any(_truths(found)),
    "all": lambda found: all(_truths(found)),
    "count": lambda found: float(sum(_truths(found))),
    "sum": lambda found: float(sum(_numbers(found))),
    "mean": _mean,
    "max": lambda found: max(_numbers(found), default=0.0),
    "min": lambda found: min(_numbers(found), default=0.0),
    "first": lambda found: found[0][0] if found else MISSING,
    "last": lambda found: found[-1][0] if found else MISSING,
    "argmax": lambda found: _largest(found, 1.0),
    "argmin": lambda found: _largest(found, -1.0),
}
