"""All-pairs IoU against a float64 oracle, for every shape and for patterns without weight."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from attndsl.fit import iou as module
from attndsl.fit.iou import iou, pair_sums, pattern_sums
from attndsl.language.diagnostics import AttndslError


def oracle(programs: np.ndarray, heads: np.ndarray) -> np.ndarray:
    a, b = programs.astype(np.float64)[:, None], heads.astype(np.float64)[None]
    least, most = np.minimum(a, b).sum(-1), np.maximum(a, b).sum(-1)
    return np.where(most > 0, least / np.where(most > 0, most, 1), 1.0)


def random_patterns(seed: int, count: int, cells: int) -> np.ndarray:
    """Sparse, uneven, some rows all zero: what programs and heads look like."""
    rng = np.random.default_rng(seed)
    values = rng.random((count, cells), dtype=np.float32) ** 6
    values[rng.random((count, cells)) < 0.3] = 0
    if count:
        values[rng.integers(count)] = 0
    return values


@pytest.mark.parametrize("cells", [0, 1, 7, 253, 512, 513, 2080, 70_001])
@pytest.mark.parametrize(("programs", "heads"), [(1, 1), (3, 2), (4, 2), (5, 3), (33, 9)])
def test_iou_is_the_oracles(programs: int, heads: int, cells: int) -> None:
    a, b = random_patterns(1, programs, cells), random_patterns(2, heads, cells)
    assert np.allclose(iou(a, b), oracle(a, b), rtol=1e-6, atol=0)


patterns = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 11), st.integers(0, 70)),
    elements=st.floats(0, 1, width=32),
    fill=st.just(0.0),
)


@given(patterns, st.integers(1, 7))
def test_ragged_shapes_and_zero_rows(a: np.ndarray, heads: int) -> None:
    b = np.roll(np.repeat(a, 2, axis=0), 3)[:heads]
    found = iou(a, b)
    assert np.allclose(found, oracle(a, b), rtol=1e-6, atol=0)
    assert ((found >= 0) & (found <= 1)).all()


@given(patterns)
def test_a_pattern_with_itself_is_exactly_one(a: np.ndarray) -> None:
    assert (np.diagonal(iou(a, a)) == 1.0).all()


@pytest.mark.parametrize("cells", [3, 253, 5000, 70_001])
def test_equal_patterns_are_exactly_one_wherever_they_stand(cells: int) -> None:
    a = random_patterns(5, 13, cells)
    order = np.random.default_rng(0).permutation(13)
    assert (iou(a, a[order])[order, np.arange(13)] == 1.0).all()
    assert (pattern_sums(a) == np.diagonal(pair_sums(a, a))).all()


@pytest.mark.parametrize("cells", [1, 300, 4097])
def test_iou_is_symmetric_to_the_last_bit(cells: int) -> None:
    a, b = random_patterns(3, 10, cells), random_patterns(4, 7, cells)
    assert np.array_equal(iou(a, b), iou(b, a).T)


@pytest.mark.parametrize("cells", [5, 3000, 40_000])
def test_a_pair_does_not_depend_on_its_neighbours(cells: int) -> None:
    a, b = random_patterns(3, 21, cells), random_patterns(4, 9, cells)
    whole = pair_sums(a, b)
    for i, j in ((0, 0), (3, 8), (20, 4), (17, 7)):
        assert pair_sums(a[i : i + 1], b[j : j + 1])[0, 0] == whole[i, j]


def test_float16_heads_are_widened_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = random_patterns(3, 6, 3000), random_patterns(4, 5, 3000).astype(np.float16)
    whole = iou(a, b.astype(np.float32))
    assert np.array_equal(iou(a, b), whole)
    monkeypatch.setattr(module, "CELLS", 1024)
    assert np.array_equal(iou(a, b), whole)
    b.flags.writeable = False
    assert np.array_equal(iou(a, b), whole)


def test_no_patterns_give_no_figures() -> None:
    assert iou(np.zeros((0, 5)), np.zeros((3, 5))).shape == (0, 3)
    assert iou(np.zeros((2, 5)), np.zeros((0, 5))).shape == (2, 0)


def test_bad_input_is_named() -> None:
    good = np.ones((3, 4), dtype=np.float32)
    for value in (np.nan, np.inf):
        wrong = good.copy()
        wrong[1, 2] = value
        with pytest.raises(AttndslError, match="head 1 holds NaN or infinity"):
            iou(good, wrong)
        with pytest.raises(AttndslError, match="program 1 holds NaN or infinity"):
            iou(wrong, good)
    with pytest.raises(AttndslError, match="programs have 4 cells and heads 3"):
        iou(good, good[:, :3])
    with pytest.raises(AttndslError, match="not in 1 dimensions"):
        iou(good[0], good)
