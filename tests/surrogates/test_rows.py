"""Rows that are one-hot or nearly empty gather; all others multiply; the result is the same."""

import numpy as np
import pytest
import torch

from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.surrogates.rows import split_rows, times
from attndsl.surrogates.sources import first_token, previous_token, visible_rows
from tests.surrogates.tiny import uniform

LENGTH = 200


def half_and_half(mask: Mask) -> torch.Tensor:
    """Even rows look at one key, odd rows at all that they see."""
    ids = np.arange(LENGTH)
    rows = np.where((ids % 2 == 0)[:, None], previous_token(ids, 0, mask), uniform(ids, 0, mask))
    return torch.as_tensor(rows.astype(np.float32))


def test_one_hot_rows_gather_and_only_they() -> None:
    ids = np.arange(LENGTH)
    for rule in (first_token, previous_token):
        assert len(split_rows(torch.as_tensor(rule(ids, 0, CAUSAL)), 0, CAUSAL).full) == 0
    mixed = split_rows(half_and_half(CAUSAL), 0, CAUSAL)
    assert mixed.full.tolist() == list(range(7, LENGTH, 2)), "the first rows see few keys"


@pytest.mark.parametrize("mask", [CAUSAL, FULL, Mask("window", 40)])
@pytest.mark.parametrize("first", [0, 137])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_product_is_the_whole_one(mask: Mask, first: int, dtype: torch.dtype) -> None:
    values = torch.randn(LENGTH, 6, generator=torch.Generator().manual_seed(1)).to(dtype)
    rows = half_and_half(mask)[first:].to(dtype)
    done = times(split_rows(rows, first, mask), values, 0)
    bound = 1e-5 if dtype == torch.float32 else 0.05
    assert (done - rows @ values).abs().max() < bound
    assert not rows[~torch.as_tensor(visible_rows(LENGTH, first, mask))].any()
