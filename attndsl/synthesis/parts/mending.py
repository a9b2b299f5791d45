"""Programs that probes speak against get a part by which they do not, at little loss."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from attndsl.synthesis.parts.blocks import Batch, Block
from attndsl.synthesis.parts.doubt import COUNTS, doubt_slopes, doubts, named_by
from attndsl.synthesis.parts.easing import eased
from attndsl.synthesis.parts.fitting import Weights, given, shares, sums, worth
from attndsl.synthesis.parts.vocabulary import LIKE, TABLE, TEST, Factor

DOUBTED = 0.01  # of the objective, from which on a program is looked at
LONGER = 2  # parts, by which a program of the few that may be longer than most may grow
FEW = 0.38  # of the programs may be longer than most: so that the median stays
LOOKED_AT, TRIED = 24, 5  # parts by which doubts fall fastest; of them, those that leave least
TURNS = 3  # parts that are put in, at most
STRENGTHS = {
    TEST: tuple(math.log(of) for of in (3, 10, 30, 100, 300)),
    LIKE: (math.log(3), math.log(30)),
    TABLE: (0.5, 1.0, 2.0),
}


@dataclass(frozen=True, eq=False)
class Judges:
    """Rows of texts, and of the probes that may choose, with how much heads do of each."""

    texts: Batch
    contents: torch.Tensor
    blocks: Sequence[Block]
    does: torch.Tensor

    def against(self, weights: Weights, heads: torch.Tensor) -> float:
        """What probes say against the program of these heads, all together."""
        return float(self._said(weights, heads).sum())

    def doubted(self, weights: Weights, heads: torch.Tensor) -> int:
        """Of how many of these heads, that have one program, probes say that it is wrong."""
        return int((self._said(weights, heads) >= DOUBTED).sum())

    def _said(self, weights: Weights, heads: torch.Tensor) -> torch.Tensor:
        if not self.blocks:
            return torch.zeros(len(heads))
        made = [pattern_of(weights, heads, block) for block in self.blocks]
        return doubts(named_by(made, self.blocks), self.does[heads])

    def falling(self, weights: Weights, heads: torch.Tensor) -> torch.Tensor:
        """How fast that falls with the power of every factor, [J]."""
        made = [pattern_of(weights, heads, block) for block in self.blocks]
        slopes = doubt_slopes(named_by(made, self.blocks), self.does[heads])
        found = torch.zeros(weights.powers.shape[1])
        for one, block in zip(made, self.blocks, strict=True):
            cells = torch.zeros_like(one).view(len(heads), -1)
            cells.index_add_(1, block.asked, slopes @ block.named.T)
            slope = one * cells.view_as(one)
            slope = (slope - one * slope.sum(2, keepdim=True)).sum(0)
            found -= block.factors.reshape(len(found), -1) @ slope.flatten()
        return found

    def worth(self, weights: Weights, heads: torch.Tensor) -> float:
        """The objective of these heads together, in which doubts count more."""
        made = [pattern_of(weights, heads, block) for block in self.texts.blocks]
        found = sums(self.texts, made, heads, given(self.texts, heads))
        fits = worth(self.texts, found, self.contents[heads], heads).sum()
        return float(fits) - (COUNTS - 1) * self.against(weights, heads)


def pattern_of(weights: Weights, heads: torch.Tensor, block: Block) -> torch.Tensor:
    """[H, R, W] of heads that have one program, by the few factors that it has."""
    program = int(weights.owner[heads[0]])
    some = weights.kept[program].nonzero().flatten()
    scores = torch.einsum("j,jrw->rw", weights.powers[program, some], block.factors[some])
    scores = scores.masked_fill(~block.seen, -math.inf)
    rests = (weights.rest[program] + weights.own[heads])[:, None, None]
    return shares(scores + rests * block.resting, block.seen)


def mended(
    weights: Weights, known: Sequence[Factor], judges: Judges, among: Sequence[int], longest: int,
    say: Callable[[int, int], None] = lambda *_: None,
) -> Weights:  # fmt: skip
    """The programs, those that are spoken against with other parts, `among` some by number.

    The most doubted come first. A program becomes as long as most are; those that are longer, and
    so many others that they stay few, by some parts more, up to the `longest`.
    """
    now = replace(weights, powers=weights.powers * weights.kept)
    sizes = now.kept.sum(1)
    typical = int(sizes.median())
    room = int(FEW * len(sizes)) - int((sizes > typical).sum())
    heads_of = [(now.owner == program).nonzero().flatten() for program in range(len(sizes))]
    said = [judges.against(now, heads) if len(heads) else 0.0 for heads in heads_of]
    order = sorted(range(len(said)), key=lambda program: -said[program])
    for at, program in enumerate(order):
        say(at, len(order))
        size = int(sizes[program])
        grows = size > typical or room > 0
        most = max(typical, size, min(longest, size + LONGER) if grows else 0)
        now = _mended_one(now, program, heads_of[program], most, known, judges, among)
        room -= int(size <= typical < int(now.kept[program].sum()))
    return now


def parted(
    weights: Weights, known: Sequence[Factor], judges: Judges, among: Sequence[int], most: int,
    say: Callable[[int, int], None] = lambda *_: None,
) -> Weights:  # fmt: skip
    """Heads that are spoken against leave the others of their program, for a copy of it mended for
    them alone: where that gains most, as long as there are at most so many programs.

    What mends a few heads of a program may be more than its others can bear.
    """
    room, found = most - len(weights.rest), []
    typical = int(weights.kept.sum(1).median())
    some = _against_few(weights, judges)[: TRIED * room] if room > 0 else []
    for at, heads in enumerate(some):
        say(at, len(some))
        own = int(weights.owner[heads[0]])
        apart = _with_copy(weights, heads, weights, own)
        size = max(typical, int(weights.kept[own].sum()))
        better = _mended_one(apart, len(weights.rest), heads, size, known, judges, among)
        gained = judges.worth(better, heads) - judges.worth(weights, heads)
        found.append((gained, at, heads, better))
    for gained, _, heads, better in sorted(found, reverse=True)[:room]:
        if gained > 0:
            weights = _with_copy(weights, heads, better, -1)
    return weights


def _against_few(weights: Weights, judges: Judges) -> list[torch.Tensor]:
    """By program the heads that are spoken against where others aren't, the most doubted first."""
    found = []
    for program in range(len(weights.rest)):
        heads = (weights.owner == program).nonzero().flatten()
        said = torch.tensor([judges.against(weights, head[None]) for head in heads])
        some = heads[said >= DOUBTED]
        if 0 < len(some) < len(heads):
            found.append((float(said.sum()), some))
    return [some for _, some in sorted(found, key=lambda one: -one[0])]


