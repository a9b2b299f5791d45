"""What stands inside shipped tables: the kinds that each tells apart, and what it gives them."""

import math
import re
from collections.abc import Sequence
from functools import cache

import torch

from attndsl.language.shipped import RESTS, source, tables
from attndsl.synthesis.parts.blocks import STRIDE, Batch, Block
from attndsl.synthesis.parts.vocabulary import LIKE, SCALE, STEP, TABLE, TEST, Factor

FAR = 64  # tokens, beyond which distances count as one
# Tests of distance, told by how weight goes by it.
PLACES = {"itself", "previous", "two_back", "three_back", "last_four", "last_eight", "last_sixteen"}


@cache
def kinds_in(table: str, factors: tuple[Factor, ...]) -> tuple[int, ...]:
    """The factors, by number, whose test or likeness a table goes by.

    >>> from attndsl.language.mask import CAUSAL
    >>> from attndsl.synthesis.parts.vocabulary import factors
    >>> [factors(CAUSAL)[n].name for n in kinds_in("rest_at_determiners", factors(CAUSAL))][:2]
    ['from_content_word', 'from_determiner']
    """
    text, of_token = source(table), tables()[table] == ("t",)
    return tuple(
        at for at, one in enumerate(factors)
        if one.form in (TEST, LIKE) and one.name not in PLACES
        and one.gate == table.startswith(RESTS)
        and re.search(rf"(?<![\w.]){re.escape(_as_there(one, of_token))}(?![\w.])", text)
    )  # fmt: skip


def _as_there(one: Factor, of_token: bool) -> str:
    return re.sub(r"\b[qk]\.", "t.", one.code) if of_token else one.code


def likes(table: str, code: str) -> float:
    """The logarithm of what a table multiplies by where something is wholly alike; else 0."""
    found = re.search(rf"([\d.]+) \*\* {re.escape(code)}", source(table))
    return math.log(float(found[1])) if found else 0.0


def goes_by_place(one: Factor) -> bool:
    """Whether weight falls or rises with distance by this."""
    if one.form == TABLE:
        return not one.gate and "abs(q.i - k.i)" in source(one.name)
    return not one.gate and (one.form in (STEP, SCALE) or one.name in PLACES)


def scores(numbers: Sequence[int], powers: torch.Tensor, batch: Batch) -> list[torch.Tensor]:
    """What some factors give every cell together, as logarithms, by block [R, W]."""
    some = list(numbers)
    return [torch.einsum("j,jrw->rw", powers[some], block.factors[some]) for block in batch.blocks]


def by_distance(
    values: Sequence[torch.Tensor], where: Sequence[torch.Tensor], batch: Batch, distance: int
) -> torch.Tensor:
    """Mean values of some cells at each distance up to FAR, [FAR + 1]; nan where there are none.
    `distance` is the number of the factor that counts it."""
    total, count = torch.zeros(FAR + 1), torch.zeros(FAR + 1)
    for value, some, block in zip(values, where, batch.blocks, strict=True):
        away = _away(block, distance)[some]
        total.index_add_(0, away, value[some])
        count.index_add_(0, away, torch.ones(len(away)))
    return total / torch.where(count > 0, count, torch.full_like(count, torch.nan))


def beside_others(
    values: Sequence[torch.Tensor], theirs: Sequence[torch.Tensor], batch: Batch, distance: int
) -> float:
    """How much more cells of a kind have than others as far away, mean over theirs."""
    others = [block.seen & ~block.resting & ~some
              for block, some in zip(batch.blocks, theirs, strict=True)]  # fmt: skip
    usual = by_distance(values, others, batch, distance)
    more, count = 0.0, 0
    for value, some, block in zip(values, theirs, batch.blocks, strict=True):
        apart = value[some] - usual[_away(block, distance)[some]]
        known = ~apart.isnan()
        more, count = more + float(apart[known].sum()), count + int(known.sum())
    return more / count if count else 0.0


def _away(block: Block, distance: int) -> torch.Tensor:
    return (block.factors[distance] * STRIDE).round().long().clamp(0, FAR)
