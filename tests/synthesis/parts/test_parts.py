"""Programs of parts: what made a head is found again, written as a program, and truly said."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.formatter import format_source
from attndsl.language.mask import CAUSAL, FULL
from attndsl.synthesis.parts.blocks import Batch, joined, programs_of
from attndsl.synthesis.parts.cutting import cut, missed, regrown
from attndsl.synthesis.parts.doubt import doubts, named_by
from attndsl.synthesis.parts.efforts import Cut, Effort
from attndsl.synthesis.parts.fitting import (
    ALL,
    Weights,
    fit,
    given,
    measured,
    one_a_head,
    pattern,
    slopes,
    sums,
    with_content,
    worth,
)
from attndsl.synthesis.parts.likeliest import likeliest
from attndsl.synthesis.parts.picking import LONG, picked
from attndsl.synthesis.parts.proposer import SharedOut, explained
from attndsl.synthesis.parts.rows import Source, Wanted, batched, evenly_wanted
from attndsl.synthesis.parts.sharing import crossed, fewest, joined_by_own, led
from attndsl.synthesis.parts.vocabulary import GRADED, factors
from attndsl.synthesis.parts.weighing import RESTS, Weighing, number_of, power_of, read
from attndsl.synthesis.parts.write import written
from attndsl.tokens.tokenizer import builtin_table
from tests.synthesis.parts.made import (
    FACTORS,
    MADE,
    NUMBER,
    asks,
    gives,
    store_of,
    weighing,
    weights_of,
)


def test_every_factor_is_a_program_of_its_own() -> None:
    for mask in (CAUSAL, FULL):
        found = factors(mask)
        assert len({factor.name for factor in found}) == len(found)
        programs = programs_of([written(Weighing(3, ((factor, 2),)), "f", "", mask == FULL)
                                .partition("return ")[2].strip() and factor.code
                                for factor in found if not factor.gate])  # fmt: skip
        assert len({program.hash for program in programs}) == len(programs)
        sources = [written(Weighing(3, ((factor, 2),)), "f", "", mask == FULL) for factor in found]
        for source in sources:
            told = {one.code for one in verify(source).diagnostics}
            assert told <= ({"ATT103"} if mask == FULL else set()), source  # of causal models alone
        assert not any(character.isdigit() for factor in found for character in factor.says)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> HeadStore:
    """Heads that are programs of parts."""
    return store_of(MADE, tmp_path_factory.mktemp("parts") / "store")


@pytest.fixture(scope="module")
def batches(store: HeadStore) -> list[Batch]:
    wanted = [Wanted(number, 1.0, 12) for number in range(len(store))]
    source = Source(
        store,
        wanted,
        1.0,
        lambda number: gives(number, store[number].length),
        lambda number: asks(number, store[number].length),
    )
    return batched([source], builtin_table(), range(len(MADE)), FACTORS, CAUSAL, 0, 2)


def test_what_probes_ask_is_a_mean_over_texts_of_means_over_rows(
    store: HeadStore, batches: list[Batch]
) -> None:
    for batch in batches:
        assert batch.trials == ("itself", "third")
        assert batch.does.shape == (len(MADE), 2)
        assert float(batch.does[4, 0]) < float(batch.does[0, 0])  # more of it rests
        assert float(batch.does[5].max()) < 0.05
        evenly = [block.seen / block.seen.sum(1, keepdim=True) for block in batch.blocks]
        told = named_by([one[None] for one in evenly], batch.blocks)
        (third,) = told[:, 1].tolist()
        assert 0 < third < 0.2


def test_a_fit_mends_what_probes_say_against_programs(batches: list[Batch]) -> None:
    """A program that hardly rests puts on the query itself what its heads don't; steps uphill bring
    what is said against it down."""
    contents = with_content(batches)
    start = weights_of([weighing(0.001, distance=0.1)], [0] * len(MADE))

    def against(weights: Weights) -> float:
        return sum(
            float(doubts(named_by([pattern(weights, block) for block in batch.blocks],
                                  batch.blocks), batch.does).sum())
            for batch in batches
        )  # fmt: skip

    assert against(start) > 0.1
    every = replace(start, kept=torch.ones_like(start.kept))
    assert against(fit(every, batches, contents, 30, 0.05, ALL)) < against(start) / 2


def test_what_is_fitted_is_what_the_written_program_does(batches: list[Batch]) -> None:
    """Also of factors that are no tests, and of gates."""
    plain = weights_of(MADE, range(len(MADE)))
    plain = Weights(plain.powers, plain.kept, plain.rest, torch.zeros(len(MADE)), plain.owner)
    for batch in batches:
        for block in batch.blocks:
            assert (pattern(plain, block) - block.heads).abs().max() < 1e-3


def test_slopes_are_those_of_the_objective(batches: list[Batch]) -> None:
    batch, contents = batches[0], with_content(batches)
    batch = replace(batch, hangs=torch.tensor([1.0, 8.0, 2.0, 1.0, 1.0, 3.0]))
    generator = torch.Generator().manual_seed(0)
    powers = torch.randn(3, len(FACTORS), generator=generator) * 0.2
    powers[1, NUMBER["distance"]] = -12.0  # so near that probes say something against it
    owner = torch.tensor([0, 1, 2, 0, 1, 2])
    now = Weights(powers, torch.ones_like(powers), torch.full((3,), -4.0), torch.zeros(6), owner)
    found = slopes(now, batch, contents)
    made_now = [pattern(now, block) for block in batch.blocks]
    assert doubts(named_by(made_now, batch.blocks), batch.does).sum() > 0.05
    assert all(block.counts.any() for block in batch.blocks)

    def total(powers: torch.Tensor, rest: torch.Tensor, own: torch.Tensor) -> float:
        some = Weights(powers.float(), now.kept, rest.float(), own.float(), owner)
        made = [pattern(some, block) for block in batch.blocks]
        heads = torch.arange(6)
        totals = sums(batch, made, heads, given(batch, heads))
        return float(worth(batch, totals, contents, heads).double().sum())

    values = [now.powers, now.rest, now.own]
    for at, index in (
        (0, (1, NUMBER["marks"])),
        (0, (2, NUMBER["distance"])),
        (1, (0,)),
        (2, (4,)),
    ):
        more, less = ([one.clone() for one in values] for _ in range(2))
        more[at][index] += 0.01
        less[at][index] -= 0.01
        slope = (total(*more) - total(*less)) / 0.02
        assert slope == pytest.approx(float(found[at][index]), abs=0.01)


def test_fitting_starts_near_each_heads_own_program(batches: list[Batch]) -> None:
    """Of all factors 28 are left, the head's own among them, and rows are nearly told already."""
    start = likeliest(one_a_head(len(MADE), len(FACTORS)), batches)[28]
    assert start.kept.sum(1).tolist() == [28.0] * len(MADE)
    for head, made in enumerate(MADE):
        assert all(start.kept[head, NUMBER[factor.name]] for factor, _ in made.factors)
    assert measured(start, batches[0], with_content(batches))[2].min() > 0.9


