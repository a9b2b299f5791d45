"""Runs as packages on the command line: report, export and merge without any heads."""

from pathlib import Path

import pytest

pytest.importorskip("numba", reason="runs need the extra `score`")
from attndsl.cli.entry import run
from attndsl.report.data import Report
from tests.cli.conftest import Command
from tests.runs.conftest import made, small

__all__ = ["small"]  # a fixture that this file takes from the room of runs


def test_a_run_is_reported_and_exported_without_its_heads(
    small: tuple[Path, Report], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, table, maps = (str(tmp_path / name) for name in ("r.html", "t.csv", "m.safetensors"))
    assert run(["report", str(small[0]), "-o", page]) == 0
    assert Path(page).read_text() == (small[0] / "report.html").read_text()
    assert run(["export", str(small[0]), "--csv", table, "--maps", maps]) == 0
    assert "12 heads" in capsys.readouterr().out


def test_report_says_where_its_page_is(small: tuple[Path, Report], attndsl: Command) -> None:
    """Of a run too it lies in the current folder, where nobody asked for another."""
    result = attndsl("report", str(small[0]))
    assert Path("report.html").read_text() == (small[0] / "report.html").read_text()
    last = result.out.splitlines()[-1]
    assert last.startswith(f"written to {Path.cwd() / 'report.html'}: ")
    assert "the current folder" in attndsl("report", "--help").out


def test_two_runs_are_merged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    low, high = made(tmp_path / "low", range(1)), made(tmp_path / "high", range(1, 3))
    assert run(["merge", str(low), str(high), "-o", str(tmp_path / "both")]) == 0
    assert "12 heads of tiny <model>" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["report", "x.attn"], 2, "--store STORE"),
        (["report", "nosuch"], 1, "nosuch: there is no such folder"),
        (["report", "x.attn", "runs/nosuch"], 1, "runs/nosuch: there is no such folder"),
        (["export", "nowhere"], 2, "say what to write"),
        (["export", "nowhere", "--csv", "t.csv"], 1, "is no run"),
        (["merge", "nowhere", "elsewhere", "-o", "both"], 1, "is no run"),
    ],
)
def test_bad_input_is_said(
    words: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == status
    assert said in capsys.readouterr().err


def test_compare_lists_what_changed(attndsl: Command, tmp_path: Path) -> None:
    base, tuned = (str(made(tmp_path / name, range(2))) for name in ("base", "tuned"))
    result = attndsl("compare", base, tuned, "--html", "page.html")
    assert result.status == 0, result.err
    assert "0 with another program" in result.out
    assert Path("page.html").exists()
    refused = attndsl("compare", base, "nowhere")
    assert refused.status == 1
    assert "nowhere" in refused.err
