"""fmt rewrites in one step or not at all, and says what it would do."""

import os
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import PREVIOUS, Command

UGLY = "def   f(q,k):\n  # why\n  return   k.i==0\n"


def test_it_rewrites_and_then_has_nothing_to_do(attndsl: Command, tmp_path: Path) -> None:
    file = tmp_path / "ugly one.attn"
    file.write_text(UGLY)
    file.chmod(0o640)
    first = attndsl("fmt", "ugly one.attn")
    assert (first.status, first.out) == (0, "reformatted ugly one.attn\n")
    assert "# why" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".attndsl")] == []
    again = attndsl("fmt", "ugly one.attn")
    assert (again.status, again.out) == (0, "")


def test_check_writes_nothing_and_fails(attndsl: Command, tmp_path: Path) -> None:
    (tmp_path / "ugly.attn").write_text(UGLY)
    result = attndsl("fmt", "--check", "ugly.attn", "previous.attn")
    assert result.status == 1
    assert result.out == "would reformat ugly.attn\n"
    assert (tmp_path / "ugly.attn").read_text() == UGLY
    assert attndsl("fmt", "--check", "previous.attn").status == 0


def test_diff_shows_the_change(attndsl: Command, tmp_path: Path) -> None:
    (tmp_path / "ugly.attn").write_text(UGLY)
    result = attndsl("fmt", "--diff", "ugly.attn")
    assert result.status == 0
    assert "-def   f(q,k):" in result.out
    assert "+def f(q, k):" in result.out
    assert (tmp_path / "ugly.attn").read_text() == UGLY


def test_standard_input_is_printed(attndsl: Command) -> None:
    result = attndsl("fmt", "-", stdin=UGLY)
    assert result.status == 0
    assert result.out.startswith("def f(q, k):\n")
    assert attndsl("fmt", "-", stdin=PREVIOUS).out == PREVIOUS


def test_crlf_becomes_the_one_line_ending(attndsl: Command, tmp_path: Path) -> None:
    (tmp_path / "dos.attn").write_bytes(PREVIOUS.replace("\n", "\r\n").encode())
    assert attndsl("fmt", "--check", "dos.attn").status == 1
    shown = attndsl("fmt", "--diff", "dos.attn")
    assert shown.out == "dos.attn: the ends of its lines alone would change\n"
    attndsl("fmt", "dos.attn")
    assert (tmp_path / "dos.attn").read_bytes() == PREVIOUS.encode()


def test_a_syntax_error_leaves_the_file_alone(attndsl: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.attn").write_text("def f(q, k:\n    return 1\n")
    result = attndsl("fmt", "bad.attn", "previous.attn")
    assert result.status == 1
    assert "bad.attn" in result.err
    assert (tmp_path / "bad.attn").read_text() == "def f(q, k:\n    return 1\n"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root can write everywhere")
def test_a_folder_that_can_not_be_written(attndsl: Command, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    (folder / "x.attn").write_text(UGLY)
    folder.chmod(0o500)
    result = attndsl("fmt", "locked/x.attn")
    folder.chmod(0o700)
    assert (result.status, (folder / "x.attn").read_text()) == (1, UGLY)


def test_a_link_stays_a_link(attndsl: Command, tmp_path: Path) -> None:
    (tmp_path / "real.attn").write_text(UGLY)
    (tmp_path / "link.attn").symlink_to("real.attn")
    attndsl("fmt", "link.attn")
    assert (tmp_path / "link.attn").is_symlink()
    assert (tmp_path / "real.attn").read_text() != UGLY
