"""A file that is watched is shown again when it changes, and faults don't end the watching."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from attndsl.cli.watch import watch
from attndsl.language.diagnostics import AttndslError
from tests.cli.conftest import PREVIOUS, Command


def test_each_change_is_shown_once(tmp_path: Path) -> None:
    file, seen = tmp_path / "a.attn", list[str]()
    file.write_text("one")

    def show() -> None:
        seen.append(file.read_text())
        file.write_text("changed once" if len(seen) == 1 else "and again, for longer")

    watch([str(file)], show, pause=0.001, rounds=3)
    assert seen == ["one", "changed once", "and again, for longer"]


def test_a_fault_is_told_and_watched_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.attn"
    file.write_text("one")
    shown = list[int]()

    def show() -> None:
        shown.append(1)
        file.write_text("x" * (5 + len(shown)))
        if len(shown) == 1:
            raise AttndslError("this is wrong")

    watch([str(file)], show, pause=0.001, rounds=2)
    assert len(shown) == 2
    assert "this is wrong" in capsys.readouterr().out


def test_the_command_shows_again_and_ends_at_ctrl_c(tmp_path: Path) -> None:
    file = tmp_path / "a.attn"
    file.write_text(PREVIOUS)
    # Whoever runs the tests in the background may have told them to ignore the signal.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from attndsl.cli import main; main()"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code, "run", str(file), "--text", "a b c", "--watch"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert running.stdout is not None
        lines = iter(running.stdout.readline, "")
        assert any("previous_token" in line for line in lines)
        time.sleep(0.3)
        file.write_text(PREVIOUS.replace("previous_token", "renamed_token"))
        assert any("renamed_token" in line for line in lines)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 0
    finally:
        running.kill()


def test_standard_input_can_not_be_watched(attndsl: Command) -> None:
    result = attndsl("run", "-", "--watch", stdin=PREVIOUS)
    assert result.status == 2
    assert "name a file" in result.err
