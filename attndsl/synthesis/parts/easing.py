"""Numbers of a program moved one by one, as long as its heads gain by it."""

from collections.abc import Callable
from dataclasses import replace

import torch

from attndsl.synthesis.parts.fitting import Weights

STEPS = (0.5, 0.25, 0.12)  # of a power, and of the logarithm of what rests

Worth = Callable[[Weights, torch.Tensor], float]


def eased(weights: Weights, program: int, heads: torch.Tensor, worth: Worth) -> Weights:
    """The powers and the rest of a program, and what its heads add to that, `heads` all of them."""
    now, reached = weights, worth(weights, heads)
    for step in STEPS:
        for name, place in _numbers(weights, program, heads):
            for by in (step, -step):
                tried = _moved(now, name, place, by)
                value = worth(tried, heads) if tried is not None else -torch.inf
                if tried is not None and value > reached:
                    now, reached = tried, value
                    break
    return now


def _numbers(
    weights: Weights, program: int, heads: torch.Tensor
) -> list[tuple[str, tuple[int, ...]]]:
    powers = weights.kept[program].nonzero().flatten().tolist()
    own = heads.tolist() if len(heads) > 1 else []  # of a head alone it is its program's rest
    return [
        *(("powers", (program, part)) for part in powers),
        ("rest", (program,)),
        *(("own", (head,)) for head in own),
    ]


def _moved(weights: Weights, name: str, place: tuple[int, ...], by: float) -> Weights | None:
    """None where a power would fall under the least that its factor may have."""
    numbers: torch.Tensor = getattr(weights, name).clone()
    numbers[place] += by
    if name == "powers" and weights.least is not None and numbers[place] <= weights.least[place[1]]:
        return None
    return replace(weights, **{name: numbers})
