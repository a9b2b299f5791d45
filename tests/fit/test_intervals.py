"""Bootstrap intervals: repeatable, ordered, as wide as theory says."""

import numpy as np
import pytest

from attndsl.fit.intervals import estimates


def test_intervals_have_the_width_of_the_mean_of_a_sample() -> None:
    values = np.random.default_rng(1).normal(0.5, 0.1, (3, 400))
    for row, found in zip(values, estimates(values), strict=True):
        error = row.std() / np.sqrt(400)
        assert found.mean == row.mean()
        assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.1)
        assert not found.few


def test_they_repeat_and_one_text_has_no_width() -> None:
    values = np.random.default_rng(1).random((2, 19))
    assert estimates(values) == estimates(values)
    assert estimates(values[:1]) == estimates(values)[:1]
    only = estimates(np.array([[0.25]]))[0]
    assert (only.mean, only.low, only.high) == (0.25, 0.25, 0.25)
    assert str(only) == "0.250 (one text)"
    assert only.as_json()["note"] == "few texts"
