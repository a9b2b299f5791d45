"""Kernels compiled by Numba and kept on disk by their source: each is compiled once a machine."""

from collections.abc import Callable
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from attndsl.engines.batch.machine import scalars
from attndsl.engines.kernel import steps
from attndsl.files.cache import cache_folder
from attndsl.files.whole import make_folder, write_text
from attndsl.language.diagnostics import AttndslError

Function = Callable[..., int]
NAME = "stream"  # of the function in a generated source
MOST = 1000  # kernels on disk, beyond which those that were longest there go


@lru_cache(maxsize=512)
def as_it_stands(source: str) -> Function:
    """The function of a generated source, as Python runs it."""
    return _made(source, "<attndsl stream>")


@lru_cache(maxsize=512)
def compiled(source: str) -> Function:
    """The same compiled at its first call, or taken from disk; kept there where it can be."""
    from numba import njit

    file = _file(source)
    options: dict[str, Any] = {"error_model": "numpy", "nogil": True}
    try:
        if not file.exists():
            make_folder(file.parent)
            _make_room(file.parent)
            write_text(file, source)
        function: Function = njit(cache=True, **options)(_made(source, str(file)))
    except (AttndslError, RuntimeError):  # no folder that can be written to
        function = njit(**options)(_made(source, "<attndsl stream>"))
    return function


def is_kept(source: str) -> bool:
    """Whether it was compiled on this machine before."""
    file = _file(source)
    return any(file.parent.glob(f"__pycache__/{file.stem}.*.nbc"))


def _made(source: str, file: str) -> Function:
    names: dict[str, Any] = {**vars(scalars), **vars(steps)}
    exec(compile(source, file, "exec"), names)
    function: Function = names[NAME]
    return function


def _file(source: str) -> Path:
    name = sha256((_stamp() + source).encode()).hexdigest()[:24]
    return cache_folder() / "kernels" / f"{name}.py"


@cache
def _stamp() -> str:
    """Changes with what kernels call, which Numba compiles into them."""
    files = (Path(str(module.__file__)) for module in (scalars, steps))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _make_room(folder: Path) -> None:
    kernels = sorted(folder.glob("*.py"), key=lambda one: one.stat().st_mtime)
    for old in kernels[: max(0, len(kernels) + 1 - MOST)]:
        for one in (old, *folder.glob(f"__pycache__/{old.stem}.*")):
            one.unlink(missing_ok=True)
