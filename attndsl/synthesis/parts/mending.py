"""Programs that probes speak against get a part by which they do not, at little loss."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from attndsl.synthesis.parts.blocks import Batch, Block
from attndsl.synthesis.parts.doubt import doubts, named_by
from attndsl.synthesis.parts.fitting import Weights, given, pattern, sums, worth
from attndsl.synthesis.parts.vocabulary import LIKE, TABLE, TEST, Factor

DOUBTED = 0.01  # of the objective, from which on a program is looked at
COUNTS = 3.0  # times what they count while programs are fitted, that doubts count here
TRIED = 8  # parts, by which least is left of what is said against the program
TURNS = 3  # parts that are put in, at most
STRENGTHS = {
    TEST: tuple(sign * math.log(of) for of in (3, 10, 30, 100, 300) for sign in (1, -1)),
    LIKE: (math.log(3), math.log(30)),
    TABLE: (0.5, 1.0, 2.0),
}
FIRST = {TEST: (math.log(10), -math.log(10)), LIKE: (math.log(10),), TABLE: (1.0,)}


@dataclass(frozen=True, eq=False)
class Judges:
    """Rows of texts, and of the probes that may choose, with how much heads do of each."""

    texts: Batch
    contents: torch.Tensor
    blocks: Sequence[Block]
    does: torch.Tensor

    def against(self, weights: Weights, heads: torch.Tensor) -> float:
        """What probes say against the program of these heads, all together."""
        some = weights.of(heads)
        made = named_by([pattern(some, block) for block in self.blocks], self.blocks)
        return float(doubts(made, self.does[heads]).sum())

    def worth(self, weights: Weights, heads: torch.Tensor) -> float:
        """The objective of these heads together, in which doubts count more."""
        some, texts = weights.of(heads), self.texts
        made = [pattern(some, block) for block in texts.blocks]
        found = sums(texts, made, heads, given(texts, heads))
        fits = worth(texts, found, self.contents[heads], heads).sum()
        return float(fits) - (COUNTS - 1) * self.against(weights, heads)


def mended(
    weights: Weights, known: Sequence[Factor], judges: Judges,
    say: Callable[[int, int], None] = lambda *_: None,
) -> Weights:  # fmt: skip
    """The programs, those that are spoken against with other parts; none is longer than before,
    but what is shorter than most may become as long as these."""
    now = replace(weights, powers=weights.powers * weights.kept)
    typical = int(now.kept.sum(1).median())
    for program in range(len(now.powers)):
        say(program, len(now.powers))
        heads = (now.owner == program).nonzero().flatten()
        size = max(typical, int(now.kept[program].sum()))
        for _ in range(TURNS if len(heads) else 0):
            if judges.against(now, heads) < DOUBTED:
                break
            better = _with_another(now, program, heads, size, known, judges)
            if better is None:
                break
            now = better
    return now


def _with_another(
    now: Weights, program: int, heads: torch.Tensor, size: int, known: Sequence[Factor],
    judges: Judges,
) -> Weights | None:  # fmt: skip
    """The program with one part more, or for one of its own; None where nothing serves better."""
    reached, best = judges.worth(now, heads), None
    for at in _promising(now, program, heads, known, judges):
        for power in STRENGTHS[known[at].form]:
            tried = _shortened(_with(now, program, at, power), program, heads, size, at, judges)
            value = judges.worth(tried, heads)
            if value > reached:
                reached, best = value, tried
    return best


def _promising(
    now: Weights, program: int, heads: torch.Tensor, known: Sequence[Factor], judges: Judges
) -> list[int]:
    """The parts by which least is left of what is said against the program."""
    before, found = judges.against(now, heads), []
    for at, factor in enumerate(known):
        if now.kept[program, at] or factor.form not in FIRST:
            continue
        left = min(judges.against(_with(now, program, at, power), heads)
                   for power in FIRST[factor.form])  # fmt: skip
        if left < before:
            found.append((left, at))
    return [at for _, at in sorted(found)[:TRIED]]


def _with(now: Weights, program: int, at: int, power: float) -> Weights:
    powers, kept = now.powers.clone(), now.kept.clone()
    powers[program, at], kept[program, at] = power, float(power != 0)
    return replace(now, powers=powers, kept=kept)


def _shortened(
    longer: Weights, program: int, heads: torch.Tensor, size: int, new: int, judges: Judges
) -> Weights:
    """A program of at most so many parts, the one left out by which its heads lose least."""
    parts = longer.kept[program].nonzero().flatten().tolist()
    if len(parts) <= size:
        return longer
    without = [_with(longer, program, one, 0.0) for one in parts if one != new]
    return max(without, key=lambda one: judges.worth(one, heads))
