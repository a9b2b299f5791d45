"""Programs' files: naming, reading, writing; every fault of a file is a clear message."""

import os
import re
import sys
from pathlib import Path

from attndsl.language.diagnostics import AttndslError

STANDARD_INPUT = "-"
_LIMIT = 8 * 2**20  # a file of programs; the checker says so with a diagnostic of its own
_NAME = re.compile(r"[A-Za-z_]\w*")


def split_name(argument: str) -> tuple[str, str | None]:
    """A file, and the program in it that was named.

    >>> split_name("heads.attn:previous"), split_name("heads.attn")
    (('heads.attn', 'previous'), ('heads.attn', None))
    >>> split_name(r"C:\\x.attn"), split_name(r"C:\\my heads.attn:f"), split_name("C:f")
    (('C:\\\\x.attn', None), ('C:\\\\my heads.attn', 'f'), ('C:f', None))
    """
    file, colon, name = argument.rpartition(":")
    if not colon or not _NAME.fullmatch(name) or os.path.exists(argument):
        return argument, None
    if len(file) == 1 and file.isalpha():  # a drive letter
        return argument, None
    return file, name


def read_source(file: str) -> bytes:
    """The bytes of a file or of standard input, a little over the limit at most."""
    if file == STANDARD_INPUT:
        return sys.stdin.buffer.read(_LIMIT + 1)
    try:
        with open(file, "rb") as stream:
            return stream.read(_LIMIT + 1)
    except IsADirectoryError:
        raise AttndslError(f"{file} is a folder; name the files in it") from None
    except FileNotFoundError:
        raise AttndslError(f"there is no file {file}{_near(file)}") from None
    except (OSError, ValueError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else fault
        raise AttndslError(f"can't read {shown(file)}: {reason}") from None


def shown(file: str) -> str:
    """A file's name as messages give it."""
    return "standard input" if file == STANDARD_INPUT else file.replace("\0", "\\0")


def _near(file: str) -> str:
    from difflib import get_close_matches

    path = Path(file)
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except (OSError, ValueError):
        return f"; the folder {path.parent} can't be read"
    near = get_close_matches(path.name, names, 1, cutoff=0.75)  # `.attn` alone makes many alike
    return f"; did you mean {path.parent / near[0]}?" if near else ""