@pytest.fixture(scope="module")
def ladder(batches: list[Batch]) -> dict[int, Weights]:
    contents = with_content(batches)
    dense = fit(one_a_head(len(MADE), len(FACTORS)), batches, contents, 80, 0.1)
    return cut(dense, batches, contents, [Cut(size, 30) for size in (30, 12, 8, 5, 3, 1)], 0.06)


def test_what_made_a_head_is_found_again(ladder: dict[int, Weights], batches: list[Batch]) -> None:
    contents = with_content(batches)
    assert contents.tolist() == [1, 1, 1, 1, 1, 1]
    _, content, whole, rest, _ = measured(ladder[5], batches[0], contents)
    assert content[:5].min() > 0.8
    assert whole.min() > 0.85
    assert rest.max() < 0.08
    one = read(ladder[1], 1, FACTORS)  # a table of what followed copies comes near to it
    assert {factor.name for factor, _ in one.factors} <= {"after_copies", "after_the_like"}


def test_what_is_cut_first_is_missed_least(
    ladder: dict[int, Weights], batches: list[Batch]
) -> None:
    contents = with_content(batches)
    left = missed(ladder[3], batches[0], contents)
    whole = measured(ladder[3], batches[0], contents)[0]
    head = 3
    for number in ladder[3].kept[head].nonzero().flatten().tolist():
        kept = ladder[3].kept.clone()
        kept[head, number] = 0
        without = Weights(ladder[3].powers, kept, ladder[3].rest, ladder[3].own, ladder[3].owner)
        lost = whole[head] - measured(without, batches[0], contents)[0][head]
        assert float(left[head, number]) == pytest.approx(float(lost), abs=1e-5)


