"""The census that is shared out says the same as one process's, probes included."""

from pathlib import Path

import pytest

from attndsl.executors.here import Here
from attndsl.fit import sampling
from attndsl.fit.census import census
from attndsl.heads.probes import ProbeStore
from attndsl.heads.store import HeadStore
from attndsl.models import load
from attndsl.models.capture import capture
from attndsl.models.held import Workers, known_as
from attndsl.models.probing import capture_probes
from attndsl.models.sharing_census import weighed_by
from tests.models.folders import SPECIAL, model_folder, word_tokenizer

WORDS = (
    "apple bread cloud dance eagle flame grape house island jungle kite lemon mouse night ocean "
    "paper queen river stone table uncle voice water yacht zebra amber bridge candle desert engine "
    "forest garden hammer insect jacket kettle ladder market needle orange pencil rabbit saddle"
)
TEXTS = [" ".join(WORDS.split()[at : at + 8]) for at in range(12)]


def test_by_workers_and_alone_a_census_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = word_tokenizer([*SPECIAL, *WORDS.split()])
    folder = model_folder(tmp_path / "model", "llama", words)
    loaded = load(str(folder))
    capture(loaded, TEXTS, tmp_path / "store")
    store = HeadStore.open(tmp_path / "store")
    capture_probes(loaded, store.folder, many=4)
    probes = ProbeStore.beside(store)
    assert probes is not None
    monkeypatch.setattr(sampling, "BATCH", 5)
    told: list[tuple[int, int]] = []
    alone = census(store, loaded.table, probes=probes)
    workers = Workers(Here(), known_as(loaded, str(folder), {}))
    weigh = weighed_by(workers, store, probes, tmp_path)
    shared = census(store, loaded.table, None, lambda *now: told.append(now), probes, weigh)
    assert shared == alone
    assert {one.where for head in shared.heads for one in head.findings} > {sampling.TEXT}
    assert told[-1][0] == told[-1][1] > 3
    assert not (tmp_path / "work").exists()


def test_without_workers_this_process_does_it(tmp_path: Path) -> None:
    assert weighed_by(None, None, None, tmp_path) is None
