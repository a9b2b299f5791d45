"""Jensen-Shannon distances are those of SciPy, row by row, with zero rows defined."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from attndsl.heads.packing import row_starts
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL, Mask
from tests.fit.conftest import js_distances


def patterns(seed: int, count: int, mask: Mask, length: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.random((count, mask.cells(length)), dtype=np.float32) ** 5
    values[rng.random(values.shape) < 0.3] = 0
    values[:, row_starts(mask, length)[:-1]] += 0.01
    return values


@given(st.integers(0, 999), st.integers(1, 12), st.sampled_from([CAUSAL, FULL, Mask("window", 3)]))
def test_distances_are_scipys(seed: int, length: int, mask: Mask) -> None:
    a, b = patterns(seed, 3, mask, length), patterns(seed + 1, 2, mask, length)
    starts = row_starts(mask, length)
    expected = np.zeros((3, 2))
    for start, stop in pairwise(starts):
        for i in range(3):
            for j in range(2):
                rows = (x[start:stop].astype(np.float64) for x in (a[i], b[j]))
                expected[i, j] += jensenshannon(*rows) / length
    assert np.allclose(js_distances(a, b, mask, length), expected, atol=1e-7)


def test_equal_patterns_have_distance_0_and_disjoint_ones_the_largest() -> None:
    a = patterns(1, 5, CAUSAL, 40)
    assert (np.diagonal(js_distances(a, a, CAUSAL, 40)) == 0).all()
    one, other = np.array([[1.0, 1, 0]]), np.array([[1.0, 0, 1]])
    assert js_distances(one, other, CAUSAL, 2)[0, 0] == pytest.approx(math.sqrt(math.log(2)) / 2)


def test_rows_without_weight_and_texts_without_tokens_are_defined() -> None:
    nothing, something = np.zeros((1, 3)), np.array([[1.0, 0.5, 0.5]])
    assert js_distances(nothing, nothing, CAUSAL, 2)[0, 0] == 0
    assert js_distances(nothing, something, CAUSAL, 2)[0, 0] == math.sqrt(math.log(2))
    assert js_distances(np.zeros((1, 0)), np.zeros((2, 0)), CAUSAL, 0).tolist() == [[0, 0]]


def test_wrong_lengths_are_named() -> None:
    with pytest.raises(
        AttndslError, match="heads have 4 cells; 2 tokens under a causal mask have 3"
    ):
        js_distances(np.zeros((1, 3)), np.zeros((1, 4)), CAUSAL, 2)
    with pytest.raises(AttndslError, match="a pattern holds NaN or infinity"):
        js_distances(np.array([[1.0, 1, np.nan]]), np.zeros((1, 3)), CAUSAL, 2)