def _with_copy(weights: Weights, heads: torch.Tensor, like: Weights, program: int) -> Weights:
    """One program more, that of others, which these heads have."""
    powers, kept, rest = (
        torch.cat([getattr(weights, name), getattr(like, name)[program].clone()[None]])
        for name in ("powers", "kept", "rest")
    )
    owner = weights.owner.clone()
    owner[heads] = len(weights.rest)
    return replace(weights, powers=powers, kept=kept, rest=rest, owner=owner)


def _mended_one(
    now: Weights, program: int, heads: torch.Tensor, most: int, known: Sequence[Factor],
    judges: Judges, among: Sequence[int],
) -> Weights:  # fmt: skip
    """With other parts, then, where something is still said against it, with other numbers; as it
    was, where that makes it right for no more heads."""
    doubted = judges.doubted(now, heads) if len(heads) else 0
    if not doubted:
        return now
    better = now
    for _ in range(TURNS):
        other = _with_another(better, program, heads, most, known, judges, among)
        if other is None:
            break
        better = other
        if judges.against(better, heads) < DOUBTED:
            break
    if judges.against(better, heads) >= DOUBTED:
        better = eased(better, program, heads, judges.worth)
    return better if judges.doubted(better, heads) < doubted else now


def _with_another(
    now: Weights, program: int, heads: torch.Tensor, size: int, known: Sequence[Factor],
    judges: Judges, among: Sequence[int],
) -> Weights | None:  # fmt: skip
    """The program with one part more, or for one of its own; None where nothing serves better."""
    reached, best = judges.worth(now, heads), None
    for at, sign in _promising(now, program, heads, known, judges, among):
        for power in STRENGTHS[known[at].form]:
            longer = _with(now, program, at, sign * power)
            tried = _shortened(longer, program, heads, size, at, judges)
            value = judges.worth(tried, heads)
            if value > reached:
                reached, best = value, tried
    return best


def _promising(
    now: Weights, program: int, heads: torch.Tensor, known: Sequence[Factor], judges: Judges,
    among: Sequence[int],
) -> list[tuple[int, float]]:  # fmt: skip
    """The parts, each with the sign of its power, by which least is left of what is said."""
    falling = judges.falling(now, heads)
    some = [at for at in among if not now.kept[program, at] and known[at].form in STRENGTHS]
    some = [at for at in some if falling[at] > 0 or known[at].form != TABLE]  # these only grow
    some.sort(key=lambda at: -abs(float(falling[at])))
    found = []
    for at in some[:LOOKED_AT]:
        sign = math.copysign(1.0, float(falling[at]))
        middle = STRENGTHS[known[at].form][1]
        left = judges.against(_with(now, program, at, sign * middle), heads)
        found.append((left, at, sign))
    return [(at, sign) for _, at, sign in sorted(found)[:TRIED]]


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
