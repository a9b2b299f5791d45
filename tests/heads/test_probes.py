"""The probe store: labels kept with the heads, apart from a store's own texts."""

from pathlib import Path

import numpy as np
import pytest

from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.probes import FOLDER, ProbeStore, StoredProbe, refuse_probes, write_labels
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.diagnostics import AttndslError
from attndsl.tokens.probes import Label

PROBES = (
    StoredProbe("repeats", 0, False, (Label("induction", 2, (1,)),)),
    StoredProbe("repeats", 1, True, ()),
    StoredProbe("names", 1, True, (Label("copies", 2, (0, 1)),)),
)


def filled(folder: Path, count: int) -> HeadStore:
    texts = [([n, 1, 2], f"text {n}") for n in range(count)]
    meta = StoreMeta("m", "h", "t", 1, 1, count, texts_hash(texts))
    rows = np.array([[1.0, 0.5, 0.5, 0.2, 0.3, 0.5]])
    with StoreWriter(folder, meta) as writer:
        for number, (ids, text) in enumerate(texts):
            writer.add(number, ids, text, rows)
    return HeadStore.open(folder)


def test_probes_lie_beside_a_stores_texts_and_are_none_of_them(tmp_path: Path) -> None:
    store = filled(tmp_path, 2)
    assert ProbeStore.beside(store) is None
    inner = filled(tmp_path / FOLDER, len(PROBES))
    write_labels(inner.folder, PROBES, (("code", "no line break"),))
    found = ProbeStore.beside(HeadStore.open(tmp_path))
    assert found is not None
    assert found.probes == PROBES
    assert found.left_out == (("code", "no line break"),)
    assert found.numbers("repeats") == (0, 1)
    assert found.numbers(checks=True) == (1, 2)
    assert len(HeadStore.open(tmp_path)) == 2
    refuse_probes(store)
    with pytest.raises(AttndslError, match="holds probe texts"):
        refuse_probes(inner)


@pytest.mark.parametrize(
    "damage",
    ["{", '{"format": 1}', '{"format": 9, "probes": []}',
     '{"format": 1, "probes": [], "left_out": []}',
     '{"format": 1, "probes": [{"kind": 3}], "left_out": {}}'],
)  # fmt: skip
def test_damaged_labels_are_told(tmp_path: Path, damage: str) -> None:
    inner = filled(tmp_path, 1)
    (inner.folder / "probes.json").write_text(damage)
    with pytest.raises(AttndslError, match="capture the probes again"):
        ProbeStore.open(tmp_path)


def test_labels_beyond_a_text_are_told(tmp_path: Path) -> None:
    inner = filled(tmp_path, 1)
    labels = (Label("copies", 2, (0, 3)),)
    write_labels(inner.folder, [StoredProbe("names", 1, True, labels)], ())
    with pytest.raises(AttndslError, match="labels text 0 beyond its end"):
        ProbeStore.open(tmp_path)
