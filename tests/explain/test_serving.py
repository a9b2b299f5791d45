"""Heads take a program that serves them clearly better; others are numbered as written."""

from dataclasses import replace

import torch

from attndsl.explain.serving import BETTER, Served
from tests.synthesis.parts.made import MADE, weights_of

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
