"""What limits programs: how often a program answers as its head does, as readers are asked."""

from pathlib import Path

import torch

from attndsl.language.mask import CAUSAL
from attndsl.synthesis.parts.fitting import Weights
from attndsl.synthesis.parts.rows import Source, Wanted, batched
from attndsl.tokens.tokenizer import builtin_table
from benchmarks.asked import answered, distances
from benchmarks.limits import made_by
from tests.synthesis.parts.made import FACTORS, NUMBER, store_of, weighing, weights_of

MADE = (
    weighing(2, nouns=8, distance=0.9),
    weighing(2, marks=6, copies=20, distance=0.95),
    weighing(1, previous=40),
)


def test_a_program_answers_as_the_head_that_does_it(tmp_path: Path) -> None:
    store = store_of(MADE, tmp_path / "store")
    wanted = [Wanted(number, 1.0, 400) for number in range(len(store))]
    (batch,) = batched([Source(store, wanted, 1.0)], builtin_table(), range(len(MADE)), FACTORS,
                       CAUSAL, 0, 1)  # fmt: skip
    plain = weights_of(MADE, range(len(MADE)))
    own = Weights(plain.powers, plain.kept, plain.rest, torch.zeros(len(MADE)), plain.owner)
    away = distances(batch, NUMBER["distance"])
    pairs, strongest = answered(made_by(own), len(MADE), batch, away)
    assert pairs > 0.99
    assert strongest > 0.97  # heads are kept in half precision: near equals may change places
    turned = Weights(own.powers, own.kept, own.rest, own.own, torch.tensor([1, 2, 0]))
    others = answered(made_by(turned), len(MADE), batch, away)
    assert others[0] < pairs - 0.1
    assert others[1] < strongest - 0.1
