"""A head's strongest key beside a rival: which keys these are, and what telling them is worth."""

import pytest
import torch

from attndsl.synthesis.joint import told_keys
from attndsl.synthesis.parts.blocks import Batch, Block
from attndsl.synthesis.parts.rivals import (
    LOOKING,
    add_slopes,
    counted,
    told_by,
    unasked,
    with_rivals,
)

# Two heads, rows of queries 4 and 5 of one text; its first token rests.
HEADS = torch.tensor([
    [[0.1, 0.0, 0.7, 0.1, 0.1, 0.0], [0.92, 0.01, 0.02, 0.02, 0.02, 0.01]],
    [[0.1, 0.2, 0.1, 0.4, 0.2, 0.0], [0.1, 0.05, 0.05, 0.6, 0.1, 0.1]],
])  # fmt: skip
SEEN = torch.tensor([[True] * 5 + [False], [True] * 6])
RESTING = torch.tensor([[True] + [False] * 5] * 2)
AWAY = torch.tensor([[4.0, 3, 2, 1, 0, 1], [5.0, 4, 3, 2, 1, 0]])


def block() -> Block:
    made = Block(torch.zeros(0, 2, 6), HEADS, SEEN, RESTING, torch.zeros(2, dtype=torch.long),
                 torch.zeros(2, 6, dtype=torch.long))  # fmt: skip
    return with_rivals(made, AWAY)


def test_a_rival_is_as_far_away_hardly_looked_at_and_looked_at_by_others() -> None:
    """The first head's row of query 4 looks at 2: of those within a token of as far, 3 has more of
    all heads' weight than 1. The second head has no rival there; the first's other row rests."""
    found = block()
    assert found.counts.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert found.keys[0, 0].tolist() == [2, 3]
    assert found.keys[1, 1].tolist() == [3, 4]


def test_telling_is_worth_the_share_that_the_strongest_key_has_of_both() -> None:
    """By rows as they count; a head that few rows are asked of counts less."""
    a_row = torch.tensor([0.2])
    (found,) = counted([block()], a_row)
    assert found.counts.sum(1).tolist() == pytest.approx([0.2 / LOOKING] * 2)
    told = told_by(torch.full((2, 2, 6), 1 / 6), found, torch.arange(2))
    assert told.tolist() == pytest.approx([0.1 / LOOKING] * 2)
    told = told_by(HEADS[:1], found, torch.tensor([0]))
    assert told.tolist() == pytest.approx([0.7 / 0.8 * 0.2 / LOOKING])


def test_slopes_lead_from_the_rival_to_the_strongest_key() -> None:
    (found,) = counted([block()], torch.tensor([0.5]))
    slope = torch.zeros(2, 2, 6)
    add_slopes(slope, torch.full((2, 2, 6), 1 / 6), found, torch.arange(2), 2.0)
    assert slope[0, 0, 2] == -slope[0, 0, 3] == pytest.approx(2 * 0.25)
    assert slope.sum() == 0
    assert slope[0, 1].abs().sum() == 0
    (none,) = unasked(Batch((found,), *[torch.zeros(1)] * 2, *[torch.zeros(2, 1, 0)] * 2)).blocks
    assert told_by(HEADS, none, torch.arange(2)).tolist() == [0, 0]


def test_the_joint_fit_asks_the_same_pairs() -> None:
    target = torch.zeros(2, 1, 6, 6)
    target[:, 0, 4:] = HEADS
    resting = torch.zeros(1, 1, 6, dtype=torch.bool)
    resting[..., 0] = True
    keys, counts = told_keys(target, resting)
    assert counts[:, 0, 4:].tolist() == block().counts.tolist()
    assert keys[0, 0, 4].tolist() == [2, 3]
    assert keys[1, 0, 5].tolist() == [3, 4]
