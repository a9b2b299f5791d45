"""Faults become messages and exit statuses, never tracebacks."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from attndsl.cli import entry
from attndsl.language.diagnostics import AttndslError
from tests.cli.conftest import Command

ROOT = Path(__file__).resolve().parents[2]
FILE_COMMANDS = ("check", "fmt", "ast", "run", "dedup")


def process(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, "-m", "attndsl", *words],
        capture_output=True, text=True, cwd=folder, env=environment, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("command", FILE_COMMANDS)
def test_a_missing_file_is_named(attndsl: Command, command: str) -> None:
    result = attndsl(command, "previus.attn")
    assert result.status == 1
    assert "previus.attn" in result.err
    assert "previous.attn" in result.err, "the nearest name"
    assert "Traceback" not in result.err


@pytest.mark.parametrize("command", FILE_COMMANDS)
def test_a_folder_is_not_a_file(attndsl: Command, tmp_path: Path, command: str) -> None:
    result = attndsl(command, str(tmp_path))
    assert (result.status, "folder" in result.err) == (1, True)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root can read every file")
def test_an_unreadable_file(attndsl: Command, tmp_path: Path) -> None:
    (tmp_path / "previous.attn").chmod(0)
    result = attndsl("check", "previous.attn")
    assert (result.status, "can't read" in result.err) == (1, True)


@pytest.mark.parametrize("command", FILE_COMMANDS)
def test_a_nul_in_a_name_is_no_traceback(attndsl: Command, command: str) -> None:
    assert attndsl(command, "a\0b").status == 1


def test_file_names_with_spaces(attndsl: Command) -> None:
    assert attndsl("check", "with space.attn").status == 0
    assert attndsl("run", "with space.attn:previous_token", "--text", "a b").status == 0


@pytest.mark.parametrize(
    "words",
    [
        ("frobnicate",),
        ("check",),
        ("check", "--frob", "x"),
        ("run", "previous.attn", "--mask", "x"),
        ("vocabulary", "--level", "x"),
        ("doctor", "--get", "x"),
    ],
)
def test_wrong_usage_is_exit_status_two(attndsl: Command, words: tuple[str, ...]) -> None:
    result = attndsl(*words)
    assert result.status == 2
    assert "Usage" in result.err


@pytest.mark.parametrize("line", ["check ", "fmt --diff ", "score --store ", "explain "])
def test_a_shell_completes_the_names_of_files(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.shell_completion import ShellComplete

    shell = ShellComplete(entry.attndsl, {}, "attndsl", "_ATTNDSL_COMPLETE")
    assert [one.type for one in shell.get_completions(line.split(), "my")] == ["file"]


def test_a_command_with_a_typo_is_guessed(attndsl: Command) -> None:
    assert "did you mean 'check'" in attndsl("chek").err


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (AttndslError("the text is empty"), 1, "error: the text is empty"),
        (KeyboardInterrupt(), 130, "stopped"),
        (OSError(28, "No space left on device"), 1, "No space left"),
        (MemoryError(), 1, "memory"),
    ],
)
def test_what_is_raised_becomes_a_message(
    attndsl: Command, monkeypatch: pytest.MonkeyPatch, raised: BaseException, status: int, said: str
) -> None:
    def fail(*words: object, **options: object) -> None:
        raise raised

    monkeypatch.setattr(entry.attndsl, "main", fail)
    result = attndsl("check", "previous.attn")
    assert result.status == status
    assert said in result.err


def test_a_fault_of_ours_is_not_hidden(attndsl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*words: object, **options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(entry.attndsl, "main", fail)
    with pytest.raises(ZeroDivisionError):
        attndsl("check", "previous.attn")


@pytest.mark.skipif(os.name != "posix", reason="pipes and signals of POSIX")
def test_a_reader_that_goes_away_is_quiet(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(
        [sys.executable, "-m", "attndsl", "vocabulary", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    assert child.wait(60) == 1
    assert child.stderr.read() == b""
    child.stderr.close()


@pytest.mark.skipif(os.name != "posix", reason="pipes and signals of POSIX")
def test_ctrl_c_stops_with_a_word(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # Whoever runs the tests in the background may have told them to ignore the signal.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from attndsl.cli.entry import run; print('ready', flush=True); exit(run(['check', '-']))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    time.sleep(0.5)  # it now waits for its input, or nearly so
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == entry.INTERRUPTED
    assert err.decode().strip() == "stopped"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_command_that_is_asked_to_end_says_how_it_goes_on(tmp_path: Path) -> None:
    code = (
        "import time; from attndsl.cli import entry\n"
        "def work(*words, **options): print('ready', flush=True); time.sleep(60)\n"
        "entry.attndsl.main = work; exit(entry.run(['explain', 'm', '-o', 'my run']))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    child.terminate()
    _, err = child.communicate(timeout=60)
    assert child.returncode == entry.TERMINATED
    assert err.decode().split("\n  ") == [
        "\nstopped; what was done is kept, and the same command goes on from here:",
        "attndsl explain m -o 'my run'\n",
    ]


def test_what_does_not_go_on_ends_as_any_process_does() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with entry.heeding_an_end(["check", "previous.attn"]):
        assert signal.getsignal(signal.SIGTERM) is before
    with entry.heeding_an_end(["explain", "m"]):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_error_is_json_where_json_was_asked_for(attndsl: Command) -> None:
    import json

    result = attndsl("run", "wrong.attn", "--json")
    assert result.status == 1
    found = json.loads(result.out)
    assert found["diagnostics"][0]["line"] == 2


def test_colour_only_where_it_is_wanted(attndsl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("run", "previous.attn", "--text", "The cat sat.")
    assert "\x1b" not in attndsl(*words).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in attndsl(*words).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in attndsl(*words).out


def test_the_module_is_the_command_line(tmp_path: Path) -> None:
    done = process("--version", folder=tmp_path)
    assert (done.returncode, done.stdout[:7]) == (0, "attndsl")


def test_a_terminal_that_lacks_letters_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "x.attn").write_text("def f(q, k):\n    return k.is_quote\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "attndsl", "run", "x.attn", "--text", "日本 “a”"],
        capture_output=True, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()


@pytest.mark.skipif(os.name != "posix", reason="closes streams by a shell of POSIX")
@pytest.mark.parametrize(
    ("file", "closed", "status"), [("x.attn", ">&-", 0), ("x.attn", "2>&-", 0), ("-", "<&-", 1)]
)
def test_a_closed_stream_is_no_traceback(
    tmp_path: Path, file: str, closed: str, status: int
) -> None:
    (tmp_path / "x.attn").write_text("def f(q, k):\n    return k.is_quote\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -m attndsl check {file} {closed}', sys.executable],
        capture_output=True, stdin=subprocess.DEVNULL, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert (done.returncode, b"Traceback" in done.stderr) == (status, False), done
