"""The total arithmetic of graph/arithmetic on tensors; gradients stay finite.

Where a branch is not taken its operands are replaced before the operation, so that no infinite
derivative is multiplied by zero.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from attndsl.graph.arithmetic import HUGE, NEAR, ROW_EMPTY, TINY

EXACT = 2.0**53


def whole(x: Tensor) -> Tensor:
    return x == x.floor()


def near(a: Tensor, b: Tensor) -> Tensor:
    size = torch.maximum(a.abs(), b.abs()).clamp(min=1.0)
    close = (a - b).abs() <= NEAR * size
    return (a == b) | (close & ~(whole(a) & whole(b)))


def settle(x: Tensor) -> Tensor:
    x = x.clamp(-HUGE, HUGE)
    return torch.where(x.abs() < TINY, torch.zeros_like(x), x)


def mul(a: Tensor, b: Tensor) -> Tensor:
    return settle(a * b)


def div(a: Tensor, b: Tensor) -> Tensor:
    safe = torch.where(b == 0, torch.ones_like(b), b)
    return torch.where(b == 0, torch.zeros_like(a * b), settle(a / safe))


def ratio(a: Tensor, s: Tensor) -> Tensor:
    filled = s >= ROW_EMPTY
    return torch.where(filled, settle(a / torch.where(filled, s, torch.ones_like(s))), 0.0 * a)


def floordiv(a: Tensor, b: Tensor) -> Tensor:
    exact = whole(a) & whole(b) & (a.abs() < EXACT) & (b.abs() < EXACT)
    safe = torch.where(b == 0, torch.ones_like(b), b)
    quotient = div(a, b)
    nearest = quotient.round()
    loose = torch.where(near(quotient, nearest), nearest, quotient.floor())
    rounded = torch.where(exact, torch.floor_divide(a, safe), loose)
    return torch.where(b == 0, torch.zeros_like(rounded), rounded)


def mod(a: Tensor, b: Tensor) -> Tensor:
    exact = whole(a) & whole(b) & (a.abs() < EXACT) & (b.abs() < EXACT)
    safe = torch.where(b == 0, torch.ones_like(b), b)
    rest = a - settle(b * floordiv(a, b))
    size = torch.maximum(a.abs(), b.abs()).clamp(min=1.0)
    loose = torch.where(rest.abs() > NEAR * size, rest, 0.0)
    modulus = torch.where(exact, torch.remainder(a, safe), loose)
    return torch.where(b == 0, torch.zeros_like(modulus), modulus)


def power(a: Tensor, b: Tensor) -> Tensor:
    a, b = torch.broadcast_tensors(a, b)
    zero, unreal = a == 0, (a < 0) & ~whole(b)
    safe = torch.where(zero | unreal, torch.ones_like(a), a)
    raised = torch.where(unreal, torch.zeros_like(a), settle(safe**b))
    return torch.where(zero, (b == 0).to(a.dtype), raised)


def exp(x: Tensor) -> Tensor:
    return settle(x.clamp(max=math.log(HUGE) + 1).exp())


def log(x: Tensor) -> Tensor:
    positive = x > 0
    return torch.where(positive, torch.where(positive, x, 1.0).log(), 0.0)


def sqrt(x: Tensor) -> Tensor:
    positive = x > 0
    return torch.where(positive, torch.where(positive, x, 1.0).sqrt(), 0.0)


def floor(x: Tensor) -> Tensor:
    return floordiv(x, torch.ones_like(x))


def round_half_even(x: Tensor) -> Tensor:
    base = floor(x)
    rest = x - base
    even = torch.where(base % 2 == 0, base, base + 1)
    up = torch.where(rest < 0.5, base, base + 1)
    return torch.where(near(rest, torch.full_like(rest, 0.5)), even, up)


PLAIN: dict[str, Callable[..., Tensor]] = {
    "abs": torch.abs,
    "exp": exp,
    "log": log,
    "sqrt": sqrt,
    "floor": floor,
    "round": round_half_even,
    "div": div,
    "ratio": ratio,
    "floordiv": floordiv,
    "mod": mod,
    "pow": power,
}
# Of two, again and again where more stand; bools are 0 and 1.
FOLDED: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": torch.add,
    "mul": mul,
    "min": torch.minimum,
    "max": torch.maximum,
    "and": torch.mul,
    "or": torch.maximum,
}
