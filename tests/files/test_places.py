"""Files behind an address: the same words as for paths, written whole, journals in parts."""

import os
from pathlib import Path
from typing import Any

import pytest

from attndsl.files import cache, places
from attndsl.files.cache import local_copy
from attndsl.files.journal import Appending, append, drop_parts, read_lines, write_part
from attndsl.files.places import Address, place, size, there
from attndsl.files.reading import read_json
from attndsl.files.whole import make_folder, replacing, write_bytes, write_json
from attndsl.language.diagnostics import AttndslError


@pytest.fixture
def far(tmp_path: Path) -> Address:
    pytest.importorskip("fsspec")
    found = place(f"memory://{tmp_path.name}/run")
    assert isinstance(found, Address)
    return found


def test_files_are_written_whole_and_read_again(far: Address) -> None:
    make_folder(far)
    write_json(far / "a.json", {"n": 1})
    write_json(far / "a.json", {"n": 2})
    assert read_json(far / "a.json") == {"n": 2}
    assert [one.name for one in far.iterdir()] == ["a.json"]
    assert size(far / "a.json") == len((far / "a.json").read_bytes())
    assert (there(far / "a.json"), there(far / "b.json"), size(far / "b.json")) == (
        True,
        False,
        None,
    )
    (far / "a.json").unlink()
    (far / "a.json").unlink(missing_ok=True)
    with pytest.raises(FileNotFoundError):
        (far / "a.json").read_bytes()
    with pytest.raises(AttndslError, match=r"run/a\.json can't be read"):
        read_json(far / "a.json")


def test_what_fails_in_the_middle_leaves_what_was_there(far: Address) -> None:
    write_bytes(far / "a", b"old")
    with pytest.raises(ZeroDivisionError), replacing(far / "a") as stream:
        stream.write(b"half" * (1 // 0))
    assert (far / "a").read_bytes() == b"old"


def test_a_journal_is_numbered_parts(far: Address) -> None:
    with Appending(far / "log.jsonl") as journal:
        journal.write({"n": 0})
        journal.write({"n": 1})
    append(str(far / "log.jsonl"), {"n": 2})
    assert read_lines(far / "log.jsonl") == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert {one.name for one in far.iterdir()} == {"log.jsonl.parts"}
    write_part(far / "log.jsonl", 5, {"n": 5})
    append(far / "log.jsonl", {"n": 6})
    assert read_lines(far / "log.jsonl")[3:] == [{"n": 5}, {"n": 6}]
    broken = far / "log.jsonl.parts" / "00000001"
    write_bytes(broken, broken.read_bytes().replace(b'"n": 1', b'"n": 7'))
    assert read_lines(far / "log.jsonl")[:3] == [{"n": 0}, None, {"n": 2}]


def test_parts_stand_beside_a_journal_of_this_machine(tmp_path: Path) -> None:
    journal = tmp_path / "log.jsonl"
    append(journal, {"n": 0})
    write_part(journal, 5, {"n": 5})
    write_part(journal, 2, {"n": 2})
    assert read_lines(journal) == [{"n": 0}, {"n": 2}, {"n": 5}]
    drop_parts(journal)
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]


def test_copies_are_made_once_and_the_unused_ones_go(
    far: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib

    monkeypatch.setenv("ATTNDSL_CACHE", str(tmp_path / "cache"))
    sums = []
    for name in ("one", "two"):
        write_bytes(far / name, name.encode() * 100)
        sums.append(hashlib.sha256(name.encode() * 100).hexdigest())
    first = local_copy(far / "one", sums[0])
    assert first.read_bytes() == b"one" * 100
    (far / "one").unlink()
    assert local_copy(far / "one", sums[0]) == first
    monkeypatch.setattr(cache, "MOST", 400)
    assert local_copy(far / "two", sums[1]).read_bytes() == b"two" * 100
    assert not first.exists()
    assert local_copy(tmp_path / "here", "") == tmp_path / "here"
    write_bytes(far / "one", b"other")
    assert local_copy(far / "one", sums[0]).read_bytes() == b"other", "the reader tells by the sum"
    assert not first.exists()


def test_another_process_may_take_copies_away_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(b"123")
    listed = list(tmp_path.iterdir())
    listed[0].unlink()
    monkeypatch.setattr(Path, "iterdir", lambda _: iter(listed))
    cache.trim(tmp_path, 0)
    assert not any(one.exists() for one in listed)


def test_what_a_writer_that_died_left_goes_and_what_one_writes_now_stays(tmp_path: Path) -> None:
    left, written = tmp_path / ".one.aa.tmp", tmp_path / ".two.bb.tmp"
    for one in (left, written):
        one.write_bytes(b"half")
    os.utime(left, (1, 1))
    cache.trim(tmp_path, 1000)
    assert list(tmp_path.iterdir()) == [written]


@pytest.mark.parametrize("given", ["two", "²", "inf", "8 GB"])
def test_a_size_of_the_cache_that_is_no_number_is_told(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTNDSL_CACHE_GB", given)
    with pytest.raises(AttndslError, match=r"ATTNDSL_CACHE_GB is .*number of gigabytes"):
        cache.most()
    monkeypatch.setenv("ATTNDSL_CACHE_GB", "0.5")
    assert cache.most() == 2**29


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (PermissionError("Access Denied"), r"no rights to read or write there \(Access Denied\)"),
        (ImportError("Install s3fs"), r"this needs s3fs: pip install s3fs"),
        (ConnectionError("no route\nto host"), r"can't be reached: no route$"),
        (ValueError("Protocol not known: s4"), r"there is no storage s3://; s3://"),
    ],
)
def test_what_goes_wrong_far_away_is_said(fault: Exception, said: str) -> None:
    with pytest.raises(AttndslError, match=said), places.said(Address("s3://bucket/run")):
        raise fault


def test_a_kind_of_storage_that_does_not_exist() -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(
        AttndslError,
        match=r"s4://bucket/a: there is no storage s4://; s3://, gs://, hf:// and others",
    ):
        (Address("s4://bucket") / "a").exists()


def test_names_of_addresses(far: Any) -> None:
    file = Address("s3://bucket/run/curve.csv")
    assert (file.name, file.stem, file.suffix) == ("curve.csv", "curve", ".csv")
    assert str(file.with_name("other.csv")) == "s3://bucket/run/other.csv"
    assert str(file.parent / "heads") == "s3://bucket/run/heads"
