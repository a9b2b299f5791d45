"""Which versions of attndsl made a run, by its journal: what began it and what went on with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attndsl

if TYPE_CHECKING:
    from attndsl.synthesis.journal import Journal

VERSION = "version"  # the kind of a line


@cache
def this_version() -> str:
    """Number and code: of one number there are many while it is worked on.

    >>> this_version().startswith(f"{attndsl.__version__} (code ")
    True
    """
    folder, code = Path(attndsl.__file__).parent, sha256()
    for file in sorted(folder.rglob("*.py")):
        code.update(file.relative_to(folder).as_posix().encode() + file.read_bytes())
    return f"{attndsl.__version__} (code {code.hexdigest()[:8]})"


def note_version(journal: Journal) -> str:
    """This version noted where it begins a run or goes on with what another made; then what is
    said of that. Of a run for which none was noted at its beginning nothing is known, nor said."""
    before, begins = versions_of(journal.lines), len(journal.lines) == 1  # what the run is of
    if begins or (before and before[-1] != this_version()):
        journal.write({"kind": VERSION, "of": this_version()})
    if not before or before[-1] == this_version():
        return ""
    made = " and ".join(dict.fromkeys(before))
    return f"what was made before is kept: it is by attndsl {made}; this is {this_version()}"


def versions_of(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """In the order in which they were at it; none where none was noted."""
    return [line["of"] for line in lines if line["kind"] == VERSION]


def told_versions(lines: Iterable[Mapping[str, Any]]) -> str:
    """For a report, where there were several.

    >>> told_versions([{"kind": "version", "of": one} for one in ("1 (code a)", "1 (code b)")])
    'begun by attndsl 1 (code a), gone on with by 1 (code b)'
    >>> told_versions([{"kind": "version", "of": "1 (code a)"}])
    ''
    """
    first, *more = versions_of(lines) or [""]
    after = " and ".join(one for one in dict.fromkeys(more) if one != first)
    return f"begun by attndsl {first}, gone on with by {after}" if after else ""
