"""Journals: each line is there when the call returns; torn tails go, second writers are told."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from attndsl.files.journal import Appending, append, read_lines
from attndsl.language.diagnostics import AttndslError


def test_a_torn_tail_is_left_out_and_then_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "new" / "journal.jsonl"
    append(path, {"n": 1})
    with path.open("ab") as file:
        file.write(b'{"n": 2')
    assert read_lines(path) == [{"n": 1}]
    append(path, {"n": 3})
    assert read_lines(path) == [{"n": 1}, {"n": 3}]
    assert path.read_bytes().count(b"\n") == 2


def test_a_line_that_is_no_object_keeps_its_number(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    deep = b"[" * 200_000
    path.write_bytes(b'{"n": 1}\n7\n\xff\n' + deep + b'\n{"n": 5}\n')
    assert read_lines(path) == [{"n": 1}, None, None, None, {"n": 5}]


def test_what_was_never_a_journal_is_left(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("shopping: bread, milk")
    with pytest.raises(AttndslError, match="is no journal"):
        append(path, {"n": 1})
    assert path.read_text() == "shopping: bread, milk"


def test_no_flipped_bit_changes_what_a_line_says(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    line = {"kind": "fit", "numbers": [0.25, 13], "source": "def a(q, k):\n    return 1\n"}
    append(path, line)
    whole = path.read_bytes()
    for bit in range(8 * len(whole)):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        for found in read_lines(path):
            assert found is None or {**found, **line} == found


def test_lines_of_older_versions_are_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"n": 1}\n')
    assert read_lines(path) == [{"n": 1}]


def test_a_line_is_on_the_disk_when_the_writer_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    code = (
        "import os, signal, sys\n"
        "from attndsl.files.journal import Appending\n"
        "journal = Appending(sys.argv[1])\n"
        "for n in range(3): journal.write({'n': n})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert read_lines(path) == [{"n": 0}, {"n": 1}, {"n": 2}]
    append(path, {"n": 3})  # the dead writer's hold is gone


def test_appending_does_not_read_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a store of many shards would take time by their square."""
    append(tmp_path / "j", {"n": 1})
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read"))
    append(tmp_path / "j", {"n": 2})


def test_two_writers(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="needs a system with locks")
    with Appending(tmp_path / "j"), pytest.raises(AttndslError, match="another process is writing"):
        append(tmp_path / "j", {})


def test_faults_are_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(AttndslError, match="can't write"):
        append(tmp_path, {})
    with pytest.raises(AttndslError, match="can't read"):
        read_lines(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(AttndslError, match="can't make the folder"):
        append(tmp_path / "file" / "journal", {})
    endless = Path("/dev/zero")
    if endless.exists():
        with pytest.raises(AttndslError, match="can't read"):
            append(endless, {})


def test_a_disk_without_locks_is_no_second_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl", reason="needs a system with locks")

    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(AttndslError, match=r"can't lock .*j: No locks available"):
        append(tmp_path / "j", {})


def test_a_full_disk_is_told_once_and_in_words(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="such bounds are a matter of POSIX")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    append(tmp_path / "j", {"n": 0})
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(AttndslError, match=r"can't write .*j: File too large"):
            append(tmp_path / "j", {"long": 1000 * "x"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    append(tmp_path / "j", {"n": 1})
    assert read_lines(tmp_path / "j") == [{"n": 0}, {"n": 1}]
