"""Constant patterns: medians by distance, the best of three, and the same as programs."""

from collections.abc import Callable

import numpy as np
import pytest

from attndsl.engines.batch import Library
from attndsl.fit.best import score
from attndsl.fit.codelength import bits_of_pairs, gain, logarithms
from attndsl.fit.constants import EVENLY, FIRST, Constant, alone, lasts, packed, steps_of
from attndsl.fit.excess import excess
from attndsl.fit.measures import compare
from attndsl.fit.medians import Constants, fit_constants, measured
from attndsl.fit.places import places
from attndsl.fit.split import given_split
from attndsl.graph.verify import verify
from attndsl.heads.packing import unpack
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.tokens.tokenizer import encode
from tests.fit.conftest import rows

MASKS = [CAUSAL, Mask("window", 9), FULL]


def steps_up_to(longest: int, apart: int) -> int:
    return int(steps_of(np.array([longest]), apart)[0]) + 1


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.kind)
@pytest.mark.parametrize("words", [3, 40, 300])
def test_a_constant_is_a_program_of_the_language(mask: Mask, words: int) -> None:
    """Also where the text is longer than the longest distance that was fitted."""
    rng = np.random.default_rng(words)
    text = encode(" ".join(["some words and so on"] * (words // 5 + 1)))
    fitted = steps_up_to(max(2, text.n - 20), alone(mask))
    behind, ahead = (tuple(np.round(rng.random(fitted), 5).tolist()) for _ in range(2))
    for constant in (FIRST, EVENLY, Constant("distance", 0.4, behind, ahead)):
        found = verify(constant.source("constant", mask))
        assert not found.errors
        (pattern,) = Library(found.programs, mask).patterns([text])
        ids = np.arange(text.n)
        assert pattern[0] == pytest.approx(packed([constant], mask, ids, ())[0], abs=1e-6)
        assert Constant.from_json(constant.as_json()) == constant


def test_long_distances_stay_within_the_limits_of_a_program() -> None:
    steps = steps_up_to(8191, alone(CAUSAL))
    rng = np.random.default_rng(0)
    behind = tuple(np.round(rng.random(steps), 5).tolist())
    assert not verify(Constant("distance", 0.4, behind).source("long", CAUSAL)).errors
    assert lasts(66, 64)[:65] == list(range(65))


def test_medians_and_the_best_constant_are_those_of_the_definition(case: Callable) -> None:
    made = case((12, 9, 14, 11))
    found = fit_constants(made.store, [0, 1, 2])
    squares = [unpack(made.heads[n].astype(float), CAUSAL, made.store.length(n)) for n in range(3)]
    for head in range(4):
        by_distance: dict[int, list[float]] = {}
        for square in squares:
            for q in range(1, square.shape[1]):
                by_distance.setdefault(-1, []).append(square[head, q, 0])
                for k in range(1, q + 1):
                    by_distance.setdefault(q - k, []).append(square[head, q, k])
        medians = {at: np.median(values) for at, values in by_distance.items()}
        candidates = {"first": lambda q, k: float(k == 0), "evenly": lambda q, k: 1.0}
        candidates["distance"] = lambda q, k, m=medians: m[-1] if k == 0 else m[q - k]
        ious = {}
        for kind, weight in candidates.items():
            each = []
            for square in squares:
                n = square.shape[1]
                mine = np.array([[weight(q, k) if k <= q else 0.0 for k in range(n)]
                                 for q in range(n)])[1:]  # fmt: skip
                mine /= mine.sum(axis=1, keepdims=True)
                real = square[head, 1:]
                each.append(np.minimum(mine, real).sum() / np.maximum(mine, real).sum())
            ious[kind] = np.mean(each)
        best = max(ious, key=lambda kind: ious[kind])
        assert found.by_iou[head].kind == best
        if best == "distance":
            assert found.by_iou[head].rest == pytest.approx(medians[-1], abs=1e-5)
            assert found.by_iou[head].behind[1] == pytest.approx(medians[1], abs=1e-5)
        again, _ = found.on(made.store, 0, ())
        assert 0 <= again.iou[0, head] <= 1
    assert Constants.from_json(found.as_json()) == found
    with pytest.raises(AttndslError, match="these are no constant patterns"):
        Constants.from_json({"by_iou": [{}]})


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.kind)
def test_known_pairs_are_measured_as_all_pairs_are(mask: Mask) -> None:
    rng = np.random.default_rng(4)
    mine, heads = rows(rng, 5, 30, mask), rows(rng, 5, 30, mask)
    where = places(mask, [1, *range(5, 32), 1, 1][:30], {1})
    found, every = measured(mine, heads, where), compare(mine, heads, where)
    for one, other in zip(found.pairs, every.pairs, strict=True):
        assert one[0] == pytest.approx(np.diagonal(other), abs=1e-6)
    assert found.content == pytest.approx(every.content, abs=1e-6)


def test_excess_of_heads_and_of_the_model(case: Callable) -> None:
    made = case((20, 21, 22, 23), resting=[0])
    table = score(made.store, made.source, given_split(made.store, [0, 1], [2, 3]))
    resting, *others = table.fits
    assert resting.against.kind == "first"
    assert resting.against.excess is None
    for fit in others:
        expected = excess(fit.iou.mean, fit.against.iou.mean)
        assert fit.against.excess == pytest.approx(expected)
    head = table.headline
    assert head.excess is not None
    c = np.mean([fit.against.iou.mean for fit in table.fits])
    assert head.excess.mean == pytest.approx((head.iou.mean - c) / (1 - c))
    assert head.excess.low <= head.excess.mean <= head.excess.high
    assert head.constant_iou.mean == pytest.approx(c)


def test_bits_a_row_are_cross_entropies_with_a_twentieth_spread_evenly() -> None:
    rng = np.random.default_rng(5)
    programs, heads = rows(rng, 3, 6), rows(rng, 3, 6)
    squares = [unpack(side.astype(float), CAUSAL, 6) for side in (programs, heads)]
    expected = np.zeros((3, 3))
    for q in range(1, 6):
        mixed = np.log2(0.95 * squares[0][:, q, : q + 1] + 0.05 / (q + 1))
        expected -= mixed @ squares[1][:, q, : q + 1].T / 5
    pairs = bits_of_pairs(logarithms(programs, CAUSAL, 6), heads, 6)
    assert pairs == pytest.approx(np.diagonal(expected), abs=1e-5)
    assert gain(0.25, 100.0) == 150.0


def test_a_head_is_told_shorter_by_the_program_that_is_it(case: Callable) -> None:
    made = case((20, 21, 22, 23))
    made.source.by_text, made.source.names = made.heads, ["a", "b", "c", "d"]
    made.source.lengths = (10.0, 10.0, 10.0, 2e6)
    table = score(made.store, made.source, given_split(made.store, [0, 1], [2, 3]))
    for fit in table.fits:
        assert fit.against.bits > 0
        assert fit.against.excess == pytest.approx(1.0)
        assert fit.against.gain == pytest.approx(
            1000 * fit.against.bits - made.source.lengths[fit.program_number]
        )
    assert table.fits[3].against.gain is not None
    assert table.fits[3].against.gain < 0
