"""Aggregates over a < t <= b along one axis of an array, running ones, and sparse tables."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from attndsl.engines.reference.arithmetic import Array, near, number

# What changes nothing, and what combines two.
_NEUTRAL = {"sum": 0.0, "max": -np.inf, "min": np.inf}
_COMBINE: dict[str, np.ufunc] = {"sum": np.add, "max": np.maximum, "min": np.minimum}
Reduce = Callable[[Array, Array, int], Array]  # guard, body as numbers, axis


def reduce_range(function: str, inside: Array, body: Array, axis: int) -> Array:
    """Over the positions along `axis` where `inside`; what is kept has size 1 there."""
    return REDUCE[function](inside, number(body), axis)


def _any(inside: Array, body: Array, axis: int) -> Array:
    return np.asarray(inside.any(axis=axis, keepdims=True))


def _folded(function: str) -> Reduce:
    def fold(inside: Array, body: Array, axis: int) -> Array:
        values = np.where(inside, body, _NEUTRAL[function])
        return _filled(_COMBINE[function].reduce(values, axis=axis, keepdims=True))

    return fold


def _filled(result: Array) -> Array:
    """What is empty gives 0."""
    return np.where(np.isinf(result), 0.0, result)


def _first(inside: Array, body: Array, axis: int) -> Array:
    place = np.argmax(inside, axis=axis, keepdims=True)
    return np.where(inside.any(axis=axis, keepdims=True), place, -1)


def _last(inside: Array, body: Array, axis: int) -> Array:
    from_end = _first(np.flip(inside, axis), body, axis)
    return np.where(from_end >= 0, inside.shape[axis] - 1 - from_end, -1)


def _best(function: str) -> Reduce:
    """The earliest whose body is nearly the largest, or the smallest."""
    extreme = _folded(function)
    return lambda inside, body, axis: _first(
        inside & near(body, extreme(inside, body, axis)), body, axis
    )


REDUCE: dict[str, Reduce] = {
    "any": _any,
    "first": _first,
    "last": _last,
    **{name: _folded(name) for name in _COMBINE},
    "argmax": _best("max"),
    "argmin": _best("min"),
}


def running(function: str, guard: Array, body: Array, axis: int) -> Array:
    """For each position: over the positions up to it where the guard holds."""
    return RUN[function](guard, number(body), axis)


def _any_yet(guard: Array, body: Array, axis: int) -> Array:
    return np.asarray(np.logical_or.accumulate(guard, axis=axis))


def _last_yet(guard: Array, body: Array, axis: int) -> Array:
    """Tables of positions are kept in half the space."""
    here = np.arange(guard.shape[axis], dtype=np.int32)
    here = here.reshape([-1 if i == axis else 1 for i in range(guard.ndim)])
    return np.asarray(np.maximum.accumulate(np.where(guard, here, np.int32(-1)), axis=axis))


def _folded_yet(function: str) -> Reduce:
    def fold(guard: Array, body: Array, axis: int) -> Array:
        values = np.where(guard, body, _NEUTRAL[function])
        return _filled(_COMBINE[function].accumulate(values, axis=axis))

    return fold


# Up to each position; from each position on `first` is `last` the other way around.
RUN: dict[str, Reduce] = {
    "any": _any_yet,
    "last": _last_yet,
    **{name: _folded_yet(name) for name in _COMBINE},
}


def running_from(function: str, guard: Array, body: Array, axis: int) -> Array:
    """For each position: over it and those after it where the guard holds."""
    guard = np.flip(guard, axis)
    body = np.flip(body, axis) if body.shape[axis] > 1 else body
    back = np.flip(running("last" if function == "first" else function, guard, body, axis), axis)
    if function == "first":
        return np.where(back >= 0, np.int32(guard.shape[axis] - 1) - back, np.int32(-1))
    return back


def gather(source: Array, at: Array, axis: int) -> Array:
    """source[..., at, ...] along `axis`, the other axes broadcast; at -1: what is empty."""
    grid: list[Array] = []
    for other, size in enumerate(source.shape):
        shape = [-1 if i == other else 1 for i in range(source.ndim)]
        grid.append(np.maximum(at, 0) if other == axis else np.arange(size).reshape(shape))
    position = np.issubdtype(source.dtype, np.integer)
    gathered = np.where(at >= 0, source[tuple(grid)], source.dtype.type(-1 if position else 0))
    return gathered.astype(np.int64) if position else gathered


@dataclass(frozen=True)
class SparseTable:
    """Aggregates over any a < t <= b from two look-ups, with no subtraction.

    Level v cuts the positions into blocks of 2**(v + 1) and holds, for each position, the aggregate
    from it to its block's middle. The two ends of a stretch lie on either side of a middle at the
    level of the highest bit in which they differ.
    """

    combine: Callable[[Array, Array], Array]
    levels: Array  # [levels, positions]

    def over(self, after: Array, last: Array) -> Array:
        first = np.clip(after + 1, 0, self.levels.shape[1] - 1)
        end = np.clip(last, 0, self.levels.shape[1] - 1)
        level = np.maximum(np.frexp((first ^ end).astype(np.float64))[1] - 1, 0)
        both = self.combine(self.levels[level, first], self.levels[level, end])
        extreme = np.where(first == end, self.levels[0, first], both)
        return _filled(np.where(after < last, extreme, np.inf))


def sparse_table(function: str, guard: Array, body: Array) -> SparseTable:
    """Of a column: the guard and the body are [positions]."""
    values = np.where(guard, number(body), _NEUTRAL[function])
    depth = max(1, (len(values) - 1).bit_length())
    padded = np.full(2**depth, _NEUTRAL[function])
    padded[: len(values)] = values
    combine, levels = _COMBINE[function], []
    for level in range(depth):
        blocks = padded.reshape(-1, 2, 2**level)
        left = np.flip(combine.accumulate(np.flip(blocks[:, 0], 1), axis=1), 1)
        right = combine.accumulate(blocks[:, 1], axis=1)
        levels.append(np.stack([left, right], axis=1).reshape(-1))
    return SparseTable(combine, np.stack(levels))
