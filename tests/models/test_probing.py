"""Probe texts are captured beside a store's own texts, and taken up by what scores programs."""

from pathlib import Path

import pytest

pytest.importorskip("transformers", reason="needs the extra `models`")
pytest.importorskip("numba", reason="the batch engine needs numba")

from attndsl.fit.library import score_library
from attndsl.graph.verify import verify
from attndsl.heads.probes import ProbeStore
from attndsl.heads.store import HeadStore
from attndsl.models import load
from attndsl.models.capture import capture
from attndsl.models.probing import capture_probes
from tests.models.folders import SPECIAL, model_folder, word_tokenizer

WORDS = (
    "apple bread cloud dance eagle flame grape house island jungle kite lemon mouse night ocean "
    "paper queen river stone table uncle voice water yacht zebra amber bridge candle desert engine "
    "forest garden hammer insect jacket kettle ladder market needle orange pencil rabbit saddle"
)


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory) -> tuple[HeadStore, object, object]:
    folder = tmp_path_factory.mktemp("probed")
    words = [*SPECIAL, *WORDS.split()]
    loaded = load(str(model_folder(folder / "model", "llama", word_tokenizer(words))))
    texts = ["the apple and the bread", "night ocean water yacht", "queen river stone table"]
    capture(loaded, texts, folder / "store")
    report = capture_probes(loaded, folder / "store", many=4)
    return HeadStore.open(folder / "store"), loaded, report


def test_kinds_that_the_tokenizer_can_write_are_captured(probed) -> None:
    store, _, report = probed
    found = ProbeStore.beside(store)
    assert found is not None
    assert {"repeats", "loops", "shuffled", "one_word", "tokens"} == set(found.kinds)
    assert {probe.number for probe in found.probes} == {0, 1, 2, 3}
    assert any("code" in note and "left out" in note for note in report.notes)
    assert len(store) == 3, "probes are no texts of the store"
    label = next(one for one in found.probes[0].labels if one.mechanism == "induction")
    ids = found.heads[0].ids
    assert all(ids[key - 1] == ids[label.row] for key in label.keys)


def test_captured_again_they_are_kept(probed) -> None:
    store, loaded, _ = probed
    again = capture_probes(loaded, store.folder, many=4)
    assert again.captured.taken == 0
    assert again.captured.kept == 20


def test_scoring_holds_programs_against_the_probes(probed) -> None:
    store, loaded, _ = probed
    programs = verify("def sure(q, k):\n    return last_copy(q, k)\n").programs
    table = score_library(programs, store, loaded.table)
    assert table.contradictions is not None
    assert table.as_json()["contradictions"] == [one.as_json() for one in table.contradictions]
    without = Path(store.folder / "probes")
    without.rename(store.folder.parent / "elsewhere")
    try:
        assert score_library(programs, store, loaded.table).contradictions is None
    finally:
        (store.folder.parent / "elsewhere").rename(without)
