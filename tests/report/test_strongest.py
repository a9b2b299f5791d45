"""Where a head's content is strongest on all held-out texts, beside a plain look at every cell."""

from collections import Counter

import numpy as np
import pytest

from attndsl.engines.batch import Library
from attndsl.fit.library import score_library
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import FULL
from attndsl.report.alone import alone
from attndsl.report.data import Report
from attndsl.report.gather import from_scores
from attndsl.report.strongest import OF_A_TEXT, SPOTS
from attndsl.tokens.tokenizer import builtin_table, encode
from tests.report.conftest import make_store, programs


@pytest.fixture(scope="module")
def numbers(store: HeadStore) -> tuple[int, ...]:
    return score_library(programs(), store, builtin_table()).split.report


def squares(store: HeadStore, number: int) -> np.ndarray:
    text = store[number]
    return np.asarray(unpack(text.patterns, store.meta.mask, text.length), dtype=np.float64)


def test_no_cell_of_content_has_more_weight(
    small: Report, store: HeadStore, numbers: tuple[int, ...]
) -> None:
    for head, entry in enumerate(small.heads):
        rows = []
        for number in numbers:
            square = squares(store, number)[head]
            early = min(8, len(square) // 2)  # which see few keys
            best = sorted(((float(row.max()), number, at, int(row.argmax()) + 1)
                           for at, row in enumerate(square[early:, 1:], early)),
                          key=lambda one: -one[0])  # fmt: skip
            rows += best[:OF_A_TEXT]
        wanted = sorted((weight for weight, *_ in rows), reverse=True)[:SPOTS]
        assert [one.real for one in entry.strongest] == pytest.approx(wanted)
        assert max(Counter(one.text for one in entry.strongest).values()) <= OF_A_TEXT
        for one in entry.strongest:
            square = squares(store, one.text)[head]
            assert min(one.key, one.query) > 0
            assert one.real == pytest.approx(square[one.query, one.key])


def test_what_the_program_gives_stands_beside(small: Report, store: HeadStore) -> None:
    library = programs()
    for entry in small.heads[:4]:
        program = library[entry.program]
        for one in entry.strongest:
            text = encode(store[one.text].text)
            rows = Library([program], store.meta.mask).patterns([text])[0]
            square = unpack(rows, store.meta.mask, text.n)[0]
            assert one.predicted == pytest.approx(float(square[one.query, one.key]), abs=1e-6)
    tokens = {one.number: one.tokens for one in small.read}
    assert all(one.query < len(tokens[one.text]) for head in small.heads for one in head.strongest)


def test_texts_are_ranked_by_what_does_not_rest(
    small: Report, store: HeadStore, numbers: tuple[int, ...]
) -> None:
    for head, entry in enumerate(small.heads):
        content = {number: 1 - squares(store, number)[head][1:, 0].mean() for number in numbers}
        ranks = [1 + min(9, int(10 * np.mean([other > content[text.number] + 1e-9
                                              for other in content.values()])))
                 for text in small.texts]  # fmt: skip
        assert list(entry.activity) == ranks


def test_an_encoder_has_spots_on_both_sides(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = make_store(tmp_path_factory.mktemp("full") / "store", builtin_table(), FULL)
    table = score_library(programs(), store, builtin_table())
    report = from_scores(table, programs(), store, builtin_table(), texts=2)
    spots = [one for head in report.heads for one in head.strongest]
    assert any(one.key > one.query for one in spots)
    for head, entry in enumerate(report.heads):
        for one in entry.strongest:
            assert one.real == pytest.approx(squares(store, one.text)[head][one.query, one.key])


def test_one_head_alone_keeps_the_texts_that_its_spots_are_on(small: Report) -> None:
    found = alone(small, 1, 2)
    mine = found.heads[6]
    assert mine.strongest == small.heads[6].strongest
    assert {one.number for one in found.read} == {one.text for one in mine.strongest}
    assert all(not head.strongest for head in found.heads if head != mine)
