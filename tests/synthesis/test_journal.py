"""The journal: nothing written is lost, a torn tail goes, garbage and other runs are refused."""

from pathlib import Path

import pytest

from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.journal import Journal

SETTINGS = {"seed": 1, "model_hash": "abc"}


def filled(path: Path) -> None:
    with Journal(path, SETTINGS) as journal:
        for number in range(3):
            journal.write({"kind": "generation", "number": number})


def test_every_line_comes_back(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    with Journal(tmp_path / "j", SETTINGS) as journal:
        assert [line["number"] for line in journal.of_kind("generation")] == [0, 1, 2]


def test_cut_at_any_byte_it_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "j"
    filled(path)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with Journal(path, SETTINGS) as journal:
            kept = [line["number"] for line in journal.of_kind("generation")]
            assert kept == list(range(max(0, whole[:size].count(b"\n") - 1)))
            for number in range(len(kept), 3):
                journal.write({"kind": "generation", "number": number})
        assert path.read_bytes() == whole


def test_garbage_in_the_middle_is_reported_and_left(tmp_path: Path) -> None:
    path = tmp_path / "j"
    filled(path)
    lines = path.read_bytes().split(b"\n")
    lines[2] = b"\xff\x00 not a line"
    path.write_bytes(b"\n".join(lines))
    before = path.read_bytes()
    with pytest.raises(AttndslError, match="line 3 is no line of a journal"):
        Journal(path, SETTINGS)
    assert path.read_bytes() == before


def test_one_process_at_a_time_writes(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="needs a system with locks")
    with Journal(tmp_path / "j", SETTINGS) as first:
        with pytest.raises(AttndslError, match="another process is writing"):
            Journal(tmp_path / "j", SETTINGS)
        first.write({"kind": "generation", "number": 0})
    with Journal(tmp_path / "j", SETTINGS) as second:
        assert len(second.lines) == 2


def test_half_a_letter_comes_back(tmp_path: Path) -> None:
    line = {"kind": "llm_reply", "text": "a\ud800b"}
    with Journal(tmp_path / "j", SETTINGS) as journal:
        journal.write(line)
    with Journal(tmp_path / "j", SETTINGS) as journal:
        assert journal.lines[1] == line


def test_another_run_is_refused_and_left(tmp_path: Path) -> None:
    path = tmp_path / "j"
    filled(path)
    before = path.read_bytes()
    with pytest.raises(AttndslError, match="seed was 1, is 2"):
        Journal(path, {**SETTINGS, "seed": 2})
    assert path.read_bytes() == before


def test_of_settings_within_settings_just_what_differs_is_told(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", {**SETTINGS, "llm": {"programs": 3, "repairs": 2}}):
        pass
    with pytest.raises(AttndslError, match=r"run \(llm\.programs was 3, is 1\);"):
        Journal(tmp_path / "j", {**SETTINGS, "llm": {"programs": 1, "repairs": 2}})
