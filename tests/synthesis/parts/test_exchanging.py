"""Parts that a program lacks are found by how what is lost falls, and idle ones are left out."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import CAUSAL
from attndsl.synthesis.parts.exchanging import narrower, spread, wider
from attndsl.synthesis.parts.fitting import Weights
from attndsl.synthesis.parts.together import Cells, Together
from attndsl.tokens import builtin_texts, encode
from tests.synthesis.parts.made import FACTORS, MADE, NUMBER, store_of, weighing, weights_of

EVERY = range(len(FACTORS))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> HeadStore:
    return store_of(MADE, tmp_path_factory.mktemp("exchanging") / "store")


def cells_and_heads(store: HeadStore, weights: Weights) -> tuple[Cells, torch.Tensor]:
    """Two texts with every factor, and what the heads do there."""
    texts = [encode(one.text[:240]) for one in builtin_texts()[:2]]
    width = max(text.n for text in texts)
    basis = Together.of(weights, FACTORS, EVERY, (True, False, False))
    real = torch.zeros(len(MADE), len(texts), width, width)
    for at, text in enumerate(texts):
        square = unpack(np.asarray(store[at].patterns).astype(np.float32), CAUSAL, text.n)
        real[:, at, : text.n, : text.n] = torch.from_numpy(square)
    return basis.cells(texts, CAUSAL, width), real


def test_the_part_that_a_program_lacks_is_added(store: HeadStore) -> None:
    """What followed copies to one, function words to another; a table is never taken down."""
    weights = weights_of([weighing(10, marks=2), weighing(0.7, far=-0.5)], [0, 0, 1, 0, 0, 0])
    cells, real = cells_and_heads(store, weights)
    heads = torch.tensor([1, 2])

    def slope(basis: Together) -> torch.Tensor:
        free = basis.free.requires_grad_()
        made = basis.patterns(basis.numbers(free), cells)
        lost = ((made - real)[heads] ** 2).sum()
        (found,) = torch.autograd.grad(lost, [free])
        return found

    more = wider(weights, FACTORS, 2, spread(cells, FACTORS), slope)
    assert (more.kept >= weights.kept).all()
    assert more.kept.sum(1).tolist() == [3, 3]
    names = [{FACTORS[at].name for at in row.nonzero().flatten().tolist()} for row in more.kept]
    assert any("induction" in name or "after" in name for name in names[0]), names
    assert any("function" in name or "determiners" in name for name in names[1]), names
    assert torch.equal(more.powers * more.kept, weights.powers * weights.kept)


def test_parts_that_matter_least_are_left_out() -> None:
    """By their power and by how steep what is lost grows with it; the size stays as it was."""
    weights = weights_of([weighing(5, marks=2, names=3, digits=2), weighing(5, marks=2)], [0, 1])
    basis = Together.of(weights, FACTORS, EVERY, (True, True, True))
    square = torch.ones_like(basis.free)
    steep = {"marks": 1.0, "names": 0.1, "digits": 5.0}
    place = basis.place % len(FACTORS)
    for name, value in steep.items():
        square[: len(place)][(place == NUMBER[name]) & (basis.place < len(FACTORS))] = value
    less = narrower(weights, torch.tensor([2, 1]), basis, square)
    kept = [{FACTORS[at].name for at in row.nonzero().flatten().tolist()} for row in less.kept]
    assert kept == [{"marks", "digits"}, {"marks"}]
    same = narrower(weights, torch.tensor([3, 1]), basis, square)
    assert torch.equal(same.kept, weights.kept)
    assert torch.equal(less.powers, replace(weights, powers=weights.powers * less.kept).powers)
