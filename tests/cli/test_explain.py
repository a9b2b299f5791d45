"""What `explain` says at its end: only of what there is."""

from typing import Any

import pytest

from attndsl.cli.explain import show

UNMODIFIED = {"fraction": 0.0, "by": "unmodified"}


def summary(**changed: Any) -> dict[str, Any]:
    estimate = {"mean": 0.5, "low": 0.4, "high": 0.6, "texts": 3}
    return {
        "mean_iou": estimate, "iou": {"L0.H0": estimate}, "heads": 1, "programs": 1,
        "most_used": "near", "skipped": [], "curve": [],
    } | changed  # fmt: skip


def test_a_page_that_was_skipped_is_not_named(capsys: pytest.CaptureFixture[str]) -> None:
    show(summary(), "m", "run")
    assert "Open run/report.html" in capsys.readouterr().out
    show(summary(skipped=["report"]), "m", "run")
    shown = capsys.readouterr().out
    assert "report.html" not in shown
    assert "attndsl score run/library.attn:near" in shown


def test_without_heads_enough_for_a_share_there_is_no_curve(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(summary(curve=[UNMODIFIED]), "m", "run")
    shown = capsys.readouterr().out
    assert "perplexity" not in shown
    assert "attndsl replace" not in shown
