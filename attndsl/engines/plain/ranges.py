"""What aggregates do with the positions that pass, earliest first, and running ones."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from attndsl.graph.arithmetic import near

Inside = Sequence[int]
Bodies = Sequence[Any]  # one a position inside


def _best(of: Callable[[Bodies], float]) -> Callable[[Inside, Bodies], int]:
    """The earliest whose body is nearly the best."""

    def find(inside: Inside, bodies: Bodies) -> int:
        if not inside:
            return -1
        best = of(bodies)
        return next(at for at, body in zip(inside, bodies, strict=True) if near(body, best))

    return find


REDUCE: dict[str, Callable[[Inside, Bodies], Any]] = {
    "any": lambda inside, bodies: bool(inside),
    "sum": lambda inside, bodies: sum(bodies),
    "min": lambda inside, bodies: min(bodies, default=0.0),
    "max": lambda inside, bodies: max(bodies, default=0.0),
    "first": lambda inside, bodies: inside[0] if inside else -1,
    "last": lambda inside, bodies: inside[-1] if inside else -1,
    "argmax": _best(max),
    "argmin": _best(min),
}


def running(function: str, guard: Sequence[bool], body: Bodies) -> list[Any]:
    """For each position of a line: over those up to it where the guard holds.

    >>> running("max", [False, True, True], [9.0, 1.0, 3.0]), running("last", [True, False], [1, 1])
    ([0.0, 1.0, 3.0], [0, 0])
    """
    if function == "last":
        return list(accumulate((at if test else -1 for at, test in enumerate(guard)), max))
    if function == "any":
        return list(accumulate(guard, max))
    empty = 0.0 if function == "sum" else None
    values = (value if test else empty for test, value in zip(guard, body, strict=True))
    return [0.0 if sofar is None else sofar for sofar in accumulate(values, _STEP[function])]


def running_from(function: str, guard: Sequence[bool], body: Bodies) -> list[Any]:
    """The same over each position and those after it."""
    name = "last" if function == "first" else function
    turned = running(name, guard[::-1], body[::-1])[::-1]
    return [len(guard) - 1 - at if at >= 0 else -1 for at in turned] if name == "last" else turned


def _extreme(choose: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """None stands for no value yet."""
    return lambda one, other: other if one is None else one if other is None else choose(one, other)


_STEP: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda one, other: one + other,
    "min": _extreme(min),
    "max": _extreme(max),
}
