"""Journals: lines of JSON that are on the disk before the work goes on.

A last line without its end was being written when its writer died: readers leave it out and the
next writer cuts it off. Each line has a checksum, so one that was changed since is told apart.
Behind an address, where nothing is appended to, each line is a file of its own: numbered parts in
a folder beside the journal's name. So are lines that several processes write to one journal.
"""

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from zlib import crc32

from attndsl.files.lock import hold
from attndsl.files.places import Address, Place, place
from attndsl.files.whole import make_folder, reason, write_bytes
from attndsl.language.diagnostics import AttndslError

Line = dict[str, Any]
PARTS = ".parts"  # ends the name of the folder with a journal's numbered parts


class Appending:
    """A journal open for one writer."""

    def __init__(self, path: Place | str) -> None:
        self.path = place(path)
        make_folder(self.path.parent)
        self._file: IO[bytes] = hold(self.path, self.path)
        try:
            self._whole = 0 if isinstance(self.path, Address) else _whole(self.path)
            self._parts = _next_part(self.path)
        except BaseException:
            self._file.close()
            raise

    @property
    def lines(self) -> list[Line | None]:
        """What it holds now, as `read_lines` gives it."""
        return read_lines(self.path)

    def write(self, line: Line) -> None:
        """Append a line; when this returns it is on the disk."""
        if isinstance(self.path, Address):
            write_part(self.path, self._parts, line)
            self._parts += 1
            return
        data = _written(line)
        try:
            self._file.truncate(self._whole)  # what a kill or a full disk left half written
            self._file.write(data)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as fault:
            raise AttndslError(f"can't write {self.path}: {reason(fault)}") from None
        self._whole += len(data)

    def close(self) -> None:
        with suppress(OSError):  # of what `write` couldn't write, and said so
            self._file.close()

    def __enter__(self) -> "Appending":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def append(path: Place | str, line: Line) -> None:
    """Append one line to a journal that nobody holds open."""
    with Appending(path) as journal:
        journal.write(line)


def write_part(path: Place, number: int, line: Line) -> None:
    """Write a journal's part of that number; the same again where it is there."""
    write_bytes(make_folder(folder_of_parts(path)) / f"{number:08d}", _written(line))


def drop_parts(path: Place) -> None:
    """Take away a journal's numbered parts."""
    parts = _parts(path)
    for one in parts:
        one.unlink(missing_ok=True)
    if parts:
        folder_of_parts(path).rmdir()


def folder_of_parts(path: Place) -> Place:
    """Where the numbered parts of a journal lie."""
    return path.with_name(path.name + PARTS)


def read_lines(path: Place | str) -> list[Line | None]:
    """The whole lines of a journal, None for one that is damaged; of no file none."""
    where = place(path)
    lines = read_own_lines(where)
    for one in _parts(where):
        lines += read_own_lines(one)
    return lines


def read_own_lines(path: Place) -> list[Line | None]:
    """The same without the numbered parts."""
    return _parsed(_bytes(path))


def _parts(path: Place) -> list[Place]:
    folder = folder_of_parts(path)
    if isinstance(folder, Path) and not folder.is_dir():
        return []
    return sorted(folder.glob("[0-9]" * 8), key=str)


def _next_part(path: Place) -> int:
    """The first number that no part has; numbers between may be missing."""
    return max((int(one.name) for one in _parts(path)), default=-1) + 1


def _whole(path: Path) -> int:
    """How many bytes are whole lines; where the last one is whole nothing else is read."""
    with _regular(path).open("rb") as file:
        size = file.seek(0, 2)
        if not size:
            return 0
        file.seek(size - 1)
        if file.read(1) == b"\n":
            return size
    data = _bytes(path)
    if b"\n" not in data and not data.startswith(b"{"):
        raise AttndslError(f"{path} is no journal; name another file")
    return data.rfind(b"\n") + 1


def _regular(path: Path) -> Path:
    """The path, if it is no folder and no device, which might never end."""
    if path.exists() and not path.is_file():
        raise AttndslError(f"can't read {path}: it is no file")
    return path


def _bytes(path: Place) -> bytes:
    try:
        return (_regular(path) if isinstance(path, Path) else path).read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as fault:
        raise AttndslError(f"can't read {path}: {reason(fault)}") from None


def _parsed(data: bytes) -> list[Line | None]:
    return [_line(raw) for raw in data.split(b"\n")[:-1]]


def _written(line: Line) -> bytes:
    """The line with its checksum as the last key.

    >>> _written({"n": 1})
    b'{"n": 1, "crc": "0af73c42"}\\n'
    """
    data = json.dumps(line, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return b'%s, "crc": "%08x"}\n' % (data[:-1], crc32(data)) if line else data + b"\n"


_SUM = re.compile(rb', "crc": "([0-9a-f]{8})"}\Z')


def _line(raw: bytes) -> Line | None:
    """A line without its checksum; None where that is wrong, or where it is no JSON object."""
    if told := _SUM.search(raw):
        raw = raw[: told.start()] + b"}"
        if crc32(raw) != int(told[1], 16):
            return None
    try:
        line = json.loads(raw.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(line, dict) or "crc" in line:
        return None
    return line
