"""Simplified programs: shorter, within the stated loss, told in the history; numbers told anew."""

import json
from pathlib import Path

from attndsl.explain import explain
from tests.explain.conftest import settings_of

HALF = frozenset(("fit", "effects", "replace"))


def test_programs_become_shorter_within_the_loss(
    models: dict[str, Path], plain: Path, tmp_path: Path
) -> None:
    summary = explain(settings_of(models["llama"], tmp_path, simpler=0.01, skip=HALF))
    told = summary["simplify"]
    assert told["programs"] > 0
    assert told["terms_after"] < told["terms_before"]
    assert told["loss"] <= 0.01
    before = json.loads((plain / "summary.json").read_text())
    assert summary["median_terms"] < before["median_terms"]
    assert "simplified, " in (tmp_path / "report.html").read_text()
