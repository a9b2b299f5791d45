"""Whole files: a reader finds the old one or the new one, never half of one."""

import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from attndsl.files.places import Address, Place, place
from attndsl.language.diagnostics import AttndslError

UNFINISHED = ".tmp"  # ends the name of a file that is being written, or was when its writer died


@contextmanager
def replacing(path: Place | str) -> Iterator[BinaryIO]:
    """A stream whose bytes become the file once the block ends well; they are on the disk first.

    The file keeps its mode, a link stays a link. What is no regular file (a terminal, a pipe) is
    written straight; what lies behind an address is sent there once it is whole here.
    """
    if isinstance(path, str) and isinstance(there := place(path), Address):
        path = there
    if isinstance(path, Address):
        with tempfile.TemporaryFile() as whole:
            yield whole
            whole.seek(0)
            path.put(whole)
        return
    fresh: Path | None = None
    try:
        target, mode = _place(path)
        if mode is not None and not stat.S_ISREG(mode):
            with target.open("wb") as stream:
                yield stream
            return
        fresh = target.with_name(f".{target.name[:60]}.{secrets.token_hex(4)}{UNFINISHED}")
        with fresh.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if mode is not None:
            fresh.chmod(stat.S_IMODE(mode))
        fresh.replace(target)
        fresh = None
        sync_folder(target.parent)
    except OSError as fault:
        raise AttndslError(f"can't write {path}: {reason(fault)}") from None
    finally:
        if fresh is not None:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)


def _place(path: Path | str) -> tuple[Path, int | None]:
    """Where the bytes go, and the mode of what is there."""
    try:
        target = Path(os.path.realpath(path))
        mode = target.stat().st_mode
    except FileNotFoundError:
        return target, None
    except ValueError as fault:  # a name with a zero byte
        raise AttndslError(f"can't write {path}: {fault}") from None
    if not os.access(target, os.W_OK):
        raise AttndslError(f"can't write {path}: it is read-only")
    return target, mode


def write_bytes(path: Place | str, data: bytes) -> None:
    """Replace a file's bytes in one step."""
    with replacing(path) as stream:
        stream.write(data)


def write_text(path: Place | str, text: str) -> None:
    """Replace a file's text in one step, in UTF-8, its line ends as they are."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        raise AttndslError(f"can't write {path}: the text holds half of a letter") from None
    write_bytes(path, data)


def write_json(path: Place | str, value: object) -> None:
    """Replace a file by a value as JSON that people can read."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def make_folder(path: Place | str) -> Place:
    """The folder, made with those above it where it is missing."""
    folder = place(path)
    if isinstance(folder, Address):
        folder.mkdir()
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as fault:
        raise AttndslError(f"can't make the folder {path}: {reason(fault)}") from None
    return folder


def sync_folder(folder: Place) -> None:
    """Make renames last through a power cut, where the system can."""
    if os.name == "posix" and isinstance(folder, Path):
        with suppress(OSError):  # some network folders can't
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def reason(fault: Exception) -> str:
    """What the system said, without its numbers and names.

    >>> reason(FileNotFoundError(2, "No such file or directory", "x"))
    'No such file or directory'
    """
    return getattr(fault, "strerror", None) or str(fault)
