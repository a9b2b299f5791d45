"""Aggregates along one axis of tensors: over what is taken of it, running ones, and windows."""

from collections.abc import Callable

import torch
from torch import Tensor

from attndsl.engines.torch.arithmetic import near

# What of an axis is taken (bools), the bodies, the places along it (all of one shape), the axis.
Reduce = Callable[[Tensor, Tensor, Tensor, int], Tensor]
MISSING = -1.0


def reduced(function: str, taken: Tensor, body: Tensor, place: Tensor, axis: int) -> Tensor:
    """What is kept has size 1 along the axis."""
    taken, body, place = torch.broadcast_tensors(taken, body, place)
    return REDUCE[function](taken, body, place, axis)


def _any(taken: Tensor, body: Tensor, place: Tensor, axis: int) -> Tensor:
    return taken.any(axis, keepdim=True).to(body.dtype)


def _sum(taken: Tensor, body: Tensor, place: Tensor, axis: int) -> Tensor:
    return torch.where(taken, body, 0.0).sum(axis, keepdim=True)


def _last(taken: Tensor, body: Tensor, place: Tensor, axis: int) -> Tensor:
    return torch.where(taken, place, MISSING).amax(axis, keepdim=True)


def _first(taken: Tensor, body: Tensor, place: Tensor, axis: int) -> Tensor:
    late = torch.full_like(place, torch.inf)
    first = torch.where(taken, place, late).amin(axis, keepdim=True)
    return torch.where(torch.isinf(first), torch.full_like(first, MISSING), first)


def _extreme(sign: float) -> Reduce:
    def extreme(taken: Tensor, body: Tensor, place: Tensor, axis: int) -> Tensor:
        least = torch.full_like(body, -torch.inf)
        best = torch.where(taken, sign * body, least).amax(axis, keepdim=True)
        return torch.where(taken.any(axis, keepdim=True), sign * best, 0.0)

    return extreme


def _best(sign: float) -> Reduce:
    """The earliest whose body is nearly the largest, or the smallest."""
    extreme = _extreme(sign)
    return lambda taken, body, place, axis: _first(
        taken & near(body, extreme(taken, body, place, axis)), body, place, axis
    )


REDUCE: dict[str, Reduce] = {
    "any": _any,
    "sum": _sum,
    "min": _extreme(-1.0),
    "max": _extreme(1.0),
    "first": _first,
    "last": _last,
    "argmax": _best(1.0),
    "argmin": _best(-1.0),
}


def running(function: str, taken: Tensor, body: Tensor, place: Tensor, axis: int) -> Tensor:
    """For each place: over what is taken up to it along the axis, all of one shape."""
    return RUN[function](taken, body, place, axis)


def _any_yet(taken: Tensor, body: Tensor, place: Tensor, axis: int) -> Tensor:
    return taken.to(body.dtype).cummax(axis).values


def _sum_yet(taken: Tensor, body: Tensor, place: Tensor, axis: int) -> Tensor:
    return torch.where(taken, body, 0.0).cumsum(axis)


def _extreme_yet(sign: float, of_place: bool, empty: float) -> Reduce:
    def extreme(taken: Tensor, body: Tensor, place: Tensor, axis: int) -> Tensor:
        worth = place if of_place else body
        least = torch.full_like(worth, -torch.inf)
        best = sign * torch.where(taken, sign * worth, least).cummax(axis).values
        some = _any_yet(taken, body, place, axis) > 0
        return torch.where(some, best, torch.full_like(best, empty))

    return extreme


RUN: dict[str, Reduce] = {
    "any": _any_yet,
    "sum": _sum_yet,
    "min": _extreme_yet(-1.0, False, 0.0),
    "max": _extreme_yet(1.0, False, 0.0),
    "first": _extreme_yet(-1.0, True, MISSING),
    "last": _extreme_yet(1.0, True, MISSING),
}


def taken_at(table: Tensor, position: Tensor, axis: int, missing: float) -> Tensor:
    """The table at a position: gathered along the table's axis."""
    one = list(table.shape)
    one[axis] = 1
    shape = list(torch.broadcast_shapes(position.shape, one))
    index = position.expand(shape)
    shape[axis] = table.shape[axis]
    flat = index.long().clamp(0, max(0, table.shape[axis] - 1))
    taken = table.expand(shape).gather(axis, flat)
    return torch.where(index >= 0, taken, torch.full_like(taken, missing))


def windowed(
    function: str, after: Tensor, last: Tensor, guard: Tensor, body: Tensor, every: Tensor
) -> Tensor:
    """For each possible start a running aggregate; then the one wanted of each."""
    width = every.numel()
    guard, body, _ = torch.broadcast_tensors(guard, body, every)
    flat_guard, flat_body = guard.reshape(-1, 1, width), body.reshape(-1, 1, width)
    place = torch.arange(width, device=body.device)
    later = place[None, :] >= torch.arange(width + 1, device=body.device)[:, None]
    taken = (flat_guard != 0) & later[None]
    wide = taken.shape
    table = running(function, taken, flat_body.expand(wide), place.expand(wide).to(body.dtype), 2)
    after, last = torch.broadcast_tensors(after, last)
    batch = max(table.shape[0], after.shape[0])
    index = ((after + 1) * width + last.clamp(min=0)).expand([batch, *after.shape[1:]])
    flat = index.reshape(batch, -1).long().clamp(0, table.shape[1] * width - 1)
    extremes = table.reshape(table.shape[0], -1).expand(batch, -1).gather(1, flat)
    return torch.where(after < last, extremes.reshape(index.shape), 0.0)
