"""Users' texts from files: `.txt` (parted by blank lines), `.jsonl` (field `text`), or `-`."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from attndsl.files.places import Place, is_address, place
from attndsl.language.diagnostics import AttndslError


@dataclass(frozen=True, slots=True)
class NamedText:
    """A text and what to call it: where it came from."""

    name: str
    text: str


def read_texts(path: str | Place) -> tuple[NamedText, ...]:
    """The texts of a file, at least one; `-` reads standard input as plain text."""
    if str(path) == "-":
        texts = tuple(_parted(_decoded(sys.stdin.buffer.read(), "standard input"), "stdin"))
        return _some(texts, "standard input")
    path = place(path)
    reader = _READERS.get(path.suffix.lower())
    if isinstance(path, Path) and path.is_dir():
        raise AttndslError(f"{path} is a directory; give a .txt or .jsonl file")
    if not path.exists():
        raise AttndslError(f"{path}: there is no such file")
    if reader is None:
        raise AttndslError(
            f"{path}: texts come from .txt files (texts parted by blank lines) or .jsonl files"
            " (one object with a field `text` a line)"
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AttndslError(f"{path} can't be read: {error.strerror}") from None
    return _some(tuple(reader(_decoded(data, str(path)), path.name)), str(path))


def texts_of(argument: str) -> tuple[NamedText, ...]:
    """Texts named on a command line: a file, `-`, or the text itself.

    >>> texts_of("Tom sat down.")
    (NamedText(name='text', text='Tom sat down.'),)
    """
    if argument == "-" or _looks_like_a_file(argument):
        return read_texts(argument)
    return _some((NamedText("text", _whole(argument, "the text")),), "the text given")


def _looks_like_a_file(argument: str) -> bool:
    if not argument:
        return False  # as a path it would be the folder that we are in
    if is_address(argument) and " " not in argument:
        return True
    if argument.lower().endswith(tuple(_READERS)):
        return True
    try:
        return Path(argument).exists()
    except (OSError, ValueError):  # too long, or holding a NUL: no file name
        return False


def _some(texts: tuple[NamedText, ...], source: str) -> tuple[NamedText, ...]:
    if not any(one.text.strip() for one in texts):
        raise AttndslError(f"{source} holds no text")
    return texts


def _decoded(data: bytes, source: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise AttndslError(
            f"{source}, line {line}: byte 0x{data[error.start]:02x} is not UTF-8; save the file as"
            " UTF-8"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parted(text: str, name: str) -> Iterator[NamedText]:
    """Texts parted by blank lines, each named by the line that it begins on."""
    lines: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.strip():
            lines.append(line)
        elif lines:
            yield NamedText(f"{name}:{number - len(lines)}", "\n".join(lines).rstrip())
            lines = []


def _lines_of_json(text: str, name: str) -> Iterator[NamedText]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield NamedText(f"{name}:{number}", _field(line, f"{name}, line {number}"))


def _field(line: str, where: str) -> str:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as error:
        raise AttndslError(f"{where}: not JSON: {error.msg} at column {error.colno}") from None
    except ValueError as error:  # a number of thousands of digits
        raise AttndslError(f"{where}: {error}") from None
    except RecursionError:
        raise AttndslError(f"{where}: this JSON is nested too deeply") from None
    if not isinstance(entry, dict):
        raise AttndslError(f'{where}: expected an object such as {{"text": "..."}}')
    if not isinstance(entry.get("text"), str):
        keys = ", ".join(f"`{key}`" for key in list(entry)[:8]) or "nothing"
        raise AttndslError(f"{where}: needs a field `text` with a string; it holds {keys}")
    return _whole(entry["text"], where)


def _whole(text: str, where: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise AttndslError(f"{where}: half a character (a lone surrogate), which is no text")
    return text


_READERS: dict[str, Callable[[str, str], Iterator[NamedText]]] = {
    ".txt": _parted,
    ".jsonl": _lines_of_json,
}
