"""Where files are: a path of this machine, or an address such as s3://bucket/run.

An `Address` has the few methods of `pathlib.Path` that runs and stores use, by fsspec. What lies
there is written whole, never appended to and never renamed, and no lock is held.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import expect_kind

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://")
PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "hf": "huggingface_hub",
            "abfs": "adlfs", "az": "adlfs"}  # fmt: skip


@dataclass(frozen=True)
class Address:
    """A file or a folder behind fsspec."""

    url: str

    def __str__(self) -> str:
        return self.url

    def __truediv__(self, name: str) -> Address:
        return Address(f"{self.url.rstrip('/')}/{name}")

    @property
    def name(self) -> str:
        return self.url.rstrip("/").rpartition("/")[2]

    @property
    def suffix(self) -> str:
        return Path(self.name).suffix

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    @property
    def parent(self) -> Address:
        return Address(self.url.rstrip("/").rpartition("/")[0])

    def with_name(self, name: str) -> Address:
        return self.parent / name

    def exists(self) -> bool:
        with said(self):
            return bool(self._system.exists(self._path))

    def is_file(self) -> bool:
        with said(self):
            return bool(self._system.isfile(self._path))

    def is_dir(self) -> bool:
        with said(self):
            return bool(self._system.isdir(self._path))

    def size(self) -> int:
        with said(self):
            return int(self._system.size(self._path))

    def read_bytes(self) -> bytes:
        with said(self):
            return bytes(self._system.cat_file(self._path))

    def read_text(self, encoding: str = "utf-8") -> str:
        return self.read_bytes().decode(encoding)

    def iterdir(self) -> Iterator[Address]:
        """What lies in the folder; nothing where there is none."""
        with said(self):
            try:
                names = self._system.ls(self._path, detail=False)
            except FileNotFoundError:
                return
        for one in sorted(names):
            name = str(one).rstrip("/").rpartition("/")[2]
            if name:
                yield self / name

    def glob(self, pattern: str) -> Iterator[Address]:
        return (one for one in self.iterdir() if fnmatchcase(one.name, pattern))

    def unlink(self, missing_ok: bool = False) -> None:
        with said(self):
            try:
                self._system.rm_file(self._path)
            except FileNotFoundError:
                if not missing_ok:
                    raise

    def rmdir(self) -> None:
        """Folders are only names here: nothing is left to take away."""

    def mkdir(self) -> None:
        with said(self):
            self._system.makedirs(self._path, exist_ok=True)

    def put(self, stream: BinaryIO) -> None:
        """Replace the file by all bytes of a stream."""
        with said(self), self._system.open(self._path, "wb") as out:
            shutil.copyfileobj(stream, out, 1 << 22)

    def get(self, stream: BinaryIO) -> None:
        """Copy all bytes of the file into a stream."""
        with said(self), self._system.open(self._path, "rb") as file:
            shutil.copyfileobj(file, stream, 1 << 22)

    @cached_property
    def _found(self) -> tuple[Any, str]:
        with said(self):
            import fsspec.core

            system, path = fsspec.core.url_to_fs(self.url, use_listings_cache=False)
            return system, str(path)

    @property
    def _system(self) -> Any:
        return self._found[0]

    @property
    def _path(self) -> str:
        return self._found[1]


Place = Path | Address


def place(name: str | Place) -> Place:
    """A path, or an address where the name is one.

    >>> place("runs/a") / "heads", place("s3://bucket/run") / "heads"
    (PosixPath('runs/a/heads'), Address(url='s3://bucket/run/heads'))
    """
    if isinstance(name, Address):
        return name
    expect_path(name)
    return Address(str(name)) if is_address(name) else Path(name)


def expect_path(given: object) -> None:
    """Refuse what names no file or folder."""
    expect_kind(given, (str, os.PathLike), "file or folder", "give its path, a text")


def is_address(name: str | Place) -> bool:
    """
    >>> is_address("hf://datasets/me/run"), is_address("C:/run"), is_address("runs/a")
    (True, False, False)
    """
    return isinstance(name, Address) or (isinstance(name, str) and bool(_SCHEME.match(name)))


def size(at: Place) -> int | None:
    """How many bytes a file has; None where there is none."""
    if isinstance(at, Address):
        return at.size() if at.is_file() else None
    return at.stat().st_size if at.is_file() else None


def there(at: Place) -> bool:
    """Whether something has this name, be it a link to nothing."""
    return at.exists() if isinstance(at, Address) else os.path.lexists(at)


def lacking(folder: Place, name: str) -> str:
    """Why a file that makes a folder what it is can't be read there.

    >>> lacking(place("nowhere"), "meta.json"), lacking(place("."), "meta.json")
    ('there is no such folder', 'it has no meta.json')
    """
    return f"it has no {name}" if there(folder) else "there is no such folder"


@contextmanager
def said(at: Address) -> Iterator[None]:
    """What goes wrong far away, in words; a file that is missing stays a FileNotFoundError."""
    try:
        yield
    except (FileNotFoundError, AttndslError):
        raise
    except PermissionError as fault:
        raise AttndslError(
            f"{at}: no rights to read or write there ({_line(fault)}); give this machine keys "
            "that have them"
        ) from None
    except ImportError:
        scheme = at.url.partition("://")[0]
        package = PACKAGES.get(scheme, "fsspec")
        raise AttndslError(f"{at}: this needs {package}: pip install {package}") from None
    except Exception as fault:  # every kind of storage has errors of its own
        if isinstance(fault, ValueError) and "rotocol" in str(fault):
            scheme = at.url.partition("://")[0]
            raise AttndslError(
                f"{at}: there is no storage {scheme}://; s3://, gs://, hf:// and others are known"
            ) from None
        raise AttndslError(f"{at} can't be reached: {_line(fault)}") from None


def _line(fault: Exception) -> str:
    text = str(fault).strip()
    return text.splitlines()[0].rstrip(".") if text else type(fault).__name__
