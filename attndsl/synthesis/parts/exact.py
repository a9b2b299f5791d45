"""Programs for models over symbols: each head's own, as short as leaves no bits behind.

Such a model counts, and a share that is wrong by a hundredth can make another answer. So numbers
are the likeliest ones, found by Newton's method at every size, and a program is as long as tells
the head's rows as well as a longer one, but for a hundred-thousandth of a bit.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch

from attndsl.synthesis.parts.blocks import Batch
from attndsl.synthesis.parts.fitting import Weights, one_a_head
from attndsl.synthesis.parts.likeliest import SIZES, likeliest
from attndsl.synthesis.parts.picking import bits_a_row

CLOSE = 1e-5  # bits a row, by which a shorter program may be worse
BETWEEN = (20, 14, 11, 9)  # sizes at which numbers are found again while factors are left out


def exact_rungs(
    heads: int, factors: int, batches: Sequence[Batch], rungs: Sequence[int]
) -> dict[int, Weights]:
    """By size every head's likeliest program of so many factors."""
    few = range(max(rungs), 0, -1)
    sizes = (*SIZES, *(one for one in BETWEEN if one > max(rungs)), *few)
    found = likeliest(one_a_head(heads, factors), batches, sizes=sizes)
    return {size: found[size] for size in rungs}


def shortest(rungs: dict[int, Weights], batches: Sequence[Batch]) -> Weights:
    """Of every head's programs the shortest that is as good as any."""
    bits = {size: torch.stack([bits_a_row(one, batch) for batch in batches]).mean(0)
            for size, one in rungs.items()}  # fmt: skip
    least = torch.stack(list(bits.values())).amin(0) + CLOSE
    heads = range(len(least))
    sizes = [min(size for size in rungs if bits[size][head] <= least[head]) for head in heads]
    powers, kept, rest = (
        torch.stack([getattr(rungs[size], name)[head] for head, size in enumerate(sizes)])
        for name in ("powers", "kept", "rest")
    )
    return replace(next(iter(rungs.values())), powers=powers, kept=kept, rest=rest)
