"""Programs of another form: what rests, by kind of query, beside shares of named patterns.

A row is `rest` on what rests and shares of some patterns, each divided by its own sum first, all
divided by their sum: `rest if k.i == 0 else 0.6 * normalized(copies) + 0.4 * normalized(near)`. It
is fitted to the same rows by the same objective and cut likewise as programs whose parts multiply.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from attndsl.language.mask import CAUSAL
from attndsl.synthesis.parts.blocks import STRIDE, Batch, Block
from attndsl.synthesis.parts.fitting import Sums, given, sums, worth
from attndsl.synthesis.parts.vocabulary import LIKE, SCALE, STEP, TABLE, TEST, Factor, factors
from attndsl.synthesis.parts.weighing import near
from attndsl.synthesis.parts.write import short

AT_ONCE = 15  # heads
HALVES = (1, 2, 4, 8, 16, 32)  # tokens, in which weights by nearness halve
POWERS = {TABLE: (1.0, 2.0), LIKE: (1.0, 3.0), SCALE: (-1.0,)}
ROUNDS = 60  # of finding the likeliest shares
RATE, STEPS, DENSE = 0.1, 24, 80
GATES_FIRST = 8  # that are left at the first cut
MANY = 40  # parts, under which each is left out in turn to see what it is worth
MORE = 4  # parts that are added before as many are cut again
LEAST, MOST = -9.0, 6.0  # a share's logarithm
NO_SHARE = 1e-9
KNOWN = factors(CAUSAL)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A named pattern: a factor to a power, or of a test the keys that it names; all keys evenly
    without a factor."""

    factor: int | None
    power: float | None = None


def _patterns() -> Iterator[Pattern]:
    yield Pattern(None)
    for at, one in enumerate(KNOWN):
        if one.gate:
            continue
        if one.form == TEST:
            yield Pattern(at)
        elif one.form == STEP:
            yield from (Pattern(at, -math.log(2) * STRIDE / half) for half in HALVES)
        else:
            yield from (Pattern(at, power) for power in POWERS[one.form])


PATTERNS = tuple(_patterns())
GATES = tuple(at for at, one in enumerate(KNOWN) if one.gate)
COUNT = len(PATTERNS)


@dataclass(frozen=True, slots=True)
class Mixtures:
    """One a head: logarithms of shares, powers of gates, and of what rests, [H, N + 1]; which are
    kept, [H, N]."""

    numbers: torch.Tensor
    kept: torch.Tensor

    def shares(self) -> torch.Tensor:
        return self.numbers[:, :COUNT].exp() * self.kept[:, :COUNT]


def mixed(batch: Batch) -> Batch:
    """The batch with patterns and gates in place of factors."""
    blocks = tuple(replace(one, factors=_of_block(one)) for one in batch.blocks)
    return replace(batch, blocks=blocks)


def _of_block(block: Block) -> torch.Tensor:
    content = block.seen & ~block.resting
    found = []
    for one in PATTERNS:
        if one.factor is None:
            value = content.float()
        elif one.power is None:
            value = (block.factors[one.factor] > 0) * content.float()
        else:
            scores = (block.factors[one.factor] * one.power).masked_fill(~content, -math.inf)
            value = scores.softmax(1).nan_to_num()
        found.append(value / value.sum(1, keepdim=True).clamp_min(NO_SHARE))
    return torch.cat([torch.stack(found), block.factors[list(GATES)]])


def pattern(some: Mixtures, block: Block) -> torch.Tensor:
    """[H, R, W]"""
    heads, shape = len(some.numbers), block.seen.shape
    weights = (some.shares() @ block.factors[:COUNT].flatten(1)).view(heads, *shape)
    gates = some.numbers[:, COUNT:-1] * some.kept[:, COUNT:]
    rests = (gates @ block.factors[COUNT:].flatten(1)).view(heads, *shape)
    rests = (rests + some.numbers[:, -1, None, None]).clamp(-20, 20).exp() * block.resting
    weights = (weights + rests) * block.seen
    return weights / weights.sum(-1, keepdim=True).clamp_min(NO_SHARE)


def of(some: Mixtures, heads: torch.Tensor) -> Mixtures:
    return Mixtures(some.numbers[heads], some.kept[heads])


def summed(some: Mixtures, batch: Batch, heads: torch.Tensor) -> Sums:
    """Of these heads' mixtures."""
    made = [pattern(of(some, heads), block) for block in batch.blocks]
    return sums(batch, made, heads, given(batch, heads))


