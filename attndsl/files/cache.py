"""The user's cache folder, and in it copies of files that lie behind an address."""

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path

from attndsl.files.places import Address, Place
from attndsl.files.whole import UNFINISHED, make_folder, replacing
from attndsl.language.diagnostics import AttndslError

COPIES = "copies"
ABANDONED = 24 * 3600  # seconds without a byte, after which nobody writes a file any more
MOST = 32 * 2**30  # bytes of copies, beyond which the longest unused go; ATTNDSL_CACHE_GB


def cache_folder() -> Path:
    """Where converted models and copies are kept: ATTNDSL_CACHE, or the user's cache folder."""
    given = os.environ.get("ATTNDSL_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "attndsl"


def local_copy(at: Place, sha256: str) -> Path:
    """The file itself where it lies here; else a copy in the cache, named by its checksum.

    A copy that is there is taken as it is: only whole ones ever get their name. What comes may
    have another checksum than was promised, which the reader tells.
    """
    if not isinstance(at, Address):
        return at
    folder = cache_folder() / COPIES
    copy = folder / f"{sha256}{at.suffix}"
    with suppress(FileNotFoundError):
        os.utime(copy)
        return copy
    make_folder(folder)
    trim(folder, most() - at.size())
    with replacing(copy) as out:
        at.get(out)
    if sum_of(copy) != sha256:
        torn = copy.with_suffix(".torn")
        copy.replace(torn)
        return torn
    return copy


def sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def most() -> int:
    given = os.environ.get("ATTNDSL_CACHE_GB")
    if not given:
        return MOST
    try:
        return int(float(given) * 2**30)
    except (ValueError, OverflowError):
        raise AttndslError(
            f"ATTNDSL_CACHE_GB is {given!r}; it is a number of gigabytes, such as 8"
        ) from None


def trim(folder: Path, room: int) -> None:
    """Take away the copies that were longest unused, until the others are within the room; and
    what writers that died left half written.

    One that is mapped by a process stays readable there until that process lets go of it.
    """
    files = []
    for one in folder.iterdir():
        with suppress(FileNotFoundError):  # another process takes away or finishes files too
            stat = one.stat()
            if not one.name.endswith(UNFINISHED):
                files.append((stat, one))
            elif time.time() - stat.st_mtime > ABANDONED:
                one.unlink()
    total = sum(stat.st_size for stat, _ in files)
    for stat, one in sorted(files, key=lambda each: each[0].st_mtime):
        if total <= room:
            return
        one.unlink(missing_ok=True)
        total -= stat.st_size
