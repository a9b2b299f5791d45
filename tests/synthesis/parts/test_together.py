"""What heads give to the model counts, and a library is fitted to it as what it is written as."""

import numpy as np
import pytest
import torch

from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import CAUSAL
from attndsl.synthesis.parts.doubt import in_reach, named_by
from attndsl.synthesis.parts.fitting import measured, pattern, with_content
from attndsl.synthesis.parts.rows import Source, Wanted, batched
from attndsl.synthesis.parts.together import Probed, Together
from attndsl.tokens import builtin_texts, encode
from attndsl.tokens.tokenizer import builtin_table
from tests.synthesis.parts.made import (
    FACTORS,
    MADE,
    asks,
    gives,
    store_of,
    together_of,
    weighing,
    weights_of,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> HeadStore:
    return store_of(MADE, tmp_path_factory.mktemp("together") / "store")


def test_output_explained_is_the_share_of_its_variance_that_the_made_rows_keep(
    store: HeadStore,
) -> None:
    """By hand, of one head; its own program explains all of it."""
    others = weights_of(MADE, [1, 2, 3, 4, 5, 0])
    two = [0, 1]
    source = Source(store, [Wanted(at, 1.0, 400) for at in two], 1.0,
                    lambda at: gives(at, store[at].length))  # fmt: skip
    (batch,) = batched([source], builtin_table(), range(6), FACTORS, CAUSAL, 0, 1)
    contents = with_content([batch])
    assert measured(weights_of(MADE, range(6)), batch, contents)[4].min() > 0.999
    found = measured(others, batch, contents)[4]
    square = [[unpack(np.asarray(store[at].patterns)[head].astype(np.float64), CAUSAL,
                      store[at].length) for head in (0, 1)] for at in two]  # fmt: skip
    outs = [[one @ gives(at, store[at].length)[0].double().numpy() for one in square[at]]
            for at in two]  # fmt: skip
    longest = max(len(one[0]) for one in outs)
    mean = [np.mean([one[0][at] for one in outs if at < len(one[0])], axis=0)
            for at in range(longest)]  # fmt: skip
    away, varies = 0.0, 0.0
    for real, made in outs:
        rows = len(real) - 1
        away += ((made - real)[1:] ** 2).sum() / rows
        varies += ((real - np.array(mean[: len(real)]))[1:] ** 2).sum() / rows
    assert float(found[0]) == pytest.approx(1 - away / varies, abs=1e-2)


def test_patterns_fitted_together_are_those_of_the_written_programs(store: HeadStore) -> None:
    """Also where a head rests more than its program, and padded beside a longer text."""
    weights = weights_of(MADE, range(len(MADE)))
    together = together_of(MADE, range(len(MADE)))
    texts = [encode(one.text[:240]) for one in builtin_texts()[:2]]
    width = max(text.n for text in texts)
    cells = together.cells(texts, CAUSAL, width)
    made = together.patterns(together.numbers(together.free), cells)
    for at, text in enumerate(texts):
        real = unpack(np.asarray(store[at].patterns).astype(np.float32), CAUSAL, text.n)
        shown = made[:, at, : text.n, : text.n]
        assert (shown - torch.from_numpy(real)).abs().max() < 1e-3
        assert not made[:, at, text.n :].any()
    more = together.with_numbers(together.free + together.moves)
    assert torch.equal(more.rest, weights.rest)
    assert torch.equal(more.powers, weights.powers + weights.kept)


def test_probes_say_against_a_library_what_they_say_while_it_is_fitted(store: HeadStore) -> None:
    """And its slope leads to less of it, where numbers can make up for it; else nowhere."""
    wanted = [Wanted(number, 1.0, 12) for number in range(len(store))]
    source = Source(store, wanted, 1.0, asks=lambda at: asks(at, store[at].length))
    (batch,) = batched([source], builtin_table(), range(6), FACTORS, CAUSAL, 0, 1)
    for rest, reached in ((1.7, True), (0.001, False)):
        weights = weights_of([weighing(rest, distance=0.33), weighing(3, marks=2)], [0, 1] * 3)
        used = weights.kept.sum(0).nonzero().flatten().tolist()
        together = Together.of(weights, FACTORS, used, (True, True, True))
        asked = Probed.of(batch, used)
        made = named_by([pattern(weights, block) for block in batch.blocks], batch.blocks)
        free = together.free.requires_grad_()
        against = asked.against(together, together.numbers(free))
        assert against.item() > 0.01
        assert against.item() == pytest.approx(in_reach(made, batch.does).mean().item(), rel=1e-4)
        against.backward()
        assert free.grad is not None
        less = asked.against(together, together.numbers(free.detach() - 0.1 * free.grad))
        assert (less < against) == reached


def test_a_library_whose_programs_only_rest_has_no_powers_to_fit() -> None:
    together = together_of([weighing(1000), weighing(5)], [0, 1])
    assert together.used == ()
    text = encode("The cat sat on the mat.")
    made = together.patterns(together.free, together.cells([text], CAUSAL, text.n))
    first, second = made[:, 0, 5, 0].tolist()
    assert first == pytest.approx(1000 / 1005)
    assert second == pytest.approx(5 / 10)


def test_what_is_fitted_together_can_be_written_as_it_is() -> None:
    """A table whose power fell under zero would be left out by who writes the program."""
    together = together_of([weighing(5, names_and_nouns=0.2, marks=0.5)], [0, 0])
    fallen = together.free - 1
    within = together.within(fallen)
    tables = torch.zeros(len(fallen), dtype=torch.bool)
    tables[: len(together.place)] = torch.tensor([
        FACTORS[together.used[at % len(together.used)]].form == "table" for at in together.place
    ])  # fmt: skip
    assert tables.sum() == 1
    assert within[tables].tolist() == [0.0]
    assert torch.equal(within[~tables], fallen[~tables])
