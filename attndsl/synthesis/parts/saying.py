"""What is measured of a program so that it can be said: what rests, how far the rest goes, and what
each kind of token gets beside others.

A program multiplies, so what a kind gets is said beside tokens of no kind that it names, not as a
share: shares of kinds that overlap would count twice. What a table gives its kinds is said beside
all others as far away.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from attndsl.synthesis.parts.blocks import STRIDE, Batch, Block
from attndsl.synthesis.parts.fitting import Weights, pattern
from attndsl.synthesis.parts.inside import (
    FAR,
    beside_others,
    by_distance,
    goes_by_place,
    kinds_in,
    likes,
    scores,
)
from attndsl.synthesis.parts.vocabulary import LIKE, SCALE, STEP, TABLE, TEST, Factor

REACHES = (1, 2, 4, 8, 16)  # tokens, within which most of what doesn't rest may lie
MOSTLY = 0.58  # of it: most
HELD = 0.9  # of a kind's tokens that are of another kind too: then it is one within that
NEARLY = 0.7  # of a class's tokens that are of one within it: then both name nearly the same
DISTANCES = (2, 3, 4, 6, 8, 12, 16, 30)
ALIKE = 0.4  # from which a token is like another
SAME = 1.5  # times, within which two kinds get about as much
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Kind:
    """What tokens of a factor get: how many `times` what a token of no named kind gets at the same
    distance; what `share` of all that doesn't rest, in rows that have any; in how many rows they
    are `found`. `within` says which kind holds nearly all of them, whose factor counts in `times`;
    `wider` names the classes of tokens that hold nearly the same ones and some more.
    """

    factor: Factor
    times: float
    share: float = 0.0
    found: float = 1.0
    within: Factor | None = None
    wider: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fall:
    """What a token so far away gets of what the nearest gets, kinds apart."""

    away: int
    ratio: float


@dataclass(frozen=True, slots=True)
class Said:
    """What is measured of a program: what rests, by the kinds of query of its gates too; within how
    many tokens most of what doesn't rest lies, if they are few; how weight falls; kinds of keys."""

    rest: float
    by_kind: tuple[tuple[Factor, float], ...] = ()
    reach: int | None = None
    fall: Fall | None = None
    kinds: tuple[Kind, ...] = ()


def measured(weights: Weights, program: int, batch: Batch, factors: Sequence[Factor]) -> Said:
    """Of a program as its heads have it on average."""
    mine = weights.owner == program
    own = weights.own[mine].mean() if mine.any() else torch.zeros(())
    alone = replace(weights, own=own.reshape(1), owner=torch.tensor([program]))
    made = [pattern(alone, block)[0] for block in batch.blocks]
    powers = (weights.powers * weights.kept)[program]
    kept = powers.nonzero().flatten().tolist()
    told = _told(kept, tuple(factors))
    gates = [n for n in told if factors[n].gate]
    by_kind = [(factors[n], _rest_of(n, made, batch)) for n in gates]
    keys = [n for n in told if not factors[n].gate]
    return Said(
        _mean(batch, _rests(made, batch), _everywhere(batch)),
        tuple((factor, rest) for factor, rest in by_kind if rest is not None),
        _reach(made, batch, factors),
        _fall_of(powers, kept, batch, factors),
        tuple(_apart([*_kinds(keys, powers, made, batch, factors)], keys, powers, batch)),
    )


def _told(kept: Sequence[int], factors: tuple[Factor, ...]) -> list[int]:
    """The factors that name tokens: those that a program has, then those inside its tables."""
    own = [n for n in kept if factors[n].form in (TEST, LIKE)]
    held = [n for table in kept if factors[table].form == TABLE
            for n in kinds_in(factors[table].name, factors)]  # fmt: skip
    return list(dict.fromkeys([*own, *held]))


def _rows(batch: Batch) -> list[torch.Tensor]:
    """How much each row of each block counts."""
    of_text = batch.weight / batch.rows.clamp_min(1)
    return [of_text[block.text] for block in batch.blocks]


