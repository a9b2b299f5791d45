"""What is measured of a program so that it can be said: what rests, how far the rest goes, and what
each kind of token gets beside others.

A program multiplies, so what a kind gets is said beside tokens of no kind that it names, not as a
share: shares of kinds that overlap would count twice. What a table gives its kinds is said beside
all others as far away.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

import torch

from attndsl.synthesis.parts.blocks import STRIDE, Batch, Block
from attndsl.synthesis.parts.deciding import deciding, looked_at, pairs_of
from attndsl.synthesis.parts.fitting import Weights, pattern
from attndsl.synthesis.parts.inside import PLACES, beside_others, kinds_in, likes, scores
from attndsl.synthesis.parts.nearness import falls_in, itself_in, peaks, profile
from attndsl.synthesis.parts.said import LIFT, Kind, Said, telling
from attndsl.synthesis.parts.strengths import MOSTLY
from attndsl.synthesis.parts.vocabulary import LIKE, TABLE, TEST, Factor

REACHES = (1, 2, 4, 8, 16)  # tokens, within which most of what doesn't rest may lie
HELD = 0.9  # of a kind's tokens that are of another kind too: then it is one within that
NEARLY = 0.7  # of a class's tokens that are of one within it: then both name nearly the same
ALIKE = 0.4  # from which a token is like another
SAME = 1.5  # times, within which two kinds get about as much
TINY = 1e-9


def measured(
    weights: Weights, program: int, batch: Batch, factors: Sequence[Factor],
    looked: Sequence[torch.Tensor] | None = None,
) -> Said:  # fmt: skip
    """Of a program as its heads have it on average; `looked` is how much all heads look at the
    batch's cells, where that is known already."""
    mine = weights.owner == program
    owns = weights.own[mine] if mine.any() else torch.zeros(1)
    made = _patterns(weights, program, owns.mean(), batch)
    powers = (weights.powers * weights.kept)[program]
    kept = powers.nonzero().flatten().tolist()
    told = _told(kept, tuple(factors))
    by_kind = [(factors[n], _rest_of(n, made, batch)) for n in told if factors[n].gate]
    keys = [n for n in told if not factors[n].gate]
    kinds = tuple(_apart([*_kinds(keys, powers, made, batch, factors)], keys, powers, batch))
    mean, shares = profile(powers, batch, factors), _by_distance(made, batch, factors)
    itself = itself_in(powers, [n for n in kept if not factors[n].gate], batch, factors)
    falls, distance = falls_in(mean), [one.name for one in factors].index("distance")
    some = telling(kinds)
    numbers = [factors.index(one.factor) for one in some]
    heads = mine.nonzero().flatten().tolist()
    pairs = pairs_of(made, heads, numbers, distance, batch, looked or looked_at(batch))
    return Said(
        _mean(batch, _rests(made, batch), _everywhere(batch)),
        tuple((factor, rest) for factor, rest in by_kind if rest is not None),
        _reach(shares, _by_distance(_evenly(batch), batch, factors)),
        falls,
        kinds,
        itself,
        peaks(mean, itself, shares, factors),
        deciding(some, falls, itself, pairs) if heads else None,
        _between(weights, program, owns, batch),
    )


def _patterns(
    weights: Weights, program: int, own: torch.Tensor, batch: Batch
) -> list[torch.Tensor]:
    """Of a program with what a head adds to its rest."""
    alone = replace(weights, own=own.reshape(1), owner=torch.tensor([program]))
    return [pattern(alone, block)[0] for block in batch.blocks]


def _between(
    weights: Weights, program: int, owns: torch.Tensor, batch: Batch
) -> tuple[float, float]:
    """What rests where a head adds least to its program's rest, and where it adds most."""
    least, most = (
        _mean(batch, _rests(_patterns(weights, program, own, batch), batch), _everywhere(batch))
        for own in (owns.min(), owns.max())
    )
    return least, most


def _told(kept: Sequence[int], factors: tuple[Factor, ...]) -> list[int]:
    """The factors that name tokens: those that a program has, then those inside its tables."""
    own = [n for n in kept
           if factors[n].form in (TEST, LIKE) and factors[n].name not in PLACES]  # fmt: skip
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


def _by_distance(
    made: Sequence[torch.Tensor], batch: Batch, factors: Sequence[Factor]
) -> list[float]:
    """Shares of what doesn't rest, at each distance that is within the last of REACHES."""
    number = [one.name for one in factors].index("distance")
    aways = [(block.factors[number] * STRIDE).round() for block in batch.blocks]
    contents = _contents(made, batch)
    return [_mean(batch, [(content * (away == back)).sum(1) for content, away
                          in zip(contents, aways, strict=True)], _everywhere(batch))
            for back in range(REACHES[-1])]  # fmt: skip


def _evenly(batch: Batch) -> list[torch.Tensor]:
    return [(block.seen & ~block.resting).float() for block in batch.blocks]


def _reach(shares: Sequence[float], even: Sequence[float]) -> int | None:
    """Within how many tokens most lies, and more than even attention puts there: in short texts
    that has most of its weight near, too.

    >>> _reach([0.1] * 16, [0.02] * 16), _reach([0.1] * 16, [0.1] * 16)
    (8, None)
    """
    within, others = list(accumulate(shares)), list(accumulate(even))
    return next((reach for reach in REACHES
                 if within[reach - 1] >= max(MOSTLY, LIFT * others[reach - 1])), None)  # fmt: skip


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