def test_factors_that_serve_better_take_the_place_of_others(batches: list[Batch]) -> None:
    contents = with_content(batches)
    kept = torch.zeros(len(MADE), len(FACTORS))
    kept[:, NUMBER["the"]] = 1  # which explains none of these heads
    wrong = Weights(torch.zeros_like(kept), kept, torch.full((len(MADE),), 2.0),
                    torch.zeros(len(MADE)), torch.arange(len(MADE)))  # fmt: skip
    wrong = fit(wrong, batches, contents, 20, 0.05)
    better = regrown(wrong, batches, contents, 3, 15, 0.06)
    assert (better.kept.sum(1) == 1).all()
    names = [FACTORS[int(one.argmax())].name for one in better.kept]
    assert names[0] in ("far", "distance")
    assert names[2] == "function_words"
    before, after = (measured(one, batches[0], contents)[0] for one in (wrong, better))
    assert (after >= before - 0.01).all()
    assert all(float((after - before)[head]) > 0.2 for head in (0, 2, 3))


def test_heads_that_differ_in_what_rests_share_a_program(batches: list[Batch]) -> None:
    contents = with_content(batches)
    plain = weights_of(MADE, range(len(MADE)))
    values, owns = crossed(plain, batches[0], contents)
    first, like = values[0, 0], values[0, 4]
    assert float(like) > 0.97 * float(first)
    assert float(owns[0, 4]) == pytest.approx(np.log(20 / 5), abs=0.1)
    assert float(values[1, 0]) < 0.8 * float(first)
    kept = fewest(values.numpy(), 5, 0.04)
    assert len({0, 4} & set(kept)) == 1
    assert led(plain, kept, values, owns).owner[0] == led(plain, kept, values, owns).owner[4]


def test_the_fewest_that_serve_all_well_enough() -> None:
    values = np.array([[0.9, 0.1, 0.5], [0.1, 0.9, 0.5], [0.85, 0.85, 0.5]])
    assert fewest(values, 1, 0.04) == [2]
    assert set(fewest(values, 3, 0.04)) >= {0, 1}
    many = np.random.default_rng(0).random((50, 30))
    assert len(fewest(many, 8, 0.04)) == 8
    assert fewest(values, 2, 0.04, [2])[0] == 2
    assert len(fewest(many, 8, 0.04, range(3))) == 8


def test_a_head_that_sharing_serves_badly_has_its_own_program_back(batches: list[Batch]) -> None:
    """One program of the first head for all, and room for one more of those that heads have."""
    contents = with_content(batches)
    alone = weights_of(MADE, range(len(MADE)))
    values, owns = crossed(weights_of(MADE[:1], [0]), batches[0], contents)
    first = weights_of(MADE[:1], [0] * len(MADE))
    joined = joined_by_own(first, values, owns, alone, batches[0], contents, 2, 0.04)
    assert len(joined.powers) == 2
    (own,) = [head for head in range(6) if torch.equal(joined.powers[1], alone.powers[head])]
    best = measured(alone, batches[0], contents)[0]
    assert float(best[own] - values[0, own]) > 0.1
    assert joined.owner[own] == 1
    assert joined.owner[0] == 0
    full = joined_by_own(first, values, owns, alone, batches[0], contents, 1, 0.04)
    assert len(full.powers) == 1


def test_numbers_are_those_that_a_person_would_write() -> None:
    marks, distance, far = FACTORS[NUMBER["marks"]], GRADED[0], GRADED[1]
    assert number_of(marks, float(np.log(4.4))) == 4
    assert number_of(marks, 0.02) is None
    assert number_of(distance, power_of(distance, 0.61)) == 0.6
    assert number_of(distance, -0.001) is None
    assert number_of(far, -0.52) == -0.5
    for factor, number in ((marks, 0.3), (distance, 0.8), (far, -1.2)):
        assert number_of(factor, power_of(factor, number)) == number
    assert list(RESTS) == sorted(RESTS)


