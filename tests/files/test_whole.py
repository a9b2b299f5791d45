"""Whole files: old or new, never half; faults in words; links, modes and pipes kept."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from attndsl.files.whole import make_folder, replacing, write_json, write_text
from attndsl.language.diagnostics import AttndslError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "library.attn"
    write_text(target, "old\n")

    def fail() -> None:
        with replacing(target) as stream:
            stream.write(b"half of the n")
            raise ValueError("odd")

    with pytest.raises(ValueError, match="odd"):
        fail()
    assert target.read_text() == "old\n"
    assert names(tmp_path) == ["library.attn"]


def test_killed_while_writing_it_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "summary.json"
    write_text(target, "old\n")
    code = (
        "import os, signal, sys\n"
        "from attndsl.files.whole import replacing\n"
        "with replacing(sys.argv[1]) as stream:\n"
        "    stream.write(b'half'); stream.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(target)], check=False)
    assert target.read_text() == "old\n"
    write_text(target, "new\n")
    assert target.read_text() == "new\n"


def test_mode_and_link_stay(tmp_path: Path) -> None:
    target, link = tmp_path / "real.attn", tmp_path / "link.attn"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    write_text(tmp_path / "ours", "")
    (tmp_path / "theirs").touch()
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


def test_a_pipe_is_written_straight(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    write_text(pipe, "through\n")
    assert reader.communicate(timeout=20)[0] == b"through\n"


def test_faults_are_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in ("no/such/folder.json", "file/below.json", ".", "loop", "a" * 300, "nul\0"):
        with pytest.raises(AttndslError, match="can't write"):
            write_json(f"{tmp_path}/{path}", {})
    for path in ("file", "file/below", "nul\0"):
        with pytest.raises(AttndslError, match="can't make the folder"):
            make_folder(f"{tmp_path}/{path}")
    assert names(tmp_path) == ["file", "loop"]


def test_text_that_is_no_unicode_is_refused_before_anything_is_lost(tmp_path: Path) -> None:
    write_text(tmp_path / "kept", "old")
    with pytest.raises(AttndslError, match="half of a letter"):
        write_text(tmp_path / "kept", "\ud800")
    assert (tmp_path / "kept").read_text() == "old"
