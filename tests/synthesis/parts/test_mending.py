"""A program that probes speak against gets the part that it lacks; others stay as they were."""

from pathlib import Path

import pytest
import torch

from attndsl.heads.store import HeadStore
from attndsl.language.mask import CAUSAL
from attndsl.synthesis.parts.fitting import with_content
from attndsl.synthesis.parts.mending import DOUBTED, Judges, mended, parted
from attndsl.synthesis.parts.rows import Source, Wanted, batched
from attndsl.synthesis.parts.together import Probed
from attndsl.tokens.tokenizer import builtin_table
from tests.synthesis.parts.made import FACTORS, MADE, asks, store_of, weighing, weights_of

EVERY = range(len(FACTORS))
HEADS = (weighing(1, itself=50), *MADE[1:])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> HeadStore:
    return store_of(HEADS, tmp_path_factory.mktemp("mending") / "store")


def judges_of(store: HeadStore) -> Judges:
    wanted = [Wanted(number, 1.0, 12) for number in range(len(store))]
    source = Source(store, wanted, 1.0, asks=lambda at: asks(at, store[at].length))
    (batch,) = batched([source], builtin_table(), range(6), FACTORS, CAUSAL, 0, 1)
    probed = Probed.of(batch, range(len(FACTORS)))
    return Judges(batch, with_content([batch]), probed.blocks, probed.does)


@pytest.mark.parametrize(("longest", "parts"), [(2, 2), (3, 3)])
def test_what_probes_miss_is_put_in_and_no_program_grows_past_most(
    store: HeadStore, longest: int, parts: int
) -> None:
    """In the place of another part, where no program may be longer; else beside them."""
    judges = judges_of(store)
    heads = [torch.tensor([0]), torch.tensor([1, 2, 3, 4, 5])]
    weights = weights_of([weighing(2, marks=2, names=2), MADE[1], MADE[1]], [0, 1, 1, 1, 1, 1])
    before = [judges.against(weights, one) for one in heads]
    assert before[0] > DOUBTED, "the head looks at the token itself, its program doesn't"
    after = mended(weights, FACTORS, judges, EVERY, longest)
    assert judges.against(after, heads[0]) < before[0] / 2
    assert judges.worth(after, heads[0]) > judges.worth(weights, heads[0])
    assert int(after.kept[0].sum()) == parts
    assert torch.equal(after.powers[2], weights.powers[2]), "nobody has it"
    said: list[tuple[int, int]] = []
    again = mended(after, FACTORS, judges, EVERY, longest, lambda at, of: said.append((at, of)))
    assert judges.worth(again, heads[0]) >= judges.worth(after, heads[0])
    assert said == [(0, 3), (1, 3), (2, 3)]


def test_a_program_that_nothing_is_said_against_stays(store: HeadStore) -> None:
    weights = weights_of(HEADS, range(len(HEADS)))
    after = mended(weights, FACTORS, judges_of(store), EVERY, 3)
    assert torch.equal(after.kept, weights.kept)
    assert torch.equal(after.powers, weights.powers)


def test_few_programs_grow_the_most_doubted_first(tmp_path: Path) -> None:
    """Of four programs one may be longer than most are."""
    store = store_of((weighing(1, itself=8), HEADS[0], *MADE[2:]), tmp_path / "store")
    plain = weighing(2, marks=2, names=2)
    weights = weights_of([plain, plain, MADE[2], MADE[2]], [0, 1, 2, 2, 2, 2])
    judges = judges_of(store)
    said = [judges.against(weights, torch.tensor([head])) for head in (0, 1)]
    assert said[1] > said[0] > DOUBTED
    after = mended(weights, FACTORS, judges, EVERY, 4).kept.sum(1).tolist()
    assert after[0] == 2 < after[1]


def test_heads_that_are_spoken_against_leave_a_program_that_others_keep(store: HeadStore) -> None:
    """For a copy that is mended for them, as long as there may be more programs."""
    judges = judges_of(store)
    weights = weights_of(MADE[1:], [0, 0, 1, 2, 3, 4])
    first, second = torch.tensor([0]), torch.tensor([1])
    assert judges.against(weights, first) > DOUBTED > judges.against(weights, second)
    assert parted(weights, FACTORS, judges, EVERY, len(MADE) - 1) is weights
    after = parted(weights, FACTORS, judges, EVERY, len(MADE) + 2)
    assert after.owner.tolist() == [5, 0, 1, 2, 3, 4], "the program of another copy nobody asks for"
    assert judges.against(after, first) < judges.against(weights, first) / 2
    assert judges.worth(after, first) > judges.worth(weights, first)
    assert torch.equal(after.powers[:5], weights.powers)
    assert torch.equal(after.kept[:5], weights.kept)
