"""What a long command says meanwhile: how much, how fast, how long still."""

import sys

import pytest

from attndsl.cli import progress as room
from tests.cli.screen import Clock, Terminal


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(room, "time", made)
    return made


def test_a_rate_and_the_time_left(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with room.progress("capture") as tell:
        tell(0, 400)
        for done in (1, 2, 50, 400):
            clock.now += 12.5
            tell(done, 400)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "capture: 1 of 400, 12.5 s each, 1 h 23 min left"
    assert lines[2] == "capture: 50 of 400, 1.3 a second, 4 min left"
    assert len(lines) == 3, "what is done needs no more words"


def test_what_was_there_before_does_not_count(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with room.progress("capture") as tell:
        tell(300, 400)
        clock.now += 20
        tell(310, 400)
    assert capsys.readouterr().err == "capture: 310 of 400, 2.0 s each, 3 min left\n"


def test_a_terminal_gets_a_bar_with_both(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "120")
    with room.progress("capture") as tell:
        tell(0, 10)
        clock.now += 2
        tell(6, 10)
    assert "6 of 10" in stream.getvalue()
    assert "3.0 a second, 1 s left" in stream.getvalue()


def test_quiet_says_nothing(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with room.progress("capture", quiet=True) as tell:
        clock.now += 50
        tell(1, 2)
    assert capsys.readouterr() == ("", "")
