"""Of two parts that undo each other one is left out; numbers are moved while heads gain."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from attndsl.language.mask import CAUSAL
from attndsl.synthesis.parts.blocks import Batch
from attndsl.synthesis.parts.easing import eased
from attndsl.synthesis.parts.fitting import (
    Weights,
    given,
    pattern,
    sums,
    with_content,
    worth,
)
from attndsl.synthesis.parts.rows import Source, Wanted, batched
from attndsl.synthesis.parts.undoing import LOSES, undoing, without_undoing
from attndsl.synthesis.parts.weighing import Weighing
from attndsl.tokens.tokenizer import builtin_table
from tests.synthesis.parts.made import FACTORS, MADE, NUMBER, SIX, store_of, weighing, weights_of

ALL = torch.arange(SIX)


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    store = store_of(MADE, tmp_path_factory.mktemp("undoing") / "store")
    wanted = [Wanted(number, 1.0, 12) for number in range(len(store))]
    (found,) = batched(
        [Source(store, wanted, 1.0)], builtin_table(), range(SIX), FACTORS, CAUSAL, 0, 1
    )
    return found


def judged(batch: Batch, weights: Weights, heads: torch.Tensor) -> float:
    made = [pattern(weights.of(heads), block) for block in batch.blocks]
    found = sums(batch, made, heads, given(batch, heads))
    return float(worth(batch, found, with_content([batch])[heads], heads).sum())


def names_of(weights: Weights, program: int) -> set[str]:
    return {FACTORS[at].name for at in weights.kept[program].nonzero().flatten().tolist()}


def test_parts_that_undo_each_other_are_found_with_what_one_would_do_alone(batch: Batch) -> None:
    weights = weights_of([weighing(3, signs=20, marks=0.08, names=4)], [0] * SIX)
    (found,) = undoing(weights, 0, batch)
    assert {FACTORS[part].name for part in found.parts} == {"signs", "marks"}
    assert found.left < 0.5
    assert all(abs(times) < 1 for times in found.alone), "one alone does less than it did beside"


@pytest.mark.parametrize(
    "apart",
    [
        weighing(3, signs=20, marks=4),  # together they do more
        weighing(3, signs=20, names=0.08),  # of other keys
        weighing(3, from_mark=20, marks=0.05),  # one says how much rests, the other where else
    ],
    ids=["one way", "other keys", "a gate"],
)
def test_parts_that_hold_of_others_undo_nothing(batch: Batch, apart: Weighing) -> None:
    assert undoing(weights_of([apart], [0] * SIX), 0, batch) == []


def test_gates_that_undo_each_other_are_found(batch: Batch) -> None:
    weights = weights_of([weighing(3, from_sign=20, from_mark=0.06)], [0] * SIX)
    assert len(undoing(weights, 0, batch)) == 1


def test_one_of_them_is_left_out_where_heads_lose_little(batch: Batch) -> None:
    same = weighing(4, function_words=12, determiners=3, far=-0.5)
    undone = weighing(4, function_words=12, content_words=11, far=-0.5)
    weights = weights_of([same, undone], [0, 0, 1, 0, 0, 0])
    assert undoing(weights, 0, batch) == [] != undoing(weights, 1, batch)

    def judge(some: Weights, heads: torch.Tensor) -> float:
        return judged(batch, some, heads)

    after = without_undoing(weights, batch, judge)
    assert undoing(after, 1, batch) == []
    assert len(names_of(after, 1)) == 2 < len(names_of(weights, 1))
    assert torch.equal(after.powers[0], weights.powers[0])
    head = torch.tensor([2])
    assert judge(after, head) >= judge(weights, head) - LOSES


def test_both_stay_where_their_heads_need_them(tmp_path: Path) -> None:
    both = weighing(2, signs=60, marks=0.04)
    store = store_of((both,) * SIX, tmp_path / "store")
    wanted = [Wanted(number, 1.0, 12) for number in range(len(store))]
    (rows,) = batched(
        [Source(store, wanted, 1.0)], builtin_table(), range(SIX), FACTORS, CAUSAL, 0, 1
    )
    weights = weights_of([both], [0] * SIX)
    assert undoing(weights, 0, rows), "which is what this is about"
    after = without_undoing(weights, rows, lambda some, heads: judged(rows, some, heads))
    assert names_of(after, 0) == {"signs", "marks"}


def test_numbers_go_where_heads_gain(batch: Batch) -> None:
    """From wrong numbers of the right parts nearly to what the head is."""
    weights = weights_of([weighing(30, after_copies=8)], [0] * SIX)
    head = torch.tensor([1])
    weights = replace(weights, owner=torch.tensor([1, 0, 1, 1, 1, 1]),
                      powers=weights.powers.repeat(2, 1), kept=weights.kept.repeat(2, 1),
                      rest=weights.rest.repeat(2))  # fmt: skip

    def judge(some: Weights, heads: torch.Tensor) -> float:
        return judged(batch, some, heads)

    after = eased(weights, 0, head, judge)
    right = weights_of([MADE[1]], [0] * SIX)
    before, now, most = (judge(one, head) for one in (weights, after, right))
    assert before < now <= most + 1e-6
    assert now > before + (most - before) / 2
    place = NUMBER["after_copies"]
    assert math.exp(float(after.powers[0, place])) > 8, "which was too little"
    assert torch.equal(after.powers[1], weights.powers[1]), "the program of others stays"


def test_a_table_is_never_divided_by(batch: Batch) -> None:
    table = next(one.name for one in FACTORS if one.form == "table" and not one.gate)
    weights = weights_of([weighing(5, **{table: 0.1})], [0] * SIX)
    after = eased(weights, 0, ALL, lambda some, heads: -float(some.powers[0, NUMBER[table]]))
    assert torch.equal(after.powers, weights.powers), "it has no step to go down"