def _mean(batch: Batch, values: Sequence[torch.Tensor], where: Sequence[torch.Tensor]) -> float:
    """Over the rows `where`, which may be none."""
    rows = _rows(batch)
    whole = sum(float((row * some).sum()) for row, some in zip(rows, where, strict=True))
    total = sum(float((value * row * some).sum())
                for value, row, some in zip(values, rows, where, strict=True))  # fmt: skip
    return total / whole if whole else 0.0


def _everywhere(batch: Batch) -> list[torch.Tensor]:
    return [torch.ones(len(block.text)) for block in batch.blocks]


def _rests(made: Sequence[torch.Tensor], batch: Batch) -> list[torch.Tensor]:
    return [(one * block.resting).sum(1) for one, block in zip(made, batch.blocks, strict=True)]


def _rest_of(number: int, made: Sequence[torch.Tensor], batch: Batch) -> float | None:
    """What rests of queries that the gate counts for; None where there are none."""
    where = [(block.factors[number] > 0).any(1).float() for block in batch.blocks]
    if not any(float(one.sum()) for one in where):
        return None
    return _mean(batch, _rests(made, batch), where)


def _contents(made: Sequence[torch.Tensor], batch: Batch) -> list[torch.Tensor]:
    """Of each row what doesn't rest, as shares of that."""
    found = []
    for one, block in zip(made, batch.blocks, strict=True):
        content = one * ~block.resting
        found.append(content / content.sum(1, keepdim=True).clamp_min(TINY))
    return found


def _reach(made: Sequence[torch.Tensor], batch: Batch, factors: Sequence[Factor]) -> int | None:
    number = [one.name for one in factors].index("distance")
    contents = _contents(made, batch)
    for reach in REACHES:
        within = [(content * (block.factors[number] * STRIDE < reach - 0.5)).sum(1)
                  for content, block in zip(contents, batch.blocks, strict=True)]  # fmt: skip
        if _mean(batch, within, _everywhere(batch)) >= MOSTLY:
            return reach
    return None


def fall(powers: Sequence[float], factors: Sequence[Factor]) -> Fall | None:
    """By its factors of distance: where weight has halved or doubled, else what it is far away.

    >>> from attndsl.synthesis.parts.vocabulary import GRADED
    >>> fall([0.0, -1.0], GRADED[:2])
    Fall(away=3, ratio=0.5)
    """
    graded = [(power, one.form) for power, one in zip(powers, factors, strict=True)
              if power and not one.gate and one.form in (STEP, SCALE)]  # fmt: skip
    if not graded:
        return None

    def ratio(away: int) -> float:
        steps = {STEP: (away - 1) / STRIDE, SCALE: math.log((1 + away) / 2)}
        return math.exp(sum(power * steps[form] for power, form in graded))

    for away in DISTANCES:
        if not 0.55 < ratio(away) < 1.9:
            return Fall(away, round(ratio(away), 4))
    return Fall(DISTANCES[-1], round(ratio(DISTANCES[-1]), 4))


def _fall_of(
    powers: torch.Tensor, kept: Sequence[int], batch: Batch, factors: Sequence[Factor]
) -> Fall | None:
    """As `fall`; with tables of distance by what cells so far away have on average."""
    placed = [n for n in kept if goes_by_place(factors[n])]
    if all(factors[n].form != TABLE for n in placed):
        return fall(powers.tolist(), factors)
    number = [one.name for one in factors].index("distance")
    seen = [block.seen & ~block.resting for block in batch.blocks]
    mean = by_distance(scores(placed, powers, batch), seen, batch, number)
    ratios = {away: math.exp(float(mean[away] - mean[1])) for away in DISTANCES
              if away <= FAR and not mean[away].isnan()}  # fmt: skip
    found = [Fall(away, round(one, 4)) for away, one in ratios.items()]
    return next((one for one in found if not 0.55 < one.ratio < 1.9), found[-1] if found else None)


