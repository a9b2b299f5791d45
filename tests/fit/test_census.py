"""The census names heads for what they do, and no head for what its places alone would give."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba", reason="the batch engine needs numba")

from attndsl.fit.census import TEXT, census
from attndsl.fit.constants import packed, resting_as
from attndsl.fit.findings import Census
from attndsl.fit.medians import by_distance
from attndsl.heads.packing import unpack
from attndsl.heads.probes import FOLDER
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL
from tests.fit.known import heads_of, own_table

HEADS = {
    "induction": "0.5 * induction(q, k) + 0.5 * sink(q, k)",
    "previous_token": "0.8 * previous_token(q, k) + 0.2 * sink(q, k)",
    "matching_bracket": "0.6 * matching_bracket(q, k) + 0.4 * itself(q, k)",
    "sink": "sink(q, k)",
    "evenly": "evenly(q, k)",
    "names": "0.5 * names(q, k) + 0.5 * nearby(q, k)",
    "content_words": "0.8 * content_words(q, k) + 0.2 * sink(q, k)",
    None: "near(q, k, 0.9)",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Census:
    store, _ = heads_of(tuple(HEADS.values()), tmp_path_factory.mktemp("known"))
    return census(store, own_table())


@pytest.mark.parametrize(("at", "name"), enumerate(HEADS), ids=str)
def test_a_head_that_is_a_mechanism_is_called_by_it(
    found: Census, at: int, name: str | None
) -> None:
    assert found.heads[at].name == name or (name and name in found.heads[at].names)
    if name is None:
        assert found.heads[at].name in (None, "evenly")


def test_heads_that_go_by_places_get_no_other_name(found: Census) -> None:
    positional = {"previous_token", "sink", "evenly", "itself", "nearby", "last_four"}
    for at in (1, 3, 4, 7):
        assert set(found.heads[at].names) <= positional


def test_rest_and_entropy_are_those_of_the_rows(found: Census) -> None:
    assert found.heads[3].rest == pytest.approx(1, abs=1e-3)
    assert found.heads[3].entropy == pytest.approx(0, abs=1e-3)
    assert found.heads[1].rest == pytest.approx(0.2, abs=0.02)
    assert found.heads[1].entropy == pytest.approx(0.72, abs=0.02)


def test_a_finding_gives_weight_constant_and_difference(found: Census) -> None:
    best = found["L0.H0"].best("induction")
    assert best is not None
    assert best.where != TEXT
    assert best.weight.mean == pytest.approx(0.5, abs=0.03)
    assert best.beyond.low <= best.weight.mean - best.constant <= best.beyond.high
    assert found.find("induction")[0].head == "L0.H0"
    with pytest.raises(AttndslError, match="no mechanism 'inductor'"):
        found.find("inductor")


def test_figures_are_written(found: Census, tmp_path: Path) -> None:
    found.write_csv(tmp_path / "heads.csv")
    with (tmp_path / "heads.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert rows[0]["head"] == "L0.H0"
    assert float(rows[0]["induction"]) == pytest.approx(0.5, abs=0.03)
    low, high = float(rows[0]["induction_low"]), float(rows[0]["induction_high"])
    assert low <= float(rows[0]["induction"]) <= high
    assert rows[0]["induction_on"] in {"text", "repeats"}
    assert json.loads(json.dumps(found.as_json()))["heads"][3]["names"] == ["sink"]


def test_heads_shuffled_among_texts_lose_the_names_that_texts_give(
    tmp_path: Path,
) -> None:
    """What is left of a head that looks without reading is what places give."""
    rng = np.random.default_rng(0)

    def shuffled(patterns, length):
        squares = unpack(patterns, CAUSAL, length)
        for row in range(2, length):
            squares[:, row, 1 : row + 1] = squares[:, row, 1 + rng.permutation(row)]
        return squares[:, *np.tril_indices(length)]

    store, _ = heads_of(tuple(HEADS.values()), tmp_path, change=shuffled)
    names = {name for head in census(store, own_table()).heads for name in head.names}
    assert names <= {"sink", "evenly", "others"}


@pytest.mark.parametrize("mask", [CAUSAL, FULL], ids=["causal", "full"])
def test_a_constant_pattern_is_its_own_median_by_distance(tmp_path: Path, mask) -> None:
    """Against a few lines that are written for one head and one distance."""
    store, _ = heads_of(("0.7 * near(q, k, 0.5) + 0.3 * names(q, k)",), tmp_path, mask)
    every = range(len(store))
    (made,), (mean,) = (by_distance(store, every, (), each) for each in (np.median, np.mean))
    three = [
        float(unpack(text.patterns, mask, text.length)[0, q, q - 3])
        for text in store
        for q in range(4 if mask is CAUSAL else 3, text.length)
    ]
    assert made.behind[3] == pytest.approx(np.median(three), abs=1e-3)
    assert mean.behind[3] == pytest.approx(np.mean(three), abs=1e-3)
    rows = unpack(packed([made], mask, range(20), ()), mask, 20)[0]
    np.testing.assert_allclose(rows.sum(1), 1, atol=1e-5)
    assert rows[9, 6] == pytest.approx(rows[9, 5] * made.behind[3] / made.behind[4], rel=1e-4)


def test_a_constant_can_rest_as_its_head_does(tmp_path: Path) -> None:
    store, _ = heads_of(("0.6 * sink(q, k) + 0.4 * names(q, k)",), tmp_path)
    text = store[0]
    patterns = np.asarray(text.patterns, np.float32)
    means = packed(by_distance(store, range(len(store)), (), np.mean), CAUSAL, text.ids, ())
    made = resting_as(patterns, means, CAUSAL, text.ids, ())
    own, rows = (unpack(each, CAUSAL, text.length)[0] for each in (patterns, made))
    np.testing.assert_allclose(rows[1:, 0], own[1:, 0], atol=1e-3)
    np.testing.assert_allclose(rows[2:].sum(1), 1, atol=2e-3)


def test_without_probes_natural_text_names_heads(tmp_path: Path) -> None:
    store, _ = heads_of(("0.6 * names(q, k) + 0.4 * itself(q, k)",), tmp_path)
    shutil.rmtree(store.folder / FOLDER)
    found = census(HeadStore.open(store.folder), own_table())
    assert {one.where for head in found.heads for one in head.findings} == {TEXT}
    assert "names" in found.heads[0].names
