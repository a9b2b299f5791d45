"""One writer at a time, for a store or a run; a second one is told so."""

import io
from typing import IO

from attndsl.files.places import Address, Place
from attndsl.files.whole import reason
from attndsl.language.diagnostics import AttndslError


def hold(lock: Place, what: Place) -> IO[bytes]:
    """Hold the file `lock` until what is given is closed, or the process ends in any way.

    Behind an address nothing is held: what two writers of one thing write there is the same.
    """
    if isinstance(lock, Address):
        return io.BytesIO()
    try:
        handle = lock.open("ab")
    except OSError as fault:
        raise AttndslError(f"can't write {lock}: {reason(fault)}") from None
    try:
        import fcntl
    except ImportError:  # not a POSIX system: no lock, and nothing worse than that
        return handle
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        raise AttndslError(f"another process is writing {what}; wait for it to end") from None
    except OSError as fault:  # some network disks have no locks
        handle.close()
        raise AttndslError(
            f"can't lock {lock}: {reason(fault)}; name a folder on a disk that has locks"
        ) from None
    return handle
