"""What a job of several phases says: the phase at work, the time left, what has ended."""

import sys

import pytest

from attndsl.cli import phases
from tests.cli.screen import Clock, Terminal


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(phases, "time", made)
    return made


def job(clock: Clock, tell: phases.Tell) -> None:
    tell("capture", 0, 84, "texts, 6 min left")
    clock.now += 30
    tell("capture", 84, 84, "texts")
    tell("propose", 100, 400, "5 min left")
    clock.now += 60
    tell("propose", 160, 400, "104 programs scored, 4 min left")


def test_where_there_is_no_terminal_lines_are_written_now_and_then(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with phases.shown() as tell:
        job(clock, tell)
        clock.now += 2
        tell("propose", 162, 400, "not so soon")
    assert capsys.readouterr().err.splitlines() == [
        "capture: 0 of 84, texts, 6 min left",
        "capture: 84 of 84, texts",
        "propose: 100 of 400, 5 min left",
        "propose: 160 of 400, 104 programs scored, 4 min left",
    ]


def test_a_terminal_keeps_a_line_of_each_phase_that_has_ended(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    with phases.shown() as tell:
        job(clock, tell)
    shown = stream.getvalue()
    assert "capture        30 s  texts" in shown
    assert "160 of 400" in shown
    assert "104 programs scored, 4 min left" in shown


def test_quiet_says_nothing(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with phases.shown(quiet=True) as tell:
        job(clock, tell)
    assert capsys.readouterr() == ("", "")
