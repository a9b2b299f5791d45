"""A run over texts too long for their maps to be kept whole."""

import json
from pathlib import Path

import numpy as np
import pytest

from attndsl.explain import explain
from attndsl.heads import sketch as room
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from tests.explain.conftest import TEXTS, settings_of

LONG = tuple(" ".join(TEXTS[at : at + 5])[:400] for at in range(0, 12, 2))


@pytest.fixture(autouse=True)
def short_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "SHARE", 0.4)
    for module in ("heads.sketch", "heads.meta", "models.capture", "explain.settings"):
        monkeypatch.setattr(f"attndsl.{module}.WHOLE", 40)


def test_every_phase_works_on_sketches(models: dict[str, Path], tmp_path: Path) -> None:
    settings = settings_of(
        models["llama"], tmp_path, texts=LONG, tokens=90,
        skip=frozenset(("look", "effects", "replace")),
    )  # fmt: skip
    summary = explain(settings)
    store = HeadStore.open(tmp_path / "heads")
    assert store.meta.sketched
    assert any(store[number].sketch is not None for number in range(len(store)))
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert (tmp_path / "census.json").is_file()
    assert 0 < summary["mean_iou"]["mean"] < 1
    assert summary["output_explained"]["mean"] < 1
    assert np.isfinite([one["mean"] for one in summary["iou"].values()]).all()
    assert explain(settings)["library_hash"] == json.loads(
        (tmp_path / "summary.json").read_text()
    )["library_hash"]  # fmt: skip


def test_proposers_that_want_whole_maps_say_so(models: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(AttndslError, match="the proposer polish can't read"):
        settings_of(models["llama"], tmp_path, tokens=90, proposers=("parts", "polish"))
