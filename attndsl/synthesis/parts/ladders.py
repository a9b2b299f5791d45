"""Each head's ladder: programs of its own of so many parts at most, and what each reaches."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from attndsl.synthesis.parts.blocks import Batch
from attndsl.synthesis.parts.fitting import Weights, measured, said_against
from attndsl.synthesis.parts.picking import bits_a_row, gains, picked
from attndsl.synthesis.parts.vocabulary import Factor
from attndsl.synthesis.parts.weighing import read
from attndsl.synthesis.parts.write import written

# What a rung of a ladder reaches on rows that it is fitted to; `against` is what probes say.
REACHED = ("objective", "content_iou", "iou", "rest_error", "output_explained", "against")


@dataclass(frozen=True, slots=True)
class Rungs:
    """One head's: how long its program is; by size a program of its own, and what that reaches of
    the measures of `REACHED`."""

    picked: int
    reached: dict[int, tuple[float, ...]]
    gain: dict[int, float]
    source: dict[int, str]

    def as_json(self) -> dict[str, Any]:
        return {"picked": self.picked, "rungs": {
            str(size): {
                **{name: round(one, 4) for name, one in zip(REACHED, measures, strict=True)},
                "codelength_gain": round(self.gain[size], 1),
                "source": self.source[size],
            }
            for size, measures in self.reached.items()
        }}  # fmt: skip


def ladders_of(
    rungs: dict[int, Weights], batch: Batch, contents: torch.Tensor, known: Sequence[Factor],
    both_ways: bool,
) -> list[Rungs]:  # fmt: skip
    """Every head's, of programs that are its own, of so many parts at most: where a shorter one is
    worth more it stands for the longer."""
    nothing = resting_alone(next(iter(rungs.values())))
    of_size = gains(rungs, batch, known, bits_a_row(nothing, batch))
    found = {size: measured(weights, batch, contents) for size, weights in rungs.items()}
    against = {size: said_against(weights, batch) for size, weights in rungs.items()}
    worths = {size: one[0] for size, one in found.items()}
    best = picked(worths, of_size, against, simple=False)
    ladders = []
    for head in range(len(contents)):
        stands = {
            size: max((one for one in rungs if one <= size), key=lambda of: float(worths[of][head]))
            for size in rungs
        }
        ladders.append(Rungs(
            best[head],
            {size: tuple(float(each[head]) for each in (*found[of], against[of]))
             for size, of in stands.items()},
            {size: float(of_size[of][head]) for size, of in stands.items()},
            {size: written(read(rungs[of], head, known), "own", "", both_ways)
             for size, of in stands.items()},
        ))  # fmt: skip
    return ladders


def resting_alone(weights: Weights) -> Weights:
    """Programs in which everything rests."""
    return replace(weights, powers=torch.zeros_like(weights.powers),
                   rest=torch.full_like(weights.rest, 12.0))  # fmt: skip
