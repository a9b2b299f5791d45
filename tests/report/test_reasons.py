"""Why a weight: the parts in a report add up to what the maps show."""

import numpy as np
import pytest

from attndsl.engines.why import Reasons, why
from attndsl.fit.library import score_library
from attndsl.graph.verify import verify
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import CAUSAL
from attndsl.report.data import Report
from attndsl.report.gather import from_scores
from attndsl.report.reasons import LEAST, TEXTS
from attndsl.tokens.tokenizer import builtin_table, encode
from tests.report.conftest import programs

MIXTURE = '''\
def mixture(q, k):
    """Half rests; the rest goes to copies, else nearby."""
    return 0.5 * sink(q, k) + 0.3 * copies(q, k) + 0.2 * near(q, k, 0.5)
'''


@pytest.fixture(scope="module")
def mixed(store: HeadStore) -> Report:
    library = (*programs(), *verify(MIXTURE).programs)
    table = score_library(library, store, builtin_table(), by="iou")
    return from_scores(table, library, store, builtin_table(), texts=3)


def test_the_parts_of_a_cell_add_up_to_its_weight(mixed: Report) -> None:
    checked = 0
    for head in mixed.heads:
        program = mixed.programs[head.program]
        for one in program.why:
            text = mixed.texts[one.text]
            weight = text.predicted[head.map][one.query * (one.query + 1) // 2 + one.key]
            assert sum(amount for _, amount in one.parts) == pytest.approx(weight, abs=1e-5)
            checked += 1
    assert checked > 20


def test_a_cell_is_the_strongest_of_its_row_beside_the_resting_key(mixed: Report) -> None:
    head = mixed.heads[1]
    rows = set()
    for one in mixed.programs[head.program].why:
        if (one.text, one.query) in rows:
            continue  # the first that is told of a row is that
        rows.add((one.text, one.query))
        text = mixed.texts[one.text]
        start = one.query * (one.query + 1) // 2
        row = text.predicted[head.map][start : start + one.query + 1]
        if row[1:].max() >= LEAST:
            assert row[one.key] == row[1:].max()
        assert one.text < TEXTS


def test_every_cell_of_the_first_text_with_some_weight_is_told_of(mixed: Report) -> None:
    head, text = mixed.heads[1], mixed.texts[0]
    told = {(one.query, one.key) for one in mixed.programs[head.program].why if not one.text}
    weights = unpack(text.predicted[head.map], CAUSAL, len(text.tokens))
    wanted = {(int(q), int(k)) for q, k in np.argwhere(weights >= LEAST) if q}
    assert told == wanted
    assert any(key == 0 for _, key in told), "also what rests"


def test_the_shares_of_a_programs_parts_are_all_of_its_weight(mixed: Report) -> None:
    used = {head.program for head in mixed.heads}
    for number, program in enumerate(mixed.programs):
        if number not in used:
            assert program.parts == ()
            continue
        shares = [part.share for part in program.parts if part.share is not None]
        assert sum(shares) == pytest.approx(1.0, abs=0.02)


def test_many_cells_give_what_each_gives_alone() -> None:
    text = encode("The cat sat on the mat. The cat slept.", builtin_table())
    for program in (*programs(), *verify(MIXTURE).programs):
        reasons = Reasons(program, text)
        for query, key in ((3, 1), (8, 8), (9, 2), (3, 1)):
            assert reasons.at(query, key) == why(program, text, query, key)


def test_a_mixture_is_told_in_its_parts() -> None:
    text = encode("The cat sat on the mat. The cat slept.", builtin_table())
    found = Reasons(verify(MIXTURE).programs[0], text).at(8, 1)
    parts = {part.text: found.share(part) for part in found.part.leaves}
    assert set(parts) == {"0.5 * sink(q, k)", "0.3 * copies(q, k)", "0.2 * near(q, k, 0.5)"}
    assert np.isclose(sum(parts.values()), found.weight)
    assert parts["0.3 * copies(q, k)"] == max(parts.values())
