"""Masks: what is seen, for one cell, for arrays and for tensors, as the first and last key say."""

import numpy as np
import pytest

from attndsl.heads.packing import pack, row_starts
from attndsl.language.mask import CAUSAL, FULL, Mask

MASKS = (CAUSAL, FULL, Mask("window", 1), Mask("window", 3), Mask("window", 50))


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: f"{mask.kind}{mask.window or ''}")
def test_cells_arrays_and_tensors_agree(mask: Mask) -> None:
    torch = pytest.importorskip("torch", reason="needs the extra `models`")
    n = 7
    query, key = np.ogrid[:n, :n]
    seen = np.broadcast_to(mask.sees(query, key), (n, n))
    same = mask.sees(torch.arange(n)[:, None], torch.arange(n)[None, :])
    assert np.array_equal(seen, same.expand(n, n).numpy())
    for q in range(n):
        first, last = mask.visible(q, n)
        assert [k for k in range(n) if mask.sees(q, k)] == list(range(first, last + 1))
        assert np.flatnonzero(seen[q]).tolist() == list(range(first, last + 1))
    assert mask.first(np.arange(n)).tolist() == [mask.visible(q, n)[0] for q in range(n)]
    assert row_starts(mask, n)[-1] == mask.cells(n) == seen.sum() == len(pack(seen * 1.0, mask))
