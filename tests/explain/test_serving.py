"""Heads take a program that serves them clearly better; others are numbered as written."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from attndsl.explain import serving
from attndsl.explain.serving import BETTER, Served
from attndsl.synthesis.parts.fitting import Weights
from tests.synthesis.parts.made import FACTORS, MADE, weights_of

LITTLE = BETTER / 2
VALUES = torch.tensor([[0.5, 0.5, 0.2], [0.5 + LITTLE, 0.7, 0.1], [0.1, 0.1, 0.195]])
OWNS = torch.tensor([[0.0, 0.1, 0.2], [1.0, 1.1, 1.2], [2.0, 2.1, 2.2]])


def test_a_head_takes_what_serves_it_clearly_better_with_its_rest_there() -> None:
    before = weights_of(MADE[:3], [0, 0, 2])
    before = replace(before, own=torch.tensor([0.3, 0.3, 0.3]))
    after = Served(VALUES, OWNS).by_best(before)
    assert after.owner.tolist() == [0, 1, 2], "half a hundredth is too little"
    assert torch.allclose(after.own, torch.tensor([0.3, 1.1, 0.3]))
    assert torch.equal(after.powers, before.powers)


def test_others_are_numbered_among_the_programs_that_some_head_has() -> None:
    """The second program is nobody's here, so it is no other's; the third stands second."""
    others = Served(VALUES, OWNS).others([0, 0, 2])
    assert [[number for number, _ in mine] for mine in others] == [[], [], [0]]
    assert others[2][0][1] == 1.2, "e to the power of 0.2"


@pytest.mark.parametrize("worse", [True, False])
def test_heads_stay_with_programs_that_were_fitted_together_where_the_model_is_worse_for_others(
    worse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model's own worth decides, not what serves each head alone; mending comes after it."""
    begun, seen = weights_of(MADE[:3], [0, 1, 2]), list[list[int]]()
    values = torch.tensor([[0.5, 0.5, 0.2], [0.7, 0.9, 0.1], [0.1, 0.1, 0.3]])

    def mended(work: object, weights: Weights, *_: object) -> Weights:
        seen.append(weights.owner.tolist())
        return weights

    def worth(weights: Weights) -> float:
        changed = weights.owner.tolist() != [0, 1, 2]
        return -1.0 if changed and worse else float(changed)

    monkeypatch.setattr(serving, "served", lambda *_: Served(values, OWNS))
    monkeypatch.setattr(serving, "mended", mended)
    judges: Any = object()
    work: Any = SimpleNamespace(heads=range(3))
    library, plain, others = serving.settled(
        work, begun, FACTORS, judges, range(len(FACTORS)), worth
    )
    assert seen == [[0, 1, 2] if worse else [1, 1, 2]]
    assert len(library) == (3 if worse else 2), "a program that nobody has is gone"
    assert len(plain.owner) == len(others) == 3
