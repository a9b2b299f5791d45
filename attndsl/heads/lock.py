"""One writer at a time, for a store or a run; a second one is told so."""

from pathlib import Path
from typing import IO

from attndsl.language.diagnostics import AttndslError


def hold(lock: Path, what: Path) -> IO[bytes]:
    """Hold the file `lock` until what is given is closed, or the process ends in any way."""
    handle = lock.open("ab")
    try:
        import fcntl
    except ImportError:  # not a POSIX system: no lock, and nothing worse than that
        return handle
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise AttndslError(f"another process is writing {what}; wait for it to end") from None
    return handle
