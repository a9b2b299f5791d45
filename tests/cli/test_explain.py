"""What `explain` says at its end: only of what there is."""

from typing import Any

import pytest

from attndsl.cli.entry import run
from attndsl.cli.explain import show

UNMODIFIED = {"fraction": 0.0, "by": "unmodified"}


def summary(**changed: Any) -> dict[str, Any]:
    estimate = {"mean": 0.5, "low": 0.4, "high": 0.6, "texts": 3}
    return {
        "mean_iou": estimate, "content_iou": {"L0.H0": estimate, "L0.H1": None}, "heads": 2,
        "programs": 1,
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


def test_content_stands_first_beside_what_constants_have(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = {"mean": 0.3, "low": 0.25, "high": 0.35, "texts": 40}
    figures = {"mean_content_iou": told, "constant_content_iou": told, "excess_content_iou": None,
               "mean_rest_error": told, "contradicted": 2}  # fmt: skip
    show(summary(**figures), "m", "run")
    lines = capsys.readouterr().out.splitlines()
    assert (
        lines[0] == "content IoU 0.300 (0.250 to 0.350)  of 2 heads by 1 program, 3 held-out texts"
    )
    assert lines[1].split(", with ")[1] == "0.300 (0.250 to 0.350)"
    assert lines[2].strip() == "excess not defined"
    assert "contradicted by probes: the programs of 2 heads" in lines
    assert "     best  L0.H0 0.500" in lines, "a head without content is not listed"


def test_a_run_that_was_finished_before_is_said_in_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    notes = {"programs fitted together": "left out: the budget had no time for its first steps"}
    show(summary(finished="2026-05-04T10:20:30+00:00", notes=notes), "m", "my run")
    (line,) = capsys.readouterr().out.splitlines()
    assert "finished on 2026-05-04 at 10:20 UTC" in line
    assert "my run/library.attn, its report my run/report.html" in line
    assert "no time for: programs fitted together" in line
    assert "another --budget" in line


def test_where_the_library_falls_short_is_told_in_a_line_each(
    capsys: pytest.CaptureFixture[str],
) -> None:
    below = {"of": "content IoU", "program": 0.31, "constant": 0.44, "kind": "distance"}
    show(summary(sharing_cost={"L0.H0": 0.09, "L0.H1": 0.01}, below_constant={"L0.H1": below},
                 settings={"programs": 1}), "m", "run")  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert (
        "sharing costs 0.050 of content IoU on the mean of 2 heads; 1 head loses more than 0.04: "
        "L0.H0 0.09; more programs: --programs 2"
    ) in lines
    (line,) = [one for one in lines if "constant pattern, by" in one]
    assert line.endswith("L0.H1 0.31 for 0.44 (by distance)")
    show(summary(), "m", "run")
    assert "sharing costs" not in capsys.readouterr().out


def test_what_several_proposers_brought_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    brought = {"chosen_by": {"parts": 1, "llm": 1, "polish": 0}, "content_iou_search": 0.3,
               "content_iou_chosen": 0.35}  # fmt: skip
    show(summary(**brought), "m", "run")
    assert "programs chosen: parts for 1 head, llm for 1; content IoU" in capsys.readouterr().out


def test_a_store_s_texts_are_not_counted_out(capsys: pytest.CaptureFixture[str]) -> None:
    """All of them are the run's: a number that would be passed over is refused."""
    assert run(["explain", "m", "--store", "s", "--texts", "60"]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "--texts doesn't go with --store, which brings its own texts, all of them" in told
    assert run(["explain", "--help"]) == 0
    assert "not with --store" in " ".join(capsys.readouterr().out.split())


def test_proposers_that_gained_nothing_are_said_to_have(capsys: pytest.CaptureFixture[str]) -> None:
    one = {"chosen_by": {"parts": 2, "polish": 0}, "content_iou_search": 0.41}
    for chosen, told in (
        (0.41, "content IoU on the texts that choose 0.4100, that of parts alone: the other "
               "proposers gained nothing"),
        (0.41001, "the other proposers gained nothing"),
        (0.4101, "0.4101, 0.0001 above that of parts alone"),
        (0.4, "0.4000, 0.0100 below that of parts alone"),
    ):  # fmt: skip
        show(summary(**one, content_iou_chosen=chosen), "m", "run")
        shown = capsys.readouterr().out
        assert told in shown
        assert "0.0000" not in shown