def _kinds(keys: Sequence[int], powers: torch.Tensor, made: Sequence[torch.Tensor], batch: Batch,
           factors: Sequence[Factor]) -> Iterator[Kind]:  # fmt: skip
    """Of each factor of keys; one that lies within another has that one's number too."""
    counts = _counted(keys, batch)
    contents = _contents(made, batch)
    tables = [n for n in powers.nonzero().flatten().tolist()
              if factors[n].form == TABLE and not factors[n].gate]  # fmt: skip
    together = scores(tables, powers, batch)
    distance = [one.name for one in factors].index("distance") if tables else 0
    for at, number in enumerate(keys):
        holding = [other for place, other in enumerate(keys)
                   if other != number and factors[number].form == factors[other].form == TEST
                   and powers[other]
                   and counts[at, at] and counts[at, place] >= HELD * counts[at, at]]  # fmt: skip
        holders = sorted(holding, key=lambda n: -abs(float(powers[n])))
        power = float(powers[number] + sum(powers[n] for n in holding))
        theirs = [_theirs(block, number) for block in batch.blocks]
        if tables and factors[number].form == LIKE:
            power += sum(float(powers[n]) * likes(factors[n].name, factors[number].code)
                         for n in tables)  # fmt: skip
        elif tables:
            power += beside_others(together, theirs, batch, distance)
        found = [one.any(1).float() for one in theirs]
        share = _mean(batch, [(content * some).sum(1) for content, some
                              in zip(contents, theirs, strict=True)], found)  # fmt: skip
        yield Kind(factors[number], math.exp(power), share,
                   _mean(batch, found, _everywhere(batch)),
                   factors[holders[0]] if holders else None,
                   _wider(at, keys, counts, factors))  # fmt: skip


def _wider(
    at: int, keys: Sequence[int], counts: torch.Tensor, factors: Sequence[Factor]
) -> tuple[str, ...]:
    """The classes of tokens in which a class lies and of which it is nearly all: of two that are
    the same, the first."""
    classes = [one.form == TEST and not re.search(r"\bq\b", one.code) for one in
               (factors[number] for number in keys)]  # fmt: skip
    if not classes[at] or not counts[at, at]:
        return ()
    return tuple(
        factors[other].name for place, other in enumerate(keys)
        if place != at and classes[place] and counts[at, place] >= HELD * counts[at, at]
        and counts[at, at] >= NEARLY * counts[place, place]
        and (counts[place, place], -place) > (counts[at, at], -at)
    )  # fmt: skip


def _apart(
    kinds: Sequence[Kind], keys: Sequence[int], powers: torch.Tensor, batch: Batch
) -> Iterator[Kind]:
    """Without the kinds of tables that another one holds which gets about as much."""
    counts = _counted(keys, batch)
    for at, one in enumerate(kinds):
        same = (
            counts[at, place] >= HELD * counts[at, at] and other.factor.form == one.factor.form
            and max(one.times, other.times) < SAME * min(one.times, other.times)
            and (counts[place, place], -place) > (counts[at, at], -at)
            for place, other in enumerate(kinds) if place != at
        )  # fmt: skip
        if powers[keys[at]] or not any(same):
            yield one


def _theirs(block: Block, number: int) -> torch.Tensor:
    return (block.factors[number] > ALIKE) & block.seen & ~block.resting


def _counted(keys: Sequence[int], batch: Batch) -> torch.Tensor:
    """How many cells each two kinds have in common, by what rows count."""
    total = torch.zeros(len(keys), len(keys))
    for block, row in zip(batch.blocks, _rows(batch), strict=True):
        some = torch.stack([_theirs(block, number) for number in keys]) if keys else total
        flat = some.flatten(1).float()
        total += (flat * row.repeat_interleave(block.seen.shape[1])) @ flat.T if keys else 0
    return total
