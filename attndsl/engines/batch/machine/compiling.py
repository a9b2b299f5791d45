"""Numba with a disk cache that knows all sources of the machine.

Numba looks at the file of a function alone. The machine is one function made from several files,
and opcodes are numbers in them: after a change in one file, what was compiled from the others
would go on with the old numbers.
"""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from numba import njit
from numba.core import cgutils
from numba.extending import intrinsic

SOURCES = ("cells", "compiling", "interpreter", "loads", "loops", "opcodes", "rows", "scalars")


def kept(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Numba's compiler with its disk cache; without one where there is no folder to write it in."""

    def make(function: Callable[..., Any]) -> Any:
        try:
            return njit(cache=True, **options)(function)
        except RuntimeError:  # neither beside the source nor in the user's own cache
            return njit(**options)(function)

    return make


def is_kept(function: Any) -> bool:
    """Whether something was compiled of a function, here or before on this machine."""
    name = f"{Path(function.py_func.__code__.co_filename).stem}.{function.py_func.__name__}"
    folder = getattr(function._cache, "cache_path", None)  # none where nothing can be written
    there = folder is not None and any(Path(folder).glob(f"{name}-*.nbi"))
    return there or bool(function.signatures)


def compiled(function: Callable[..., Any]) -> Any:
    """The function compiled into its callers, and at its first call by itself."""
    return _stamped(function, error_model="numpy", nogil=True, forceinline=True)


def compiled_apart(function: Callable[..., Any]) -> Any:
    """The same for a large function: not copied into its callers."""
    return _stamped(function, error_model="numpy", nogil=True)


def _stamped(function: Callable[..., Any], **options: Any) -> Any:
    made = kept(**options)(function)
    file: Any = getattr(getattr(made, "_cache", None), "_cache_file", None)
    if not hasattr(file, "_source_stamp"):  # a Numba of another make: rather slow than wrong
        return njit(**options)(function)
    file._source_stamp = stamp()
    return made


@cache
def stamp() -> str:
    """Changes with any of the sources."""
    folder = Path(__file__).parent
    sources = b"".join((folder / f"{name}.py").read_bytes() for name in SOURCES)
    return sha256(sources).hexdigest()


def _lent(_context: Any, array: Any) -> Any:
    def make(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        made = context.make_array(array)(context, builder, args[0])
        made.meminfo = cgutils.get_null_value(made.meminfo.type)
        made.parent = cgutils.get_null_value(made.parent.type)
        return made._getvalue()

    return array(array), make


# The array without its count of references, for compiled code whose caller holds the array: each
# view of it would change the count, which costs more than an instruction's work, the more so where
# threads do it to the same array.
lent = intrinsic(_lent)