def test_the_longest_program_that_pays_for_itself_is_picked() -> None:
    gains = {1: torch.tensor([50.0, 90.0, 99.0]), 3: torch.tensor([80.0, 20.0, 97.0])}
    values = {1: torch.tensor([0.5, 0.7, 0.5]), 3: torch.tensor([0.51, 0.71, 0.53])}
    nothing = {size: torch.zeros(3) for size in (1, 3)}
    assert picked(values, gains, nothing, simple=False) == [3, 1, 3]
    assert picked(values, gains, nothing, simple=True) == [1, 1, 3]
    against = {1: torch.tensor([0.0, 0.1, 0.05]), 3: torch.tensor([0.1, 0.0, 0.06])}
    assert picked(values, gains, against, simple=False) == [1, 3, 3]
    assert picked(values, gains, against, simple=True) == [1, 3, 3]
    short = {1: torch.tensor([0.3, 0.7, 0.5]), 3: values[3]}
    assert picked(short, gains, against, simple=False)[0] == 3, "the short one loses too much"


@pytest.fixture(scope="module")
def library(store: HeadStore) -> SharedOut:
    effort = Effort(texts=12, rows=10, batches=1, first=20, sizes=(20,), steps=10, rounds=1)
    wanted = evenly_wanted(range(12), ["text"] * 12, effort)
    return explained(
        [Source(store, wanted, 1.0)], builtin_table(), range(len(MADE)), most_parts=3, programs=5,
        most_loss=0.04, texts="the texts given", seed=0, effort=effort,
    )  # fmt: skip


def test_a_library_for_a_store(library: SharedOut) -> None:
    assert len(library.sources) <= 5
    assert len(library.owner) == len(library.rests) == len(library.ladders) == len(MADE)
    assert set(library.owner) == set(range(len(library.sources)))
    names = set()
    for source in library.sources:
        assert format_source(source) == source
        checked = verify(source)
        assert not checked.diagnostics
        said = " ".join((checked.programs[0].docstring or "").split())
        assert len(said) <= 240
        assert not any(character.isdigit() for character in said)
        assert " rests on the first token" in said
        assert max(map(len, source.splitlines())) <= 100
        names.add(checked.programs[0].name)
    assert len(names) == len(library.sources)
    for one in library.ladders:
        assert one.picked <= 3
        assert sorted(one.reached) == [1, 2, 3, 5, 8]


def test_few_programs_are_longer_where_that_serves_their_heads(store: HeadStore) -> None:
    effort = Effort(texts=12, rows=10, batches=1, first=20, sizes=(20,), steps=10, rounds=1)
    wanted = evenly_wanted(range(12), ["text"] * 12, effort)
    found = explained(
        [Source(store, wanted, 1.0)], builtin_table(), range(len(MADE)), most_parts=1, programs=5,
        longest=3, most_loss=0.04, texts="the texts given", seed=0, effort=effort,
    )  # fmt: skip
    parts = [len(one) for one in found.programs]
    assert max(parts) > 1
    assert sum(one > 1 for one in parts) <= LONG * len(parts)


def test_batches_hold_every_text_once(store: HeadStore, batches: list[Batch]) -> None:
    whole = joined(batches)
    assert float(whole.weight.sum()) == pytest.approx(1.0)
    assert len(whole.weight) == len(store)
    assert int(whole.rows.sum()) == sum(len(block.text) for block in whole.blocks)
    for block in whole.blocks:
        sums_of = block.heads.sum(2)
        assert torch.allclose(sums_of, torch.ones_like(sums_of), atol=1e-3)
        assert not (block.resting & ~block.seen).any()


def test_a_fit_with_own_rests_leaves_what_it_may_not_move(batches: list[Batch]) -> None:
    contents = with_content(batches)
    start = weights_of(MADE[:1], [0] * len(MADE))
    moved = fit(start, batches, contents, 5, 0.05, (False, False, True))
    assert torch.equal(moved.powers, start.powers)
    assert not torch.equal(moved.own, start.own)
    both = fit(start, batches, contents, 5, 0.05, ALL)
    assert not torch.equal(both.rest, start.rest)