def likeliest(batches: Sequence[Batch], heads: int) -> Mixtures:
    """Shares by which what heads do beside resting is likeliest, of all patterns at once."""
    shares = torch.full((heads, COUNT), 1 / COUNT)
    for _ in range(ROUNDS):
        again = torch.zeros_like(shares)
        for block, a_row in _rows(batches):
            flat = block.factors[:COUNT].flatten(1)
            real = block.heads * ~block.resting * a_row[:, None]
            for some in _at_once(heads):
                made = shares[some] @ flat
                ratio = real[some].flatten(1) / made.clamp_min(NO_SHARE)
                ratio[made <= NO_SHARE] = 0
                again[some] += shares[some] * (ratio @ flat.T)
        shares = again / again.sum(1, keepdim=True)
    content = torch.zeros(heads)
    for block, a_row in _rows(batches):
        content += (block.heads * ~block.resting * a_row[:, None]).sum((1, 2)) / len(batches)
    rest = ((1 - content) / content.clamp_min(1e-3)).log()[:, None]
    numbers = torch.cat([shares.clamp_min(1e-4).log(), torch.zeros(heads, len(GATES)), rest], 1)
    return Mixtures(numbers, torch.ones(heads, COUNT + len(GATES)))


def _rows(batches: Sequence[Batch]) -> Iterator[tuple[Block, torch.Tensor]]:
    for batch in batches:
        a_row = batch.weight / batch.rows.clamp_min(1)
        for block in batch.blocks:
            yield block, a_row[block.text]


def _at_once(heads: int) -> Iterator[torch.Tensor]:
    for at in range(0, heads, AT_ONCE):
        yield torch.arange(at, min(at + AT_ONCE, heads))


def fit(
    some: Mixtures, batches: Sequence[Batch], contents: torch.Tensor, steps: int = STEPS
) -> Mixtures:
    """Steps uphill by Adam, a batch a step in turn, slower and slower."""
    numbers = some.numbers.clone().requires_grad_()
    adam = torch.optim.Adam([numbers], RATE, betas=(0.9, 0.98), eps=1e-9, maximize=True)
    for step in range(1, steps + 1):
        adam.zero_grad()
        batch = batches[step % len(batches)]
        for heads in _at_once(len(numbers)):
            found = summed(Mixtures(numbers, some.kept), batch, heads)
            worth(batch, found, contents[heads], heads).sum().backward()  # type: ignore[no-untyped-call]  # torch's has no types
        adam.param_groups[0]["lr"] = RATE * (
            0.05 + 0.475 * (1 + math.cos(math.pi * step / (steps + 1)))
        )
        adam.step()
        with torch.no_grad():
            numbers[:, :COUNT].clamp_(LEAST, MOST)
    return Mixtures(numbers.detach(), some.kept)


@torch.no_grad()
def values(some: Mixtures, batch: Batch, contents: torch.Tensor) -> torch.Tensor:
    """The objective of each head."""
    return torch.cat([
        worth(batch, summed(some, batch, heads), contents[heads], heads)
        for heads in _at_once(len(some.numbers))
    ])  # fmt: skip


def cut(
    some: Mixtures, size: int, batches: Sequence[Batch], contents: torch.Tensor
) -> Mixtures:  # fmt: skip
    """The same with so many parts, those left out that are missed least, all others fitted."""
    few = int(some.kept.sum(1).max()) < MANY
    matter = _missed(some, batches[0], contents) if few else _large(some, batches[0])
    matter = torch.where(some.kept > 0, matter, torch.full_like(matter, -math.inf))
    kept = torch.zeros_like(some.kept).scatter_(1, torch.topk(matter, size, 1).indices, 1.0)
    left = Mixtures(some.numbers.clone(), kept * some.kept)
    whole, now = some.shares().sum(1), left.shares().sum(1)
    # What is left takes over the shares of the others, so that as much rests as before.
    left.numbers[:, :COUNT] += (whole / now.clamp_min(1e-6)).log().clamp(-3, 3)[:, None]
    return fit(left, batches, contents)


def _missed(some: Mixtures, batch: Batch, contents: torch.Tensor) -> torch.Tensor:
    left, whole = torch.full_like(some.kept, math.inf), values(some, batch, contents)
    order = torch.topk(some.kept, int(some.kept.sum(1).max()), 1).indices
    for place in range(order.shape[1]):
        one = order[:, place : place + 1]
        without = Mixtures(some.numbers, some.kept.clone().scatter_(1, one, 0.0))
        left.scatter_(1, one, (whole - values(without, batch, contents))[:, None])
    return left


