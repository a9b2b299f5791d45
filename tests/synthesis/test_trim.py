"""Trimming scores: what goes is what the others make up for, and they are moved as far at once."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from attndsl.language.mask import CAUSAL
from attndsl.synthesis.search.batches import Batch, FeatureBasis, gather, leaf_rows
from attndsl.synthesis.search.curvature import RIDGE, curvature, ridge
from attndsl.synthesis.search.features import Feature, features
from attndsl.synthesis.search.kernels import drop
from attndsl.synthesis.search.kinds import LEAVES
from attndsl.synthesis.search.scores import exponentials, fit, one_a_head
from attndsl.synthesis.search.trim import BranchGroup, keep_extras, keep_features, merge
from attndsl.tokens import builtin_texts, encode
from tests.synthesis.overlaps import ious

NAMES = ("sink", "previous", "far", "copy", "late", "mark", "alike", "noun")
PLAIN: list[Feature] = [one for one in features(CAUSAL) if one.name in NAMES]
SOME = torch.tensor([0.5, -1.0, 0.3, 2.0, -0.2, 1.0, 0.7, -0.4])


@pytest.fixture(scope="module")
def batch() -> Batch:
    """Texts on which two heads look at random, each sharply."""
    texts = [encode(text.text[:150]) for text in builtin_texts()[:4]]
    basis = FeatureBasis.of(PLAIN, CAUSAL)
    rng = np.random.default_rng(0)
    heads = [rng.random((2, text.n * (text.n + 1) // 2)) ** 8 for text in texts]
    found = gather(texts, basis, heads)
    for leaf, starts in enumerate(found.starts):
        of_row = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        for head in found.heads[leaf].numpy():
            head /= np.bincount(of_row, head, len(starts) - 1)[of_row]
    return found


def divergence(batch: Batch, leaf: int, start: torch.Tensor, end: torch.Tensor) -> float:
    """Nats by which the rows of a leaf differ, summed."""
    total, starts = 0.0, batch.starts[leaf]
    one, two = (exponentials(w[None], batch.features[leaf])[0].double() for w in (start, end))
    for a, b in pairwise(starts):
        p, q = one[a:b] / one[a:b].sum(), two[a:b] / two[a:b].sum()
        total += float((p * (p / q).log()).sum())
    return total


def test_the_curvature_says_what_a_small_change_does(batch: Batch) -> None:
    found = curvature(SOME.repeat(len(LEAVES), 1), np.arange(len(PLAIN)), [batch])
    leaf = max(range(len(LEAVES)), key=lambda one: batch.features[one].shape[1])
    added = RIDGE * ridge(found) / (1 + RIDGE)  # to the diagonal
    own = found[leaf] - added * np.eye(len(PLAIN))
    rng = np.random.default_rng(1)
    for _ in range(5):
        change = 0.02 * rng.standard_normal(len(PLAIN))
        moved = SOME + torch.from_numpy(change).float()
        wanted = change @ own @ change / 2
        assert divergence(batch, leaf, SOME, moved) == pytest.approx(wanted, rel=0.1)


def test_numbers_that_go_are_the_cheapest_and_the_others_make_up_for_them() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        root = rng.standard_normal((5, 5))
        bowl, start = root @ root.T + 0.1 * np.eye(5), rng.standard_normal(5)
        numbers = start[None].copy()
        stays = drop(numbers, np.linalg.inv(bowl)[None], np.zeros(5, np.int64), np.array([4]))
        lost = {gone: best_without(bowl, start, [gone])[0] for gone in range(5)}
        gone = min(lost, key=lambda one: lost[one])
        assert np.flatnonzero(~stays).tolist() == [gone]
        assert numbers[0] == pytest.approx(best_without(bowl, start, [gone])[1])


def best_without(bowl: np.ndarray, start: np.ndarray, gone: list[int]) -> tuple[float, np.ndarray]:
    """What is lost at the least, and the numbers, where some are 0."""
    kept = [at for at in range(len(start)) if at not in gone]
    numbers = np.zeros(len(start))
    pull = (bowl @ start)[kept]
    numbers[kept] = np.linalg.solve(bowl[np.ix_(kept, kept)], pull)
    return float((numbers - start) @ bowl @ (numbers - start)), numbers


def test_each_part_keeps_as_many_as_it_may() -> None:
    rng = np.random.default_rng(3)
    root = rng.standard_normal((12, 12))
    bowl = root @ root.T + np.eye(12)
    part, numbers = np.repeat(np.arange(3), 4), rng.standard_normal((1, 12))
    stays = drop(numbers, np.linalg.inv(bowl)[None], part, np.array([4, 2, 0]))
    assert np.bincount(part[stays], minlength=3).tolist() == [4, 2, 0]
    assert (numbers[0] != 0).tolist() == stays.tolist()


def test_of_two_features_that_say_the_same_one_goes_though_both_count_most() -> None:
    some = [feature for feature in PLAIN if feature.name in ("sink", "previous", "far")]
    plain = [*some, Feature("far_too", "log(2 + q.i - k.i)", "far tokens", "near tokens")]
    texts = [encode(text.text[:150]) for text in builtin_texts()[:4]]
    even = [np.full((1, text.n * (text.n + 1) // 2), 0.1) for text in texts]
    cells = gather(texts, FeatureBasis.of(plain, CAUSAL), even)
    scores = one_a_head(1, len(plain))
    names = [feature.name for feature in plain]
    twins = [names.index("far"), names.index("far_too")]
    scores.base[0] = 2.0
    scores.base[0, twins] = torch.tensor([3.0, -3.2])
    kept = keep_features(scores, [cells], len(plain) - 1)
    assert int((kept.of_base[0] == 0).nonzero()) in twins


def test_branches_with_the_same_numbers_join_for_nothing() -> None:
    rng = np.random.default_rng(4)
    roots = rng.standard_normal((2, 4, 4))
    numbers = rng.standard_normal((2, 4))
    one, two = (BranchGroup((n,), numbers[n], roots[n] @ roots[n].T) for n in range(2))
    assert one.cost(BranchGroup((1,), one.numbers, two.curvature)) == pytest.approx(0, abs=1e-12)
    both = one.joined(two)
    lost = [(both.numbers - g.numbers) @ g.curvature @ (both.numbers - g.numbers) / 2
            for g in (one, two)]  # fmt: skip
    assert one.cost(two) == pytest.approx(sum(lost))
    assert both.leaves == (0, 1)


def test_few_branches_and_few_additions_stay(batch: Batch) -> None:
    found = fit(one_a_head(2, len(PLAIN)), [batch], 40, 0.2)
    full = ious(found, [batch])
    found = keep_features(found, [batch], 5)
    assert (found.of_base.sum(1) == 5).all()
    merged = merge(found, [batch], leaf_rows([batch]), 3, 0.0)
    assert int(merged.branch.max()) <= 2
    few = keep_extras(merged, [batch], 2)
    assert (few.of_extra.sum(2) <= 2).all()
    assert not few.extra[few.of_extra == 0].any()
    rows = leaf_rows([batch])
    for branch in merged.branch:
        assert all(rows[branch == 0].sum() >= rows[branch == other].sum() for other in (1, 2))
    assert (ious(fit(few, [batch], 40, 0.1), [batch]) > 0.5 * full).all()


def test_one_branch_takes_all_leaves_where_only_one_is_allowed(batch: Batch) -> None:
    found = keep_features(fit(one_a_head(2, len(PLAIN)), [batch], 10, 0.2), [batch], 4)
    one = merge(found, [batch], leaf_rows([batch]), 1, 0.0)
    assert not one.branch.any()
    assert not one.extra.any()
    assert one.base.any()
