"""Products of two factors, those that promise most to each head: for `benchmarks.limits`."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from attndsl.language.mask import Mask
from attndsl.synthesis.parts.blocks import Batch, Block
from attndsl.synthesis.parts.cutting import RARE
from attndsl.synthesis.parts.fitting import HEADS, Weights, given, pattern, slope_by_score, sums
from attndsl.synthesis.parts.vocabulary import TEST, factors

EACH = 8  # pairs that are tried with each head
KNOWN = factors(Mask("causal"))
KEYS = [at for at, one in enumerate(KNOWN) if not one.gate]
TESTS = [at for at, one in enumerate(KNOWN) if not one.gate and one.form == TEST]
QUERIES = [at for at, one in enumerate(KNOWN) if one.gate and one.form == TEST]


def paired(
    weights: Weights, to_fit: Sequence[Batch], beside: Batch, contents: torch.Tensor
) -> tuple[list[Batch], Batch, Weights]:
    """Batches in which the pairs are further factors, and the programs with those of each head."""
    best = promises(weights, to_fit, contents).topk(EACH, 1).indices
    asked = torch.unique(best)
    pairs = [_pair(int(one)) for one in asked]
    place = torch.searchsorted(asked, best) + weights.kept.shape[1]
    more = torch.zeros(len(weights.kept), len(pairs))
    kept = torch.cat([weights.kept, more], 1).scatter_(1, place, 1.0)
    powers = torch.cat([weights.powers * weights.kept, more], 1)
    batches = [_with(one, pairs) for one in to_fit]
    return batches, _with(beside, pairs), replace(weights, powers=powers, kept=kept)


def promises(weights: Weights, batches: Sequence[Batch], contents: torch.Tensor) -> torch.Tensor:
    """How much each pair promises each head by its slope and how much it varies, [H, pairs]: first
    keys for a kind of query, then tests of keys with others."""
    heads = len(weights.own)
    by_query = torch.zeros(heads, len(KEYS), len(QUERIES))
    by_key = torch.zeros(heads, len(TESTS), len(TESTS))
    for batch in batches:
        for at in range(0, heads, HEADS):
            some = torch.arange(at, min(at + HEADS, heads))
            mine = weights.of(some)
            made = [pattern(mine, block) for block in batch.blocks]
            gives = given(batch, some)
            found = sums(batch, made, some, gives)
            for block, one, gave in zip(batch.blocks, made, gives, strict=True):
                slope = slope_by_score(batch, block, found, one, some, contents[some], gave)
                for head, of_cells in zip(some.tolist(), slope, strict=True):
                    by_query[head] += (block.factors[KEYS] * of_cells).sum(2) @ _asked(block).T
                    tests = block.factors[TESTS].flatten(1)
                    by_key[head] += (tests * of_cells.flatten()) @ tests.T
    varies_query, varies_key = spreads(batches)
    twice = torch.triu(by_key / varies_key, 1)
    return torch.cat([(by_query / varies_query).flatten(1), twice.flatten(1)], 1).abs()


def spreads(batches: Sequence[Batch]) -> tuple[torch.Tensor, torch.Tensor]:
    """How much each pair's value varies over what doesn't rest."""
    cells = 0.0
    means = torch.zeros(len(KEYS), len(QUERIES))
    squares, both = torch.zeros_like(means), torch.zeros(len(TESTS), len(TESTS))
    for block in (block for batch in batches for block in batch.blocks):
        keys, tests = block.factors[KEYS], block.factors[TESTS].flatten(1)
        cells += float((block.seen & ~block.resting).sum())
        means = means + keys.sum(2) @ _asked(block).T
        squares = squares + (keys**2).sum(2) @ _asked(block).T
        both = both + tests @ tests.T
    return _spread(squares / cells, means / cells), _spread(both / cells, both / cells)


def _spread(square: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
    return (square - mean**2).clamp_min(0).sqrt().clamp_min(RARE)


def _asked(block: Block) -> torch.Tensor:
    """Of which kinds each row's query is, [kinds, R]: gates stand where rows rest."""
    return block.factors[QUERIES][:, :, 0]


def _pair(number: int) -> tuple[int, int, bool]:
    """Two factors, and whether the second is a kind of query."""
    first = len(KEYS) * len(QUERIES)
    if number < first:
        return KEYS[number // len(QUERIES)], QUERIES[number % len(QUERIES)], True
    one, other = divmod(number - first, len(TESTS))
    return TESTS[one], TESTS[other], False


def _with(batch: Batch, pairs: Sequence[tuple[int, int, bool]]) -> Batch:
    blocks = []
    for block in batch.blocks:
        made = [
            block.factors[one] * (block.factors[other][:, :1] if asks else block.factors[other])
            for one, other, asks in pairs
        ]
        blocks.append(replace(block, factors=torch.cat([block.factors, torch.stack(made)])))
    return replace(batch, blocks=tuple(blocks))