def _large(some: Mixtures, batch: Batch) -> torch.Tensor:
    """Shares; and gates, of which the first few stay."""
    resting = [block.factors[COUNT:][:, block.resting] for block in batch.blocks]
    varies = some.numbers[:, COUNT:-1].abs() * torch.cat(resting, 1).std(1)
    first = torch.topk(varies, GATES_FIRST, 1).indices
    return torch.cat([some.shares(), torch.zeros_like(varies).scatter_(1, first, math.inf)], 1)


def regrown(some: Mixtures, batches: Sequence[Batch], contents: torch.Tensor) -> Mixtures:
    """As many parts, better where others serve better: some are added and as many cut again."""
    size = int(some.kept.sum(1).max())
    promise = _promise(some, batches, contents).masked_fill(some.kept > 0, -1.0)
    kept = some.kept.clone().scatter_(1, torch.topk(promise, MORE, 1).indices, 1.0)
    after = fit(Mixtures(_begun(some, -4.0), kept), batches, contents)
    for left in range(size + MORE - 1, size - 1, -1):
        after = cut(after, left, batches, contents)
    gained = torch.stack([
        values(after, one, contents) - values(some, one, contents) for one in batches
    ]).sum(0)  # fmt: skip
    better = (gained > 0)[:, None]
    return Mixtures(
        torch.where(better, after.numbers, some.numbers), torch.where(better, after.kept, some.kept)
    )


def _begun(some: Mixtures, share: float) -> torch.Tensor:
    """The numbers, what isn't kept at a small share or a power that does nothing."""
    numbers, kept = some.numbers.clone(), some.kept > 0
    numbers[:, :COUNT] = torch.where(kept[:, :COUNT], numbers[:, :COUNT], torch.tensor(share))
    numbers[:, COUNT:-1] *= kept[:, COUNT:]
    return numbers


def _promise(
    some: Mixtures, batches: Sequence[Batch], contents: torch.Tensor
) -> torch.Tensor:  # fmt: skip
    """How fast the objective grows with a share or a power, each sort by its largest."""
    numbers = _begun(some, LEAST).requires_grad_()
    every = Mixtures(numbers, torch.ones_like(some.kept))
    for batch in batches:
        for heads in _at_once(len(numbers)):
            found = summed(every, batch, heads)
            worth(batch, found, contents[heads], heads).sum().backward()  # type: ignore[no-untyped-call]  # torch's has no types
    slope = numbers.grad
    assert slope is not None
    by_share = slope[:, :COUNT] / numbers.detach()[:, :COUNT].exp()
    sorts = by_share.clamp_min(0), slope[:, COUNT:-1].abs()
    return torch.cat([one / one.amax(1, keepdim=True).clamp_min(1e-20) for one in sorts], 1)


def written(some: Mixtures, head: int, name: str) -> str:
    """The program of a head, as it comes."""
    numbers, kept = some.numbers[head], some.kept[head] > 0
    shares = some.shares()[head]
    whole = float(shares.sum())
    gates = [at for at in range(len(GATES)) if kept[COUNT + at]]
    rest = f"{short(math.exp(float(numbers[-1])) / whole):g}"
    lines = [f"def {name}(q, k):", *([f"    rest = {rest}"] if gates else [])]
    lines += [f"    rest *= {_gate(KNOWN[GATES[at]], float(numbers[COUNT + at]))}" for at in gates]
    some_of = sorted((at for at in range(COUNT) if kept[at]), key=lambda at: -float(shares[at]))
    for turn, at in enumerate(some_of):
        share = f"{short(float(shares[at]) / whole):g} * normalized({_code(PATTERNS[at])})"
        lines.append(f"    weight {'+=' if turn else '='} {share}")
    lines.append(f"    return {'rest' if gates else rest} if k.i == 0 else weight")
    return "\n".join(lines) + "\n"


def _gate(gate: Factor, power: float) -> str:
    if gate.form == TEST:
        return f"{short(math.exp(power)):g} if {gate.code} else 1"
    return f"({gate.code}) ** {short(power, 1):g}"


def _code(one: Pattern) -> str:
    """What names the pattern's keys, or weighs them; the first token is none of them."""
    if one.factor is None:
        return "k.i > 0"
    factor = KNOWN[one.factor]
    code = factor.code.replace("abs(q.i - k.i)", "q.i - k.i")
    if one.power is None:
        return f"k.i > 0 and ({code})"
    if factor.form == STEP:
        base = near(math.exp(one.power / STRIDE), [0.5 ** (1 / half) for half in HALVES])
        return f"{base:.2g} ** ({code}) if k.i > 0 else 0"
    if factor.form == LIKE:
        return f"{math.exp(one.power):.2g} ** {code} if k.i > 0 else 0"
    times = "" if one.power == 1 else f" ** {one.power:g}"
    return f"({code}){times} if k.i > 0 else 0"
