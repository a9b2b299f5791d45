"""Programs as values of JSON: the texts that hold them, for a process that checks them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError


@dataclass(frozen=True, slots=True)
class Carried:
    """Files as `(name, text)`, and the programs as `(number of the file, name, hash)`."""

    files: tuple[tuple[str, str], ...]
    programs: tuple[tuple[int, str, str], ...]

    @classmethod
    def of(cls, programs: Sequence[Program]) -> "Carried":
        files = {(one.file, one.source): None for one in programs}
        place = {file: number for number, file in enumerate(files)}
        return cls(
            tuple(files),
            tuple((place[one.file, one.source], one.name, one.hash) for one in programs),
        )

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Carried":
        files = tuple((str(name), str(text)) for name, text in fields["files"])
        return cls(files, tuple((int(a), str(b), str(c)) for a, b, c in fields["programs"]))

    def arrived(self) -> tuple[Program, ...]:
        """The programs again, each with the hash that it had."""
        return _arrived(self)


@lru_cache(maxsize=4)
def _arrived(carried: Carried) -> tuple[Program, ...]:
    by_file = [
        {one.hash: one for one in verify(text, name).programs} for name, text in carried.files
    ]
    arrived = []
    for file, name, known in carried.programs:
        program = by_file[file].get(known)  # one with a head's own rest has another name there
        if program is None:
            raise AttndslError(f"the program {name} came to a worker as another one")
        arrived.append(program if program.name == name else replace(program, name=name))
    return tuple(arrived)
