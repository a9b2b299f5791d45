"""The journal of a run: append-only JSON lines, on the disk before the run goes on."""

import json

from attndsl.files.journal import Appending, Line
from attndsl.files.places import Place
from attndsl.language.diagnostics import AttndslError

SCHEMA = 1
JOURNAL = "journal.jsonl"


class Journal:
    """Lines of a run folder. A last line cut off by a kill is dropped; other garbage is an error.

    The first line says the schema and the run's settings; a journal of other settings is refused.
    One process at a time has it open.
    """

    def __init__(self, path: Place, settings: Line) -> None:
        self.path = path
        self._file = Appending(path)
        try:
            self.lines = [
                _known(path, number, line) for number, line in enumerate(self._file.lines, 1)
            ]
            first = {"kind": "run", "schema": SCHEMA, "settings": settings}
            if self.lines:
                _check(path, self.lines[0], first)
            else:
                self.write(first)
        except BaseException:
            self._file.close()
            raise

    def write(self, line: Line) -> None:
        """Append a line; when this returns it is on the disk."""
        self._file.write(line)
        self.lines.append(line)

    def of_kind(self, kind: str) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.get("kind") == kind)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _known(path: Place, number: int, line: Line | None) -> Line:
    if line is None or not isinstance(line.get("kind"), str):
        raise AttndslError(
            f"{path}, line {number} is no line of a journal. Nothing was changed; mend or "
            "remove that line, or name another run folder"
        )
    return line


def _check(path: Place, found: Line, wanted: Line) -> None:
    if found.get("schema") != SCHEMA:
        raise AttndslError(
            f"{path} was written by another version (schema {found.get('schema')}, this one "
            f"writes {SCHEMA}); name another run folder"
        )
    if strange := found.get("settings", {}).keys() ^ wanted["settings"].keys():
        raise AttndslError(
            f"{path.parent} holds a run of another version of attndsl, with other settings "
            f"({', '.join(sorted(strange))}). It opens, reports and scores as it is, but only that "
            "version can go on with it; name another run folder"
        )
    theirs, ours = (
        _flat(found.get("settings", {})),
        _flat(json.loads(json.dumps(wanted["settings"]))),
    )
    apart = sorted(key for key in theirs.keys() | ours.keys() if theirs.get(key) != ours.get(key))
    if apart:
        said = "; ".join(f"{key} was {theirs.get(key)!r}, is {ours.get(key)!r}" for key in apart)
        raise AttndslError(f"{path.parent} holds another run ({said}); name another run folder")


def _flat(settings: Line, within: str = "") -> Line:
    """Settings in settings by names such as `llm.programs`.

    >>> _flat({"seed": 1, "llm": {"programs": 3}})
    {'seed': 1, 'llm.programs': 3}
    """
    found: Line = {}
    for name, value in settings.items():
        inner = isinstance(value, dict)
        found |= _flat(value, f"{within}{name}.") if inner else {within + name: value}
    return found
